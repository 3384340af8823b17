/** Moves bytes between a file and several ranges of memory: READV, WRITEV and their fixed forms. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE_FLAG } from '../abi/flags.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import type { KernelCalls, Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { readErrors, writeErrors } from './errors.ts';
import { Iovecs, iovecsOf } from './iovecs.ts';
import { fileOf } from './operand.ts';
import { checkPriority } from './priority.ts';
import { badMemory, resumeTransfer, type Transfer, transfer } from './slices.ts';

// As in encode.ts: constants of this module are compiled into the code.
const { opFlags: OP_FLAGS, bufPersonality: BUFFER } = SQE;
const { BUFFER_SELECT } = SQE_FLAG;

const bytesOf = (request: Request): number => iovecsOf(request).mapped;

const READING: Transfer = {
  writes: false,
  bytesOf,
  move: (request, kernel, file, from, count, position) => {
    const { memory } = request.ring.process;
    return file.readv(request, kernel, iovecsOf(request).views(memory, from, count), position);
  },
};

const WRITING: Transfer = {
  writes: true,
  bytesOf,
  move: (request, kernel, file, from, count, position) => {
    const { memory } = request.ring.process;
    return file.writev(request, kernel, iovecsOf(request).views(memory, from, count), position);
  },
};

/** Copies the iovecs (A8); a buffer can be selected for a single one only (M3). */
function prepare(request: Request): Res {
  const refused = checkPriority(request);
  if (refused !== 0) return refused;
  const { addrLow, addrHigh, len, flags, ring } = request;
  if ((flags & BUFFER_SELECT) !== 0 && len !== 1) return fail('EINVAL');
  const iovecs = new Iovecs();
  request.state = iovecs;
  return iovecs.copy(ring.process.memory, addrLow, addrHigh, len);
}

function run(request: Request, kernel: KernelCalls, kind: Transfer): Outcome {
  const file = fileOf(request, fail('EINVAL'));
  if (typeof file === 'number') return file;
  if ((request.flags & BUFFER_SELECT) !== 0) return fail('ENOBUFS'); // no ring has provided buffers
  const { asked, mapped } = iovecsOf(request);
  if (mapped === 0 && asked > 0) return badMemory(file, kind.writes);
  return transfer(request, kernel, file, kind);
}

/** L2: every segment lies in the registered buffer, else EFAULT. */
function runFixed(request: Request, kernel: KernelCalls, kind: Transfer): Outcome {
  const file = fileOf(request, fail('EINVAL'));
  if (typeof file === 'number') return file;
  const { buffers } = request.ring;
  if (!iovecsOf(request).areIn(buffers, request.bufIndex)) return fail('EFAULT');
  return transfer(request, kernel, file, kind);
}

const SHARED = {
  reads: ['addr', 'off'],
  flags: -1, // an unknown RWF_ flag is refused when it runs
  ioprio: true,
  iopoll: true,
  prepare,
  /** D6: anything but the length asked for. An adopted request has no iovecs, and an errno. */
  isFailure: (request: Request, res: Res) => res < 0 || res !== iovecsOf(request).asked,
} as const;

/** READV: res = bytes, 0 at the end of the file. */
export const readv = op({
  ...SHARED,
  code: OP.READV,
  name: 'READV',
  does: 'READ into the `len` segments that the iovecs at `addr` describe, one after the other.',
  errors: [...readErrors, 'ENOBUFS'],
  bufferSelect: true,
  /** io_uring_prep_readv: `count` iovecs at `iovecs`, 1024 at most. */
  encode(this: SqeWords, sqe: number, fd: number, iovecs: number, count: number, off: number) {
    prepRw(OP.READV, this.words, sqe, fd, iovecs, count, off);
  },
  run: (request, kernel) => run(request, kernel, READING),
  resume: (request, res, kernel) => resumeTransfer(request, res, kernel, READING),
});

/** WRITEV: res = bytes. */
export const writev = op({
  ...SHARED,
  code: OP.WRITEV,
  name: 'WRITEV',
  does: 'WRITE of the `len` segments that the iovecs at `addr` describe, one after the other.',
  errors: writeErrors,
  /** io_uring_prep_writev: `count` iovecs at `iovecs`, 1024 at most. */
  encode(this: SqeWords, sqe: number, fd: number, iovecs: number, count: number, off: number) {
    prepRw(OP.WRITEV, this.words, sqe, fd, iovecs, count, off);
  },
  run: (request, kernel) => run(request, kernel, WRITING),
  resume: (request, res, kernel) => resumeTransfer(request, res, kernel, WRITING),
});

/** READV_FIXED: READV into a registered buffer. */
export const readvFixed = op({
  ...SHARED,
  code: OP.READV_FIXED,
  name: 'READV_FIXED',
  does: 'READV, where every segment lies in the registered buffer `buf_index` and none is empty.',
  errors: readErrors,
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
  resume: (request, res, kernel) => resumeTransfer(request, res, kernel, READING),
});

/** WRITEV_FIXED: WRITEV from a registered buffer. */
export const writevFixed = op({
  ...SHARED,
  code: OP.WRITEV_FIXED,
  name: 'WRITEV_FIXED',
  does: 'WRITEV, where every segment lies in the registered buffer `buf_index` and none is empty.',
  errors: writeErrors,
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
  resume: (request, res, kernel) => resumeTransfer(request, res, kernel, WRITING),
});
