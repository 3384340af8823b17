/** A whole file in one request: WRITE_FILE. */
import { fail, type Res } from '../abi/errno.ts';
import { O } from '../abi/files.ts';
import { SQE } from '../abi/layout.ts';
import { INLINE_BYTES_MAX, TRANSFER_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { directoryErrors, pathErrors } from './errors.ts';
import { heldFile } from './held.ts';
import { Opening } from './opening.ts';
import { isFixedFile } from './operand.ts';

const STAGE = {
  OPEN: 0,
  WRITE: 1,
} as const;

const openingOf = (request: Request): Opening => request.state as Opening;

function prepare(request: Request): Res {
  if (isFixedFile(request)) return fail('EBADF');
  const { addrLow, addrHigh, opFlags, fileIndex, ring } = request;
  if ((opFlags & O.ACCMODE & ~O.WRONLY) !== 0) return fail('EINVAL');
  const opening = new Opening();
  opening.openat(opFlags | O.WRONLY, fileIndex);
  request.state = opening;
  return opening.copy(ring.process.memory, addrLow, addrHigh);
}

function run(request: Request, kernel: KernelCalls): Outcome {
  const opening = openingOf(request);
  const { memory } = request.ring.process;
  const res = opening.refusal || opening.begin(request.ring.process, request.fd);
  if (res !== 0) return res;
  if (memory.at(request.offLow, request.offHigh, request.len) < 0) return fail('EFAULT');
  if (request.len >>> 0 > TRANSFER_BYTES_MAX) return fail('EFBIG'); // res could not tell
  request.stage = STAGE.OPEN;
  request.progress = 0;
  const outcome = kernel.files.open(request, kernel, opening, opening);
  if (outcome !== PENDING) return opened(request, outcome, kernel);
  opening.hold();
  return PENDING;
}

function opened(request: Request, res: Res, kernel: KernelCalls): Outcome {
  openingOf(request).drop();
  if (res < 0) return res;
  request.stage = STAGE.WRITE;
  return write(request, kernel);
}

/** Slice by slice until all is written; with O_APPEND in one, as appends must not tear (O3). */
function write(request: Request, kernel: KernelCalls): Outcome {
  const file = heldFile(request);
  const { bytes } = request.ring.process.memory;
  const done = request.progress;
  const left = (request.len >>> 0) - done;
  if (left === 0) return done;
  const appends = (file.flags & O.APPEND) !== 0;
  const count = appends ? left : Math.min(left, INLINE_BYTES_MAX);
  const at = (request.offLow >>> 0) + done;
  const outcome = file.write(request, kernel, bytes, at, count, done);
  if (outcome === PENDING) return PENDING;
  if (outcome === left) return done + left;
  return kernel.again(request, outcome);
}

function resume(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (request.stage === STAGE.OPEN) return opened(request, res, kernel);
  if (res < 0) return res;
  if (res === 0) return fail('EIO'); // a host that neither writes nor says why
  request.progress += res;
  return write(request, kernel);
}

/** WRITE_FILE: res = bytes, all of them. */
export const writeFile = op({
  code: OP.WRITE_FILE,
  name: 'WRITE_FILE',
  does:
    'Opens the file that the path at `addr` names, beginning at the directory `fd`, for writing, ' +
    'with the O_ flags in `op_flags` (usually O_CREAT and O_TRUNC, or O_APPEND) and the mode in ' +
    '`file_index`; writes the `len` bytes at `off` from its start on, and closes it. res is ' +
    '`len`; after an error the file holds what was written until then.',
  flags: -1,
  zero: ['bufIndex', 'addr3'],
  errors: [...pathErrors, ...directoryErrors, 'EFBIG', 'EMFILE', 'ENFILE', 'ENXIO', 'ETXTBSY'],
  /** `flags` of O_ beside O_WRONLY; the `len` bytes at `addr`. */
  encode(
    this: SqeWords,
    sqe: number,
    dfd: number,
    path: number,
    addr: number,
    len: number,
    flags: number,
    mode: number,
  ) {
    prepRw(OP.WRITE_FILE, this.words, sqe, dfd, path, len, addr);
    this.words[sqe + SQE.opFlags] = flags;
    this.words[sqe + SQE.fileIndex] = mode;
  },
  prepare,
  run,
  resume,
});
