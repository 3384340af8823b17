/** Sends one range of memory, or provided buffers: SEND and SEND_ZC. */
import { fail, type Res } from '../../abi/errno.ts';
import { SQE_FLAG } from '../../abi/flags.ts';
import { SQE, SQE_SHIFT } from '../../abi/layout.ts';
import { TRANSFER_BYTES_MAX } from '../../abi/limits.ts';
import { MSG, RECVSEND } from '../../abi/net.ts';
import { OP } from '../../abi/opcodes.ts';
import { POLL } from '../../abi/poll.ts';
import type { Socket } from '../../kernel/net/socket.ts';
import type { KernelCalls, Outcome } from '../../kernel/operation.ts';
import type { Request } from '../../kernel/request.ts';
import type { Segments } from '../../kernel/segments.ts';
import { op, type SqeWords } from '../define.ts';
import { prepRw } from '../encode.ts';
import { copyAddress } from './address.ts';
import { sendErrors } from './errors.ts';
import { mustWait, socketOf, waitToSend } from './operand.ts';
import {
  abandonZeroCopy,
  afterSending,
  attemptToSend,
  attemptZeroCopy,
  fillRange,
  isShort,
  isShortZeroCopy,
  type Outgoing,
  oweNotification,
  undone,
} from './sending.ts';

const SELECT = SQE_FLAG.BUFFER_SELECT << SQE_SHIFT.flags;
const { POLL_FIRST, BUNDLE, FIXED_BUF, ZC_REPORT_USAGE } = RECVSEND;
const NO_ADDRESS = undefined;
/** sqe.addr_len has the lower half of the word. */
const ADDRESS_LENGTH_BITS = 16;

const bytesOf = (request: Request): number => Math.min(request.len >>> 0, TRANSFER_BYTES_MAX);

/** The memory of the request, or what is wrong with it. */
function fill(request: Request, segments: Segments): Res {
  const { addrLow, addrHigh, len, ring } = request;
  const at = ring.process.memory.at(addrLow, addrHigh, len);
  if (at < 0) return fail('EFAULT');
  fillRange(request, segments, at, bytesOf(request));
  return 0;
}

const PLAIN: Outgoing = {
  fill,
  to: (request) => request.state as Uint8Array | undefined,
};

/** The destination at sqe.addr2 (sqe.off), sqe.addr_len bytes long, and sqe.ioprio. */
function prepare(request: Request, known: number): Res {
  const { ioprio, fileIndex, offLow, offHigh, ring } = request;
  if ((ioprio & ~known) !== 0 || fileIndex >>> ADDRESS_LENGTH_BITS !== 0) return fail('EINVAL');
  request.progress = 0;
  request.state = NO_ADDRESS;
  if ((offLow | offHigh) === 0 || fileIndex === 0) return 0;
  const to = copyAddress(ring.process.memory, offLow, offHigh, fileIndex);
  if (typeof to === 'number') return to;
  request.state = to;
  return 0;
}

// --- provided buffers ---

/** A buffer of which a part was sent; the rest follows, whatever becomes of its group. */
class Selected {
  readonly to: Uint8Array | undefined;
  at = 0;
  length = 0;
  /** request.progress when it was begun. */
  before = 0;

  constructor(to: Uint8Array | undefined) {
    this.to = to;
  }

  get isBegun(): boolean {
    return this.length > 0;
  }
}

const selectedOf = (request: Request): Selected => request.state as Selected;

function prepareSend(request: Request): Res {
  const res = prepare(request, POLL_FIRST | BUNDLE);
  if (res !== 0 || (request.head & SELECT) === 0) return res;
  request.state = new Selected(request.state as Uint8Array | undefined);
  return 0;
}

/** M4, M7: sends the next buffer of the group; in a bundle the ones behind it, too. */
function attemptSelected(request: Request, kernel: KernelCalls): Outcome {
  const socket = socketOf(request);
  if (typeof socket === 'number') return socket;
  if ((request.ioprio & POLL_FIRST) !== 0 && mustWait(request, socket, POLL.OUT))
    return waitToSend(request, kernel, socket);
  const isBundle = (request.ioprio & BUNDLE) !== 0;
  for (;;) {
    const { progress } = request;
    const outcome = sendSelected(request, kernel, socket);
    const goesOn = isBundle && socket.isStream && request.progress > progress;
    const isAll = request.len !== 0 && request.progress >= request.len >>> 0;
    if (outcome === undefined || !goesOn || isAll || selectedOf(request).isBegun) return outcome;
  }
}

/** One buffer, or the rest of one: bytes of all so far, and -errno only if there are none. */
function sendSelected(request: Request, kernel: KernelCalls, socket: Socket): Outcome {
  const { segments } = kernel;
  const { ring, bufIndex, len } = request;
  const selected = selectedOf(request);
  if (selected.isBegun) {
    const done = request.progress - selected.before;
    segments.reset(ring.process.memory.bytes);
    segments.add(selected.at + done, selected.length - done);
  } else {
    const wanted = len === 0 ? 0 : (len >>> 0) - request.progress;
    const isWhole = (request.ioprio & BUNDLE) !== 0 && !socket.isStream; // one message of them all
    const chosen = ring.groups.choose(bufIndex, wanted, isWhole, segments);
    if (chosen < 0) return request.progress > 0 ? request.progress : chosen;
  }
  const { total } = segments;
  const sent = socket.send(segments, request.opFlags, selected.to);
  if (sent >= 0) noteSent(request, segments, sent);
  else if (sent === fail('EAGAIN') && request.progress > 0 && !selected.isBegun)
    return request.progress;
  return continueSelected(request, kernel, socket, sent, total);
}

