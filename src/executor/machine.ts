/** The request machine: takes entries, runs operations, posts completions, each once. */
import { fail, type Res } from '../abi/errno.ts';
import { SETUP, SQE_FLAG } from '../abi/flags.ts';
import { CONTROL, RING_STATE, SQE_SHIFT } from '../abi/layout.ts';
import { LEDGER_HEAD, RECORD, ROW, ROW_STATE } from '../abi/private.ts';
import type { Clock } from '../kernel/clock.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import { CountDue, type Request } from '../kernel/request.ts';
import { DueHeap, NOT_ARMED } from '../kernel/timers.ts';
import type { OperationTable } from '../ops/table.ts';
import { closeRegion, retireRegion } from '../ring/ending.ts';
import type { Ledger } from '../ring/ledger.ts';
import { Intake } from './intake.ts';
import { KernelRing, type RingParts } from './kernel-ring.ts';
import { Outbox } from './outbox.ts';
import { Requests } from './requests.ts';

/** Told of a throw inside an operation: a bug of ours, answered with -EIO and survived. */
export type ReportBug = (error: unknown) => void;

/** What a machine is built from; nothing of it is global, so a simulation can build many. */
export interface MachineParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly table: OperationTable;
  readonly report: ReportBug;
  /** Told of each ring that closed, after nothing of it is left. */
  readonly closed?: (ring: KernelRing) => void;
}

// A batch goes through four phases, each a loop of its own, so that the ledger is committed once
// per batch: take (copy and prepare), commit, run, post. See ledger.ts for what a death between any
// two of them leaves behind. Preparation fails inside take, so in enter mode a bad entry can end
// the batch before the next one is read (B3); its CQE is posted in its turn, among the inline ones.

// As in submission.ts: constants of this module are compiled into the code.
const { LIVE } = RING_STATE;
const SILENT = SQE_FLAG.CQE_SKIP_SUCCESS << SQE_SHIFT.flags;

/** The kernel's request life cycle, for one executor or one inline kernel. */
export class Machine implements KernelCalls {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly table: OperationTable;
  readonly requests: Requests;
  readonly outbox: Outbox;
  readonly #intake: Intake;
  readonly #bug: ReportBug;
  readonly #closed: (ring: KernelRing) => void;
  readonly #deadlines = new DueHeap<Request>();
  /** Rings with finished rows or an expired TIMEOUT that were not posted yet. */
  readonly #dirty: KernelRing[] = [];
  /** How many of them: an array cut to 0 would be garbage on every batch. */
  #dirtyCount = 0;
  readonly #rings = new Map<number, KernelRing>();
  /** Rings that left entries in their SQ because no row was free. */
  readonly #starved = new Set<KernelRing>();

