/** SPLICE and TEE: move or copy bytes between pipes, files and channels, past process memory. */
import { fail, type Res } from '../abi/errno.ts';
import { O } from '../abi/files.ts';
import { SPLICE_F } from '../abi/ipc.ts';
import { SQE } from '../abi/layout.ts';
import { TRANSFER_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { POLL } from '../abi/poll.ts';
import { EventFd } from '../kernel/ipc/eventfd.ts';
import type { Pipe } from '../kernel/ipc/pipe.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { highWord, prepRw, signedFromWords } from './encode.ts';
import { readErrors, writeErrors } from './errors.ts';
import { dropState } from './held.ts';
import { openOf } from './operand.ts';
import { pipeOf, Splicing } from './splicing.ts';

// As in encode.ts: constants of this module are compiled into the code.
const { opFlags: OP_FLAGS, fileIndex: FILE_INDEX, addrLow: ADDR_LOW, addrHigh: ADDR_HIGH } = SQE;
const EBADF = fail('EBADF');
const EINVAL = fail('EINVAL');
const ESPIPE = fail('ESPIPE');
const { ACCMODE, RDONLY, WRONLY, APPEND, PATH } = O;
const KNOWN = SPLICE_F.MOVE | SPLICE_F.NONBLOCK | SPLICE_F.MORE | SPLICE_F.GIFT;

const bytesOf = ({ len }: Request): number => Math.min(len >>> 0, TRANSFER_BYTES_MAX);

/** sqe.splice_fd_in: a descriptor, or a slot. */
function sourceOf({ ring, fileIndex, opFlags }: Request): OpenFile | undefined {
  if ((opFlags & SPLICE_F.FD_IN_FIXED) !== 0) return ring.files.get(fileIndex);
  return ring.process.descriptors.get(fileIndex);
}

const hasOffsetIn = (r: Request): boolean => (r.addrLow & r.addrHigh) !== -1;
const hasOffsetOut = (r: Request): boolean => (r.offLow & r.offHigh) !== -1;

/** Whether its access mode does without what a splice needs. */
function lacks({ file, channel }: OpenFile, other: number): boolean {
  const flags = file?.flags ?? channel?.flags ?? PATH; // a ring is neither read nor written
  return (flags & PATH) !== 0 || (flags & ACCMODE) === other;
}

/** What cannot be spliced although it is open: counters, directories, rings. */
const isUnfit = ({ file, channel }: OpenFile): boolean =>
  file === undefined ? channel === undefined || channel instanceof EventFd : file.isDirectory;

/** What speaks against moving bytes from one to the other, in the order of splice(2); or 0. */
function refusal(request: Request, source: OpenFile, target: OpenFile): Res {
  if (lacks(source, WRONLY) || lacks(target, RDONLY)) return EBADF;
  const from = pipeOf(source);
  const to = pipeOf(target);
  if (from === undefined && to === undefined) return EINVAL;
  if (from !== undefined && hasOffsetIn(request)) return ESPIPE;
  if (to !== undefined && hasOffsetOut(request)) return ESPIPE;
  if (from === to || isUnfit(source) || isUnfit(target)) return EINVAL;
  if (from !== undefined && ((target.file?.flags ?? 0) & APPEND) !== 0) return EINVAL;
  const isPositive = (hasOffsetIn(request) ? request.addrHigh : 0) >= 0;
  return isPositive && (hasOffsetOut(request) ? request.offHigh : 0) >= 0 ? 0 : EINVAL;
}

/** Where in the one that is a file. */
function positionOf(request: Request, from: Pipe | undefined): number {
  const { addrLow, addrHigh, offLow, offHigh } = request;
  if (from === undefined) return hasOffsetIn(request) ? signedFromWords(addrLow, addrHigh) : -1;
  return hasOffsetOut(request) ? signedFromWords(offLow, offHigh) : -1;
}

/** What takes its state with it when it does not pend. */
function end(request: Request, outcome: Outcome): Outcome {
  if (outcome !== PENDING) dropState(request, outcome);
  return outcome;
}

function runSplice(request: Request, kernel: KernelCalls): Outcome {
  const target = openOf(request);
  const source = sourceOf(request);
  if (target === undefined || source === undefined) return EBADF;
  const wanted = bytesOf(request);
  if (wanted === 0) return 0;
  const refused = refusal(request, source, target);
  if (refused !== 0) return refused;
  const position = positionOf(request, pipeOf(source));
  request.state = new Splicing({ source, target, wanted, position });
  return end(request, move(request, kernel));
}

/** Moves what can be moved, or waits until something can. */
function move(request: Request, kernel: KernelCalls): Outcome {
  const splicing = request.state as Splicing;
  const { from, to } = splicing;
  if (from !== undefined && to !== undefined) return between(request, kernel, from, to, true);
  if (to !== undefined) return splicing.intoPipe(request, kernel, to);
  return splicing.fromPipe(request, kernel, from as Pipe); // one of the two is a pipe
}

/** Moves or copies from pipe to pipe: 0 at the end, once there is a slot (opipe_prep). */
function between(
  request: Request,
  kernel: KernelCalls,
  from: Pipe,
  to: Pipe,
  moves: boolean,
): Outcome {
  const splicing = request.state as Splicing;
  const isEmpty = from.length === 0;
  if (isEmpty && from.writer.isOpen) return splicing.wait(request, kernel, from.reader, POLL.IN);
  if (!to.reader.isOpen) return fail('EPIPE');
  if (to.isFull) return splicing.wait(request, kernel, to.writer, POLL.OUT);
  if (isEmpty) return 0;
  return moves ? from.moveTo(to, splicing.wanted) : from.copyTo(to, splicing.wanted);
}

function resumeSplice(request: Request, res: Res, kernel: KernelCalls): Outcome {
  const splicing = request.state as Splicing;
  return end(request, splicing.isUnderWay ? splicing.settle(res) : move(request, kernel));
}

function runTee(request: Request, kernel: KernelCalls): Outcome {
  const target = openOf(request);
  const source = sourceOf(request);
  if (target === undefined || source === undefined) return EBADF;
  const wanted = bytesOf(request);
  if (wanted === 0) return 0;
  if (lacks(source, WRONLY) || lacks(target, RDONLY)) return EBADF;
  const from = pipeOf(source);
  const to = pipeOf(target);
  if (from === undefined || to === undefined || from === to) return EINVAL;
  request.state = new Splicing({ source, target, wanted, position: -1 });
  return end(request, copy(request, kernel));
}

function copy(request: Request, kernel: KernelCalls): Outcome {
  const { from, to } = request.state as Splicing;
  return between(request, kernel, from as Pipe, to as Pipe, false);
}

const SHARED = {
  reads: ['addr', 'off', 'fileIndex'],
  flags: KNOWN | SPLICE_F.FD_IN_FIXED,
  cancel: 'queue',
  /** D6: anything but the length asked for. */
  isFailure: (request: Request, res: Res) => res !== bytesOf(request),
} as const;

/** SPLICE: res = bytes. */
export const splice = op({
  ...SHARED,
  code: OP.SPLICE,
  name: 'SPLICE',
  does:
    'Moves at most `len` bytes from `splice_fd_in`, from `splice_off_in` on, to `fd`, from `off` ' +
    'on; one of the two is a pipe, whose offset is -1. res is how many, 0 at the end.',
  errors: [...new Set([...readErrors, ...writeErrors, 'EAGAIN', 'EPIPE', 'ESPIPE'] as const)],
  /** io_uring_prep_splice; an offset of -1 is the file position. */
  encode(
    this: SqeWords,
    sqe: number,
    fdIn: number,
    offIn: number,
    fdOut: number,
    offOut: number,
    count: number,
    flags: number,
  ) {
    prepRw(OP.SPLICE, this.words, sqe, fdOut, 0, count, offOut);
    this.words[sqe + ADDR_LOW] = offIn;
    this.words[sqe + ADDR_HIGH] = highWord(offIn);
    this.words[sqe + FILE_INDEX] = fdIn;
    this.words[sqe + OP_FLAGS] = flags;
  },
  run: runSplice,
  resume: resumeSplice,
});

/** TEE: res = bytes. */
export const tee = op({
  ...SHARED,
  code: OP.TEE,
  name: 'TEE',
  does:
    'Copies at most `len` bytes of the pipe `splice_fd_in`, which keeps them, to the pipe `fd`; ' +
    'res is how many, 0 when nothing is there and nobody writes any more.',
  zero: ['addr', 'off'],
  errors: ['EAGAIN', 'EBADF', 'EINVAL', 'EPIPE'],
  /** io_uring_prep_tee */
  encode(this: SqeWords, sqe: number, fdIn: number, fdOut: number, count: number, flags: number) {
    prepRw(OP.TEE, this.words, sqe, fdOut, 0, count, 0);
    this.words[sqe + FILE_INDEX] = fdIn;
    this.words[sqe + OP_FLAGS] = flags;
  },
  run: runTee,
  resume: (request, _, kernel) => end(request, copy(request, kernel)),
});
