/** How prep functions write an SQE: every field but user_data, so that nothing old remains. */
import { SQE } from '../abi/layout.ts';

const TWO_TO_32 = 2 ** 32;

/** The upper 32 bits of a whole number up to 2^53 (or of a negative one), as int32. */
export const highWord = (value: number): number => Math.floor(value / TWO_TO_32) | 0;

/** The unsigned 64-bit value of two int32 words; exact up to 2^53. */
export const fromWords = (low: number, high: number): number =>
  (high >>> 0) * TWO_TO_32 + (low >>> 0);

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
  words[sqe + SQE.head] = opcode;
  words[sqe + SQE.fd] = fd;
  words[sqe + SQE.offLow] = off;
  words[sqe + SQE.offHigh] = highWord(off);
  words[sqe + SQE.addrLow] = addr;
  words[sqe + SQE.addrHigh] = highWord(addr);
  words[sqe + SQE.len] = len;
  words[sqe + SQE.opFlags] = 0;
  words[sqe + SQE.bufPersonality] = 0;
  words[sqe + SQE.fileIndex] = 0;
  words[sqe + SQE.addr3Low] = 0;
  words[sqe + SQE.addr3High] = 0;
  words[sqe + SQE.padLow] = 0;
  words[sqe + SQE.padHigh] = 0;
}
