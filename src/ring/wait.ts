/** How a process waits on its ring: for completions, for submission space, for a call's answer. */
import { CONTROL, RING_STATE } from '../abi/layout.ts';
import { AsyncWord } from './async-word.ts';
import type { CompletionQueue } from './completion.ts';
import { pause } from './pause.ts';
import type { Region } from './region.ts';

// Steps W1 to W5 are those of completion.ts (for CQEs) and submission.ts (for space), where they
// are argued. Before them the reaper may spin:
//   W0  load(cqTail) again and again, for at most `spinNs`

/**
 * Nanoseconds of a monotonic clock; given by the host so that waiting holds no clock of its own.
 */
export type NowNs = () => number;

/** How long one wait may take. */
export interface WaitLimits {
  /** Time to look for an answer before sleeping, in nanoseconds. */
  readonly spinNs: number;
  /** Time until the wait gives up, in milliseconds; Infinity waits for ever. */
  readonly timeoutMs: number;
}

/** When a wait gives up. One that never does asks no clock: that is time between two wake-ups. */
class Deadline {
  readonly #nowNs: NowNs;
  readonly #atNs: number;

  constructor(timeoutMs: number, nowNs: NowNs) {
    this.#nowNs = nowNs;
    this.#atNs = timeoutMs === Number.POSITIVE_INFINITY ? timeoutMs : nowNs() + timeoutMs * 1e6;
  }

  /** Milliseconds until then. */
  leftMs(): number {
    return this.#atNs === Number.POSITIVE_INFINITY
      ? this.#atNs
      : (this.#atNs - this.#nowNs()) / 1e6;
  }
}

/** However often it spun in vain, it tries a little. */
const EAGERNESS_MIN = 1 / 16;

/** Loads between two looks at the clock while spinning. */
const SPINS_PER_CLOCK = 128;

/** The reaper's sleep. One thread, the one that reaps. */
export class CompletionWait {
  readonly #words: Int32Array;
  readonly #queue: CompletionQueue;
  readonly #nowNs: NowNs;
  readonly #wakeWord: AsyncWord;
  /** What the asynchronous wait in progress wants; 0: there is none. */
  #asleep = 0;
  /** Share of spinNs to spin: halved by each spin in vain, doubled by each that paid. */
  #eagerness = 1;

  constructor(region: Region, queue: CompletionQueue, nowNs: NowNs) {
    this.#words = region.words;
    this.#queue = queue;
    this.#nowNs = nowNs;
    this.#wakeWord = new AsyncWord(region.words, CONTROL.cqWake);
  }

  /** Expiries of plain TIMEOUTs so far: a wait ends early when this moved. */
  static timeoutsOf({ words }: Region): number {
    return Atomics.load(words, CONTROL.cqTimeouts); // W3
  }

