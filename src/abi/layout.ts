/** Byte map of what a ring shares with its process: control block, index array, SQEs and CQEs. */
import { SETUP } from './flags.ts';
import { CQ_ENTRIES_MAX, SQ_ENTRIES_MAX } from './limits.ts';
import { prove, words } from './words.ts';

/** A cache line of x86-64, and of most else. */
const LINE_BYTES = 64;
export const LINE_WORDS = LINE_BYTES / 4;

/** Two lines: x86 prefetches lines in pairs, so one line apart still false-shares. */
export const LINE_PAIR_BYTES = 2 * LINE_BYTES;

/**
 * struct io_uring_sqe: 64 bytes, little-endian. Fields narrower than a word share one, lowest
 * first.
 */
export const SQE_BYTES = 64;
export const SQE = words(SQE_BYTES, {
  head: 0, // u8 opcode, u8 flags, u16 ioprio
  fd: 4,
  offLow: 8,
  offHigh: 12,
  addrLow: 16,
  addrHigh: 20,
  len: 24,
  opFlags: 28,
  userDataLow: 32,
  userDataHigh: 36,
  bufPersonality: 40, // u16 buf_index or buf_group, u16 personality
  fileIndex: 44, // also splice_fd_in, optlen
  addr3Low: 48,
  addr3High: 52,
  padLow: 56,
  padHigh: 60,
});
export const SQE_WORDS = SQE_BYTES / 4;

/** Where the narrow fields sit inside their word, as left shifts in bits. */
export const SQE_SHIFT = { opcode: 0, flags: 8, ioprio: 16, bufIndex: 0, personality: 16 } as const;

/** struct io_uring_cqe: 16 bytes. */
export const CQE_BYTES = 16;
export const CQE = words(CQE_BYTES, { userDataLow: 0, userDataHigh: 4, res: 8, flags: 12 });
export const CQE_WORDS = CQE_BYTES / 4;
prove(1 << 4 === SQE_WORDS && 1 << 2 === CQE_WORDS, 'entry shifts match entry sizes');

/**
 * Control block. Each word has ONE writer, and words of different writers never share a line pair.
 * Words that are stored once per batch sit apart from words that are stored once per sleep, so that
 * looking for a sleeper does not miss the cache.
 */
export const CONTROL_BYTES = 12 * LINE_PAIR_BYTES;
export const CONTROL = words(CONTROL_BYTES, {
  sqTail: 0 * LINE_PAIR_BYTES, // writer: submitter
  sqHead: 1 * LINE_PAIR_BYTES, // writer: executor
  cqTail: 2 * LINE_PAIR_BYTES, // writer: executor
  cqTimeouts: 2 * LINE_PAIR_BYTES + 4, // writer: executor    expiries of plain TIMEOUTs so far
  cqHead: 3 * LINE_PAIR_BYTES, // writer: reaper
  sqWanted: 4 * LINE_PAIR_BYTES, // writer: submitter   sleeps for SQ space in progress
  cqWaiting: 5 * LINE_PAIR_BYTES, // writer: reaper      1 while it sleeps for CQEs
  cqWanted: 5 * LINE_PAIR_BYTES + 4, // writer: reaper      the CQ tail it sleeps for
  sqFlags: 6 * LINE_PAIR_BYTES, // writer: executor    SQ_FLAG bits
  sqDropped: 6 * LINE_PAIR_BYTES + 4, // writer: executor    index array entries out of range
  cqOverflow: 6 * LINE_PAIR_BYTES + 8, // writer: executor    always 0: nothing is dropped
  ringState: 6 * LINE_PAIR_BYTES + 12, // writer: executor    RING_STATE
  sqWake: 6 * LINE_PAIR_BYTES + 16, // writer: executor    grows to wake a submitter asleep on it
  cqWake: 6 * LINE_PAIR_BYTES + 20, // writer: executor    grows to wake a reaper asleep on it
  cqFlags: 7 * LINE_PAIR_BYTES, // writer: reaper      CQ_EVENTFD_DISABLED
  callSeq: 8 * LINE_PAIR_BYTES, // writer: caller      number of the newest control call
  callNumber: 8 * LINE_PAIR_BYTES + 4, // writer: caller
  callAddrLow: 8 * LINE_PAIR_BYTES + 8, // writer: caller
  callAddrHigh: 8 * LINE_PAIR_BYTES + 12, // writer: caller
  callCount: 8 * LINE_PAIR_BYTES + 16, // writer: caller
  callDone: 9 * LINE_PAIR_BYTES, // writer: executor    number of the newest answered call
  callResult: 9 * LINE_PAIR_BYTES + 4, // writer: executor
  sqRingMask: 10 * LINE_PAIR_BYTES, // constant from here on, written before the region is shared
  sqRingEntries: 10 * LINE_PAIR_BYTES + 4,
  cqRingMask: 10 * LINE_PAIR_BYTES + 8,
  cqRingEntries: 10 * LINE_PAIR_BYTES + 12,
  setupFlags: 10 * LINE_PAIR_BYTES + 16,
  submitterClaim: 11 * LINE_PAIR_BYTES, // writer: who binds first, see binding.ts
});

