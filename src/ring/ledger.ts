/** The ledger of one executor: every request it owes a completion, in memory that outlives it. */
import { LEDGER_ROWS_MAX } from '../abi/limits.ts';
import {
  LEDGER_HEAD,
  LEDGER_RECORDS_START,
  LEDGER_ROWS_START,
  ledgerBytes,
  PLACE_WORDS,
  RECORD,
  RECORD_WORDS,
  ROW,
  ROW_STATE,
  ROW_WORDS,
} from '../abi/private.ts';
import { sharedBytes } from './region.ts';

// What survives an executor, and why that suffices (law 2)
// A ring's entries are served one by one, in order. Most end in line: they need nothing of their
// own here, for the ring's record says how far the head and the tail are, in one word. Only what
// goes on (a timer, a host call) or finds the CQ full gets a row.
//   B1  steps before the batch is through are noted in `end`: the entry at the head may be running
//   R1  its operation is called
//   ended in line, with a CQE:                  it goes on, or there is no room for its CQE:
//   R2  write the CQE (completion.ts E1)        R4  write its row, state KEPT
//   R3  steps + 1: head and tail move on        R5  commit: the head moves on, the tail does not
//                                               R6  state = STARTED
//   waits behind a link or a barrier:           R4, R5, then R8  state = WAITING
//   its turn comes:                             R6, then its operation is called
//   ended in line, silently:                    a row ends:
//   R7  commit: the head moves on               P1  write res, flags, cqIndex, then FINISHED
//                                               P2  write the CQEs, commit: the tail moves on
//   after the batch, the ring words:            P3  state = FREE
//   submission.ts E3, completion.ts E2
//   K0  store(record.callDone) before a control call runs
//   L1  load(counter), on any thread, for statistics: ledger-reader.ts
//
// Commit.   Head and tail must change in one store, or a death between two would lose or repeat an
//           entry. They are sums: head = place.head + (steps - place.base), and the tail alike. So
//           one store of `steps` (R3) moves both by one. Any other move (R5, R7, P2) writes the
//           sums and the steps of now into the place that does not hold, and then turns `place`
//           over, which is one store too. `end` lives in the place because R5 and R7 use an entry
//           of the batch up without a step: it must change with them.
// Adoption. One thread writes all of it. The next writer starts after the Worker's exit event, so
//           what was stored happened before it looks (src/executor/adopt.ts), in program order: a
//           death falls between two of these steps. It finds
//   steps = end: nothing was running.
//   steps before end: the entry at the head may have run: -EOWNERDEAD. Its SQE is still in the SQ,
//           because E3 follows the batch; the entries behind it were not begun and are served now.
//           A CQE that R2 wrote and R3 did not count is written over.
//   KEPT rows that the head has not passed (before R5): the entry at the head, answered above.
//   KEPT rows that it has passed, STARTED rows: they may have happened, -EOWNERDEAD.
//   WAITING rows: they have not, -ECANCELED.
//   FINISHED rows that the tail has not passed (before P2): their result stands and is posted
//           again, to the same cqIndex.
//   FINISHED rows that the tail has passed (before P3): they are over, and freed.
// Adoption uses the same steps, so a death during adoption is one more of these cases.
//
// Whether the head has passed a KEPT row is a question about the newest entry only, because rows
// leave KEPT before the next entry is served: (sqIndex - head) mod 2^32 is below the entries of the
// SQ if not, and huge if it has. FINISHED rows wait in the order of cqIndex without a gap from the
// tail on, so (tail - cqIndex) | 0 has the right sign for all of them.
//
// The finished rows that have no CQE slot yet are the overflow backlog; there is no other list.
// All but K0 are plain stores, because nobody else reads them while their writer lives, and a
// thread ends only where the engine lets it: at a call or a loop's edge, all stores before it made
// and none after. (Statistics read some of them from afar, for people.) An atomic store would cost
// a locked instruction per entry. K0 is atomic, as the rare call it precedes.

