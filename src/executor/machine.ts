/** The request machine: takes entries, runs operations, posts completions, each once. */
import { fail, type Res } from '../abi/errno.ts';
import { RING_STATE } from '../abi/layout.ts';
import { LEDGER_HEAD, RECORD } from '../abi/private.ts';
import type { Clock } from '../kernel/clock.ts';
import type { FileSystem, SlowCall } from '../kernel/file-system.ts';
import type { HostDigests } from '../kernel/host.ts';
import type { Pollable } from '../kernel/open-file.ts';
import { type KernelCalls, PENDING } from '../kernel/operation.ts';
import { CountDue, type Request } from '../kernel/request.ts';
import { Segments } from '../kernel/segments.ts';
import { DueHeap, NOT_ARMED } from '../kernel/timers.ts';
import type { OperationTable } from '../ops/table.ts';
import type { Ledger } from '../ring/ledger.ts';
import { Batch } from './batch.ts';
import { Blocked } from './blocked.ts';
import { Continuations } from './continuations.ts';
import { isSilent } from './dispatch.ts';
import type { KernelRing, RingParts } from './kernel-ring.ts';
import type { MachineParts, ReportBug } from './machine-parts.ts';
import { Outbox } from './outbox.ts';
import { Requests } from './requests.ts';
import { type EndState, enableRing, endRing, openRing } from './ring-life.ts';
import { Stopwatch, UNREAD } from './stopwatch.ts';

// As in submission.ts: constants of this module are compiled into the code.
const { LIVE } = RING_STATE;

/** The kernel's request life cycle, for one executor or one inline kernel. */
export class Machine implements KernelCalls {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly table: OperationTable;
  readonly files: FileSystem;
  readonly digests: HostDigests;
  readonly requests: Requests;
  readonly outbox: Outbox;
  readonly continuations: Continuations;
  readonly stopwatch: Stopwatch;
  readonly segments = new Segments();
  readonly #batch: Batch;
  readonly #report: ReportBug;
  readonly #closed: (ring: KernelRing) => void;
  readonly #deadlines = new DueHeap<Request>();
  /** Rings with finished rows or an expired TIMEOUT that were not posted yet. */
  readonly #dirty: (KernelRing | undefined)[] = [];
  /** How many of them: an array cut to 0 would be garbage on every batch. */
  #dirtyCount = 0;
  readonly #rings = new Map<number, KernelRing>();
  /** Rings that left entries in their SQ because no row was free. */
  readonly #starved = new Set<KernelRing>();

  constructor(parts: MachineParts) {
    const { ledger, table, pooledMax: callsMax = 1, closed = () => {}, woken = () => {} } = parts;
    this.ledger = ledger;
    this.clock = parts.clock;
    this.table = table;
    this.files = parts.files;
    this.digests = parts.digests;
    this.requests = new Requests(table);
    this.outbox = new Outbox(ledger, this.requests);
    this.stopwatch = new Stopwatch(parts.clock, parts.latencies ?? UNREAD);
    this.#batch = new Batch(this);
    this.continuations = new Continuations({
      callsMax,
      woken,
      quiet: (ring) => this.#tellClosed(ring as KernelRing),
      bug: (error) => this.bug(error),
    });
    this.#closed = closed;
    this.#report = parts.report;
  }

  /** An operation threw. */
  bug(error: unknown): void {
    this.ledger.count(LEDGER_HEAD.exceptions);
    this.#report(error);
  }

  get rings(): ReadonlyMap<number, KernelRing> {
    return this.#rings;
  }

  /** When the next deadline is due, in nanoseconds of the monotonic clock; Infinity: none. */
  get nextDeadline(): number {
    return this.#deadlines.earliest;
  }

  /** Begins to serve a ring. */
  attach(parts: RingParts): KernelRing {
    const ring = openRing(this.ledger, parts);
    this.#rings.set(parts.slot, ring);
    return ring;
  }

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

  complete(request: Request, res: Res, cqeFlags: number): void {
    this.disarm(request);
    this.stopwatch.ended(request);
    const ring = request.ring as KernelRing;
    if (isSilent(request, res)) {
      this.ledger.free(request.row);
      this.requests.rest(request);
      ring.inFlight--;
    } else {
      this.outbox.add(ring, request.row, res, cqeFlags);
      this.markFinished(ring);
    }
    request.letGo();
  }

