/** Names in directories: RENAMEAT, UNLINKAT, MKDIRAT, SYMLINKAT, LINKAT. */
import { fail, type Res } from '../abi/errno.ts';
import { AT, RENAME } from '../abi/files.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { directoryErrors, pathErrors } from './errors.ts';
import { FileStatus } from './file-status.ts';
import { dropState, type Held } from './held.ts';
import { isFixedFile } from './operand.ts';
import { keepPath, Path, pathOf, preparePath } from './path.ts';

const EEXIST = fail('EEXIST');
const ERRORS = [...pathErrors, ...directoryErrors] as const;

/** D7: no error of theirs is a failure. */
const isFailure = (): boolean => false;

/** A path at sqe.addr and one at sqe.off. */
class TwoPaths implements Held {
  readonly first = new Path();
  readonly second = new Path();

  keepText(): void {
    this.first.keepText();
    this.second.keepText();
  }

  drop(): void {
    this.first.drop();
    this.second.drop();
  }
}

const twoPathsOf = (request: Request): TwoPaths => request.state as TwoPaths;

function prepareTwo(request: Request, firstMayBeEmpty = false): Res {
  if (isFixedFile(request)) return fail('EBADF');
  const paths = new TwoPaths();
  request.state = paths;
  const { addrLow, addrHigh, offLow, offHigh, ring } = request;
  const { memory } = ring.process;
  const res = paths.first.copy(memory, addrLow, addrHigh, firstMayBeEmpty);
  return res !== 0 ? res : paths.second.copy(memory, offLow, offHigh);
}

/** Where the first path begins is in `fd`, where the second one does in `len`. */
function beginTwo(request: Request): Res {
  const { first, second } = twoPathsOf(request);
  const { process } = request.ring;
  return first.begin(process, request.fd) || second.begin(process, request.len);
}

function keepTwo(request: Request, outcome: Outcome): Outcome {
  if (outcome !== PENDING) return outcome;
  const { first, second } = twoPathsOf(request);
  first.hold();
  second.hold();
  return PENDING;
}

const prepareOne = (request: Request): Res =>
  isFixedFile(request) ? fail('EBADF') : preparePath(request);

// RENAME_NOREPLACE on a host that has rename(2) alone
//   LINK    link(2) gives the file its new name: EEXIST when there is one, in one step.
//   UNLINK  unlink(2) takes the old one away. Until then it has both, and after a death for good.
//   LOOK    A directory has no second name (EPERM), so whether the new name is free is asked first,
//   RENAME  and somebody else may take it between the two calls.
// The other flags exchange names or need a whiteout, which none of these calls do: EINVAL.
const STAGE = { PLAIN: 0, LINK: 1, UNLINK: 2, LOOK: 3, RENAME: 4 } as const;

function runRenameat(request: Request, kernel: KernelCalls): Outcome {
  const { opFlags: flags } = request;
  if ((flags & ~RENAME.NOREPLACE) !== 0) return fail('EINVAL');
  const res = beginTwo(request);
  if (res !== 0) return res;
  const { first, second } = twoPathsOf(request);
  request.stage = flags === 0 ? STAGE.PLAIN : STAGE.LINK;
  const outcome =
    flags === 0
      ? kernel.files.rename(request, kernel, first, second)
      : kernel.files.link(request, kernel, first, second, false);
  return outcome === PENDING ? keepTwo(request, PENDING) : renamed(request, outcome, kernel);
}

/** A step ended: the next one, or the result. */
function renamed(request: Request, res: Res, kernel: KernelCalls): Outcome {
  const { first, second } = twoPathsOf(request);
  const { files } = kernel;
  for (let result = res; ; ) {
    const step = nextStep(request.stage, result);
    if (step === undefined) return request.stage === STAGE.LOOK && result === 0 ? EEXIST : result;
    request.stage = step;
    let outcome: Outcome;
    if (step === STAGE.UNLINK) outcome = files.remove(request, kernel, first, false);
    else if (step === STAGE.RENAME) outcome = files.rename(request, kernel, first, second);
    else outcome = files.stat(request, kernel, second, false, new FileStatus());
    if (outcome === PENDING) return keepTwo(request, PENDING);
    result = outcome;
  }
}

/** What follows a step that had this result; undefined: nothing. */
function nextStep(stage: number, res: Res): number | undefined {
  if (stage === STAGE.LINK && res === 0) return STAGE.UNLINK;
  if (stage === STAGE.LINK && res === fail('EPERM')) return STAGE.LOOK;
  return stage === STAGE.LOOK && res === fail('ENOENT') ? STAGE.RENAME : undefined;
}