  constructor({ ledger, clock, table, report, closed = () => {} }: MachineParts) {
    this.ledger = ledger;
    this.clock = clock;
    this.table = table;
    this.requests = new Requests(table);
    this.outbox = new Outbox(ledger, this.requests);
    this.#intake = new Intake(ledger, this.requests);
    this.#closed = closed;
    this.#bug = (error) => {
      ledger.count(LEDGER_HEAD.exceptions);
      report(error);
    };
  }

  get rings(): ReadonlyMap<number, KernelRing> {
    return this.#rings;
  }

  /** When the next deadline is due, in nanoseconds of the monotonic clock; Infinity: none. */
  get nextDeadline(): number {
    return this.#deadlines.earliest;
  }

  /** Begins to serve a ring: a new one, or one whose executor died (adopt.ts settles its rows). */
  attach(parts: RingParts): KernelRing {
    const { ledger } = this;
    if (!ledger.isOpen(parts.slot)) {
      const { words } = parts.region;
      const disabled = (parts.flags & SETUP.R_DISABLED) !== 0;
      ledger.open(parts.slot, {
        sqHead: words[CONTROL.sqHead]!,
        cqTail: words[CONTROL.cqTail]!,
        state: disabled ? RING_STATE.DISABLED : RING_STATE.LIVE,
      });
    }
    const ring = new KernelRing(parts, ledger);
    this.#rings.set(parts.slot, ring);
    ring.sink.setRingState(ring.state);
    return ring;
  }

  /** Takes and runs at most `max` entries, batch by batch; how many were consumed and counted. */
  submit(ring: KernelRing, max: number): number {
    const intake = this.#intake;
    let counted = 0;
    while (counted < max && this.step(ring, max - counted) > 0) {
      counted += intake.count;
      if (intake.stopped) break;
    }
    return counted;
  }

  /** One batch of at most `max` entries: taken, committed and run; how far the head moved. */
  step(ring: KernelRing, max: number): number {
    if (ring.state !== LIVE) return 0;
    const intake = this.#intake;
    intake.take(ring, max, this, this.#bug);
    if (intake.corrupt) this.end(ring, RING_STATE.RETIRED);
    ring.starved = intake.starved;
    if (intake.starved) this.#starved.add(ring);
    const { requests, count } = intake;
    for (let i = 0; i < count; i++) this.#start(requests[i]!);
    return intake.passed;
  }

  /** Whether any ring waits for a free row. */
  get starving(): boolean {
    return this.#starved.size > 0;
  }

  /** Rings to be served again because they may have rows now; takes them off the list. */
  takeStarved(): KernelRing[] {
    const ready = [...this.#starved].filter(
      (ring) => ring.inFlight < ring.inFlightMax && this.ledger.hasRoom,
    );
    for (const ring of ready) this.#starved.delete(ring);
    return ready;
  }

  /** Takes one ring off that list; true when it was on it. */
  clearStarved(ring: KernelRing): boolean {
    return this.#starved.delete(ring);
  }

  #start(request: Request): void {
    if (request.failure !== 0) {
      this.#finish(request, request.failure, 0);
      return;
    }
    this.ledger.start(request.row);
    const res = this.#run(request);
    if (res !== PENDING) this.#finish(request, res, 0);
  }

  #run(request: Request): Outcome {
    try {
      return request.operation.run(request, this);
    } catch (error) {
      this.#bug(error);
      this.#disarm(request, request.ring as KernelRing);
      return fail('EIO');
    }
  }

  complete(request: Request, res: Res, cqeFlags: number): void {
    this.#disarm(request, request.ring as KernelRing);
    this.#finish(request, res, cqeFlags);
  }

  /** Its result stands, and its CQE is owed unless it asked for silence (F1). */
  #finish(request: Request, res: Res, cqeFlags: number): void {
    const ring = request.ring as KernelRing;
    const silent = (request.head & SILENT) !== 0;
    if (silent && request.failure === 0 && !request.operation.isFailure(request, res)) {
      this.ledger.free(request.row);
      ring.inFlight--;
      return;
    }
    this.outbox.add(ring, request.row, res, cqeFlags);
    this.markFinished(ring);
  }

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
    const record = this.ledger.recordAt(ring.slot);
    this.ledger.words[record + RECORD.cqTimeouts]!++;
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
      const ring = this.#dirty[i]!;
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
  end(ring: KernelRing, state: typeof RING_STATE.CLOSED | typeof RING_STATE.RETIRED): void {
    if (ring.state === RING_STATE.CLOSED || ring.state === state) return;
    ring.state = state;
    this.ledger.setRingState(ring.slot, state);
    this.#freeRows(ring);
    this.#starved.delete(ring);
    if (state === RING_STATE.RETIRED) {
      retireRegion(ring.region);
      return;
    }
    this.#rings.delete(ring.slot);
    this.requests.forget(ring);
    // A call that runs now is the one that closes; one that was placed meanwhile came too late.
    const closes = ring.desk.newest() === ring.callDone;
    closeRegion(ring.region, closes ? 0 : fail('EBADF'));
    this.#closed(ring);
  }

  #freeRows(ring: KernelRing): void {
    const { ledger } = this;
    for (let row = 0; row < ledger.rowsUsed; row++) {
      const at = ledger.rowAt(row);
      if (ledger.words[at + ROW.state] === ROW_STATE.FREE) continue;
      if (ledger.words[at + ROW.ring] !== ring.slot) continue;
      this.#disarm(this.requests.of(row), ring);
      ledger.free(row);
    }
    ring.inFlight = 0;
    ring.finished = 0;
    ring.overflowed = false;
  }

  /** A disabled ring becomes live: -EBADFD unless it was disabled (S1). */
  enable(ring: KernelRing): Res {
    if (ring.state !== RING_STATE.DISABLED) return fail('EBADFD');
    ring.state = RING_STATE.LIVE;
    this.ledger.setRingState(ring.slot, RING_STATE.LIVE);
    ring.sink.setRingState(RING_STATE.LIVE);
    return 0;
  }

  #countDue(ring: KernelRing): void {
    for (;;) {
      const counted = ring.counting.take(ring.eventsPosted);
      if (counted === undefined) return;
      counted.request.operation.due(counted.request, this, true);
    }
  }

  #disarm(request: Request, ring: KernelRing): void {
    if (request.dueIndex !== NOT_ARMED) this.#deadlines.remove(request);
    const { counted } = request;
    if (counted !== undefined && counted.dueIndex !== NOT_ARMED) ring.counting.remove(counted);
  }

  /** The ring has something to post. */
  markFinished(ring: KernelRing): void {
    if (ring.dirty) return;
    ring.dirty = true;
    this.#dirty[this.#dirtyCount++] = ring;
  }
}
