/** How what sends goes about it: one attempt after the other, until enough is sent. */
import { fail, type Res } from '../../abi/errno.ts';
import { CQE_FLAG, SQE_FLAG } from '../../abi/flags.ts';
import { MSG, NOTIF_USAGE_ZC_COPIED, RECVSEND } from '../../abi/net.ts';
import { POLL } from '../../abi/poll.ts';
import type { Socket } from '../../kernel/net/socket.ts';
import type { KernelCalls, Outcome } from '../../kernel/operation.ts';
import type { Request } from '../../kernel/request.ts';
import type { Segments } from '../../kernel/segments.ts';
import { mustWait, socketOf, waitToSend } from './operand.ts';

const { DONTWAIT, WAITALL } = MSG;
const { MORE, NOTIF } = CQE_FLAG;
const EAGAIN = fail('EAGAIN');

/** What one kind of sending sends. Bytes sent so far are in request.progress. */
export interface Outgoing {
  /** Fills the segments with what is left: 0, or -errno. */
  readonly fill: (request: Request, segments: Segments) => Res;
  /** The address it is sent to, if the request names one. */
  readonly to: (request: Request) => Uint8Array | undefined;
}

/** Adds what is left of [at, at + length) when `progress` bytes of it are sent. */
export function fillRange(request: Request, segments: Segments, at: number, length: number): void {
  const { progress, ring } = request;
  segments.reset(ring.process.memory.bytes);
  segments.add(at + progress, length - progress);
}

/** Sends once, and waits for room if nothing was sent, or not all of it with MSG_WAITALL (N7). */
export function attemptToSend(request: Request, kernel: KernelCalls, kind: Outgoing): Outcome {
  const socket = socketOf(request);
  if (typeof socket === 'number') return socket;
  if ((request.ioprio & RECVSEND.POLL_FIRST) !== 0 && mustWait(request, socket, POLL.OUT))
    return waitToSend(request, kernel, socket);
  const { segments } = kernel;
  const refused = kind.fill(request, segments);
  if (refused !== 0) return refused;
  const sent = socket.send(segments, request.opFlags, kind.to(request));
  return afterSending(request, kernel, socket, sent, segments.total);
}

/** What follows from having sent `sent` bytes, or not, of `left`. */
export function afterSending(
  request: Request,
  kernel: KernelCalls,
  socket: Socket,
  sent: Res,
  left: number,
): Outcome {
  const mayWait = (request.opFlags & DONTWAIT) === 0;
  if (sent === EAGAIN && mayWait) return waitToSend(request, kernel, socket);
  if (sent < 0) return request.progress > 0 ? request.progress : sent;
  request.progress += sent;
  const wantsAll = (request.opFlags & WAITALL) !== 0 && socket.collects;
  if (wantsAll && sent < left && mayWait) return waitToSend(request, kernel, socket);
  return request.progress;
}

/** H1: one that is taken back says how far it came, if it came anywhere. */
export const undone = ({ progress }: Request): Res => (progress > 0 ? progress : fail('ECANCELED'));

/** D6: an error, or less than all with MSG_WAITALL. */
export const isShort = (request: Request, res: Res, asked: number): boolean =>
  res < 0 || ((request.opFlags & WAITALL) !== 0 && res < asked);

// What sends without a copy owes a notification from its preparation on, whatever becomes of it:
// request.cqeFlags has NOTIF from then on, and MORE since it was run.

/** What forms of zero copy refuse: their notification cannot be suppressed. Else it is owed. */
export function oweNotification(request: Request): Res {
  if ((request.flags & SQE_FLAG.CQE_SKIP_SUCCESS) !== 0) return fail('EINVAL');
  request.cqeFlags = NOTIF;
  return 0;
}

/** As Linux says it: one that failed behind others in its chain has no MORE. */
export function abandonZeroCopy(
  request: Request,
  res: Res,
  kernel: KernelCalls,
  isFirst: boolean,
): Res {
  const { cqeFlags, isMuted } = request;
  if ((cqeFlags & NOTIF) === 0) return res; // it was refused before it owed anything
  request.isMuted = false;
  if (!isMuted && !kernel.postMore(request, res, isFirst ? MORE : cqeFlags & MORE)) {
    request.cqeFlags = 0;
    return res;
  }
  return notification(request, res);
}

/** N9: only TCP and UDP send without a copy. */
function zeroCopySocket(request: Request): Res {
  const socket = socketOf(request);
  if (typeof socket === 'number') return socket;
  return socket.isUnix ? fail('EOPNOTSUPP') : 0;
}

/**
 * Ends a request that sent without a copy by two CQEs: how much was sent, or why nothing was, with
 * MORE; and that its memory is free, with NOTIF. When the first does not fit it is the only one,
 * and says so by having no MORE: the kernel has copied the bytes, so the memory is free anyway.
 */
function notify(request: Request, kernel: KernelCalls, outcome: Outcome): Outcome {
  request.cqeFlags = NOTIF | MORE;
  if (outcome === undefined) return undefined;
  if (kernel.postMore(request, outcome, MORE)) return notification(request, outcome);
  request.cqeFlags = 0;
  return outcome;
}

/** The second CQE of one that ended with `res`. */
function notification(request: Request, res: Res): Res {
  request.cqeFlags = NOTIF;
  request.progress = res;
  return (request.ioprio & RECVSEND.ZC_REPORT_USAGE) !== 0 ? NOTIF_USAGE_ZC_COPIED : 0;
}

/** attemptToSend() without a copy. */
export function attemptZeroCopy(request: Request, kernel: KernelCalls, kind: Outgoing): Outcome {
  const refused = zeroCopySocket(request);
  const outcome = refused === 0 ? attemptToSend(request, kernel, kind) : refused;
  return notify(request, kernel, outcome);
}

/** Whether one that sent without a copy failed: its notification says nothing of that. */
export function isShortZeroCopy(request: Request, res: Res, asked: number): boolean {
  const isNotified = request.cqeFlags === NOTIF;
  return isShort(request, isNotified ? request.progress : res, asked);
}
