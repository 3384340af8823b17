/** What an operation is to the kernel, and what the kernel offers an operation. */
import type { Res } from '../abi/errno.ts';
import type { Clock } from './clock.ts';
import type { FileSystem, SlowCall } from './file-system.ts';
import type { HostDigests } from './host.ts';
import type { Futexes } from './ipc/futexes.ts';
import type { Pollable } from './open-file.ts';
import type { Request } from './request.ts';
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
  /** Whether a door may submit it again after an executor died with it. */
  readonly repeatable: boolean;
  /** It costs less than a look at the clock: only some batches of it are timed. */
  readonly sampled: boolean;
  /** Its completions do not count for a TIMEOUT's completion count (SEMANTICS G2). */
  readonly uncounted: boolean;
}

/** What operations may ask of the kernel that runs them. */
export interface KernelCalls {
  readonly clock: Clock;
  /** The mounts of this kernel. */
  readonly files: FileSystem;
  readonly digests: HostDigests;
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
