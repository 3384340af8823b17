/** How what receives goes about it: once, until all has come, or again and again. */
import { fail, type Res } from '../../abi/errno.ts';
import { CQE_FLAG, SQE_FLAG } from '../../abi/flags.ts';
import { SQE_SHIFT } from '../../abi/layout.ts';
import { MULTISHOT_PER_TURN } from '../../abi/limits.ts';
import { MSG, RECVSEND } from '../../abi/net.ts';
import { POLL } from '../../abi/poll.ts';
import type { Received } from '../../kernel/net/received.ts';
import type { Socket } from '../../kernel/net/socket.ts';
import type { KernelCalls, Outcome } from '../../kernel/operation.ts';
import type { Request } from '../../kernel/request.ts';
import type { Segments } from '../../kernel/segments.ts';
import { keep } from '../held.ts';
import { mustWait, socketOf, waitToReceive } from './operand.ts';
import { isShort } from './sending.ts';

const SELECT = SQE_FLAG.BUFFER_SELECT << SQE_SHIFT.flags;
const { MULTISHOT, POLL_FIRST, BUNDLE } = RECVSEND;
const { DONTWAIT, WAITALL, PEEK, TRUNC } = MSG;
const { MORE, SOCK_NONEMPTY } = CQE_FLAG;
const EAGAIN = fail('EAGAIN');
/** Whether the message was longer than the room for it. */
const STAGE = { WHOLE: 0, CUT: 1 } as const;

/** What one kind of receiving receives into. Bytes so far are in request.progress. */
export interface Incoming {
  /** Fills the segments with the room that is left, without a selected buffer: 0, or -errno. */
  readonly fill: (request: Request, segments: Segments) => Res;
  /** Bytes wanted of a selected buffer; 0: as many as it has. */
  readonly wanted: (request: Request) => number;
  /** Bytes that a multishot one puts before what it receives. */
  readonly headBytes: (request: Request) => number;
  /** Writes them, at the beginning of the buffer; `count` bytes are behind them. */
  readonly putHead: (request: Request, received: Received, at: number, count: number) => void;
  /** One that is no multishot: tells what is to be told beside the bytes. */
  readonly tell: (request: Request, received: Received) => void;
}

/**
 * The buffer that a request selected: what it was asked to fill (D6). One that waits until it is
 * full took it for good (N7).
 */
export class Reception {
  takenAt = 0;
  takenLength = 0;
}

export const selects = (request: Request): boolean => (request.head & SELECT) !== 0;
export const isMultishot = (request: Request): boolean => (request.ioprio & MULTISHOT) !== 0;

/** N3: what a multishot one needs, and what it does not go with. */
export function checkMultishot(request: Request): Res {
  if (!isMultishot(request)) return 0;
  return selects(request) && (request.opFlags & WAITALL) === 0 ? 0 : fail('EINVAL');
}

/** D6: an error; with MSG_WAITALL less than all, or a message that was cut. */
export const isIncomplete = (request: Request, res: Res, asked: number): boolean =>
  isShort(request, res, asked) ||
  ((request.opFlags & WAITALL) !== 0 && request.stage === STAGE.CUT);

/** Whether it goes on after the first bytes. */
const wantsAll = (request: Request, socket: Socket): boolean =>
  (request.opFlags & (WAITALL | PEEK)) === WAITALL && socket.collects;

const nonEmpty = (socket: Socket): number =>
  socket.isStream && socket.hasMore ? SOCK_NONEMPTY : 0;

/** Receives, and waits for as long as the flags want that. */
export function attemptToReceive(request: Request, kernel: KernelCalls, kind: Incoming): Outcome {
  const socket = socketOf(request);
  if (typeof socket === 'number') return socket;
  if ((request.ioprio & POLL_FIRST) !== 0 && mustWait(request, socket, POLL.IN))
    return waitToReceive(request, kernel, socket);
  return isMultishot(request)
    ? receiveMany(request, kernel, socket, kind)
    : receiveOnce(request, kernel, socket, kind);
}

