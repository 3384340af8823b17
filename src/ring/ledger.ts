/** The ledger of one executor: every request it owes a completion, in memory that outlives it. */
import { RING_STATE, SQE } from '../abi/layout.ts';
import { LEDGER_ROWS_MAX } from '../abi/limits.ts';
import {
  LEDGER_HEAD,
  LEDGER_RECORDS_START,
  LEDGER_ROWS_START,
  ledgerBytes,
  RECORD,
  RECORD_WORDS,
  ROW,
  ROW_STATE,
  ROW_WORDS,
} from '../abi/private.ts';
import { sharedBytes } from './region.ts';

// What survives an executor, and why that suffices (law 2)
//   T1  write the row of each SQE of a batch, state TAKEN
//   T2  store(record.sqHead): the rows exist           then the ring word (submission.ts E3)
//   R1  state = STARTED, then the operation is called
//   R2  write res, flags, cqIndex, then state = FINISHED
//   P1  write the CQEs (completion.ts E1)
//   P2  store(record.cqTail): the rows are over        then the ring word (completion.ts E2)
//   P3  state = FREE
//   K0  store(record.callDone) before a control call runs
//   L1  load(counter), on any thread: a value its executor stored at some time, for statistics
//
// One thread writes all of it. The next writer starts after the Worker's exit event, so whatever
// was stored happened before it looks (the adoption in src/executor/adopt.ts), in program order: a
// death falls between two of these steps. It finds
//   before T2: TAKEN rows that sqHead has not passed. They never existed; their SQEs are still in
//              the SQ and are served now. Nothing of them ran, because R1 follows T2.
//   before R1: TAKEN rows that sqHead has passed: certainly not run, -ECANCELED.
//   before R2: STARTED rows: may have happened, -EOWNERDEAD.
//   before P2: FINISHED rows that cqTail has not passed: their result stands and is posted again,
//              to the same cqIndex, so a CQE that was written but not published is written over.
//   before P3: FINISHED rows that cqTail has passed: they are over, and freed.
// Adoption uses the same steps, so a death during adoption is one more of these cases.
//
// Which TAKEN rows sqHead has passed is a question about the newest batch only, because rows leave
// TAKEN before the next batch is taken: (sqIndex - sqHead) mod 2^32 is below the batch for those
// not passed, and huge for those passed. FINISHED rows wait in the order of cqIndex without a gap
// from cqTail on, so (cqTail - cqIndex) | 0 has the right sign for all of them.
//
// The finished rows that have no CQE slot yet are the overflow backlog; there is no other list.
// Rows and commits are plain stores, because nobody else reads them while their writer lives, and a
// thread ends only where the engine lets it: at a call or a loop's edge, all stores before it made
// and none after. (Statistics read some of them from afar, for people.) An atomic store would cost
// a locked instruction, twice per batch. K0 is atomic, as the rare call it precedes.

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
const { head: SQE_HEAD, userDataLow: SQE_LOW, userDataHigh: SQE_HIGH } = SQE;
const { FREE, TAKEN, STARTED, FINISHED } = ROW_STATE;
const ROWS_START = LEDGER_ROWS_START;
/** Words of a row as a left shift. */
const ROW_SHIFT = Math.log2(ROW_WORDS);

/** No row is free: submission waits until one is. */
export const NO_ROW = -1;

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

  /** Whether reserve() would find a row. */
  get hasRoom(): boolean {
    return this.#freeCount > 0 || this.#rowsUsed < this.#rowsMax;
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

  /** T1: the row of the SQE at `sqIndex`, whose words begin at `sqe`; each is read once. */
  take(row: number, slot: number, sqIndex: number, source: Int32Array, sqe: number): void {
    const words = this.words;
    const at = ROWS_START + (row << ROW_SHIFT);
    words[at + RING] = slot;
    words[at + SQ_INDEX] = sqIndex;
    words[at + HEAD] = source[sqe + SQE_HEAD]!;
    words[at + LOW] = source[sqe + SQE_LOW]!;
    words[at + HIGH] = source[sqe + SQE_HIGH]!;
    words[at + STATE] = TAKEN;
  }

  /** The first word of the SQE a row was taken from: opcode, flags and ioprio. */
  headOf(row: number): number {
    return this.words[ROWS_START + (row << ROW_SHIFT) + HEAD]!;
  }

  /** T2: from here on the rows up to `sqHead` exist. */
  commitHead(slot: number, sqHead: number): void {
    this.words[this.recordAt(slot) + RECORD.sqHead] = sqHead;
  }

  /** R1: the operation is about to be called. */
  start(row: number): void {
    this.words[ROWS_START + (row << ROW_SHIFT) + STATE] = STARTED;
  }

  /** R2: the result stands. */
  finish(row: number, res: number, flags: number, cqIndex: number): void {
    const words = this.words;
    const at = ROWS_START + (row << ROW_SHIFT);
    words[at + RES] = res;
    words[at + FLAGS] = flags;
    words[at + CQ_INDEX] = cqIndex;
    words[at + STATE] = FINISHED;
  }

  /** P2: from here on the rows below `cqTail` are over. */
  commitTail(slot: number, cqTail: number, posted: number): void {
    const words = this.words;
    const record = this.recordAt(slot);
    words[record + RECORD.cqTail] = cqTail;
    const low = (words[record + RECORD.completedLow]! + posted) | 0;
    words[record + RECORD.completedLow] = low;
    if (low >>> 0 < posted) words[record + RECORD.completedHigh]!++;
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

  /** Begins the record of a ring that is new to this slot. */
  open(slot: number, first: { sqHead: number; cqTail: number; state: number }): void {
    const words = this.words;
    const record = this.recordAt(slot);
    for (let at = record; at < record + RECORD_WORDS; at++) words[at] = 0;
    words[record + RECORD.sqHead] = first.sqHead;
    words[record + RECORD.cqTail] = first.cqTail;
    words[record + RECORD.state] = first.state;
  }

  /** Notes what became of the ring as a whole. */
  setRingState(slot: number, state: number): void {
    this.words[this.recordAt(slot) + RECORD.state] = state;
  }

  /** Whether a predecessor served the ring in this slot. */
  isOpen(slot: number): boolean {
    const state = this.words[this.recordAt(slot) + RECORD.state]!;
    return state !== RING_STATE.NEW && state !== RING_STATE.CLOSED;
  }

  /** Grows one of the counters of LEDGER_HEAD. */
  count(counter: number, by = 1): void {
    this.words[counter] = (this.words[counter]! + by) | 0;
  }
}

/** A view for statistics, on any thread of the kernel. */
export class LedgerReader {
  readonly #words: Int32Array;

  constructor(ledger: SharedArrayBuffer) {
    this.#words = new Int32Array(ledger);
  }

  /** One counter of LEDGER_HEAD. */
  head(counter: number): number {
    return Atomics.load(this.#words, counter) >>> 0; // L1
  }

  /** One field of RECORD. */
  record(slot: number, field: number): number {
    const at = LEDGER_RECORDS_START + slot * RECORD_WORDS + field;
    return Atomics.load(this.#words, at) >>> 0; // L1
  }

  /** CQEs posted on a ring. */
  completed(slot: number): number {
    const high = this.record(slot, RECORD.completedHigh);
    return high * 2 ** 32 + this.record(slot, RECORD.completedLow);
  }
}
