/** Requests by sequence number: what a manager has in flight on one ring, and what came of it. */
import { errnoName, fail, type Res } from '../abi/errno.ts';
import { KernelError } from '../client/error.ts';
import { NONE, type Ring } from '../client/ring.ts';
import { NULL } from '../ring/allocator.ts';
import { SyscallCompletionEntry, type SyscallResult } from './completion-entry.ts';
import { NO_ROOM, type Staging } from './staging.ts';
import type { SyscallSubmissionEntry } from './submission-entry.ts';

// A request's user data on the ring is its sequence number, and the table is keyed by it: whoever
// asks for one request finds it without a look at the others. What comes out of the CQ is noted in
// the table at once, which empties the CQ however few ask; results stay in the request's block of
// memory until somebody asks for them, so that what nobody asks for is bounded twice, by requests
// and by bytes. Each completion is handed out once: to reap(), to wait(), or to a Promise.

/** A request on its way: submitted, or completed and not asked for. */
interface Flight {
  readonly seq: number;
  /** As submitted; with more room when its result did not fit the first time. */
  entry: SyscallSubmissionEntry;
  /** Its memory; NULL when it needs none. */
  block: number;
  /** Its result, once it is there. */
  res: Res | undefined;
  /** Somebody awaits it. */
  promise: PromiseWithResolvers<SyscallCompletionEntry> | undefined;
  /** Made when it was handed out. */
  completion: SyscallCompletionEntry | undefined;
}

/** A request that completed. */
interface Settled extends Flight {
  res: Res;
}

/** What a channel is made from. */
export interface ChannelParts {
  /** A ring that nobody else uses. */
  readonly ring: Ring;
  readonly staging: Staging;
  /** Requests in flight and completions that nobody asked for, together. */
  readonly inFlightMax: number;
  /** Numbers requests; unique among all channels of a manager. */
  readonly nextSeq: () => number;
}

const SYSCALL = 'io_uring_enter';
/** User data of an entry that only wakes the reader of the CQ; requests count from 1. */
const NUDGE = 0;

/** A ring used through sequence numbers, by one thread. */
export class Channel {
  readonly #ring: Ring;
  readonly #staging: Staging;
  readonly #inFlightMax: number;
  readonly #nextSeq: () => number;
  /** Every request that was not handed out, by its number. */
  readonly #flights = new Map<number, Flight>();
  /** Those that completed, the oldest completion first. */
  readonly #completed = new Map<number, Settled>();
  /** Requests to be made again with more room, while the SQ is full. */
  readonly #again: Flight[] = [];
  /** Requests that somebody awaits. */
  #awaited = 0;
  /** The event loop watches the CQ for them, and whether that sleeps. */
  #watching = false;
  #asleep = false;
  /** An entry was submitted that wakes it. */
  #nudged = false;
  #ended = false;

  constructor({ ring, staging, inFlightMax, nextSeq }: ChannelParts) {
    this.#ring = ring;
    this.#staging = staging;
    this.#inFlightMax = inFlightMax;
    this.#nextSeq = nextSeq;
  }