function receiveOnce(
  request: Request,
  kernel: KernelCalls,
  socket: Socket,
  kind: Incoming,
): Outcome {
  const { segments, net } = kernel;
  for (;;) {
    const refused = room(request, kernel, kind);
    if (refused !== 0) return refused;
    const { total } = segments;
    const res = socket.receive(segments, request.opFlags, net.received);
    if (res === EAGAIN && (request.opFlags & DONTWAIT) === 0)
      return waitToReceive(request, kernel, socket);
    if (res < 0 && request.progress === 0) return res;
    if (res > 0) {
      const isMissing = wantsAll(request, socket) && res < total;
      const canGoOn = !selects(request) || take(request, kernel, socket, res);
      request.progress += res;
      if (isMissing && canGoOn) continue; // there may be more, or an end to it
    }
    request.cqeFlags |= nonEmpty(socket);
    request.stage = (net.received.flags & TRUNC) === 0 ? STAGE.WHOLE : STAGE.CUT;
    kind.tell(request, net.received);
    return request.progress;
  }
}

/** Where the next bytes go: 0, or -errno. */
function room(request: Request, { segments }: KernelCalls, kind: Incoming): Res {
  if (!selects(request)) return kind.fill(request, segments);
  const { ring, bufIndex, ioprio, progress } = request;
  if (progress === 0) {
    const isBundle = (ioprio & BUNDLE) !== 0;
    const res = ring.groups.choose(bufIndex, kind.wanted(request), isBundle, segments);
    (request.state as Reception).takenLength = segments.total;
    return res;
  }
  const { takenAt, takenLength } = request.state as Reception;
  segments.reset(ring.process.memory.bytes);
  segments.add(takenAt + progress, takenLength - progress);
  return 0;
}

/**
 * Takes the buffers that `res` bytes came into, or all of a single one that is to be filled;
 * whether a request that wants more can go on with what it has.
 */
function take(request: Request, { segments }: KernelCalls, socket: Socket, res: number): boolean {
  if (request.progress > 0) return true;
  const { total, count } = segments;
  const isKept = wantsAll(request, socket) && count === 1;
  if (isKept) {
    const reception = request.state as Reception;
    reception.takenAt = segments.starts[0]!;
  }
  const used = isKept ? total : Math.min(res, total);
  request.cqeFlags = request.ring.groups.take(request.bufIndex, used);
  return isKept;
}

/**
 * N3: one completion for each buffer, until there is nothing to receive, or to receive into. An end
 * without bytes is told by a head, of a kind that has one.
 */
function receiveMany(
  request: Request,
  kernel: KernelCalls,
  socket: Socket,
  kind: Incoming,
): Outcome {
  for (let shots = 0; shots < MULTISHOT_PER_TURN; shots++) {
    const res = receiveShot(request, kernel, socket, kind);
    if (res === EAGAIN && (request.opFlags & DONTWAIT) === 0)
      return waitToReceive(request, kernel, socket);
    if (res <= kind.headBytes(request)) return res;
    const { cqeFlags } = request;
    if (request.shotsLeft <= 0 || !kernel.postMore(request, res, cqeFlags | MORE)) return res;
    request.cqeFlags = 0;
    // A buffer may be missing by now, which is an error only if there is something for it.
    if ((socket.readiness() & (POLL.IN | POLL.ERR | POLL.HUP)) === 0)
      return waitToReceive(request, kernel, socket);
  }
  keep(request, socket);
  return kernel.again(request, 0);
}

/** Receives into the next buffer: its result, with the flags in request.cqeFlags. */
function receiveShot(request: Request, kernel: KernelCalls, socket: Socket, kind: Incoming): Res {
  const { segments, net } = kernel;
  const { ring, bufIndex } = request;
  const refused = room(request, kernel, kind);
  if (refused !== 0) return refused;
  const headBytes = kind.headBytes(request);
  const at = segments.starts[0]!;
  if (headBytes > segments.lengths[0]!) return fail('EFAULT');
  segments.starts[0] = at + headBytes;
  segments.lengths[0]! -= headBytes;
  segments.total -= headBytes;
  const { total } = segments;
  const res = socket.receive(segments, request.opFlags, net.received);
  if (res < 0 || (res === 0 && headBytes === 0)) return res;
  request.shotsLeft -= res;
  const used = headBytes + Math.min(res, total);
  if (headBytes > 0) kind.putHead(request, net.received, at, res);
  request.cqeFlags = ring.groups.take(bufIndex, used) | nonEmpty(socket);
  return headBytes > 0 ? used : res;
}
