/** Serves a ring's entries one by one, in order: copied once, prepared, run, and answered. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE_FLAG } from '../abi/flags.ts';
import { CONTROL, SQE, SQE_SHIFT } from '../abi/layout.ts';
import { TAKE_MAX, TAKE_MIN } from '../abi/limits.ts';
import { RECORD } from '../abi/private.ts';
import type { Operation, Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import type { Ledger } from '../ring/ledger.ts';
import { CORRUPT, DROPPED, FULL } from '../ring/submission.ts';
import { chainLength, closeChain, isLinked, join } from './chains.ts';
import { isSilent, prepareRequest, prepareTied } from './dispatch.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { Machine } from './machine.ts';

// Most requests end before run() returns. Such a request lives in one record that the next one
// uses again, its CQE is written at once, and the ledger learns of it by one word (R3 of
// ledger.ts). Only what pends, or finds no room in the CQ or others waiting for room, is given a
// row: then its record stays with the row, and the batch goes on with another one. So is, before it
// runs, whatever may have to wait for others: members of chains, entries behind a barrier.

// As in submission.ts: constants of this module are compiled into the code.
const NOT_THERE = DROPPED;
const NO_ROOM = FULL;
const GOES_ON: typeof PENDING = undefined; // the engine compiles this in, and not PENDING
const { head: SQE_HEAD } = SQE;
const SILENT = SQE_FLAG.CQE_SKIP_SUCCESS << SQE_SHIFT.flags;
/** A chain, or a barrier. */
const TIED = (SQE_FLAG.IO_LINK | SQE_FLAG.IO_HARDLINK | SQE_FLAG.IO_DRAIN) << SQE_SHIFT.flags;

/** Entries that may be begun: each may need a row. */
const rowsLeft = (ring: KernelRing, ledger: Ledger): number =>
  Math.min(ring.inFlightMax - ring.inFlight, ledger.rowsFree);

