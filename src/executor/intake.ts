/** Takes entries from a submission queue into the ledger: copied once, prepared, committed. */
import { fail } from '../abi/errno.ts';
import { CONTROL } from '../abi/layout.ts';
import { TAKE_MAX, TAKE_MIN } from '../abi/limits.ts';
import { RECORD } from '../abi/private.ts';
import type { KernelCalls } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { type Ledger, NO_ROW } from '../ring/ledger.ts';
import { CORRUPT, DROPPED } from '../ring/submission.ts';
import { prepareRequest } from './dispatch.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { Requests } from './requests.ts';

// As in submission.ts: constants of this module are compiled into the code.
const NOT_THERE = DROPPED;
const OUT_OF_ROWS = NO_ROW;

/** The batch being taken. One object per machine, filled again and again. */
export class Intake {
  /** The batch in SQE order: the first `count`; what follows is older. */
  readonly requests: Request[] = [];
  count = 0;
  /** Entries the head moved over: the batch, and those that were dropped. */
  passed = 0;
  /** A bad entry ended the batch (B3), or an index out of range did (A7). */
  stopped = false;
  /** Entries were left for want of a free row. */
  starved = false;
  /** The indices cannot be an honest submitter's. */
  corrupt = false;
  readonly #ledger: Ledger;
  readonly #records: Requests;

  constructor(ledger: Ledger, records: Requests) {
    this.#ledger = ledger;
    this.#records = records;
  }

  /** Takes at most `max` entries of `ring`, and commits them: from then on they are owed a CQE. */
  take(ring: KernelRing, max: number, kernel: KernelCalls, bug: (e: unknown) => void): void {
    this.count = 0;
    this.passed = 0;
    this.stopped = false;
    this.starved = false;
    const available = ring.source.available();
    this.corrupt = available === CORRUPT;
    if (available <= 0) return;
    // Half of what is there: the submitter reaps the first half while the second is served.
    const share = ring.mode === 'poll' ? Math.max(TAKE_MIN, available >>> 1) : available;
    const wanted = Math.min(available, max, share, TAKE_MAX);
    this.passed = this.#fill(ring, wanted, kernel, bug);
    if (this.passed === 0) return;
    ring.inFlight += this.count;
    this.#ledger.commitHead(ring.slot, (ring.source.head + this.passed) | 0);
    ring.source.release(this.passed);
  }

  /** Copies and prepares; returns how many entries the head moves. */
  #fill(ring: KernelRing, wanted: number, kernel: KernelCalls, bug: (e: unknown) => void): number {
    const { source, region, slot } = ring;
    const { words } = region;
    const ledger = this.#ledger;
    const { requests } = this;
    let rowsLeft = ring.inFlightMax - ring.inFlight;
    let passed = 0;
    let count = 0;
    while (passed < wanted) {
      const sqe = source.slotAt(passed);
      if (sqe === NOT_THERE) {
        passed++;
        this.#drop(ring);
        if (ring.mode === 'poll') continue;
        this.stopped = true;
        break;
      }
      const row = rowsLeft-- > 0 ? ledger.reserve() : OUT_OF_ROWS;
      if (row === OUT_OF_ROWS) {
        this.starved = true;
        break;
      }
      ledger.take(row, slot, (source.head + passed) | 0, words, sqe);
      const request = this.#load(row, ring, words, sqe);
      requests[count++] = request;
      passed++;
      const failure = this.#prepare(request, kernel, bug);
      if (failure !== 0 && ring.stopsAtBadEntry) {
        this.stopped = true;
        break;
      }
    }
    this.count = count;
    return passed;
  }

  /** The record of a taken row, filled from its SQE. */
  #load(row: number, ring: KernelRing, words: Int32Array, sqe: number): Request {
    const request = this.#records.begin(row, ring);
    const head = this.#ledger.headOf(row); // the copy, not the entry again
    const operation = this.#records.operationOf(head & 0xff);
    request.head = head;
    request.operation = operation;
    request.load(words, sqe, operation.parts);
    return request;
  }

  #prepare(request: Request, kernel: KernelCalls, bug: (e: unknown) => void): number {
    try {
      request.failure = prepareRequest(request, kernel);
    } catch (error) {
      bug(error);
      request.failure = fail('EIO');
    }
    return request.failure;
  }

  /** A7: an index out of range has no CQE, only a count. */
  #drop(ring: KernelRing): void {
    const record = this.#ledger.recordAt(ring.slot);
    const dropped = (this.#ledger.words[record + RECORD.sqDropped]! + 1) | 0;
    this.#ledger.words[record + RECORD.sqDropped] = dropped;
    ring.region.words[CONTROL.sqDropped] = dropped;
  }
}
