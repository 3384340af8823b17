/** How prep functions write an SQE: every field but user_data, so that nothing old remains. */
import { SQE } from '../abi/layout.ts';

// An imported object is loaded and checked at every use; a module's own constants are compiled into
// the code (bench/stack.bench.ts).
const {
  head: HEAD,
  fd: FD,
  offLow: OFF_LOW,
  offHigh: OFF_HIGH,
  addrLow: ADDR_LOW,
  addrHigh: ADDR_HIGH,
  len: LEN,
  opFlags: OP_FLAGS,
  bufPersonality: BUFFER,
  fileIndex: FILE_INDEX,
  addr3Low: ADDR3_LOW,
  addr3High: ADDR3_HIGH,
  padLow: PAD_LOW,
  padHigh: PAD_HIGH,
} = SQE;

const TWO_TO_32 = 2 ** 32;

/**
 * The upper 32 bits of a whole number up to 2^53 (or of a negative one), as int32. Most numbers
 * have none, and asking first saves them a division of doubles.
 */
export const highWord = (value: number): number =>
  value >>> 0 === value ? 0 : Math.floor(value / TWO_TO_32) | 0;

/** The unsigned 64-bit value of two int32 words; exact up to 2^53. */
export const fromWords = (low: number, high: number): number =>
  high === 0 ? low >>> 0 : (high >>> 0) * TWO_TO_32 + (low >>> 0);

/** The signed 64-bit value of two int32 words; exact within 2^53 of 0, else the nearest double. */
export const signedFromWords = (low: number, high: number): number =>
  high * TWO_TO_32 + (low >>> 0);

/**
 * io_uring_prep_rw of liburing, with its order of arguments (and, like the whole Ring door, without
 * an object per call): writes the fields most operations share and clears the others.
 */
export function prepRw(
  opcode: number,
  words: Int32Array,
  sqe: number,
  fd: number,
  addr: number,
  len: number,
  off: number,
): void {
  words[sqe + HEAD] = opcode;
  words[sqe + FD] = fd;
  words[sqe + OFF_LOW] = off;
  words[sqe + OFF_HIGH] = highWord(off);
  words[sqe + ADDR_LOW] = addr;
  words[sqe + ADDR_HIGH] = highWord(addr);
  words[sqe + LEN] = len;
  words[sqe + OP_FLAGS] = 0;
  words[sqe + BUFFER] = 0;
  words[sqe + FILE_INDEX] = 0;
  words[sqe + ADDR3_LOW] = 0;
  words[sqe + ADDR3_HIGH] = 0;
  words[sqe + PAD_LOW] = 0;
  words[sqe + PAD_HIGH] = 0;
}
