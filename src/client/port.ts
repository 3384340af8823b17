/** How a ring reaches its kernel: a doorbell to another thread, or a call on this one. */
import type { Res } from '../abi/errno.ts';
import type { Call } from '../ring/call.ts';
import type { CompletionQueue } from '../ring/completion.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { Region } from '../ring/region.ts';
import type { SubmissionQueue } from '../ring/submission.ts';

/** The two ends of a ring that a process holds. */
export interface RingEnds {
  readonly submission: SubmissionQueue;
  readonly completion: CompletionQueue;
}

/** What a wait is for. */
export interface WaitGoal {
  /** CQEs that must be there. */
  readonly count: number;
  /** What timeouts() said when the wait began: an expiry since then ends it. */
  readonly since: number;
  /** Milliseconds until it gives up. */
  readonly timeoutMs: number;
}

/** A transport. Results are those of io_uring_enter(2) and io_uring_register(2). */
export interface RingPort {
  readonly region: Region;
  readonly memory: ProcessMemory;
  /** Milliseconds of the clock that waits go by. */
  nowMs(): number;
  /** The ring's descriptor in its process. */
  readonly fd: number;
  /** `published` entries are new: how many entries the kernel took note of, or -errno. */
  submit(ends: RingEnds, published: number): Res;
  /** Whether no entry was left behind, so that a wait may follow (B4). */
  tookAll(ends: RingEnds): boolean;
  /** Plain TIMEOUTs that expired so far; take it before submitting, give it to wait(). */
  timeouts(): number;
  /** Blocks until `count` CQEs are there or a TIMEOUT expired since; 0, -ETIME, -EBADFD. */
  wait(ends: RingEnds, goal: WaitGoal): Res;
  /** The same without blocking the thread. */
  waitAsync(ends: RingEnds, goal: WaitGoal): Promise<Res>;
  /** Waits until the SQ has room; 0, -ETIME, -EBADFD. Never sleeps on the inline kernel. */
  waitSpace(ends: RingEnds, timeoutMs: number): Res;
  waitSpaceAsync(ends: RingEnds, timeoutMs: number): Promise<Res>;
  /** The reaper made room that finished requests wait for. */
  roomMade(): void;
  /** A register call or a close. */
  call(call: Call): Res;
  /** Whether the ring is in other memory since it was asked: `region` is that one now. */
  moved(): boolean;
  callAsync(call: Call): Promise<Res>;
}