/** Takes a buffer of which something was sent, and remembers what is left of it. */
function noteSent(request: Request, segments: Segments, sent: number): void {
  const selected = selectedOf(request);
  const { total } = segments;
  if (!selected.isBegun) {
    const start = segments.starts[0]!;
    const flags = request.ring.groups.take(request.bufIndex, total);
    if (request.progress === 0) request.cqeFlags = flags; // the first of a bundle is named
    if (sent === total) return;
    selected.at = start;
    selected.length = total;
    selected.before = request.progress;
  } else if (sent === total) selected.length = 0;
}

/** A buffer that was begun is sent to its end (a bundle), or as MSG_WAITALL says. */
function continueSelected(
  request: Request,
  kernel: KernelCalls,
  socket: Socket,
  sent: Res,
  left: number,
): Outcome {
  const isBundle = (request.ioprio & BUNDLE) !== 0;
  const mayWait = (request.opFlags & MSG.DONTWAIT) === 0;
  if (isBundle && sent >= 0 && sent < left && mayWait) {
    request.progress += sent;
    return waitToSend(request, kernel, socket);
  }
  return afterSending(request, kernel, socket, sent, left);
}

const attempt = (request: Request, kernel: KernelCalls): Outcome =>
  (request.head & SELECT) === 0
    ? attemptToSend(request, kernel, PLAIN)
    : attemptSelected(request, kernel);

/** SEND: res = bytes. */
export const send = op({
  code: OP.SEND,
  name: 'SEND',
  does:
    'Sends the `len` bytes at `addr` through the socket `fd`, with the MSG_ flags in `op_flags`, ' +
    'to the address at `off` (`file_index` bytes long) if there is one; res is how many.',
  reads: ['addr', 'off', 'fileIndex'],
  flags: -1,
  errors: [...sendErrors, 'ENOBUFS'],
  cancel: 'queue',
  ioprio: true,
  bufferSelect: true,
  /** io_uring_prep_send */
  encode(this: SqeWords, sqe: number, fd: number, addr: number, len: number, flags: number) {
    prepRw(OP.SEND, this.words, sqe, fd, addr, len, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: prepareSend,
  run: attempt,
  resume: (request, _res, kernel) => attempt(request, kernel),
  undone,
  isFailure: (request, res) =>
    isShort(request, res, (request.head & SELECT) === 0 ? bytesOf(request) : 0),
});

// --- zero copy ---

const FROM_BUFFER: Outgoing = {
  ...PLAIN,
  fill: (request, segments) => {
    const { ring, bufIndex, addrLow, addrHigh, len, ioprio } = request;
    const isFixed = (ioprio & FIXED_BUF) !== 0;
    if (isFixed && !ring.buffers.covers(bufIndex, addrLow, addrHigh, len >>> 0))
      return fail('EFAULT');
    return fill(request, segments);
  },
};

/** SEND_ZC: res = bytes, then a notification. */
export const sendZc = op({
  code: OP.SEND_ZC,
  name: 'SEND_ZC',
  does:
    'SEND through TCP or UDP that completes twice: {bytes, MORE}, and {0, NOTIF} when the memory ' +
    'may be used again, also when it fails or is cancelled. With FIXED_BUF in `ioprio` it lies ' +
    'in the registered buffer `buf_index`.',
  reads: ['addr', 'off', 'fileIndex', 'addr3'],
  zero: ['addr3', 'pad'],
  flags: -1,
  errors: sendErrors,
  cancel: 'queue',
  ioprio: true,
  /** io_uring_prep_send_zc; `zcFlags` are RECVSEND_ bits. */
  encode(
    this: SqeWords,
    sqe: number,
    fd: number,
    addr: number,
    len: number,
    flags: number,
    zcFlags: number,
  ) {
    prepRw(OP.SEND_ZC, this.words, sqe, fd, addr, len, 0);
    this.words[sqe + SQE.opFlags] = flags;
    this.words[sqe + SQE.head] = OP.SEND_ZC | (zcFlags << SQE_SHIFT.ioprio);
  },
  prepare: (request) =>
    oweNotification(request) || prepare(request, POLL_FIRST | FIXED_BUF | ZC_REPORT_USAGE),
  run: (request, kernel) => attemptZeroCopy(request, kernel, FROM_BUFFER),
  resume: (request, _res, kernel) => attemptZeroCopy(request, kernel, FROM_BUFFER),
  undone,
  abandoned: abandonZeroCopy,
  isFailure: (request, res) => isShortZeroCopy(request, res, bytesOf(request)),
});
