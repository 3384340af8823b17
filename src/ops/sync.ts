/** Makes what was written durable: FSYNC, SYNC_FILE_RANGE. */
import { fail, type Res } from '../abi/errno.ts';
import { FSYNC, SYNC_RANGE } from '../abi/files.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw, signedFromWords } from './encode.ts';
import { keep } from './held.ts';
import { fileOf, isBadFile } from './operand.ts';

const SYNC_RANGE_KNOWN = SYNC_RANGE.WAIT_BEFORE | SYNC_RANGE.WRITE | SYNC_RANGE.WAIT_AFTER;

/** The whole file, whatever range was asked for: the host knows no other way. */
function runFsync(request: Request, kernel: KernelCalls): Outcome {
  const file = fileOf(request, fail('EINVAL'));
  if (typeof file === 'number') return file;
  const outcome = file.sync(request, kernel, (request.opFlags & FSYNC.DATASYNC) !== 0);
  return outcome === PENDING ? keep(request, file) : outcome;
}

/** FSYNC: res = 0. */
export const fsync = op({
  code: OP.FSYNC,
  name: 'FSYNC',
  does: 'fsync(2) of the file `fd`, or fdatasync(2) with FSYNC_DATASYNC; always of all of it.',
  reads: ['off'],
  zero: ['addr', 'bufIndex', 'fileIndex'],
  flags: FSYNC.DATASYNC,
  errors: ['EBADF', 'EDQUOT', 'EINVAL', 'EIO', 'ENOSPC', 'EROFS'],
  repeatable: true,
  /** io_uring_prep_fsync */
  encode(this: SqeWords, sqe: number, fd: number, flags: number) {
    prepRw(OP.FSYNC, this.words, sqe, fd, 0, 0, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: (request): Res => (request.offHigh < 0 ? fail('EINVAL') : 0),
  run: runFsync,
  isFailure: isBadFile,
});

/** sync_file_range(2) promises less than fdatasync(2), which is what the host has. */
function runSyncFileRange(request: Request, kernel: KernelCalls): Outcome {
  const file = fileOf(request, fail('ESPIPE'));
  if (typeof file === 'number') return file;
  const { offLow, offHigh, opFlags } = request;
  const end = signedFromWords(offLow, offHigh) + (request.len >>> 0);
  if ((opFlags & ~SYNC_RANGE_KNOWN) !== 0 || offHigh < 0 || end >= 2 ** 63) return fail('EINVAL');
  if (opFlags === 0) return 0;
  const outcome = file.sync(request, kernel, true);
  return outcome === PENDING ? keep(request, file) : outcome;
}

/** SYNC_FILE_RANGE: res = 0. */
export const syncFileRange = op({
  code: OP.SYNC_FILE_RANGE,
  name: 'SYNC_FILE_RANGE',
  does:
    'sync_file_range(2) of `len` bytes of the file `fd` from `off` on, with its flags in ' +
    '`op_flags`; any of them makes the data of the whole file durable.',
  reads: ['off'],
  zero: ['addr', 'bufIndex', 'fileIndex'],
  flags: -1,
  errors: ['EBADF', 'EDQUOT', 'EINVAL', 'EIO', 'ENOSPC', 'EROFS', 'ESPIPE'],
  repeatable: true,
  /** io_uring_prep_sync_file_range */
  encode(this: SqeWords, sqe: number, fd: number, len: number, off: number, flags: number) {
    prepRw(OP.SYNC_FILE_RANGE, this.words, sqe, fd, 0, len, off);
    this.words[sqe + SQE.opFlags] = flags;
  },
  run: runSyncFileRange,
  isFailure: isBadFile,
});