  again(request: Request, res: Res): typeof PENDING {
    return this.continuations.again(request, res);
  }

  block(request: Request, pollable: Pollable, events: number): typeof PENDING {
    request.waiter ??= new Blocked(request, this.#goOn);
    pollable.waiters.add(request.waiter, events);
    return PENDING;
  }

  readonly #goOn = (request: Request): void => {
    this.again(request, 0);
  };

  later(request: Request, call: SlowCall): typeof PENDING {
    return this.continuations.later(request, call);
  }

  /** Lets requests go on that waited for a turn or for the host; how many. */
  resume(): number {
    return this.continuations.run(this.#resume);
  }

  readonly #resume = (request: Request, res: Res): void => {
    try {
      const outcome = request.operation.resume(request, res, this);
      if (outcome !== PENDING) this.complete(request, outcome, 0);
    } catch (error) {
      this.bug(error);
      const answered = request.waits ? this.requests.successorOf(request) : request;
      this.complete(answered, fail('EIO'), 0);
    }
  };

  postMore(request: Request, res: Res, cqeFlags: number): boolean {
    const ring = request.ring as KernelRing;
    this.markFinished(ring); // what it posts may satisfy a count
    return this.outbox.more(ring, request, res, cqeFlags);
  }

  armDeadline(request: Request, deadlineNs: number): void {
    this.#deadlines.add(request, deadlineNs);
  }

  armCount(request: Request, count: number): void {
    const ring = request.ring as KernelRing;
    request.counted ??= new CountDue(request);
    ring.counting.add(request.counted, ring.eventsPosted + count);
  }

  countTimeout(request: Request): void {
    const ring = request.ring as KernelRing;
    this.ledger.words[ring.record + RECORD.cqTimeouts]!++;
    ring.sink.countTimeout();
    this.markFinished(ring);
  }

  /** Runs what is due by the clock, each at most once: what it arms again waits for the next. */
  expire(): void {
    if (this.#deadlines.size === 0) return;
    const now = this.clock.now();
    const { armed } = this.#deadlines;
    for (;;) {
      const request = this.#deadlines.take(now, armed);
      if (request === undefined) return;
      request.operation.due(request, this, false);
    }
  }

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
      else if (ring.counting.size > 0) this.#countDue(ring);
    }
    this.#dirtyCount = 0;
  }

  /** Moves the backlog of a ring as far as there is room (C6). */
  flush(ring: KernelRing): void {
    if (ring.alive && !this.outbox.flush(ring)) this.end(ring, RING_STATE.RETIRED);
  }

  /** Closes or retires a ring: whatever it has in flight is over without a CQE (V1). */
  end(ring: KernelRing, state: EndState): void {
    if (ring.state === RING_STATE.CLOSED || ring.state === state) return;
    this.#starved.delete(ring);
    endRing(this, ring, state);
    if (state === RING_STATE.RETIRED) return;
    this.#rings.delete(ring.slot);
    this.#tellClosed(ring);
  }

  /** Nothing of the ring is left, once the host's pool does nothing for it any more. */
  #tellClosed(ring: KernelRing): void {
    if (ring.state === RING_STATE.CLOSED && ring.hostCalls === 0) this.#closed(ring);
  }

  /** A disabled ring becomes live: -EBADFD unless it was disabled (S1). */
  enable(ring: KernelRing): Res {
    return enableRing(this.ledger, ring);
  }

  #countDue(ring: KernelRing): void {
    for (;;) {
      const counted = ring.counting.take(ring.eventsPosted);
      if (counted === undefined) return;
      counted.request.operation.due(counted.request, this, true);
    }
  }

  /** Takes a request out of the heaps it is in. */
  disarm(request: Request): void {
    if (request.dueIndex !== NOT_ARMED) this.#deadlines.remove(request);
    request.waiter?.leave();
    const { counted } = request;
    if (counted !== undefined && counted.dueIndex !== NOT_ARMED)
      (request.ring as KernelRing).counting.remove(counted);
  }

  /** The ring has something to post. */
  markFinished(ring: KernelRing): void {
    if (ring.dirty) return;
    ring.dirty = true;
    this.#dirty[this.#dirtyCount++] = ring;
  }
}
