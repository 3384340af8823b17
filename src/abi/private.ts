/** Byte map of what processes never receive, the ledger, and of the doorbell they ring. */
import { LINE_PAIR_BYTES } from './layout.ts';
import { LEDGER_ROWS_MAX, RINGS_PER_EXECUTOR_MAX } from './limits.ts';
import { prove, words } from './words.ts';

/** One request row: one line, written by the executor alone. */
export const ROW_BYTES = 64;
export const ROW = words(ROW_BYTES, {
  state: 0, // ROW_STATE
  ring: 4, // slot of its ring
  sqIndex: 8, // free-running index of its SQE
  cqIndex: 12, // free-running index of its CQE, once FINISHED
  userDataLow: 16,
  userDataHigh: 20,
  res: 24,
  flags: 28, // cqe.flags
  head: 32, // sqe.opcode, sqe.flags, sqe.ioprio
});
export const ROW_WORDS = ROW_BYTES / 4;

/** The life of a row. Only FINISHED rows have a cqIndex. */
export const ROW_STATE = {
  FREE: 0,
  /** Its SQE was copied; the head that covers it may not be committed yet. */
  TAKEN: 1,
  /** Its operation was called: it may have happened. */
  STARTED: 2,
  /** Its result stands; its CQE is not published yet. */
  FINISHED: 3,
} as const;

/** One ring's record in the ledger: the master copies of what its control block only publishes. */
export const RECORD_BYTES = 64;
export const RECORD = words(RECORD_BYTES, {
  sqHead: 0,
  cqTail: 4,
  cqTimeouts: 8,
  sqDropped: 12,
  callDone: 16,
  state: 20, // RING_STATE
  completedLow: 24, // CQEs posted, 64 bits in two words
  completedHigh: 28,
  overflowed: 32, // CQEs that had to wait for room
});
export const RECORD_WORDS = RECORD_BYTES / 4;

/** Head of a ledger: how far rows were ever used, and what the executor counts. */
export const LEDGER_HEAD_BYTES = 2 * LINE_PAIR_BYTES;
export const LEDGER_HEAD = words(LEDGER_HEAD_BYTES, {
  rowsUsed: 0, // rows beyond were never touched
  epoch: 4, // adoptions so far
  turns: 8, // turns that found work
  parks: 12, // sleeps
  rescues: 16, // rings a sweep found with work that nobody rang for
  exceptions: 20, // throws inside operations, each answered with -EIO
  adoptedRows: 24, // requests whose executor died
});

export const LEDGER_RECORDS_START = LEDGER_HEAD_BYTES / 4;
export const LEDGER_ROWS_START = LEDGER_RECORDS_START + RINGS_PER_EXECUTOR_MAX * RECORD_WORDS;

/** Bytes of a ledger with that many rows. */
export function ledgerBytes(rows: number): number {
  prove(rows > 0 && rows <= LEDGER_ROWS_MAX, 'ledger rows are within their limit');
  return LEDGER_ROWS_START * 4 + rows * ROW_BYTES;
}

/**
 * Doorbell of one executor: 32 leaf bits hang under each summary bit, 32 summary words under top.
 * The words of one level are neighbours: ringing sets at most three bits per sleep of a ring.
 */
export const DOORBELL_LEAF_WORDS = 32 * 32;
const LEAF_BYTE = 3 * LINE_PAIR_BYTES;
export const DOORBELL_BYTES = LEAF_BYTE + DOORBELL_LEAF_WORDS * 4;
export const DOORBELL = words(DOORBELL_BYTES, {
  parked: 0, // 1 while the executor sleeps or is about to
  top: 1 * LINE_PAIR_BYTES,
  summary: 2 * LINE_PAIR_BYTES,
  leaf: LEAF_BYTE,
});
prove(DOORBELL_LEAF_WORDS * 32 === RINGS_PER_EXECUTOR_MAX, 'every ring has a leaf bit');

/** Kernel-wide words: one line pair for each executor, which alone writes it. */
export const BOARD_STRIDE_WORDS = LINE_PAIR_BYTES / 4;
export const BOARD = words(LINE_PAIR_BYTES, {
  awake: 0, // 1 while the executor is not parked
});

/** Which slots of an executor are taken: one bit each, set by managers on any thread. */
export const SLOTS_BYTES = RINGS_PER_EXECUTOR_MAX / 8;
