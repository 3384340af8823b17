/** The request machine: rings, whose entries it serves, and whose completions it posts. */
import type { Res } from '../abi/errno.ts';
import { RING_STATE } from '../abi/layout.ts';
import { Batch } from './batch.ts';
import type { KernelRing, RingParts } from './kernel-ring.ts';
import type { MachineParts } from './machine-parts.ts';
import { RequestLife } from './request-life.ts';
import { type EndState, enableRing, endRing, openRing } from './ring-life.ts';

// As in submission.ts: constants of this module are compiled into the code.
const { LIVE } = RING_STATE;

/** The kernel's request life cycle, for one executor or one inline kernel. */
export class Machine extends RequestLife {
  readonly #batch: Batch;
  readonly #closed: (ring: KernelRing) => void;
  /** Rings with finished rows or an expired TIMEOUT that were not posted yet. */
  readonly #dirty: (KernelRing | undefined)[] = [];
  /** How many of them: an array cut to 0 would be garbage on every batch. */
  #dirtyCount = 0;
  readonly #rings = new Map<number, KernelRing>();
  /** Rings that left entries in their SQ because no row was free. */
  readonly #starved = new Set<KernelRing>();

  constructor(parts: MachineParts) {
    super(parts);
    this.#batch = new Batch(this);
    this.#closed = parts.closed ?? (() => {});
  }

  /** When the next deadline is due, in nanoseconds of the monotonic clock; Infinity: none. */
  get nextDeadline(): number {
    return this.dues.next;
  }

  /** Runs what is due by the clock. */
  expire(): void {
    this.dues.expire();
  }

  get rings(): ReadonlyMap<number, KernelRing> {
    return this.#rings;
  }

  /** Begins to serve a ring. */
  attach(parts: RingParts): KernelRing {
    const ring = openRing(this, parts);
    this.#rings.set(parts.slot, ring);
    return ring;
  }

  // --- entries ---

  /** Serves at most `max` entries, batch by batch; how many were consumed and counted. */
  submit(ring: KernelRing, max: number): number {
    const batch = this.#batch;
    let counted = 0;
    while (counted < max && this.step(ring, max - counted) > 0) {
      counted += batch.count;
      if (batch.stopped) break;
    }
    return counted;
  }

  /** Serves one batch of at most `max` entries; how far the head moved. */
  step(ring: KernelRing, max: number): number {
    if (ring.state !== LIVE) return 0;
    const batch = this.#batch;
    batch.serve(ring, max);
    if (batch.corrupt) this.end(ring, RING_STATE.RETIRED);
    ring.starved = batch.starved;
    if (batch.starved) this.#starved.add(ring);
    return batch.passed;
  }

  /** Whether any ring waits for a free row. */
  get starving(): boolean {
    return this.#starved.size > 0;
  }

  /** Rings to be served again because they may have rows now; takes them off the list. */
  takeStarved(): KernelRing[] {
    const ready = [...this.#starved].filter(
      (ring) => ring.inFlight < ring.inFlightMax && this.ledger.rowsFree > 0,
    );
    for (const ring of ready) this.#starved.delete(ring);
    return ready;
  }

  /** Takes one ring off that list; true when it was on it. */
  clearStarved(ring: KernelRing): boolean {
    return this.#starved.delete(ring);
  }

  // --- completions ---

  /**
   * Posts everything that finished; and what that completes by its count, until nothing is left.
   */
  post(): void {
    for (let i = 0; i < this.#dirtyCount; i++) {
      const ring = this.#dirty[i] as KernelRing; // the first #dirtyCount are there
      this.#dirty[i] = undefined; // a ring that ended is not kept alive from here
      ring.dirty = false;
      if (!ring.alive) continue;
      if (!this.outbox.post(ring)) this.end(ring, RING_STATE.RETIRED);
      else if (ring.counting.size > 0) this.dues.countDue(ring);
    }
    this.#dirtyCount = 0;
  }

  /** Moves the backlog of a ring as far as there is room (C6); what moved counts now (G2). */
  flush(ring: KernelRing): void {
    if (!ring.alive) return;
    if (!this.outbox.flush(ring)) this.end(ring, RING_STATE.RETIRED);
    else if (ring.counting.size > 0) {
      this.markFinished(ring);
      this.post();
    }
  }

  override markFinished(ring: KernelRing): void {
    if (ring.dirty) return;
    ring.dirty = true;
    this.#dirty[this.#dirtyCount++] = ring;
  }

  // --- rings ---

  /** Closes or retires a ring: whatever it has in flight is over without a CQE (V1). */
  end(ring: KernelRing, state: EndState): void {
    if (ring.state === RING_STATE.CLOSED || ring.state === state) return;
    this.#starved.delete(ring);
    endRing(this, ring, state);
    if (state === RING_STATE.RETIRED) return;
    this.#rings.delete(ring.slot);
    this.quiet(ring);
  }

  /** Nothing of a closed ring is left, once the host's pool does nothing for it any more. */
  protected override quiet(ring: KernelRing): void {
    if (ring.state === RING_STATE.CLOSED && ring.hostCalls === 0) this.#closed(ring);
  }

  /** A disabled ring becomes live: -EBADFD unless it was disabled (S1). */
  enable(ring: KernelRing): Res {
    return enableRing(this.ledger, ring);
  }
}
