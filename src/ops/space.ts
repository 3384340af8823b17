/** Room in files: FALLOCATE, FTRUNCATE. */
import { fail, type Res } from '../abi/errno.ts';
import { FALLOC, O } from '../abi/files.ts';
import { FILE_POSITION_MAX, ZERO_BYTES } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import type { FileObject } from '../kernel/file-system.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw, signedFromWords } from './encode.ts';
import { FileStatus } from './file-status.ts';
import { heldFile, keep } from './held.ts';
import { fileOf, isBadFile, openOf } from './operand.ts';
import { pipeOf } from './splicing.ts';

const { KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE } = FALLOC;

/** What is written over a range; one of them extends a file. */
const ZEROS = new Uint8Array(ZERO_BYTES);

const STAGE = {
  /** The size is asked for. */
  STATUS: 0,
  ZERO: 1,
  EXTEND: 2,
} as const;

/** Where its range begins and ends, in bytes from the start of the file. */
const startOf = ({ offLow, offHigh }: Request): number => signedFromWords(offLow, offHigh);
const endOf = (request: Request): number =>
  startOf(request) + signedFromWords(request.addrLow, request.addrHigh);

/** What of its range FALLOCATE does not know, or not in this order: -EINVAL, -EOPNOTSUPP, or 0. */
function refusal({ offHigh, addrLow, addrHigh, len: mode }: Request): Res {
  if (offHigh < 0 || addrHigh < 0 || (addrLow | addrHigh) === 0) return fail('EINVAL');
  if ((mode & ~(KEEP_SIZE | PUNCH_HOLE | ZERO_RANGE)) !== 0) return fail('EOPNOTSUPP');
  const what = mode & ~KEEP_SIZE;
  const isKnown = what === 0 || mode === (PUNCH_HOLE | KEEP_SIZE) || what === ZERO_RANGE;
  return isKnown ? 0 : fail('EOPNOTSUPP');
}

/** The checks of fallocate(2), in its order. */
function runFallocate(request: Request, kernel: KernelCalls): Outcome {
  const open = openOf(request);
  if (open === undefined) return fail('EBADF');
  const refused = refusal(request);
  if (refused !== 0) return refused;
  const { file, channel } = open;
  const flags = file?.flags ?? channel?.flags ?? O.RDWR; // a ring
  if ((flags & O.PATH) !== 0 || (flags & O.ACCMODE) === O.RDONLY) return fail('EBADF');
  if (file === undefined) return fail(pipeOf(open) === undefined ? 'ENODEV' : 'ESPIPE');
  if (endOf(request) > FILE_POSITION_MAX) return fail('EFBIG');
  // The host would write the zeros to its end.
  if (zeroes(request) && (flags & O.APPEND) !== 0) return fail('EOPNOTSUPP');
  const status = new FileStatus();
  request.state = status;
  request.stage = STAGE.STATUS;
  request.progress = 0;
  const outcome = file.stat(request, kernel, status);
  return outcome === PENDING ? keep(request, file) : begin(request, outcome, kernel, file);
}

/** Whether what is in its range is to be gone. */
const zeroes = ({ len: mode }: Request): boolean => (mode & (PUNCH_HOLE | ZERO_RANGE)) !== 0;

function begin(request: Request, res: Res, kernel: KernelCalls, file: FileObject): Outcome {
  if (res < 0) return res;
  return zeroes(request) ? zero(request, kernel, file) : extend(request, kernel, file);
}

/** Writes zeros over what there is of its range: the host knows no holes. Others have turns. */
function zero(request: Request, kernel: KernelCalls, file: FileObject): Outcome {
  const { size } = request.state as FileStatus;
  const from = startOf(request) + request.progress;
  const left = Math.min(endOf(request), size) - from;
  if (left <= 0) return extend(request, kernel, file);
  request.stage = STAGE.ZERO;
  const count = Math.min(left, ZEROS.length);
  const outcome = file.write(request, kernel, ZEROS, 0, count, from);
  if (outcome === PENDING) return keep(request, file);
  if (count === left) return zeroed(request, outcome, kernel, file);
  keep(request, file);
  return kernel.again(request, outcome);
}

