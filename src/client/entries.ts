/** The entries of a ring: what a submitter sets in an SQE, what a reaper reads in a CQE. */
import type { Res } from '../abi/errno.ts';
import { CQE, SQE, SQE_SHIFT } from '../abi/layout.ts';
import { fromWords, highWord } from '../ops/encode.ts';
import { PrepareFunctions } from './prepare.ts';

// As in submission.ts: constants of this module are compiled into the code.
const { userDataLow: SQE_LOW, userDataHigh: SQE_HIGH, head: SQE_HEAD } = SQE;
const { userDataLow: CQE_LOW, userDataHigh: CQE_HIGH, res: CQE_RES, flags: CQE_FLAGS } = CQE;

/** Accessors of entries, named by their first word in the region. */
export class Entries extends PrepareFunctions {
  /** The region's words; what prep functions write. */
  readonly words: Int32Array;

  constructor(words: Int32Array) {
    super();
    this.words = words;
  }

  /** Sets user_data: a whole number from 0 to 2^53. */
  sqeSetData(sqe: number, userData: number): void {
    this.words[sqe + SQE_LOW] = userData;
    this.words[sqe + SQE_HIGH] = highWord(userData);
  }

  /** Sets user_data: 64 opaque bits. */
  sqeSetData64(sqe: number, userData: bigint): void {
    this.words[sqe + SQE_LOW] = Number(BigInt.asIntN(32, userData));
    this.words[sqe + SQE_HIGH] = Number(BigInt.asIntN(32, userData >> 32n));
  }

  /** Sets sqe.flags (SQE_FLAG bits) after the entry was prepared. */
  sqeSetFlags(sqe: number, flags: number): void {
    const at = sqe + SQE_HEAD;
    this.words[at] = (this.words[at]! & ~(0xff << SQE_SHIFT.flags)) | (flags << SQE_SHIFT.flags);
  }

  /** user_data as an unsigned number, exact up to 2^53. */
  cqeGetData(cqe: number): number {
    return fromWords(this.words[cqe + CQE_LOW]!, this.words[cqe + CQE_HIGH]!);
  }

  /** user_data as 64 bits. */
  cqeGetData64(cqe: number): bigint {
    const high = BigInt(this.words[cqe + CQE_HIGH]! >>> 0);
    return (high << 32n) | BigInt(this.words[cqe + CQE_LOW]! >>> 0);
  }

  /** The result: a count, a descriptor, 0, or -errno. */
  cqeRes(cqe: number): Res {
    return this.words[cqe + CQE_RES]!;
  }

  /** CQE_FLAG bits. */
  cqeFlags(cqe: number): number {
    return this.words[cqe + CQE_FLAGS]!;
  }
}