  /** Whether a wait for `count` CQEs that began at `timeouts` is over. */
  #over(count: number, timeouts: number): boolean {
    return (
      this.#queue.ready() >= count ||
      Atomics.load(this.#words, CONTROL.cqTimeouts) !== timeouts || // W3
      Atomics.load(this.#words, CONTROL.ringState) >= RING_STATE.RETIRED // W3
    );
  }

  /**
   * Spins (W0), then blocks until `count` CQEs are there or a TIMEOUT expired; false: time is up.
   */
  block(count: number, timeouts: number, limits: WaitLimits): boolean {
    const wanted = Math.min(count, this.#queue.entries);
    if (this.#over(wanted, timeouts)) return true;
    if (limits.spinNs > 0) {
      const paid = this.#spin(wanted, timeouts, limits.spinNs * this.#eagerness);
      this.#eagerness = paid ? Math.min(1, 2 * this.#eagerness) : this.#nextAfterVain();
      if (paid) return true;
    }
    const deadline = new Deadline(limits.timeoutMs, this.#nowNs);
    const words = this.#words;
    Atomics.store(words, CONTROL.cqWanted, (this.#queue.head + wanted) | 0); // W1
    Atomics.store(words, CONTROL.cqWaiting, 1); // W1
    let over = false;
    for (let left = limits.timeoutMs; left > 0; left = deadline.leftMs()) {
      const seen = Atomics.load(words, CONTROL.cqWake); // W2
      over = this.#over(wanted, timeouts);
      if (over) break;
      Atomics.wait(words, CONTROL.cqWake, seen, left); // W4
    }
    if (this.#asleep === 0)
      Atomics.store(words, CONTROL.cqWaiting, 0); // W5
    else this.#announceAgain();
    return over || this.#over(wanted, timeouts);
  }

  /** A blocking wait used the words of the asynchronous one: W1 for it again, and a look (W3). */
  #announceAgain(): void {
    Atomics.store(this.#words, CONTROL.cqWanted, (this.#queue.head + this.#asleep) | 0); // W1
    Atomics.notify(this.#words, CONTROL.cqWake); // W4 ends
  }

  /** The same without blocking and without spinning; one at a time (the caller keeps order). */
  async sleep(count: number, timeouts: number, timeoutMs: number): Promise<boolean> {
    const wanted = Math.min(count, this.#queue.entries);
    const deadline = new Deadline(timeoutMs, this.#nowNs);
    const words = this.#words;
    let over = this.#over(wanted, timeouts);
    this.#asleep = wanted;
    for (let left = timeoutMs; left > 0 && !over; left = deadline.leftMs()) {
      Atomics.store(words, CONTROL.cqWanted, (this.#queue.head + wanted) | 0); // W1
      Atomics.store(words, CONTROL.cqWaiting, 1); // W1
      const seen = Atomics.load(words, CONTROL.cqWake); // W2
      over = this.#over(wanted, timeouts);
      if (!over) await this.#wakeWord.wait(seen, left); // W4
      over = this.#over(wanted, timeouts);
    }
    this.#asleep = 0;
    Atomics.store(words, CONTROL.cqWaiting, 0); // W5
    return over;
  }

  /** Waits for slow requests would only take time from whoever serves them. */
  #nextAfterVain(): number {
    return Math.max(EAGERNESS_MIN, this.#eagerness / 2);
  }

  #spin(wanted: number, timeouts: number, spinNs: number): boolean {
    let until = 0; // the clock costs as much as many looks: the first ones are free
    for (;;) {
      for (let i = 0; i < SPINS_PER_CLOCK; i++) {
        if (this.#queue.ready() >= wanted) return true;
      }
      pause(); // a call into the engine: as long as many looks
      if (this.#over(wanted, timeouts)) return true;
      const now = this.#nowNs();
      if (until === 0) until = now + spinNs;
      else if (now >= until) return false;
    }
  }
}

/** The submitter's sleep for a free SQ slot. */
export class SpaceWait {
  readonly #words: Int32Array;
  readonly #nowNs: NowNs;
  readonly #wakeWord: AsyncWord;
  /** Waits in progress: sqWanted is their number. */
  #waits = 0;

  constructor(region: Region, nowNs: NowNs) {
    this.#words = region.words;
    this.#nowNs = nowNs;
    this.#wakeWord = new AsyncWord(region.words, CONTROL.sqWake);
  }

  /** Blocks while `hasRoom` says no; false: time is up, or the ring ended. */
  block(hasRoom: () => boolean, timeoutMs: number): boolean {
    const words = this.#words;
    const deadline = new Deadline(timeoutMs, this.#nowNs);
    this.#announce(1);
    let room = false;
    for (let left = timeoutMs; left > 0; left = deadline.leftMs()) {
      const seen = Atomics.load(words, CONTROL.sqWake); // W2
      room = hasRoom();
      if (room || this.#ended()) break;
      Atomics.wait(words, CONTROL.sqWake, seen, left); // W4
    }
    this.#announce(-1);
    return room || hasRoom();
  }

  /** The same without blocking. */
  async sleep(hasRoom: () => boolean, timeoutMs: number): Promise<boolean> {
    const words = this.#words;
    const deadline = new Deadline(timeoutMs, this.#nowNs);
    this.#announce(1);
    let room = false;
    for (let left = timeoutMs; left > 0; left = deadline.leftMs()) {
      const seen = Atomics.load(words, CONTROL.sqWake); // W2
      room = hasRoom();
      if (room || this.#ended()) break;
      await this.#wakeWord.wait(seen, left); // W4
    }
    this.#announce(-1);
    return room || hasRoom();
  }

  #announce(by: number): void {
    this.#waits += by;
    Atomics.store(this.#words, CONTROL.sqWanted, this.#waits); // W1, W5
  }

  #ended(): boolean {
    return Atomics.load(this.#words, CONTROL.ringState) >= RING_STATE.RETIRED; // W3
  }
}
