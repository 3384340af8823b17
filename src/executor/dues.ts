/** What requests of a machine are armed for: a moment of the clock, or a count of completions. */
import { CountDue, type Request } from '../kernel/request.ts';
import { DueHeap, NOT_ARMED } from '../kernel/timers.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { RequestLife } from './request-life.ts';
import { WORK } from './task-work.ts';

/** The deadlines of all rings, and the counts of each. */
export class Dues {
  readonly #life: RequestLife;
  readonly #deadlines = new DueHeap<Request>();

  constructor(life: RequestLife) {
    this.#life = life;
  }

  /** When the next deadline is due, in nanoseconds of the monotonic clock; Infinity: none. */
  get next(): number {
    return this.#deadlines.earliest;
  }

  /** Arms a request for a moment; in place of the one it was armed for. */
  armDeadline(request: Request, deadlineNs: number): void {
    if (request.dueIndex !== NOT_ARMED) this.#deadlines.remove(request);
    this.#deadlines.add(request, deadlineNs);
  }

  /** Arms it for `count` more completions than its ring had when the batch began (G2). */
  armCount(request: Request, count: number): void {
    const ring = request.ring as KernelRing;
    request.counted ??= new CountDue(request);
    ring.counting.add(request.counted, ring.countedBefore() + count);
  }

  /** Runs what is due by the clock, each at most once: what it arms again waits for the next. */
  expire(): void {
    if (this.#deadlines.size === 0) return;
    const now = this.#life.clock.now();
    const { armed } = this.#deadlines;
    for (;;) {
      const request = this.#deadlines.take(now, armed);
      if (request === undefined) return;
      const ring = request.ring as KernelRing;
      ring.pending.remove(request); // it expired, and cannot be taken back any more
      this.#due(ring, request, WORK.DUE);
    }
  }

  /** Runs what a ring's completions so far have satisfied. */
  countDue(ring: KernelRing): void {
    const now = ring.countedNow();
    for (;;) {
      const counted = ring.counting.take(now);
      if (counted === undefined) return;
      const { request } = counted;
      ring.leaveOutOfCount();
      ring.pending.remove(request);
      this.#due(ring, request, WORK.COUNT);
    }
  }

  #due(ring: KernelRing, request: Request, work: number): void {
    if (ring.defersWork) this.#life.addWork(request, work, 0);
    else this.#life.perform(request, work, 0);
  }

  /** Takes a request out of the heaps it is in. */
  disarm(request: Request): void {
    if (request.dueIndex !== NOT_ARMED) this.#deadlines.remove(request);
    this.dropCount(request);
  }

  /** An update drops the count of a TIMEOUT (G5). */
  dropCount(request: Request): void {
    const { counted } = request;
    if (counted !== undefined && counted.dueIndex !== NOT_ARMED)
      (request.ring as KernelRing).counting.remove(counted);
  }
}