  /** Submits entries in order until one does not fit; the numbers of those that did. */
  submit(entries: readonly SyscallSubmissionEntry[]): number[] {
    for (const { stagedBytes } of entries)
      if (!this.#staging.fits(stagedBytes)) throw new KernelError(fail('ENOMEM'), SYSCALL);
    const seqs: number[] = [];
    for (const entry of entries) {
      const seq = this.#start(entry);
      if (seq === undefined) break;
      seqs.push(seq);
    }
    this.#publish();
    if (this.#ended) throw new KernelError(fail('EBADFD'), SYSCALL);
    return seqs;
  }

  /** Hands out what completed, at most `max`, the oldest completion first. Never blocks. */
  reap(max: number): SyscallCompletionEntry[] {
    this.#drain();
    const found: SyscallCompletionEntry[] = [];
    for (const flight of this.#completed.values()) {
      if (found.length >= max) break;
      found.push(this.#handOut(flight, flight.res));
    }
    return found;
  }

  /** Hands out one completion, blocking the thread until it is there. */
  wait(seq: number, timeoutMs: number): SyscallCompletionEntry {
    const flight = this.#find(seq);
    const until = performance.now() + timeoutMs;
    this.#drain();
    for (let left = timeoutMs; flight.res === undefined; left = until - performance.now()) {
      if (left <= 0) throw new KernelError(fail('ETIME'), SYSCALL);
      const full = this.#again.length > 0;
      this.#heed(full ? this.#ring.sqringWait(left) : this.#ring.waitCqe(left));
      this.#drain();
      if (this.#ended) throw new KernelError(fail('ECANCELED'), SYSCALL);
    }
    return this.#handOut(flight, flight.res);
  }

  /** Hands out one completion when it is there. */
  completion(seq: number): Promise<SyscallCompletionEntry> {
    const flight = this.#find(seq);
    this.#drain();
    if (flight.res !== undefined) return Promise.resolve(this.#handOut(flight, flight.res));
    if (flight.promise === undefined) {
      flight.promise = Promise.withResolvers();
      this.#awaited++;
      if (!this.#watching) void this.#watch();
    }
    return flight.promise.promise;
  }

  /** Nothing completes any more: whoever awaits gets ECANCELED. */
  end(): void {
    this.#ended = true;
    this.#awaited = 0;
    for (const { promise, completion } of this.#flights.values())
      if (completion === undefined) promise?.reject(new KernelError(fail('ECANCELED'), SYSCALL));
  }

  /** After end(), and after the kernel let go of the ring: nothing writes to its memory now. */
  releaseMemory(): void {
    for (const { block } of this.#flights.values()) this.#staging.give(block);
    this.#flights.clear();
    this.#completed.clear();
  }

  /** Prepares one entry; its number, or undefined when something is full. */
  #start(entry: SyscallSubmissionEntry): number | undefined {
    if (this.#ended || this.#flights.size >= this.#inFlightMax || !this.#hasSpace()) return;
    const block = this.#staging.take(entry.stagedBytes);
    if (block === NO_ROOM) return;
    const seq = this.#nextSeq();
    const unset = { res: undefined, promise: undefined, completion: undefined };
    const flight: Flight = { seq, entry, block, ...unset };
    this.#flights.set(seq, flight);
    this.#prepare(flight);
    return seq;
  }

  /** An executor may be short of rows because the CQ is full: emptying it makes space, in time. */
  #hasSpace(): boolean {
    if (this.#ring.sqSpaceLeft() > 0) return true;
    this.#drain();
    return this.#ring.sqSpaceLeft() > 0;
  }

  #prepare({ seq, entry, block }: Flight): void {
    const sqe = this.#ring.getSqe();
    entry.encode(this.#ring, sqe, this.#staging.memory, block);
    this.#ring.sqeSetData(sqe, seq);
  }

  #publish(): void {
    this.#heed(this.#ring.submit());
  }

  /** -ETIME only means that a wait is over; another error, that the ring is. */
  #heed(res: Res): void {
    if (res < 0 && res !== fail('ETIME') && !this.#ended) this.end();
  }

  #find(seq: number): Flight {
    const flight = this.#flights.get(seq);
    if (flight === undefined) throw new KernelError(fail('ENOENT'), SYSCALL);
    if (this.#ended && flight.res === undefined) throw new KernelError(fail('ECANCELED'), SYSCALL);
    return flight;
  }

  /** Notes what is in the CQ, and makes again what has to be. */
  #drain(): void {
    if (this.#ended) return;
    const ring = this.#ring;
    ring.cqAdvance(ring.forEachCqe(this.#note));
    if (this.#again.length > 0) this.#makeAgain();
    if (this.#asleep && this.#awaited === 0 && !this.#nudged) this.#nudge();
  }

  #makeAgain(): void {
    while (this.#ring.sqSpaceLeft() > 0) {
      const flight = this.#again.shift();
      if (flight === undefined) break;
      this.#prepare(flight);
    }
    this.#publish();
  }

  readonly #note = (cqe: number): void => {
    const flight = this.#flights.get(this.#ring.cqeGetData(cqe));
    if (flight === undefined) {
      this.#nudged = false;
      return;
    }
    const res = this.#ring.cqeRes(cqe);
    const enlarged = flight.entry.enlarged(res);
    if (enlarged === undefined) this.#settle(flight, res);
    else this.#enlarge(flight, enlarged);
  };

  /** Has a request made again, with the room that its result needs; or ends it for want of that. */
  #enlarge(flight: Flight, entry: SyscallSubmissionEntry): void {
    this.#staging.give(flight.block);
    const block = this.#staging.take(entry.stagedBytes);
    flight.block = block === NO_ROOM ? NULL : block;
    flight.entry = entry;
    if (block !== NO_ROOM) this.#again.push(flight);
    // Waiting for room could be waiting for ever: others give theirs back only when asked for.
    else this.#settle(flight, fail(this.#staging.fits(entry.stagedBytes) ? 'EAGAIN' : 'ENOMEM'));
  }

  #settle(flight: Flight, res: Res): void {
    const settled = Object.assign(flight, { res });
    if (flight.promise === undefined) this.#completed.set(flight.seq, settled);
    else this.#handOut(flight, res);
  }

  /** Makes the completion, lets go of the memory, forgets the request. */
  #handOut(flight: Flight, res: Res): SyscallCompletionEntry {
    if (flight.completion !== undefined) return flight.completion;
    const { seq, entry, block } = flight;
    const { userData } = entry;
    const ok = res >= 0;
    const status = ok ? 'ok' : errnoName(res);
    const result: SyscallResult = ok ? entry.decode(res, this.#staging.memory, block) : res;
    flight.completion = new SyscallCompletionEntry({ seq, userData, status, result });
    this.#staging.give(block);
    this.#flights.delete(seq);
    this.#completed.delete(seq);
    if (flight.promise !== undefined) {
      this.#awaited--;
      flight.promise.resolve(flight.completion);
    }
    return flight.completion;
  }

  /** Reads the CQ from the event loop while somebody awaits. */
  async #watch(): Promise<void> {
    this.#watching = true;
    while (this.#awaited > 0) {
      const full = this.#again.length > 0;
      this.#asleep = true;
      const res = await (full ? this.#ring.sqringWaitAsync() : this.#ring.waitCqeAsync());
      this.#asleep = false;
      this.#heed(res);
      this.#drain();
    }
    this.#watching = false;
  }

  /**
   * The thread itself took the completion that the watch sleeps for, and nobody awaits another. A
   * sleep cannot be called off, and keeps the program alive: so a NOP ends it. When there is no
   * space for one, what fills the SQ will.
   */
  #nudge(): void {
    const sqe = this.#ring.getSqe();
    if (sqe === NONE) return;
    this.#ring.prepNop(sqe);
    this.#ring.sqeSetData(sqe, NUDGE);
    this.#nudged = true;
    this.#publish();
  }
}
