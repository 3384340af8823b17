/** Opens and closes files: OPENAT, OPENAT2, CLOSE. */
import { fail, type Res } from '../abi/errno.ts';
import { O } from '../abi/files.ts';
import { SQE } from '../abi/layout.ts';
import { OPEN_HOW_EXTENDED_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { OPEN_HOW, OPEN_HOW_BYTES, U64 } from '../abi/records.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import { isRing } from '../kernel/registered-files.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { directoryErrors, pathErrors } from './errors.ts';
import { dropState, heldFile } from './held.ts';
import { Opening } from './opening.ts';
import { isFixedFile } from './operand.ts';

const openingOf = (request: Request): Opening => request.state as Opening;

/** Copies the path; and refuses what cannot become a registered file (K4). */
function prepareOpening(request: Request, opening: Opening): Res {
  request.state = opening;
  const { addrLow, addrHigh, fileIndex, ring } = request;
  const res = opening.copy(ring.process.memory, addrLow, addrHigh);
  if (res !== 0) return res;
  return fileIndex !== 0 && (opening.flags & O.CLOEXEC) !== 0 ? fail('EINVAL') : 0;
}

function prepareOpenat(request: Request): Res {
  if (isFixedFile(request)) return fail('EBADF');
  const opening = new Opening();
  opening.openat(request.opFlags, request.len);
  return prepareOpening(request, opening);
}

/** Copies open_how; what a longer one says beyond the size we know must be zero (openat2(2)). */
function prepareOpenat2(request: Request): Res {
  const sizeBytes = request.len >>> 0;
  if (sizeBytes < OPEN_HOW_BYTES) return fail('EINVAL');
  if (sizeBytes > OPEN_HOW_EXTENDED_BYTES_MAX) return fail('E2BIG');
  const { memory } = request.ring.process;
  const at = memory.at(request.offLow, request.offHigh, sizeBytes);
  if (at < 0) return fail('EFAULT');
  for (let i = OPEN_HOW_BYTES; i < sizeBytes; i++)
    if (memory.u8(at + i) !== 0) return fail('E2BIG');
  if (isFixedFile(request)) return fail('EBADF');
  const opening = new Opening();
  opening.flags = memory.i32(at + OPEN_HOW.flags);
  opening.mode = memory.i32(at + OPEN_HOW.mode);
  opening.resolve = memory.i32(at + OPEN_HOW.resolve);
  for (const field of [OPEN_HOW.flags, OPEN_HOW.mode, OPEN_HOW.resolve])
    if (memory.i32(at + field + U64.high) !== 0) opening.hasUnknown = true;
  return prepareOpening(request, opening);
}

function run(request: Request, kernel: KernelCalls): Outcome {
  const opening = openingOf(request);
  const res = opening.refusal || opening.begin(request.ring.process, request.fd);
  if (res !== 0) return res;
  const outcome = kernel.files.open(request, kernel, opening, opening);
  if (outcome !== PENDING) return install(request, outcome);
  opening.hold();
  return PENDING;
}

/** Gives what was opened a descriptor or a slot, which takes the request's hold on it over. */
function install(request: Request, res: Res): Res {
  if (res < 0) return res;
  const { fileIndex, ring } = request;
  const number =
    fileIndex === 0
      ? ring.process.descriptors.install(heldFile(request))
      : ring.files.install(heldFile(request), fileIndex);
  if (number >= 0) request.file = undefined;
  return number;
}

const ERRORS = [...pathErrors, ...directoryErrors, 'EMFILE', 'ENFILE', 'ENXIO', 'ETXTBSY'] as const;

/** OPENAT: res = descriptor; with file_index 0, or the slot that was allocated (K4). */
export const openat = op({
  code: OP.OPENAT,
  name: 'OPENAT',
  does:
    'Opens the file that the path at `addr` names, beginning at the directory `fd`, with the O_ ' +
    'flags in `op_flags` and the mode `len`; res is its descriptor. With `file_index` it becomes ' +
    'a registered file instead, in the slot `file_index` - 1, or in a free one.',
  reads: ['addr', 'off', 'fileIndex'],
  zero: ['bufIndex'],
  flags: -1,
  errors: ERRORS,
  /** io_uring_prep_openat */
  encode(this: SqeWords, sqe: number, dfd: number, path: number, flags: number, mode: number) {
    prepRw(OP.OPENAT, this.words, sqe, dfd, path, mode, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: prepareOpenat,
  run,
  resume: (request, res) => install(request, dropState(request, res)),
});

/** OPENAT2: the same. */
export const openat2 = op({
  code: OP.OPENAT2,
  name: 'OPENAT2',
  does: 'OPENAT, as the struct open_how at `off` (`len` bytes) says.',
  reads: ['addr', 'off', 'fileIndex'],
  zero: ['bufIndex'],
  flags: -1,
  errors: [...ERRORS, 'E2BIG', 'EAGAIN', 'EXDEV'],
  /** io_uring_prep_openat2; `how` is the address of a struct open_how. */
  encode(this: SqeWords, sqe: number, dfd: number, path: number, how: number) {
    prepRw(OP.OPENAT2, this.words, sqe, dfd, path, OPEN_HOW_BYTES, how);
  },
  prepare: prepareOpenat2,
  run,
  resume: (request, res) => install(request, dropState(request, res)),
});

/** K6: a descriptor and a slot at once are refused. */
function prepareClose(request: Request): Res {
  if (isFixedFile(request)) return fail('EBADF');
  return request.fileIndex !== 0 && request.fd !== 0 ? fail('EINVAL') : 0;
}

/** V3: a ring is not closed by an operation. */
function runClose(request: Request): Outcome {
  const { fd, fileIndex, ring } = request;
  if (fileIndex !== 0) return ring.files.remove((fileIndex >>> 0) - 1);
  const { descriptors } = ring.process;
  const open: OpenFile | undefined = descriptors.get(fd);
  return open === undefined || isRing(open) ? fail('EBADF') : descriptors.close(fd);
}

/** CLOSE: res = 0. */
export const close = op({
  code: OP.CLOSE,
  name: 'CLOSE',
  does:
    'Closes the descriptor `fd`, or empties the slot `file_index` - 1 of the registered files. ' +
    'Requests that use the file keep it until they end.',
  reads: ['fileIndex'],
  zero: ['off', 'addr', 'len', 'opFlags', 'bufIndex'],
  flags: -1,
  errors: ['EBADF', 'ENXIO'],
  /** io_uring_prep_close */
  encode(this: SqeWords, sqe: number, fd: number) {
    prepRw(OP.CLOSE, this.words, sqe, fd, 0, 0, 0);
  },
  prepare: prepareClose,
  run: runClose,
});