// An imported object is loaded and checked at every use; a module's own constants are compiled into
// the code (bench/stack.bench.ts).
const {
  state: STATE,
  ring: RING,
  sqIndex: SQ_INDEX,
  cqIndex: CQ_INDEX,
  userDataLow: LOW,
  userDataHigh: HIGH,
  res: RES,
  flags: FLAGS,
  head: HEAD,
} = ROW;
const { FREE, KEPT, STARTED, FINISHED, WAITING } = ROW_STATE;
const {
  steps: STEPS,
  place: PLACE,
  head: PLACE_HEAD,
  tail: PLACE_TAIL,
  base: PLACE_BASE,
  end: PLACE_END,
  completedLow: COMPLETED_LOW,
  completedHigh: COMPLETED_HIGH,
} = RECORD;
const ROWS_START = LEDGER_ROWS_START;
/** Words of a row as a left shift. */
const ROW_SHIFT = Math.log2(ROW_WORDS);

/** No row is free: submission waits until one is. */
export const NO_ROW = -1;

/** What adoption must know of an entry: its first word (opcode, flags, ioprio) and its name. */
export interface KeptEntry {
  readonly head: number;
  readonly userDataLow: number;
  readonly userDataHigh: number;
}

/** Makes the memory of a ledger; untouched rows cost address space only. */
export const createLedger = (rows: number = LEDGER_ROWS_MAX): SharedArrayBuffer | ArrayBuffer =>
  sharedBytes(ledgerBytes(rows));

/** One executor's ledger, as its owner sees it. */
export class Ledger {
  readonly words: Int32Array;
  readonly #rowsMax: number;
  /** Free rows below the high-water mark, newest last: warm rows are used again first. */
  readonly #freeRows: Int32Array;
  #freeCount = 0;
  #rowsUsed: number;

  /** Takes over the memory; rows of a predecessor count as used until adoption settled them. */
  constructor(words: Int32Array) {
    this.words = words;
    this.#rowsMax = Math.trunc((words.length - ROWS_START) / ROW_WORDS);
    this.#freeRows = new Int32Array(this.#rowsMax);
    this.#rowsUsed = words[LEDGER_HEAD.rowsUsed]!;
  }

  /** Rows there can be. */
  get rowsMax(): number {
    return this.#rowsMax;
  }

  /** Rows that were ever in use. */
  get rowsUsed(): number {
    return this.#rowsUsed;
  }

  /** Rows in use now. */
  get rowsBusy(): number {
    return this.#rowsUsed - this.#freeCount;
  }

  /** Rows that reserve() would find, one after the other. */
  get rowsFree(): number {
    return this.#freeCount + this.#rowsMax - this.#rowsUsed;
  }

  /** First word of a row. */
  rowAt(row: number): number {
    return ROWS_START + (row << ROW_SHIFT);
  }

  /** First word of a ring's record. */
  recordAt(slot: number): number {
    return LEDGER_RECORDS_START + slot * RECORD_WORDS;
  }

