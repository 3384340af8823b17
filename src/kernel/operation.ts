/** What an operation is to the kernel, and what the kernel offers an operation. */
import type { Res } from '../abi/errno.ts';
import type { Clock } from './clock.ts';
import type { FileSystem, SlowCall } from './file-system.ts';
import type { HostDigests } from './host.ts';
import type { Futexes } from './ipc/futexes.ts';
import type { Network } from './net/network.ts';
import type { OpenFile, Pollable } from './open-file.ts';
import type { Request, RequestRing } from './request.ts';
import type { Segments } from './segments.ts';

/** Returned by run() when the request will end later, through complete(). */
export const PENDING = undefined;

/** What run() returns: a result, or PENDING. */
export type Outcome = Res | typeof PENDING;

/** How a pending request can be taken back. */
export type CancelKind = 'queue' | 'host' | 'never';

/** One row of the table of operations. */
export interface Operation {
  /** sqe.opcode, 0 to 255. */
  readonly code: number;
  readonly name: string;
  /** SQE_PART bits: what it reads, or checks, of its SQE. */
  readonly parts: number;
  /** Bits of sqe.op_flags that are EINVAL. */
  readonly unknownFlags: number;
  /** Checks and copies what decides the request, while the SQE is taken; 0 or -errno. */
  readonly prepare: ((request: Request, kernel: KernelCalls) => Res) | undefined;
  /** Runs it: a result, or PENDING. */
  readonly run: (request: Request, kernel: KernelCalls) => Outcome;
  /** Goes on after again() or later(), with the result of what it waited for. */
  readonly resume: (request: Request, res: Res, kernel: KernelCalls) => Outcome;
  /** What it armed is due: a deadline, or a count of completions. */
  readonly due: (request: Request, kernel: KernelCalls, byCount: boolean) => void;
  /** Whether a result is a failure for links and CQE_SKIP_SUCCESS (SEMANTICS D6, F1). */
  readonly isFailure: (request: Request, res: Res) => boolean;
  readonly cancel: CancelKind;
  /** sqe.ioprio means something to it; otherwise a value there is EINVAL. */
  readonly ioprio: boolean;
  /** Allowed on IOPOLL rings. */
  readonly iopoll: boolean;
  /** BUFFER_SELECT is allowed. */
  readonly bufferSelect: boolean;
  /** What it completes with when it is taken back; it may have come some way (-ECANCELED). */
  readonly undone: (request: Request) => Res;
  /**
   * It ends with `res` without having run to its end: its preparation failed, its chain is over, or
   * it was taken back. What it completes with, its flags in request.cqeFlags; it may post another
   * CQE before. `isFirst`: it is alone, or the head of its chain, and was not run at all. (res)
   */
  readonly abandoned: (request: Request, res: Res, kernel: KernelCalls, isFirst: boolean) => Res;
  /** What a cancel that took it back answers: Linux says 1 of futexes (SEMANTICS I3), else 0. */
  readonly cancelAnswer: Res;
  /** buf_index names a registered buffer. */
  readonly fixedBuffer: boolean;
  /** Whether a door may submit it again after an executor died with it. */
  readonly repeatable: boolean;
  /** It costs less than a look at the clock: only some batches of it are timed. */
  readonly sampled: boolean;
}

/** Which requests a cancel is for; a cancel never finds itself. */
export interface CancelKey {
  /** IORING_ASYNC_CANCEL_ bits: which of the following count, and whether all that match. */
  readonly flags: number;
  readonly low: number;
  readonly high: number;
  /** The open file that they work on. */
  readonly file: OpenFile | undefined;
  readonly opcode: number;
}

/** A user_data, and the opcode of what waits under it. */
export interface UserDataKey {
  readonly low: number;
  readonly high: number;
  readonly opcode: number;
}

/** What operations may ask of the kernel that runs them. */
export interface KernelCalls {
  readonly clock: Clock;
  /** The mounts of this kernel. */
  readonly files: FileSystem;
  readonly digests: HostDigests;
  /** Where its sockets find each other. */
  readonly net: Network;
  /** Who sleeps on which word of memory. */
  readonly futexes: Futexes;
  /** Ends a pending request. */
  complete(request: Request, res: Res, cqeFlags: number): void;
  /** Posts a CQE of a multishot request; false when it does not fit: end it with that result. */
  postMore(request: Request, res: Res, cqeFlags: number): boolean;
  /** Calls the operation's due() when the monotonic clock reaches `deadlineNs`. */
  armDeadline(request: Request, deadlineNs: number): void;
  /** Calls it when `count` more CQEs of other requests than timeouts were posted on its ring. */
  armCount(request: Request, count: number): void;
  /** Forgets that count; the deadline stays (G5). */
  dropCount(request: Request): void;
  /** Ends a pending request in its turn: what it waits in or holds is left at once. */
  finishLater(request: Request, res: Res): void;
  /** Has resume() of a pending request called in its turn, wherever it waits. */
  retry(request: Request): void;
  /** Takes requests of a ring back: what ASYNC_CANCEL answers (I1 to I3). */
  cancel(ring: RequestRing, key: CancelKey): Res;
  /** Takes one request back: 0 or its cancelAnswer; -EALREADY when it cannot be. */
  takeBack(request: Request): Res;
  /** The first request of a ring that waits under a user_data and runs that operation. */
  findPending(ring: RequestRing, key: UserDataKey): Request | undefined;
  /** Gives a pending request another user_data. */
  rename(request: Request, userDataLow: number, userDataHigh: number): void;
  /** A plain TIMEOUT expired: whoever waits on the ring is to wake. */
  countTimeout(request: Request): void;
  /** For the attempt at hand: filled, and read, before the operation returns. */
  readonly segments: Segments;
  /**
   * Waits until `pollable` may show one of `events` (POLL bits; ERR and HUP always end a wait);
   * then resume() is called with 0, and tries again. Taken back by a cancel, the request completes
   * with -ECANCELED and resume() is not called. It holds its file by request.file meanwhile.
   */
  block(request: Request, pollable: Pollable, events: number): typeof PENDING;
  /** Lets other rings have a turn; then the operation's resume() is called with `res`. */
  again(request: Request, res: Res): typeof PENDING;
  /**
   * Has the host's pool do it, as soon as fewer than `pooledMax` calls are under way; then
   * resume() is called with its result. Begun or not, a request whose ring closes meanwhile is not
   * resumed, and what it holds is let go when the call came back.
   */
  later(request: Request, call: SlowCall): typeof PENDING;
}
