/** Copies a file: COPY_FILE. */
import { fail, type Res } from '../abi/errno.ts';
import { COPYFILE, O } from '../abi/files.ts';
import { SQE } from '../abi/layout.ts';
import { INLINE_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import type { FileObject } from '../kernel/file-system.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { directoryErrors, pathErrors } from './errors.ts';
import { FileStatus } from './file-status.ts';
import { type Held, heldFile } from './held.ts';
import { Opening } from './opening.ts';
import { isFixedFile } from './operand.ts';
import { Path } from './path.ts';

// Its steps, each a result that is waited for. The target is opened without O_TRUNC, so that a file
// that turns out to be the source keeps its bytes; and it is removed again when the copy fails, as
// libuv does.
//
//   source opened -> its status -> target opened -> its status -> target emptied
//      -> slice read -> slice written -> slice read ... -> end of the source: 0
//      failure after the target was opened -> target removed -> the failure

/** What the result that comes next is of; an index of STEPS. */
const STAGE = {
  OPEN_SOURCE: 0,
  SOURCE_STATUS: 1,
  OPEN_TARGET: 2,
  TARGET_STATUS: 3,
  EMPTY: 4,
  READ: 5,
  WRITE: 6,
  REMOVE: 7,
} as const;

/** A copy in progress. The target is request.file; the source is held here. */
class Copying implements Held {
  readonly sourcePath = new Path();
  readonly targetPath = new Opening();
  readonly sourceStatus = new FileStatus();
  readonly targetStatus = new FileStatus();
  source: FileObject | undefined;
  slice = new Uint8Array(0);
  /** Bytes in the slice, and how many of them are written. */
  filled = 0;
  written = 0;
  failure: Res = 0;

  keepText(): void {
    this.sourcePath.keepText();
    this.targetPath.keepText();
  }

  drop(): void {
    this.sourcePath.drop();
    this.targetPath.drop();
    this.source?.drop();
    this.source = undefined;
  }
}

const copyingOf = (request: Request): Copying => request.state as Copying;

function prepare(request: Request): Res {
  if (isFixedFile(request)) return fail('EBADF');
  const { addrLow, addrHigh, offLow, offHigh, opFlags, ring } = request;
  const copying = new Copying();
  request.state = copying;
  const exclusive = (opFlags & COPYFILE.EXCL) !== 0 ? O.EXCL : 0;
  copying.targetPath.openat(O.WRONLY | O.CREAT | exclusive, request.fileIndex);
  const { memory } = ring.process;
  const res = copying.sourcePath.copy(memory, addrLow, addrHigh);
  return res !== 0 ? res : copying.targetPath.copy(memory, offLow, offHigh);
}

/** The next step, or a wait for what it needs. */
function proceed(request: Request, kernel: KernelCalls, stage: number, outcome: Outcome): Outcome {
  request.stage = stage;
  return outcome === PENDING ? PENDING : STEPS[stage]!(request, outcome, kernel);
}

function run(request: Request, kernel: KernelCalls): Outcome {
  const { sourcePath, targetPath } = copyingOf(request);
  const { process } = request.ring;
  const res = sourcePath.begin(process, request.fd) || targetPath.begin(process, request.len);
  if (res !== 0) return res;
  sourcePath.hold();
  targetPath.hold(); // until it is sure that the target need not be removed
  request.progress = 0;
  const outcome = kernel.files.openToRead(request, kernel, sourcePath);
  return proceed(request, kernel, STAGE.OPEN_SOURCE, outcome);
}

/** It is over: what it held beside request.file is let go. */
function over(request: Request, res: Res): Res {
  copyingOf(request).drop();
  return res;
}

function sourceOpened(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res < 0) return over(request, res);
  const { sourcePath, sourceStatus } = copyingOf(request);
  sourcePath.drop();
  const outcome = heldFile(request).stat(request, kernel, sourceStatus);
  return proceed(request, kernel, STAGE.SOURCE_STATUS, outcome);
}

function sourceKnown(request: Request, res: Res, kernel: KernelCalls): Outcome {
  const copying = copyingOf(request);
  const refused = res < 0 ? res : copying.sourceStatus.refusal;
  if (refused !== 0) return over(request, refused);
  copying.source = heldFile(request); // the request's hold on it goes with it
  request.file = undefined;
  const { targetPath } = copying;
  const outcome = kernel.files.open(request, kernel, targetPath, targetPath);
  return proceed(request, kernel, STAGE.OPEN_TARGET, outcome);
}

