/** The entries of a ring: what a submitter sets in an SQE, what a reaper reads in a CQE. */
import type { Res } from '../abi/errno.ts';
import { CQE_FLAG } from '../abi/flags.ts';
import { CQE, SQE, SQE_SHIFT } from '../abi/layout.ts';
import { fromWords, highWord } from '../ops/encode.ts';
import { fileIndexOf } from './socket-variants.ts';
import { Variants } from './variants.ts';

// As in submission.ts: constants of this module are compiled into the code.
const { userDataLow: SQE_LOW, userDataHigh: SQE_HIGH, head: SQE_HEAD } = SQE;
const { bufPersonality: SQE_BUFFER, fileIndex: SQE_FILE_INDEX } = SQE;
const { userDataLow: CQE_LOW, userDataHigh: CQE_HIGH, res: CQE_RES, flags: CQE_FLAGS } = CQE;

/** IORING_CQE_BUFFER_SHIFT: where the id of a buffer stands in the flags of a CQE. */
const CQE_BUFFER_SHIFT = 16;

/** Accessors of entries, named by their first word in the region. */
export class Entries extends Variants {
  /** The region's words; what prep functions write. Others after resizeRings(). */
  words: Int32Array;

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

  /** Sets sqe.ioprio: a priority, or what the operation makes of it. */
  sqeSetIoprio(sqe: number, ioprio: number): void {
    this.#setHalf(sqe + SQE_HEAD, SQE_SHIFT.ioprio, ioprio);
  }

  /** Sets the group that a buffer is selected from; SQE_FLAG.BUFFER_SELECT makes it mean that. */
  sqeSetBufGroup(sqe: number, group: number): void {
    this.#setHalf(sqe + SQE_BUFFER, SQE_SHIFT.bufIndex, group);
  }

  /** Sets the index of a registered buffer: the same field. */
  sqeSetBufIndex(sqe: number, bufIndex: number): void {
    this.#setHalf(sqe + SQE_BUFFER, SQE_SHIFT.bufIndex, bufIndex);
  }

  /** Sets the personality, a number that registerPersonality() gave; 0: none. */
  sqeSetPersonality(sqe: number, personality: number): void {
    this.#setHalf(sqe + SQE_BUFFER, SQE_SHIFT.personality, personality);
  }

  /** Sets the slot that a new file goes to instead of a descriptor; FILE_INDEX_ALLOC: any. */
  sqeSetTargetFixedFile(sqe: number, slot: number): void {
    this.words[sqe + SQE_FILE_INDEX] = fileIndexOf(slot);
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

  /** Whether more completions of the same request follow (CQE_FLAG.MORE). */
  cqeHasMore(cqe: number): boolean {
    return (this.words[cqe + CQE_FLAGS]! & CQE_FLAG.MORE) !== 0;
  }

  /** Whether it says that memory of a SEND_ZC may be used again (CQE_FLAG.NOTIF). */
  cqeIsNotif(cqe: number): boolean {
    return (this.words[cqe + CQE_FLAGS]! & CQE_FLAG.NOTIF) !== 0;
  }

  /** The id of the provided buffer that was used, 0 to 65535; -1: none was. */
  cqeBufferId(cqe: number): number {
    const flags = this.words[cqe + CQE_FLAGS]!;
    return (flags & CQE_FLAG.BUFFER) === 0 ? -1 : flags >>> CQE_BUFFER_SHIFT;
  }

  #setHalf(at: number, shift: number, value: number): void {
    this.words[at] = (this.words[at]! & ~(0xffff << shift)) | ((value & 0xffff) << shift);
  }
}
