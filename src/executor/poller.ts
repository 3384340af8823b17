/** The SQ poller of a ring of an inline kernel: takes entries by itself until it falls asleep. */
import { SQ_FLAG } from '../abi/flags.ts';
import type { KernelRing } from './kernel-ring.ts';

/** Nanoseconds until an idle poller sleeps, for sq_thread_idle 0 (not as documented: Q1). */
const IDLE_DEFAULT_NS = 1e9;

// Linux has a thread for it. Here its work is done whenever the kernel has a turn, and its sleep is
// what keeps that from happening. (An executor's rings are all polled, and never ask to be woken.)

/** One poller, awake at first. */
export class Poller {
  readonly #ring: KernelRing;
  readonly #idleNs: number;
  #idleSinceNs: number;
  #isAsleep = false;

  constructor(ring: KernelRing, { idleMs, nowNs }: { idleMs: number; nowNs: number }) {
    this.#ring = ring;
    this.#idleNs = idleMs === 0 ? IDLE_DEFAULT_NS : idleMs * 1e6;
    this.#idleSinceNs = nowNs;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  /** It looked: it goes to sleep when it found nothing for too long. */
  looked(found: boolean, nowNs: number): void {
    if (found) this.#idleSinceNs = nowNs;
    else if (nowNs - this.#idleSinceNs >= this.#idleNs) {
      this.#isAsleep = true;
      this.#ring.sink.setSqFlag(SQ_FLAG.NEED_WAKEUP, true);
    }
  }

  /** enter(SQ_WAKEUP). */
  wake(nowNs: number): void {
    this.#isAsleep = false;
    this.#idleSinceNs = nowNs;
    this.#ring.sink.setSqFlag(SQ_FLAG.NEED_WAKEUP, false);
  }
}
