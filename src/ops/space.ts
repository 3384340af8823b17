/** Room in files: FALLOCATE, FTRUNCATE. */
import { fail, type Res } from '../abi/errno.ts';
import { O } from '../abi/files.ts';
import { FILE_POSITION_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import type { FileObject } from '../kernel/file-system.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw, signedFromWords } from './encode.ts';
import { FileStatus } from './file-status.ts';
import { heldFile, keep } from './held.ts';
import { fileOf, isBadFile } from './operand.ts';

/** One zero byte: what extends a file. */
const ZERO = new Uint8Array(1);

const STAGE = {
  /** The size is asked for. */
  STATUS: 0,
  EXTEND: 1,
} as const;

/** Where the room ends, in bytes from the start of the file. */
const endOf = ({ offLow, offHigh, addrLow, addrHigh }: Request): number =>
  signedFromWords(offLow, offHigh) + signedFromWords(addrLow, addrHigh);

/** The checks of fallocate(2), in its order. */
function runFallocate(request: Request, kernel: KernelCalls): Outcome {
  const file = fileOf(request, fail('ENODEV'));
  if (typeof file === 'number') return file;
  const { addrLow, addrHigh, offHigh } = request;
  if (offHigh < 0 || addrHigh < 0 || (addrLow | addrHigh) === 0) return fail('EINVAL');
  if (request.len !== 0) return fail('EOPNOTSUPP');
  if ((file.flags & O.ACCMODE) === O.RDONLY) return fail('EBADF');
  if (endOf(request) > FILE_POSITION_MAX) return fail('EFBIG');
  const status = new FileStatus();
  request.state = status;
  request.stage = STAGE.STATUS;
  const outcome = file.stat(request, kernel, status);
  return outcome === PENDING ? keep(request, file) : extend(request, outcome, kernel, file);
}

/**
 * Makes a file that ends before the room does longer. Truncating to a length could cut off what
 * somebody else appended meanwhile, so the last byte of the room is written instead; only where a
 * write always goes to the end of the file (O_APPEND) it is the length that is set.
 */
function extend(request: Request, res: Res, kernel: KernelCalls, file: FileObject): Outcome {
  const { size } = request.state as FileStatus;
  const end = endOf(request);
  if (res < 0 || size >= end) return res;
  request.stage = STAGE.EXTEND;
  const outcome =
    (file.flags & O.APPEND) !== 0
      ? file.truncate(request, kernel, end)
      : file.write(request, kernel, ZERO, 0, ZERO.length, end - ZERO.length);
  return outcome === PENDING ? keep(request, file) : Math.min(outcome, 0);
}

function resumeFallocate(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (request.stage === STAGE.EXTEND) return Math.min(res, 0);
  return extend(request, res, kernel, heldFile(request));
}

/** FALLOCATE: res = 0. */
export const fallocate = op({
  code: OP.FALLOCATE,
  name: 'FALLOCATE',
  does:
    'Makes the file `fd` at least `off` + `addr` bytes long. It reserves nothing on the disk; ' +
    'a mode (`len`) other than 0 is EOPNOTSUPP.',
  reads: ['off', 'addr'],
  zero: ['bufIndex', 'opFlags', 'fileIndex'],
  flags: -1,
  errors: ['EBADF', 'EDQUOT', 'EFBIG', 'EINVAL', 'EIO', 'ENODEV', 'ENOSPC', 'EOPNOTSUPP', 'EPERM'],
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