/** RENAMEAT: res = 0. */
export const renameat = op({
  code: OP.RENAMEAT,
  name: 'RENAMEAT',
  does:
    'renameat(2): gives the file that the path at `addr` names, beginning at the directory `fd`, ' +
    'the name at `off`, beginning at the directory `len`. Of the flags of renameat2(2) ' +
    'RENAME_NOREPLACE is known: a file then has both names for a moment.',
  reads: ['addr', 'off'],
  zero: ['bufIndex', 'fileIndex'],
  flags: -1,
  errors: [...ERRORS, 'EBUSY', 'ENOTEMPTY', 'EXDEV'],
  /** io_uring_prep_renameat */
  encode(
    this: SqeWords,
    sqe: number,
    olddfd: number,
    oldpath: number,
    newdfd: number,
    newpath: number,
    flags: number,
  ) {
    prepRw(OP.RENAMEAT, this.words, sqe, olddfd, oldpath, newdfd, newpath);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: (request) => prepareTwo(request),
  run: runRenameat,
  resume: (request, res, kernel) => {
    const outcome = renamed(request, res, kernel);
    return outcome === PENDING ? PENDING : dropState(request, outcome);
  },
  isFailure,
});

function runUnlinkat(request: Request, kernel: KernelCalls): Outcome {
  const path = pathOf(request);
  const res = path.begin(request.ring.process, request.fd);
  if (res !== 0) return res;
  const directory = (request.opFlags & AT.REMOVEDIR) !== 0;
  return keepPath(request, kernel.files.remove(request, kernel, path, directory));
}

/** UNLINKAT: res = 0. */
export const unlinkat = op({
  code: OP.UNLINKAT,
  name: 'UNLINKAT',
  does:
    'unlinkat(2): removes the name at `addr`, beginning at the directory `fd`: of an empty ' +
    'directory with AT_REMOVEDIR, of anything else without.',
  zero: ['off', 'len', 'bufIndex', 'fileIndex'],
  flags: AT.REMOVEDIR,
  errors: [...ERRORS, 'EBUSY', 'ENOTEMPTY'],
  /** io_uring_prep_unlinkat */
  encode(this: SqeWords, sqe: number, dfd: number, path: number, flags: number) {
    prepRw(OP.UNLINKAT, this.words, sqe, dfd, path, 0, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: prepareOne,
  run: runUnlinkat,
  resume: dropState,
  isFailure,
});

function runMkdirat(request: Request, kernel: KernelCalls): Outcome {
  const path = pathOf(request);
  const res = path.begin(request.ring.process, request.fd);
  if (res !== 0) return res;
  return keepPath(request, kernel.files.mkdir(request, kernel, path, request.len));
}

/** MKDIRAT: res = 0. */
export const mkdirat = op({
  code: OP.MKDIRAT,
  name: 'MKDIRAT',
  does: 'mkdirat(2): makes a directory at the path at `addr`, beginning at `fd`, with mode `len`.',
  zero: ['off', 'opFlags', 'bufIndex', 'fileIndex'],
  flags: -1,
  errors: [...ERRORS, 'EMLINK'],
  /** io_uring_prep_mkdirat; the host's umask applies to `mode`. */
  encode(this: SqeWords, sqe: number, dfd: number, path: number, mode: number) {
    prepRw(OP.MKDIRAT, this.words, sqe, dfd, path, mode, 0);
  },
  prepare: prepareOne,
  run: runMkdirat,
  resume: dropState,
  isFailure,
});

/** The target is text, not a path to be walked: nothing is begun for it. */
function runSymlinkat(request: Request, kernel: KernelCalls): Outcome {
  const { first, second } = twoPathsOf(request);
  const res = second.begin(request.ring.process, request.fd);
  if (res !== 0) return res;
  return keepTwo(request, kernel.files.symlink(request, kernel, first.bytes, second));
}

/** SYMLINKAT: res = 0. */
export const symlinkat = op({
  code: OP.SYMLINKAT,
  name: 'SYMLINKAT',
  does: 'symlinkat(2): makes a link to the text at `addr` at the path at `off`, beginning at `fd`.',
  reads: ['addr', 'off'],
  zero: ['len', 'opFlags', 'bufIndex', 'fileIndex'],
  flags: -1,
  errors: ERRORS,
  /** io_uring_prep_symlinkat */
  encode(this: SqeWords, sqe: number, target: number, newdfd: number, linkpath: number) {
    prepRw(OP.SYMLINKAT, this.words, sqe, newdfd, target, 0, linkpath);
  },
  prepare: (request) => prepareTwo(request),
  run: runSymlinkat,
  resume: dropState,
  isFailure,
});

/** AT_EMPTY_PATH needs a privilege that no process has; without it Linux says ENOENT. */
function runLinkat(request: Request, kernel: KernelCalls): Outcome {
  const { opFlags } = request;
  if ((opFlags & ~(AT.SYMLINK_FOLLOW | AT.EMPTY_PATH)) !== 0) return fail('EINVAL');
  const { first, second } = twoPathsOf(request);
  if (first.bytes.length === 0) return fail('ENOENT');
  const res = beginTwo(request);
  if (res !== 0) return res;
  const follow = (opFlags & AT.SYMLINK_FOLLOW) !== 0;
  return keepTwo(request, kernel.files.link(request, kernel, first, second, follow));
}

/** LINKAT: res = 0. */
export const linkat = op({
  code: OP.LINKAT,
  name: 'LINKAT',
  does:
    'linkat(2): gives the file at the path at `addr`, beginning at the directory `fd`, a second ' +
    'name at `off`, beginning at the directory `len`.',
  reads: ['addr', 'off'],
  zero: ['bufIndex', 'fileIndex'],
  flags: -1,
  errors: [...ERRORS, 'EMLINK', 'EXDEV'],
  /** io_uring_prep_linkat; AT_SYMLINK_FOLLOW is the flag that matters. */
  encode(
    this: SqeWords,
    sqe: number,
    olddfd: number,
    oldpath: number,
    newdfd: number,
    newpath: number,
    flags: number,
  ) {
    prepRw(OP.LINKAT, this.words, sqe, olddfd, oldpath, newdfd, newpath);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: (request) => prepareTwo(request, (request.opFlags & AT.EMPTY_PATH) !== 0),
  run: runLinkat,
  resume: dropState,
  isFailure,
});
