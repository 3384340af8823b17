/** A call: one request as a door sees it, from its arguments to its settled Promise. */
import type { Res } from '../abi/errno.ts';
import type { Ring } from '../client/ring.ts';
import { NULL } from '../ring/allocator.ts';
import type { Lane } from './lane.ts';
import type { Staging } from './staging.ts';

type Resolve<T> = (value: T | PromiseLike<T>) => void;
type Reject = (reason: unknown) => void;

/** Where a new Promise puts its two functions: one object for all, so that none needs a closure. */
const taken = {} as { resolve: Resolve<never>; reject: Reject };
const take = (resolve: Resolve<never>, reject: Reject): void => {
  taken.resolve = resolve;
  taken.reject = reject;
};

/** How far a call is. */
export const PHASE = {
  /** Waits for memory, or has not begun. */
  NEW: 0,
  /** Waits for its place in the ring: it can still be taken back. */
  QUEUED: 1,
  /** Its SQE is written: the kernel owns what the SQE points to until the CQE. */
  IN_FLIGHT: 2,
  SETTLED: 3,
} as const;

/** One piece of memory for all calls of a chain; whoever ends last gives it back. */
export interface Block {
  drop(): void;
}

/**
 * One request. Subclasses say how many bytes of process memory it needs, what stands in them, its
 * SQE, and what its result becomes.
 */
export abstract class Call<T = unknown> {
  readonly promise: Promise<T>;
  readonly #resolve: Resolve<never>; // of T, in truth: but a Call<T> is to be a Call
  readonly #reject: Reject;
  /** Address of its staging memory; a subclass that hands the memory on sets it to NULL. */
  address: number = NULL;
  phase: number = PHASE.NEW;
  /** Its executor died once, and it was submitted again. */
  repeated = false;
  lane: Lane | undefined;
  /** Where it stands among the calls in flight of its lane: the user_data of its SQE. */
  place = -1;
  /** Of two calls that wait for room in a ring the one with the higher number goes first. */
  priority = 0;
  /** What runs after it, and only if it succeeds (IO_LINK): it is submitted with it. */
  next: Call | undefined;
  /** The memory that it shares with the others of its chain, instead of memory of its own. */
  block: Block | undefined;
  signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;

  constructor() {
    this.promise = new Promise<T>(take as never);
    this.#resolve = taken.resolve;
    this.#reject = taken.reject;
  }

  /** Whether running it twice does what running it once does. */
  abstract readonly repeatable: boolean;

  /** Whether it may go on until another call of the same lane does something. */
  get waitsForOthers(): boolean {
    return false;
  }

  /** Bytes of staging memory it needs; 0: none. */
  abstract readonly bytes: number;

  /** Writes what the SQE points to, from `address` on. */
  abstract stage(staging: Staging): void;

  /** Fills the SQE. */
  abstract prepare(ring: Ring, sqe: number): void;

  /** What the Promise resolves with; throws for a res below 0. Staging memory is still held. */
  abstract value(res: Res, staging: Staging): T | Promise<T>;

  /** A completion that is not the last one (CQE_FLAG.MORE), or the flags of the last one. */
  noted(_res: Res, _flags: number): void {}

  /** Settles the Promise with a result. */
  answer(res: Res, staging: Staging): void {
    try {
      (this.#resolve as Resolve<T>)(this.value(res, staging));
    } catch (error) {
      this.#reject(error);
    }
  }

  /** Settles the Promise with an error. */
  refuse(error: unknown): void {
    this.#reject(error);
  }

  /** Its Promise is settled and its memory is free. */
  ended(): void {}
}

/** A call and those behind it in its chain. */
export function* chained(head: Call | undefined): Generator<Call> {
  for (let call = head; call !== undefined; call = call.next) yield call;
}
