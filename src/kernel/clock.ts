/** Time as an argument, so that simulation can move it and tests never sleep. */

/** A POSIX time: whole seconds and the nanoseconds within one. */
export interface Timespec {
  readonly sec: number;
  readonly nsec: number;
}

/** The clocks a kernel is given. */
export interface Clock {
  /** CLOCK_MONOTONIC in nanoseconds; a double, exact for 104 days, within 2 ns for years. */
  now(): number;
  /** CLOCK_REALTIME: too many nanoseconds for a double, so in two parts. */
  realtime(): Timespec;
  /** Nanoseconds that CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC: the time spent suspended. */
  suspendedNs(): number;
}

/** A clock whose owner lets a single thread sleep until a moment of it. */
export interface SleepingClock extends Clock {
  /** Returns at `deadlineNs` of now(); at once if that has passed. */
  sleepUntil(deadlineNs: number): void;
}

const NS_PER_SEC = 1e9;

/** Time that moves only when it is told to. */
export class VirtualClock implements SleepingClock {
  #ns: number;
  readonly #epochSec: number;

  /** `epochSec`: the realtime second at which monotonic time is 0. */
  constructor({ startNs = 0, epochSec = 1_700_000_000 } = {}) {
    this.#ns = startNs;
    this.#epochSec = epochSec;
  }

  now(): number {
    return this.#ns;
  }

  realtime(): Timespec {
    const sec = Math.floor(this.#ns / NS_PER_SEC);
    return { sec: this.#epochSec + sec, nsec: this.#ns - sec * NS_PER_SEC };
  }

  suspendedNs(): number {
    return 0;
  }

  sleepUntil(deadlineNs: number): void {
    this.#ns = Math.max(this.#ns, deadlineNs);
  }

  /** Moves time forward by `ns`. */
  advance(ns: number): void {
    this.#ns += ns;
  }
}
