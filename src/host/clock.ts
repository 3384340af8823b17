/** The host's clocks. */
import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks'; // the global one is looked up at every use

const NS_PER_MS = 1e6;
const NS_PER_SEC = 1e9;

/** performance.now() counts from the start of its thread; this many ns make it CLOCK_MONOTONIC. */
const originNs = (): number => Number(process.hrtime.bigint()) - performance.now() * NS_PER_MS;

/** CLOCK_MONOTONIC, CLOCK_REALTIME and CLOCK_BOOTTIME of the machine. */
export class HostClock {
  readonly #originNs = originNs();
  readonly #sleepMs: (durationMs: number) => void;

  /** `sleepMs` blocks the calling thread. */
  constructor(sleepMs: (durationMs: number) => void) {
    this.#sleepMs = sleepMs;
  }

  /** Nanoseconds; a call costs about 50 ns. */
  now(): number {
    return this.#originNs + performance.now() * NS_PER_MS;
  }

  /** Exact to a millisecond, which is what Date offers. */
  realtime(): { sec: number; nsec: number } {
    const nowMs = Date.now();
    const sec = Math.floor(nowMs / 1000);
    return { sec, nsec: (nowMs - sec * 1000) * NS_PER_MS };
  }

  /** Known to two seconds only, as os.uptime() counts whole ones; less than that is none. */
  suspendedNs(): number {
    const ns = uptime() * NS_PER_SEC - this.now();
    return ns < 2 * NS_PER_SEC ? 0 : ns;
  }

  /** Blocks until `deadlineNs` of now(). */
  sleepUntil(deadlineNs: number): void {
    for (;;) {
      const leftMs = (deadlineNs - this.now()) / NS_PER_MS;
      if (leftMs <= 0) return;
      this.#sleepMs(leftMs);
    }
  }
}