/** What the executor says of a ring as a whole. */
export const RING_STATE = {
  /** No executor has seen it yet; entries may be published already. */
  NEW: 0,
  LIVE: 1,
  /** R_DISABLED and not yet enabled. */
  DISABLED: 2,
  /** Its words were impossible; nothing of it is served any more. */
  RETIRED: 3,
  CLOSED: 4,
} as const;

/** Sizes and word indices of one region; computed by both ends from the same three facts. */
export interface Geometry {
  readonly sqEntries: number;
  readonly cqEntries: number;
  /** Whether SQEs are reached through the index array (false: NO_SQARRAY). */
  readonly indexed: boolean;
  /** Words of one entry as a left shift: 4 or, with SQE128, 5; and 2 or, with CQE32, 3. */
  readonly sqeShift: number;
  readonly cqeShift: number;
  readonly arrayStart: number;
  readonly sqesStart: number;
  readonly cqesStart: number;
  readonly regionBytes: number;
}

const toLinePair = (bytes: number): number => Math.ceil(bytes / LINE_PAIR_BYTES) * LINE_PAIR_BYTES;

/** True for 1, 2, 4 and so on. */
export const isPowerOfTwo = (n: number): boolean => n > 0 && (n & (n - 1)) === 0;

/** What decides a region's layout. */
export interface RegionFacts {
  readonly sqEntries: number;
  readonly cqEntries: number;
  /** SETUP flags; NO_SQARRAY, SQE128 and CQE32 change the layout. */
  readonly flags: number;
}

/** Where each part of a region lies. Entries must be powers of two within the limits. */
export function geometry(facts: RegionFacts): Geometry {
  const { sqEntries, cqEntries, flags } = facts;
  const indexed = (flags & SETUP.NO_SQARRAY) === 0;
  const sqeShift = (flags & SETUP.SQE128) === 0 ? 4 : 5;
  const cqeShift = (flags & SETUP.CQE32) === 0 ? 2 : 3;
  prove(isPowerOfTwo(sqEntries) && sqEntries <= SQ_ENTRIES_MAX, 'sqEntries is a power of two');
  prove(isPowerOfTwo(cqEntries) && cqEntries <= CQ_ENTRIES_MAX, 'cqEntries is a power of two');
  const sqesByte = CONTROL_BYTES + (indexed ? toLinePair(sqEntries * 4) : 0);
  const cqesByte = toLinePair(sqesByte + sqEntries * (4 << sqeShift));
  const regionBytes = toLinePair(cqesByte + cqEntries * (4 << cqeShift));
  return {
    sqEntries,
    cqEntries,
    indexed,
    sqeShift,
    cqeShift,
    arrayStart: CONTROL_BYTES / 4,
    sqesStart: sqesByte / 4,
    cqesStart: cqesByte / 4,
    regionBytes,
  };
}