/** The batch being served. One object per machine, used again and again. */
export class Batch {
  /** Entries the head moved over: those that were run, and those that were dropped. */
  passed = 0;
  /** A bad entry ended the batch (B3), or an index out of range did (A7). */
  stopped = false;
  /** Entries were left for want of a free row. */
  starved = false;
  /** The indices cannot be an honest submitter's. */
  corrupt = false;
  #dropped = 0;
  /** Where the head is at first, and where it is to come to. */
  #start = 0;
  #end = 0;
  /** The operation of the newest entries. */
  #watched: Operation | undefined;
  readonly #machine: Machine;
  /** The record of the entry that runs. */
  #request: Request;
  /** Its operation was called, and did not return. */
  #isCalled = false;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#request = machine.requests.spare();
  }

  /** Entries that were run, or failed to be. */
  get count(): number {
    return this.passed - this.#dropped;
  }

  /** Serves at most `max` entries of `ring`. */
  serve(ring: KernelRing, max: number): void {
    this.passed = 0;
    this.#dropped = 0;
    this.stopped = false;
    this.starved = false;
    const available = ring.source.available();
    this.corrupt = available === CORRUPT;
    if (available <= 0) return;
    // Half of what is there: the submitter reaps the first half while the second is served.
    const share = ring.mode === 'poll' ? Math.max(TAKE_MIN, available >>> 1) : available;
    const wanted = Math.min(available, max, share, TAKE_MAX);
    const { ledger, stopwatch } = this.#machine;
    const { source, sink, record } = ring;
    const { tail } = sink;
    const steps = ledger.stepsOf(record);
    ring.batchTail = tail;
    this.#start = source.head;
    this.#end = (source.head + wanted) | 0;
    this.#watched = undefined;
    this.#machine.files.endPass(); // paths are walked anew for the entries of a batch
    if (ring.mode === 'poll') this.#fetch(ring, wanted);
    ledger.announce(record, wanted);
    stopwatch.begin();
    while (source.head !== this.#end && !this.stopped && !this.starved) this.#tryServe(ring);
    this.passed = (source.head - this.#start) | 0;
    this.#endChain(ring, ring.mode === 'poll' ? available : Math.min(available, max));
    stopwatch.end(this.count);
    if (this.passed < wanted) ledger.announce(record, 0);
    this.#machine.requests.rest(this.#request);
    ledger.countCompleted(record, (ledger.stepsOf(record) - steps) | 0);
    source.release(0);
    if (ring.counting.size > 0) this.#machine.markFinished(ring);
    if (sink.tail === tail && !sink.forced) return;
    sink.publish();
    ring.tell(true);
  }

  /** The other core used these lines last. */
  #fetch({ source, sink }: KernelRing, wanted: number): void {
    source.fetchLines(wanted);
    sink.claimLines(wanted);
  }

  /** Goes on with the batch. A throw of an operation is a bug of ours, answered with -EIO. */
  #tryServe(ring: KernelRing): void {
    try {
      this.#serve(ring);
    } catch (error) {
      if (!this.#isCalled) throw error;
      this.#failed(ring, error);
    }
  }

  /** Serves entries as long as they end in line, and one that does not. */
  #serve(ring: KernelRing): void {
    const machine = this.#machine;
    const { ledger, requests } = machine;
    const { source, sink, record } = ring;
    const { words } = ring.region;
    this.starved = rowsLeft(ring, ledger) === 0; // any may need one
    const end = this.starved ? source.head : this.#end;
    const request = this.#begin(ring);
    const special = ring.isSpecial;
    while (source.head !== end) {
      const sqe = source.slotAt(0);
      if (sqe === NOT_THERE) {
        this.#drop(ring);
        return;
      }
      const head = words[sqe + SQE_HEAD]!;
      const operation = requests.operationOf(head & 0xff);
      request.load(words, sqe, head, operation);
      if (operation !== this.#watched) this.#watch(ring, operation);
      if (special || (head & TIED) !== 0) {
        this.#tie(ring, request);
        return;
      }
      this.#isCalled = true;
      const failure = prepareRequest(request, machine);
      const res = failure === 0 ? operation.run(request, machine) : failure;
      this.#isCalled = false;
      const plain = res !== GOES_ON && failure === 0 && (head & SILENT) === 0;
      const slot = plain && ring.finished === 0 ? sink.reserve() : NO_ROOM;
      if (slot === NO_ROOM) {
        this.#settle(ring, request, res, failure !== 0);
        return;
      }
      sink.write(slot, request.userDataLow, request.userDataHigh, res!, request.cqeFlags);
      source.advance();
      ledger.step(record);
      if (request.file !== undefined) request.letGo();
    }
  }

  /** Entries from the head on are of another operation than those before. */
  #watch(ring: KernelRing, operation: Operation): void {
    this.#watched = operation;
    this.passed = (ring.source.head - this.#start) | 0;
    this.#machine.stopwatch.next(operation, this.count);
  }

  /** The record for the next entry. */
  #begin(ring: KernelRing): Request {
    const request = this.#request;
    request.ring = ring;
    return request;
  }

  /**
   * An entry of a chain, or behind a barrier, or of a ring with rules: it has a row from the
   * beginning, since it may have to wait. A bad entry stops the batch unless a link follows (D5).
   */
  #tie(ring: KernelRing, request: Request): void {
    const machine = this.#machine;
    const failure = this.#prepareTied(request);
    request.failure = failure;
    request.keepText();
    this.#keep(ring, request);
    machine.ledger.wait(request.row);
    machine.stopwatch.pend(request);
    const linked = isLinked(request.head);
    if (failure !== 0 && !linked && ring.stopsAtBadEntry) this.stopped = true;
    if (linked || ring.chainHead !== undefined) join(ring, request);
    if (linked) return;
    machine.begin(closeChain(ring) ?? request);
    if (ring.finished > 0 && !ring.overflowed) machine.outbox.write(ring);
  }

  /** Its preparation: 0, or -errno. */
  #prepareTied(request: Request): Res {
    const machine = this.#machine;
    try {
      return prepareTied(request, machine);
    } catch (error) {
      machine.bug(error);
      request.letGo();
      return fail('EIO');
    }
  }

  /**
   * A chain that is still open ends with what was submitted: at the last of `submitted` entries, or
   * where the batch stopped (D1). Want of rows does not cut it unless it has them all itself.
   */
  #endChain(ring: KernelRing, submitted: number): void {
    const { chainHead } = ring;
    if (chainHead === undefined) return;
    const isStuck = this.starved && ring.inFlight === chainLength(chainHead);
    if (!this.stopped && this.passed < submitted && !isStuck) return;
    closeChain(ring);
    this.#machine.begin(chainHead);
  }

  /** An operation threw, which is a bug of ours: its entry is answered with -EIO. */
  #failed(ring: KernelRing, error: unknown): void {
    const machine = this.#machine;
    const request = this.#request;
    this.#isCalled = false;
    machine.bug(error);
    machine.disarm(request);
    if (request.waits) this.#request = machine.requests.successorOf(request);
    else request.letGo();
    this.#settle(ring, this.#request, fail('EIO'), false);
  }

  /** What became of an entry that has no CQE yet: none is owed, or it gets a row. */
  #settle(ring: KernelRing, request: Request, res: Outcome, bad: boolean): void {
    const machine = this.#machine;
    const { ledger, outbox } = machine;
    const { source, sink, record } = ring;
    if (bad && ring.stopsAtBadEntry) this.stopped = true;
    if (res !== GOES_ON && !bad && isSilent(request, res)) {
      source.advance();
      ledger.commit(record, source.head, sink.tail);
      request.letGo();
      return;
    }
    this.#keep(ring, request);
    ledger.start(request.row);
    if (res === GOES_ON) {
      machine.stopwatch.pend(request);
      machine.pend(request);
      return;
    }
    const ended = bad ? request.operation.abandoned(request, res, machine, true) : res;
    outbox.add(ring, request.row, ended, request.cqeFlags);
    request.letGo();
    machine.markFinished(ring);
  }

  /** Gives an entry a row, and leaves its record with it. */
  #keep(ring: KernelRing, request: Request): void {
    const { ledger, requests } = this.#machine;
    const { source, sink, record } = ring;
    const row = ledger.reserve(); // rowsLeft() said that there is one
    ledger.keep(row, request, ring.slot, source.head);
    source.advance();
    ledger.commit(record, source.head, sink.tail);
    ring.inFlight++;
    this.#request = requests.keep(row, request);
  }

  /** A7: an index out of range has no CQE, only a count; it ends a batch in enter mode. */
  #drop(ring: KernelRing): void {
    const { ledger } = this.#machine;
    const { source, sink, record } = ring;
    source.advance();
    ledger.commit(record, source.head, sink.tail);
    const dropped = (ledger.words[record + RECORD.sqDropped]! + 1) | 0;
    ledger.words[record + RECORD.sqDropped] = dropped;
    ring.region.words[CONTROL.sqDropped] = dropped;
    this.#dropped++;
    this.stopped = ring.mode === 'enter';
  }
}