  /** A free row, or NO_ROW. */
  reserve(): number {
    if (this.#freeCount > 0) return this.#freeRows[--this.#freeCount]!;
    if (this.#rowsUsed === this.#rowsMax) return NO_ROW;
    const row = this.#rowsUsed++;
    this.words[LEDGER_HEAD.rowsUsed] = this.#rowsUsed;
    return row;
  }

  /** Gives a reserved row back that was never taken. */
  giveBack(row: number): void {
    this.#freeRows[this.#freeCount++] = row;
  }

  /** R4: the row of the entry at `sqIndex`, whose operation was called. */
  keep(row: number, entry: KeptEntry, ring: number, sqIndex: number): void {
    const words = this.words;
    const at = ROWS_START + (row << ROW_SHIFT);
    words[at + RING] = ring;
    words[at + SQ_INDEX] = sqIndex;
    words[at + HEAD] = entry.head;
    words[at + LOW] = entry.userDataLow;
    words[at + HIGH] = entry.userDataHigh;
    words[at + STATE] = KEPT;
  }

  /** R8: it waits behind others: its operation was not called. */
  wait(row: number): void {
    this.words[ROWS_START + (row << ROW_SHIFT) + STATE] = WAITING;
  }

  /** The name of a request, or of a message. */
  rename(row: number, low: number, high: number): void {
    const at = ROWS_START + (row << ROW_SHIFT);
    this.words[at + LOW] = low;
    this.words[at + HIGH] = high;
  }

  /** Begins the row of a CQE that belongs to no entry: its name, and P1, follow at once. */
  address(row: number, ring: number): void {
    const at = ROWS_START + (row << ROW_SHIFT);
    this.words[at + RING] = ring;
    this.words[at + HEAD] = 0;
  }

  /** R6: the head that covers the row is committed, and its operation called or about to be. */
  start(row: number): void {
    this.words[ROWS_START + (row << ROW_SHIFT) + STATE] = STARTED;
  }

  /** P1: the result stands. */
  finish(row: number, res: number, flags: number, cqIndex: number): void {
    const words = this.words;
    const at = ROWS_START + (row << ROW_SHIFT);
    words[at + RES] = res;
    words[at + FLAGS] = flags;
    words[at + CQ_INDEX] = cqIndex;
    words[at + STATE] = FINISHED;
  }

  /** B1: `count` entries from the head on are about to be served; 0 when the batch ends early. */
  announce(record: number, count: number): void {
    const words = this.words;
    words[record + words[record + PLACE]! + PLACE_END] = (words[record + STEPS]! + count) | 0;
  }

  /** R3: the entry at the head has its CQE at the tail. */
  step(record: number): void {
    const words = this.words;
    words[record + STEPS] = (words[record + STEPS]! + 1) | 0;
  }

  /** R5, R7, P2: head and tail are where they are said to be. */
  commit(record: number, head: number, tail: number): void {
    const words = this.words;
    const holding = words[record + PLACE]!;
    const other = holding ^ PLACE_WORDS;
    const steps = words[record + STEPS]!;
    const passed = (head - this.headOf(record)) | 0;
    words[record + other + PLACE_HEAD] = head;
    words[record + other + PLACE_TAIL] = tail;
    words[record + other + PLACE_BASE] = steps;
    words[record + other + PLACE_END] = (words[record + holding + PLACE_END]! - passed) | 0;
    words[record + PLACE] = other;
  }

  /** Free-running index of the oldest entry that is not dealt with. */
  headOf(record: number): number {
    return this.#sum(record, PLACE_HEAD);
  }

  /** Free-running index of the next CQE. */
  tailOf(record: number): number {
    return this.#sum(record, PLACE_TAIL);
  }

  /** Entries that ended in line, ever. */
  stepsOf(record: number): number {
    return this.words[record + STEPS]!;
  }

  /** Whether the entry at the head may be running. */
  isRunning(record: number): boolean {
    const words = this.words;
    return words[record + STEPS] !== words[record + words[record + PLACE]! + PLACE_END];
  }

  #sum(record: number, field: number): number {
    const words = this.words;
    const place = record + words[record + PLACE]!;
    return (words[place + field]! + words[record + STEPS]! - words[place + PLACE_BASE]!) | 0;
  }

  /** Counts CQEs for statistics: what a batch posted before it died is missing there. */
  countCompleted(record: number, posted: number): void {
    const words = this.words;
    const low = (words[record + COMPLETED_LOW]! + posted) | 0;
    words[record + COMPLETED_LOW] = low;
    if (low >>> 0 < posted) words[record + COMPLETED_HIGH]!++;
  }

  /** P3: the row may be used again. */
  free(row: number): void {
    this.words[ROWS_START + (row << ROW_SHIFT) + STATE] = FREE;
    this.#freeRows[this.#freeCount++] = row;
  }

  /** K0: call `seq` is about to run. */
  commitCall(slot: number, seq: number): void {
    Atomics.store(this.words, this.recordAt(slot) + RECORD.callDone, seq); // K0
  }

  /** Grows one of the counters of LEDGER_HEAD. */
  count(counter: number, by = 1): void {
    this.words[counter] = (this.words[counter]! + by) | 0;
  }
}
