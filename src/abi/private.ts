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
  /** Its operation was called and goes on; the head that covers it may not be committed yet. */
  KEPT: 1,
  /** The same, and the head is committed. */
  STARTED: 2,
  /** Its result stands; its CQE is not published yet. */
  FINISHED: 3,
  /** It waits behind a link or a barrier: its operation was not called. */
  WAITING: 4,
} as const;

/**
 * One ring's record in the ledger: the master copies of what its control block only publishes. Head
 * and tail change together: ledger.ts tells how two places and a count of steps make it one store.
 */
export const RECORD_BYTES = LINE_PAIR_BYTES;
export const RECORD = words(RECORD_BYTES, {
  steps: 0, // entries that ended in line, ever
  place: 4, // which place holds, as words from the first: 0 or PLACE_WORDS
  head: 16, // first place; sqHead when steps was base
  tail: 20, // cqTail then
  base: 24,
  end: 28, // steps at which the batch that runs is through
  headOther: 32, // second place
  tailOther: 36,
  baseOther: 40,
  endOther: 44,
  cqTimeouts: 64,
  sqDropped: 68,
  callDone: 72,
  state: 76, // RING_STATE
  completedLow: 80, // CQEs posted, 64 bits in two words
  completedHigh: 84,
  overflowed: 88, // CQEs that had to wait for room
  restricted: 92, // 1: it has restrictions, which its executor alone knows
});
export const PLACE_WORDS = 4;
prove(
  RECORD.endOther - RECORD.end === PLACE_WORDS && RECORD.headOther - RECORD.head === PLACE_WORDS,
  'both places of a record have one shape',
);
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

/** One open file: what a successor needs to close it, and to go on with it if it has a number. */
export const FILE_ROW_BYTES = 64;
export const FILE_ROW = words(FILE_ROW_BYTES, {
  state: 0, // FILE_ROW_STATE
  processLow: 4, // 64 bits that tell its process from others
  processHigh: 8,
  fd: 12, // its number in the process
  mount: 16, // index of its mount
  hostFd: 20,
  flags: 24, // O_ flags
  directory: 28, // 1: a directory
  positionLow: 32, // a double, the position in bytes
  positionHigh: 36,
  devLow: 40, // doubles too; an inode of 0: what the host calls it is not known
  devHigh: 44,
  inoLow: 48,
  inoHigh: 52,
});
export const FILE_ROW_WORDS = FILE_ROW_BYTES / 4;

/** What a row of files says. */
export const FILE_ROW_STATE = {
  FREE: 0,
  /** The host has it open, and no process a number for it: mount, hostFd and identity hold. */
  HELD: 1,
  /** It is a descriptor of a process: all holds. */
  OPEN: 2,
} as const;

/** Head of the rows of files: how far they were ever used. */
export const FILE_ROWS_HEAD_BYTES = LINE_PAIR_BYTES;
export const FILE_ROWS_HEAD = words(FILE_ROWS_HEAD_BYTES, { rowsUsed: 0 });
export const FILE_ROWS_START = FILE_ROWS_HEAD_BYTES / 4;
