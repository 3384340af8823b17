/** A ring handled with bare hands: the process's side as a scenario asks for it, slot by slot. */
import { SQ_FLAG } from '../../../src/abi/flags.ts';
import { CONTROL, CQE, SQE } from '../../../src/abi/layout.ts';
import type { Region } from '../../../src/ring/region.ts';
import { type Operand, type Operands, UnknownName } from './operands.ts';

/** Where FORMAT.md says that a field lies: word, shift in bits, width in bits. */
const FIELDS: Readonly<Record<string, readonly [word: number, shift: number, width: number]>> = {
  op: [SQE.head, 0, 8],
  flags: [SQE.head, 8, 8],
  ioprio: [SQE.head, 16, 16],
  fd: [SQE.fd, 0, 32],
  off: [SQE.offLow, 0, 64],
  addr: [SQE.addrLow, 0, 64],
  len: [SQE.len, 0, 32],
  op_flags: [SQE.opFlags, 0, 32],
  ud: [SQE.userDataLow, 0, 64],
  buf: [SQE.bufPersonality, 0, 16],
  pers: [SQE.bufPersonality, 16, 16],
  file: [SQE.fileIndex, 0, 32],
  addr3: [SQE.addr3Low, 0, 64],
  pad: [SQE.padLow, 0, 64],
};

export interface Cqe {
  readonly userData: bigint;
  readonly res: number;
  readonly flags: number;
}

/** Appends entries, publishes tails, takes completions. */
export class RawRing {
  readonly words: Int32Array;
  readonly region: Region;
  readonly fd: number;
  /** Appended, perhaps not published. */
  #appended: number;

  constructor(region: Region, fd: number) {
    this.region = region;
    this.words = region.words;
    this.fd = fd;
    this.#appended = this.#load(CONTROL.sqTail);
  }

  #load(word: number): number {
    return Atomics.load(this.words, word);
  }

  /** Fills the next slot (or `slot` only) with the fields, everything else zero. */
  fill(operands: Operands, fields: { readonly [field: string]: Operand }, slot?: number): void {
    const { geometry } = this.region;
    const mask = geometry.sqEntries - 1;
    const index = slot ?? this.#appended & mask;
    const at = geometry.sqesStart + (index << geometry.sqeShift);
    this.words.fill(0, at, at + (1 << geometry.sqeShift));
    for (const [name, operand] of Object.entries(fields)) {
      const field = FIELDS[name];
      if (field === undefined) throw new UnknownName(`unknown SQE field ${name}`);
      const [word, shift, width] = field;
      const value = BigInt.asUintN(width, operands.value(operand)) << BigInt(shift);
      this.words[at + word]! |= Number(BigInt.asIntN(32, value));
      if (width === 64) this.words[at + word + 1] = Number(BigInt.asIntN(32, value >> 32n));
    }
    if (slot === undefined) this.append([index]);
  }

  /** Appends numbers to the index array. */
  append(indices: readonly number[]): void {
    const { geometry } = this.region;
    for (const index of indices) {
      const place = this.#appended & (geometry.sqEntries - 1);
      if (geometry.indexed) this.words[geometry.arrayStart + place] = index;
      this.#appended = (this.#appended + 1) | 0;
    }
  }

  /** Entries appended and not published. */
  get unpublished(): number {
    return (this.#appended - this.#load(CONTROL.sqTail)) | 0;
  }

  /** Entries appended or published and not consumed. */
  get queued(): number {
    return (this.#appended - this.#load(CONTROL.sqHead)) | 0;
  }

  /** Stores the SQ tail `count` further. */
  publish(count: number): void {
    Atomics.store(this.words, CONTROL.sqTail, (this.#load(CONTROL.sqTail) + count) | 0);
  }

  get ready(): number {
    return (this.#load(CONTROL.cqTail) - this.#load(CONTROL.cqHead)) | 0;
  }

  /** Takes the oldest `count` CQEs. */
  take(count: number): Cqe[] {
    const { cqesStart, cqeShift, cqEntries } = this.region.geometry;
    const head = this.#load(CONTROL.cqHead);
    const taken = Array.from({ length: count }, (_, i) => {
      const at = cqesStart + (((head + i) & (cqEntries - 1)) << cqeShift);
      const low = BigInt.asUintN(32, BigInt(this.words[at + CQE.userDataLow]!));
      const high = BigInt.asUintN(32, BigInt(this.words[at + CQE.userDataHigh]!));
      return {
        userData: (high << 32n) | low,
        res: this.words[at + CQE.res]!,
        flags: this.words[at + CQE.flags]!,
      };
    });
    Atomics.store(this.words, CONTROL.cqHead, (head + count) | 0);
    return taken;
  }

  /** One of the values a `state` step compares. */
  state(what: string): number {
    switch (what) {
      case 'ready':
        return this.ready;
      case 'pending':
        return (this.#load(CONTROL.sqTail) - this.#load(CONTROL.sqHead)) | 0;
      case 'overflow':
        return this.#load(CONTROL.cqOverflow);
      case 'dropped':
        return this.#load(CONTROL.sqDropped);
      case 'sq_entries':
        return this.words[CONTROL.sqRingEntries]!;
      case 'cq_entries':
        return this.words[CONTROL.cqRingEntries]!;
      case 'flags':
        return this.#load(CONTROL.sqFlags);
      default:
        throw new UnknownName(`unknown state ${what}`);
    }
  }

  /** Whether finished requests wait for room in the CQ. */
  get overflowed(): boolean {
    return (this.#load(CONTROL.sqFlags) & SQ_FLAG.CQ_OVERFLOW) !== 0;
  }
}
