/** Moves bytes between what is open and several ranges of memory: READV, WRITEV, fixed forms. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import type { KernelCalls, Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import type { Segments } from '../kernel/segments.ts';
import { beginTransfer, channelTransfer, resumeAny } from './channel-transfer.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { readErrors, writeErrors } from './errors.ts';
import { Iovecs, iovecsOf } from './iovecs.ts';
import { openOf } from './operand.ts';
import { checkPriority } from './priority.ts';
import { isShort, readSelected, selects } from './selected.ts';
import { badMemory, type Transfer } from './slices.ts';

// As in encode.ts: constants of this module are compiled into the code.
const { opFlags: OP_FLAGS, bufPersonality: BUFFER } = SQE;

const bytesOf = (request: Request): number => iovecsOf(request).mapped;
const askedOf = (request: Request): number => iovecsOf(request).asked;

const fill = (request: Request, segments: Segments): void =>
  iovecsOf(request).fill(segments, request.ring.process.memory);

const READING: Transfer = {
  writes: false,
  bytesOf,
  askedOf,
  fill,
  move: (request, kernel, file, from, count, position) => {
    const { memory } = request.ring.process;
    return file.readv(request, kernel, iovecsOf(request).views(memory, from, count), position);
  },
};

const WRITING: Transfer = {
  writes: true,
  bytesOf,
  askedOf,
  fill,
  move: (request, kernel, file, from, count, position) => {
    const { memory } = request.ring.process;
    return file.writev(request, kernel, iovecsOf(request).views(memory, from, count), position);
  },
};

/** Copies the iovecs (A8); a buffer can be selected for a single one only (M3). */
function prepare(request: Request): Res {
  const refused = checkPriority(request);
  if (refused !== 0) return refused;
  const { addrLow, addrHigh, len, ring } = request;
  if (selects(request) && len !== 1) return fail('EINVAL');
  const iovecs = new Iovecs();
  request.state = iovecs;
  return iovecs.copy(ring.process.memory, addrLow, addrHigh, len);
}

function run(request: Request, kernel: KernelCalls, kind: Transfer): Outcome {
  const open = openOf(request);
  if (open === undefined) return fail('EBADF');
  if (selects(request)) return runSelected(request, kernel, open);
  const { asked, mapped } = iovecsOf(request);
  if (mapped === 0 && asked > 0) return badMemory(request, open, kind.writes);
  return beginTransfer(request, kernel, open, kind);
}

/** M4: where the segment points is of no interest, only its length. */
function runSelected(request: Request, kernel: KernelCalls, open: OpenFile): Outcome {
  const { file } = open;
  if (file === undefined) return channelTransfer(request, kernel, open, READING);
  return readSelected(request, kernel, file, askedOf(request));
}

/** L2: every segment lies in the registered buffer, else EFAULT. */
function runFixed(request: Request, kernel: KernelCalls, kind: Transfer): Outcome {
  const open = openOf(request);
  if (open === undefined) return fail('EBADF');
  const { buffers } = request.ring;
  if (!iovecsOf(request).areIn(buffers, request.bufIndex)) return fail('EFAULT');
  return beginTransfer(request, kernel, open, kind);
}

/** D6: anything but the length asked for. An adopted request has no iovecs, and an errno. */
const isFailure = (request: Request, res: Res): boolean =>
  res < 0 || (selects(request) ? isShort(request, res) : res !== askedOf(request));

const SHARED = {
  reads: ['addr', 'off'],
  flags: -1, // an unknown RWF_ flag is refused when it runs
  ioprio: true,
  iopoll: true,
  prepare,
  cancel: 'queue',
  isFailure,
} as const;

/** READV: res = bytes, 0 at the end of the file. */
export const readv = op({
  ...SHARED,
  code: OP.READV,
  name: 'READV',
  does: 'READ into the `len` segments that the iovecs at `addr` describe, one after the other.',
  errors: [...readErrors, 'EAGAIN', 'ENOBUFS'],
  bufferSelect: true,
  /** io_uring_prep_readv: `count` iovecs at `iovecs`, 1024 at most. */
  encode(this: SqeWords, sqe: number, fd: number, iovecs: number, count: number, off: number) {
    prepRw(OP.READV, this.words, sqe, fd, iovecs, count, off);
  },
  run: (request, kernel) => run(request, kernel, READING),
  resume: (request, res, kernel) => resumeAny(request, res, kernel, READING),
});

/** WRITEV: res = bytes. */
export const writev = op({
  ...SHARED,
  code: OP.WRITEV,
  name: 'WRITEV',
  does: 'WRITE of the `len` segments that the iovecs at `addr` describe, one after the other.',
  errors: [...writeErrors, 'EAGAIN', 'EPIPE'],
  /** io_uring_prep_writev: `count` iovecs at `iovecs`, 1024 at most. */
  encode(this: SqeWords, sqe: number, fd: number, iovecs: number, count: number, off: number) {
    prepRw(OP.WRITEV, this.words, sqe, fd, iovecs, count, off);
  },
  run: (request, kernel) => run(request, kernel, WRITING),
  resume: (request, res, kernel) => resumeAny(request, res, kernel, WRITING),
});

/** READV_FIXED: READV into a registered buffer. */
export const readvFixed = op({
  ...SHARED,
  code: OP.READV_FIXED,
  name: 'READV_FIXED',
  fixedBuffer: true,
  does: 'READV, where every segment lies in the registered buffer `buf_index` and none is empty.',
  errors: [...readErrors, 'EAGAIN'],
  /** io_uring_prep_readv_fixed; `flags` are RWF_. */
  encode(
    this: SqeWords,
    sqe: number,
    fd: number,
    iovecs: number,
    count: number,
    off: number,
    flags: number,
    bufIndex: number,
  ) {
    prepRw(OP.READV_FIXED, this.words, sqe, fd, iovecs, count, off);
    this.words[sqe + OP_FLAGS] = flags;
    this.words[sqe + BUFFER] = bufIndex;
  },
  run: (request, kernel) => runFixed(request, kernel, READING),
  resume: (request, res, kernel) => resumeAny(request, res, kernel, READING),
});

/** WRITEV_FIXED: WRITEV from a registered buffer. */
export const writevFixed = op({
  ...SHARED,
  code: OP.WRITEV_FIXED,
  name: 'WRITEV_FIXED',
  fixedBuffer: true,
  does: 'WRITEV, where every segment lies in the registered buffer `buf_index` and none is empty.',
  errors: [...writeErrors, 'EAGAIN', 'EPIPE'],
  /** io_uring_prep_writev_fixed; `flags` are RWF_. */
  encode(
    this: SqeWords,
    sqe: number,
    fd: number,
    iovecs: number,
    count: number,
    off: number,
    flags: number,
    bufIndex: number,
  ) {
    prepRw(OP.WRITEV_FIXED, this.words, sqe, fd, iovecs, count, off);
    this.words[sqe + OP_FLAGS] = flags;
    this.words[sqe + BUFFER] = bufIndex;
  },
  run: (request, kernel) => runFixed(request, kernel, WRITING),
  resume: (request, res, kernel) => resumeAny(request, res, kernel, WRITING),
});