function zeroed(request: Request, res: Res, kernel: KernelCalls, file: FileObject): Outcome {
  if (res <= 0) return res < 0 ? res : fail('EIO');
  request.progress += res;
  return zero(request, kernel, file);
}

/**
 * Makes a file that ends before the room does longer. Truncating to a length could cut off what
 * somebody else appended meanwhile, so the last byte of the room is written instead; only where a
 * write always goes to the end of the file (O_APPEND) it is the length that is set.
 */
function extend(request: Request, kernel: KernelCalls, file: FileObject): Outcome {
  const { size } = request.state as FileStatus;
  const end = endOf(request);
  if ((request.len & KEEP_SIZE) !== 0 || size >= end) return 0;
  request.stage = STAGE.EXTEND;
  const outcome =
    (file.flags & O.APPEND) !== 0
      ? file.truncate(request, kernel, end)
      : file.write(request, kernel, ZEROS, 0, 1, end - 1);
  return outcome === PENDING ? keep(request, file) : Math.min(outcome, 0);
}

function resumeFallocate(request: Request, res: Res, kernel: KernelCalls): Outcome {
  const { stage } = request;
  if (stage === STAGE.EXTEND) return Math.min(res, 0);
  const file = heldFile(request);
  return stage === STAGE.ZERO
    ? zeroed(request, res, kernel, file)
    : begin(request, res, kernel, file);
}

/** FALLOCATE: res = 0. */
export const fallocate = op({
  code: OP.FALLOCATE,
  name: 'FALLOCATE',
  does:
    'Makes the file `fd` at least `off` + `addr` bytes long; with FALLOC_FL_PUNCH_HOLE or ' +
    'FALLOC_FL_ZERO_RANGE in `len` its bytes from `off` on become zero, with FALLOC_FL_KEEP_SIZE ' +
    'it stays as long as it is. It reserves and frees nothing on the disk.',
  reads: ['off', 'addr'],
  zero: ['bufIndex', 'opFlags', 'fileIndex'],
  flags: -1,
  errors: [
    'EBADF',
    'EDQUOT',
    'EFBIG',
    'EINVAL',
    'EIO',
    'ENODEV',
    'ENOSPC',
    'EOPNOTSUPP',
    'EPERM',
    'ESPIPE',
  ],
  repeatable: true,
  /** io_uring_prep_fallocate */
  encode(this: SqeWords, sqe: number, fd: number, mode: number, off: number, len: number) {
    prepRw(OP.FALLOCATE, this.words, sqe, fd, len, mode, off);
  },
  run: runFallocate,
  resume: resumeFallocate,
  isFailure: isBadFile,
});

function runFtruncate(request: Request, kernel: KernelCalls): Outcome {
  const file = fileOf(request, fail('EINVAL'));
  if (typeof file === 'number') return file;
  if (request.offHigh < 0 || (file.flags & O.ACCMODE) === O.RDONLY) return fail('EINVAL');
  const length = signedFromWords(request.offLow, request.offHigh);
  if (length > FILE_POSITION_MAX) return fail('EFBIG');
  const outcome = file.truncate(request, kernel, length);
  return outcome === PENDING ? keep(request, file) : outcome;
}

/** FTRUNCATE: res = 0. */
export const ftruncate = op({
  code: OP.FTRUNCATE,
  name: 'FTRUNCATE',
  does: 'ftruncate(2): makes the file `fd` exactly `off` bytes long.',
  zero: ['addr', 'len', 'opFlags', 'bufIndex', 'fileIndex', 'addr3'],
  flags: -1,
  errors: ['EBADF', 'EDQUOT', 'EFBIG', 'EINVAL', 'EIO', 'ENOSPC', 'EPERM'],
  /** io_uring_prep_ftruncate */
  encode(this: SqeWords, sqe: number, fd: number, len: number) {
    prepRw(OP.FTRUNCATE, this.words, sqe, fd, 0, 0, len);
  },
  run: runFtruncate,
  isFailure: isBadFile,
});
