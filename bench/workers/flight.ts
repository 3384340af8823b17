/** Keeps NOPs in flight on a ring, and tells when an executor is out of the way of a rival. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type IoUringManager, NONE, type Ring } from '../../src/index.ts';

/** What one flight does: `total` NOPs, `window` of them in flight at most. */
export interface FlightPlan {
  readonly total: number;
  readonly window: number;
}

/** Looks in vain before a spinning flight goes to sleep after all: some 10 ms. */
const LOOKS_MAX = 1_000_000;
/** A kernel that is silent for so long is dead: the question fails instead of waiting for ever. */
const SILENCE_MAX_MS = 10_000;

/** One submitter and reaper. It allocates nothing per NOP, so it can weigh what a ring does. */
export class Flight {
  readonly #ring: Ring;
  /** user_data that came back, modulo 2^32: a small integer stays out of the heap. */
  #sum = 0;
  readonly #visit: (cqe: number) => void;

  constructor(ring: Ring) {
    this.#ring = ring;
    this.#visit = (cqe) => {
      this.#sum = (this.#sum + ring.cqeGetData(cqe)) | 0;
    };
  }

  /** Submits what the window has room for and reaps what is there, spinning; ns per NOP. */
  fly({ total, window }: FlightPlan): number {
    const startMs = performance.now();
    let sent = 0;
    let looks = 0;
    for (let reaped = 0; reaped < total; ) {
      sent = this.#send(sent, Math.min(total, reaped + window));
      this.#ring.submit();
      const count = this.#reap();
      reaped += count;
      looks = count === 0 ? looks + 1 : 0;
      if (looks === LOOKS_MAX) this.#await();
    }
    return this.#landed(total, startMs);
  }

  /** The same, asleep or spinning in the ring's own wait whenever there is nothing to reap. */
  flyBlocking({ total, window }: FlightPlan): number {
    const startMs = performance.now();
    let sent = 0;
    for (let reaped = 0; reaped < total; reaped += this.#reap()) {
      sent = this.#send(sent, Math.min(total, reaped + window));
      this.#ring.submitAndWait(1);
    }
    return this.#landed(total, startMs);
  }

  /** The same on the event loop. */
  async flyAsync({ total, window }: FlightPlan): Promise<number> {
    const startMs = performance.now();
    let sent = 0;
    for (let reaped = 0; reaped < total; reaped += this.#reap()) {
      sent = this.#send(sent, Math.min(total, reaped + window));
      await this.#ring.submitAndWaitAsync(1);
    }
    return this.#landed(total, startMs);
  }

  #send(from: number, to: number): number {
    const ring = this.#ring;
    for (let userData = from; userData < to; userData++) {
      const sqe = ring.getSqe();
      if (sqe === NONE) throw new RangeError('the window does not fit the SQ');
      ring.prepNop(sqe);
      ring.sqeSetData(sqe, userData);
    }
    return to;
  }

  #reap(): number {
    const count = this.#ring.forEachCqe(this.#visit);
    this.#ring.cqAdvance(count);
    return count;
  }

  #await(): void {
    const cqe = this.#ring.waitCqe(SILENCE_MAX_MS);
    if (cqe < 0) throw new Error(`nothing completes any more (${cqe})`);
  }

  /** Work that did not happen is an error, never a good time. */
  #landed(total: number, startMs: number): number {
    const elapsedNs = (performance.now() - startMs) * 1e6;
    const sum = this.#sum >>> 0;
    this.#sum = 0;
    if (sum !== sumBelow(total)) throw new Error('completions do not add up');
    return elapsedNs / total;
  }
}

/** 0 + 1 + ... + (total - 1), modulo 2^32. */
export const sumBelow = (total: number): number =>
  Number(BigInt.asUintN(32, (BigInt(total) * BigInt(total - 1)) / 2n));

/** Resolves when the one executor went to sleep and nothing woke it since. */
export async function parked(manager: IoUringManager): Promise<void> {
  const untilMs = performance.now() + SILENCE_MAX_MS;
  while (performance.now() < untilMs) {
    const before = manager.stats().executors[0]!;
    await sleep(1);
    const now = manager.stats().executors[0]!;
    if (now.parks !== before.parks && now.turns === before.turns) return;
  }
  throw new Error('the executor does not go to sleep');
}
