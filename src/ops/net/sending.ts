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

/** What forms of zero copy refuse: their notification cannot be suppressed. */
export function checkZeroCopy(request: Request): Res {
  return (request.flags & SQE_FLAG.CQE_SKIP_SUCCESS) !== 0 ? fail('EINVAL') : 0;
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
  if (outcome === undefined || !kernel.postMore(request, outcome, CQE_FLAG.MORE)) return outcome;
  request.cqeFlags = CQE_FLAG.NOTIF;
  request.progress = outcome;
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
  const isNotified = (request.cqeFlags & CQE_FLAG.NOTIF) !== 0;
  return isShort(request, isNotified ? request.progress : res, asked);
}
