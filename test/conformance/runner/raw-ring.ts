/** A ring handled with bare hands: the process's side as a scenario asks for it, slot by slot. */
import { SQ_FLAG } from '../../../src/abi/flags.ts';
import { CONTROL, CQE } from '../../../src/abi/layout.ts';
import type { Region } from '../../../src/ring/region.ts';
import { ScenarioError } from './names.ts';
import { SQE_FIELDS } from './sqe-fields.ts';

export interface Cqe {
  readonly userData: bigint;
  readonly res: number;
  readonly flags: number;
}

/** Values of the fields of an SQE; the others are zero. */
export type SqeValues = Readonly<Record<string, bigint>>;

/** Words of the control block that a `state` step names. */
const STATE_WORDS: ReadonlyMap<string, number> = new Map([
  ['overflow', CONTROL.cqOverflow],
  ['dropped', CONTROL.sqDropped],
  ['sq_entries', CONTROL.sqRingEntries],
  ['cq_entries', CONTROL.cqRingEntries],
  ['flags', CONTROL.sqFlags],
]);

/** Appends entries, publishes tails, takes completions. */
export class RawRing {
  readonly fd: number;
  #region: Region;
  /** Appended, perhaps not published. */
  #appended: number;

  constructor(region: Region, fd: number) {
    this.#region = region;
    this.fd = fd;
    this.#appended = this.#load(CONTROL.sqTail);
  }

  get region(): Region {
    return this.#region;
  }

  /** Goes on with the memory that a resize gave the ring; its counters run on. */
  moveTo(region: Region): void {
    const unpublished = this.unpublished;
    this.#region = region;
    this.#appended = (this.#load(CONTROL.sqTail) + unpublished) | 0;
  }

  get #words(): Int32Array {
    return this.#region.words;
  }

  #load(word: number): number {
    return Atomics.load(this.#words, word);
  }

  /** Fills the next slot (or `slot` only) with the fields, everything else zero. */
  fill(values: SqeValues, slot?: number): void {
    const { geometry } = this.#region;
    const words = this.#words;
    const mask = geometry.sqEntries - 1;
    const index = (slot ?? this.#appended) & mask;
    const start = geometry.sqesStart + (index << geometry.sqeShift);
    words.fill(0, start, start + (1 << geometry.sqeShift));
    for (const [name, whole] of Object.entries(values)) {
      const field = SQE_FIELDS.get(name);
      if (field === undefined) throw new ScenarioError(`unknown SQE field ${name}`);
      const { word, shift, width } = field;
      const value = BigInt.asUintN(width, whole) << BigInt(shift);
      words[start + word]! |= Number(BigInt.asIntN(32, value));
      if (width === 64) words[start + word + 1] = Number(BigInt.asIntN(32, value >> 32n));
    }
    if (slot === undefined) this.append([index]);
  }

  /** Appends numbers to the index array. */
  append(indices: readonly number[]): void {
    const { geometry } = this.#region;
    for (const index of indices) {
      const place = this.#appended & (geometry.sqEntries - 1);
      if (geometry.indexed) this.#words[geometry.arrayStart + place] = index;
      this.#appended = (this.#appended + 1) | 0;
    }
  }

  /** Entries appended and not published. */
  get unpublished(): number {
    return (this.#appended - this.#load(CONTROL.sqTail)) | 0;
  }

  /** Entries published and not consumed. */
  get pending(): number {
    return (this.#load(CONTROL.sqTail) - this.#load(CONTROL.sqHead)) | 0;
  }

  /** Entries appended or published and not consumed. */
  get queued(): number {
    return this.unpublished + this.pending;
  }

  /** Stores the SQ tail `count` further. */
  publish(count: number): void {
    const tail = (this.#load(CONTROL.sqTail) + count) | 0;
    Atomics.store(this.#words, CONTROL.sqTail, tail);
    if (this.unpublished < 0) this.#appended = tail; // what lies there is published as it is
  }

  get ready(): number {
    return (this.#load(CONTROL.cqTail) - this.#load(CONTROL.cqHead)) | 0;
  }

  /** Takes the oldest CQEs that are there, at most `max`. */
  take(max: number): Cqe[] {
    const { cqesStart, cqeShift, cqEntries } = this.#region.geometry;
    const words = this.#words;
    const head = this.#load(CONTROL.cqHead);
    const taken = Array.from({ length: Math.min(max, this.ready) }, (_, i) => {
      const at = cqesStart + (((head + i) & (cqEntries - 1)) << cqeShift);
      const low = BigInt.asUintN(32, BigInt(words[at + CQE.userDataLow]!));
      const high = BigInt.asUintN(32, BigInt(words[at + CQE.userDataHigh]!));
      const res = words[at + CQE.res]!;
      return { userData: (high << 32n) | low, res, flags: words[at + CQE.flags]! };
    });
    Atomics.store(words, CONTROL.cqHead, (head + taken.length) | 0);
    return taken;
  }

  /** One of the values a `state` step compares. */
  state(what: string): number {
    if (what === 'ready') return this.ready;
    if (what === 'pending') return this.pending;
    const word = STATE_WORDS.get(what);
    if (word === undefined) throw new ScenarioError(`unknown state ${what}`);
    return this.#load(word);
  }

  /** Whether finished requests wait for room in the CQ. */
  get overflowed(): boolean {
    return (this.#load(CONTROL.sqFlags) & SQ_FLAG.CQ_OVERFLOW) !== 0;
  }

  /** Whether the CQ has room. */
  get hasRoom(): boolean {
    return this.ready < this.#region.geometry.cqEntries;
  }
}