function targetOpened(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res < 0) return over(request, res);
  const outcome = heldFile(request).stat(request, kernel, copyingOf(request).targetStatus);
  return proceed(request, kernel, STAGE.TARGET_STATUS, outcome);
}

function targetKnown(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res < 0) return abandon(request, kernel, res);
  const copying = copyingOf(request);
  const { sourceStatus, targetStatus } = copying;
  if (sourceStatus.isSameFile(targetStatus)) return over(request, 0);
  copying.slice = new Uint8Array(Math.min(INLINE_BYTES_MAX, Math.max(sourceStatus.size, 1)));
  const outcome = targetStatus.size === 0 ? 0 : heldFile(request).truncate(request, kernel, 0);
  return proceed(request, kernel, STAGE.EMPTY, outcome);
}

function targetEmpty(request: Request, res: Res, kernel: KernelCalls): Outcome {
  return res < 0 ? abandon(request, kernel, res) : read(request, kernel);
}

/** The next slice of the source, or its end. */
function read(request: Request, kernel: KernelCalls): Outcome {
  const copying = copyingOf(request);
  const { slice } = copying;
  const source = copying.source as FileObject; // since its status is known
  const outcome = source.read(request, kernel, slice, 0, slice.length, request.progress);
  return proceed(request, kernel, STAGE.READ, outcome);
}

function sliceRead(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res < 0) return abandon(request, kernel, res);
  if (res === 0) return over(request, 0);
  const copying = copyingOf(request);
  copying.filled = res;
  copying.written = 0;
  return write(request, kernel);
}

/** What is left of the slice; then other rings have a turn. */
function write(request: Request, kernel: KernelCalls): Outcome {
  const { slice, filled, written } = copyingOf(request);
  const at = request.progress;
  const outcome = heldFile(request).write(request, kernel, slice, written, filled - written, at);
  request.stage = STAGE.WRITE;
  return outcome === PENDING ? PENDING : kernel.again(request, outcome);
}

function sliceWritten(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res <= 0) return abandon(request, kernel, res === 0 ? fail('EIO') : res);
  const copying = copyingOf(request);
  copying.written += res;
  request.progress += res;
  return copying.written < copying.filled ? write(request, kernel) : read(request, kernel);
}

/** The copy failed: half a file is worse than none. */
function abandon(request: Request, kernel: KernelCalls, failure: Res): Outcome {
  const copying = copyingOf(request);
  copying.failure = failure;
  const outcome = kernel.files.remove(request, kernel, copying.targetPath, false);
  return proceed(request, kernel, STAGE.REMOVE, outcome);
}

/** The failure is what is told, whether the removal succeeded or not. */
const targetRemoved = (request: Request): Res => over(request, copyingOf(request).failure);

const STEPS = [
  sourceOpened,
  sourceKnown,
  targetOpened,
  targetKnown,
  targetEmpty,
  sliceRead,
  sliceWritten,
  targetRemoved,
] as const;

/** COPY_FILE: res = 0. */
export const copyFile = op({
  code: OP.COPY_FILE,
  name: 'COPY_FILE',
  does:
    'Copies the regular file that the path at `addr` names, beginning at the directory `fd`, to ' +
    'the path at `off`, beginning at the directory `len`, made with the mode in `file_index`; it ' +
    'replaces what a file there holds, unless COPYFILE_EXCL is in `op_flags`. A copy that fails ' +
    'is removed. res is 0.',
  flags: COPYFILE.EXCL | COPYFILE.FICLONE,
  zero: ['bufIndex', 'addr3'],
  errors: [...pathErrors, ...directoryErrors, 'EFBIG', 'EMFILE', 'ENFILE', 'ENXIO', 'ETXTBSY'],
  /** `flags` of COPYFILE_; `mode` for a new file, on which the host's umask works. */
  encode(
    this: SqeWords,
    sqe: number,
    olddfd: number,
    oldpath: number,
    newdfd: number,
    newpath: number,
    flags: number,
    mode: number,
  ) {
    prepRw(OP.COPY_FILE, this.words, sqe, olddfd, oldpath, newdfd, newpath);
    this.words[sqe + SQE.opFlags] = flags;
    this.words[sqe + SQE.fileIndex] = mode;
  },
  prepare,
  run,
  resume: (request, res, kernel) => STEPS[request.stage]!(request, res, kernel),
});
