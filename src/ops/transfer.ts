/** Moves bytes between what is open and one range of memory: READ, WRITE, their fixed forms. */
import { fail } from '../abi/errno.ts';
import { SQE } from '../abi/layout.ts';
import { TRANSFER_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import type { KernelCalls, Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import type { Segments } from '../kernel/segments.ts';
import { beginTransfer, channelTransfer, resumeAny } from './channel-transfer.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { readErrors, writeErrors } from './errors.ts';
import { openOf } from './operand.ts';
import { checkPriority } from './priority.ts';
import { isShort, readSelected, selects } from './selected.ts';
import { badMemory, type Transfer } from './slices.ts';

// As in encode.ts: constants of this module are compiled into the code.
const { bufPersonality: BUFFER } = SQE;
const BYTES_MAX = TRANSFER_BYTES_MAX;
const EBADF = fail('EBADF');
const EFAULT = fail('EFAULT');

const bytesOf = (request: Request): number => Math.min(request.len >>> 0, BYTES_MAX);

function fill(request: Request, segments: Segments): void {
  segments.reset(request.ring.process.memory.bytes);
  segments.add(request.addrLow >>> 0, bytesOf(request));
}

const READING: Transfer = {
  writes: false,
  bytesOf,
  askedOf: bytesOf,
  fill,
  move: (request, kernel, file, from, count, position) => {
    const { bytes } = request.ring.process.memory;
    return file.read(request, kernel, bytes, (request.addrLow >>> 0) + from, count, position);
  },
};

const WRITING: Transfer = {
  writes: true,
  bytesOf,
  askedOf: bytesOf,
  fill,
  move: (request, kernel, file, from, count, position) => {
    const { bytes } = request.ring.process.memory;
    return file.write(request, kernel, bytes, (request.addrLow >>> 0) + from, count, position);
  },
};

function run(request: Request, kernel: KernelCalls, kind: Transfer): Outcome {
  const open = openOf(request);
  if (open === undefined) return EBADF;
  if (selects(request)) return runSelected(request, kernel, open);
  const { memory } = request.ring.process;
  if (memory.at(request.addrLow, request.addrHigh, request.len) < 0)
    return badMemory(request, open, kind.writes);
  return beginTransfer(request, kernel, open, kind);
}

/** M4: where `addr` points is of no interest. */
function runSelected(request: Request, kernel: KernelCalls, open: OpenFile): Outcome {
  const { file } = open;
  if (file === undefined) return channelTransfer(request, kernel, open, READING);
  return readSelected(request, kernel, file, bytesOf(request));
}

/** L2: the whole range lies in the registered buffer, else EFAULT. */
function runFixed(request: Request, kernel: KernelCalls, kind: Transfer): Outcome {
  const { addrLow, addrHigh, len, bufIndex, ring } = request;
  const open = openOf(request);
  if (open === undefined) return EBADF;
  if (!ring.buffers.covers(bufIndex, addrLow, addrHigh, len >>> 0)) return EFAULT;
  return beginTransfer(request, kernel, open, kind);
}

/** D6: anything but the length asked for. */
const isFailure = (request: Request, res: number): boolean =>
  selects(request) ? isShort(request, res) : res !== bytesOf(request);

const SHARED = {
  reads: ['addr', 'off'],
  flags: -1, // an unknown RWF_ flag is refused when it runs
  ioprio: true,
  iopoll: true,
  prepare: checkPriority,
  cancel: 'queue',
  isFailure,
} as const;

/** READ: res = bytes, 0 at the end of the file. */
export const read = op({
  ...SHARED,
  code: OP.READ,
  name: 'READ',
  does:
    'Reads at most `len` bytes of the file `fd` from `off` on (-1: the file position) into the ' +
    'memory at `addr`; res is how many, 0 at the end of the file.',
  errors: [...readErrors, 'EAGAIN', 'ENOBUFS'],
  bufferSelect: true,
  /** io_uring_prep_read: `len` bytes from `off` on (-1: the file position) to `addr`. */
  encode(this: SqeWords, sqe: number, fd: number, addr: number, len: number, off: number) {
    prepRw(OP.READ, this.words, sqe, fd, addr, len, off);
  },
  run: (request, kernel) => run(request, kernel, READING),
  resume: (request, res, kernel) => resumeAny(request, res, kernel, READING),
});

/** WRITE: res = bytes. */
export const write = op({
  ...SHARED,
  code: OP.WRITE,
  name: 'WRITE',
  does:
    'Writes the `len` bytes at `addr` to the file `fd` from `off` on (-1: the file position), ' +
    'with O_APPEND always at its end; res is how many were written.',
  errors: [...writeErrors, 'EAGAIN', 'EPIPE'],
  /** io_uring_prep_write: the `len` bytes at `addr`, to `off` (-1: the file position). */
  encode(this: SqeWords, sqe: number, fd: number, addr: number, len: number, off: number) {
    prepRw(OP.WRITE, this.words, sqe, fd, addr, len, off);
  },
  run: (request, kernel) => run(request, kernel, WRITING),
  resume: (request, res, kernel) => resumeAny(request, res, kernel, WRITING),
});

/** READ_FIXED: READ into a registered buffer. */
export const readFixed = op({
  ...SHARED,
  code: OP.READ_FIXED,
  name: 'READ_FIXED',
  fixedBuffer: true,
  does: 'READ, where [`addr`, `addr` + `len`) lies in the registered buffer `buf_index`.',
  errors: [...readErrors, 'EAGAIN'],
  /** io_uring_prep_read_fixed */
  encode(
    this: SqeWords,
    sqe: number,
    fd: number,
    addr: number,
    len: number,
    off: number,
    bufIndex: number,
  ) {
    prepRw(OP.READ_FIXED, this.words, sqe, fd, addr, len, off);
    this.words[sqe + BUFFER] = bufIndex;
  },
  run: (request, kernel) => runFixed(request, kernel, READING),
  resume: (request, res, kernel) => resumeAny(request, res, kernel, READING),
});

/** WRITE_FIXED: WRITE from a registered buffer. */
export const writeFixed = op({
  ...SHARED,
  code: OP.WRITE_FIXED,
  name: 'WRITE_FIXED',
  fixedBuffer: true,
  does: 'WRITE, where [`addr`, `addr` + `len`) lies in the registered buffer `buf_index`.',
  errors: [...writeErrors, 'EAGAIN', 'EPIPE'],
  /** io_uring_prep_write_fixed */
  encode(
    this: SqeWords,
    sqe: number,
    fd: number,
    addr: number,
    len: number,
    off: number,
    bufIndex: number,
  ) {
    prepRw(OP.WRITE_FIXED, this.words, sqe, fd, addr, len, off);
    this.words[sqe + BUFFER] = bufIndex;
  },
  run: (request, kernel) => runFixed(request, kernel, WRITING),
  resume: (request, res, kernel) => resumeAny(request, res, kernel, WRITING),
});
