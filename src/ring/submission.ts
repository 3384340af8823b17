/** The submission queue: the submitter's end and the executor's end of one SPSC ring of SQEs. */
import { CONTROL, SQE } from '../abi/layout.ts';
import { LINES_AHEAD } from '../abi/limits.ts';
import type { Region } from './region.ts';

// How an entry changes hands
//   submitter                                   executor
//   S1  write the words of the slot at tail     E1  tail = load(sqTail)
//   S2  store(sqTail, tail)                     E2  read the words of the slots from head on
//   S3  ring the doorbell (doorbell.ts)         E3  store(sqHead, head)
//   S4  head = load(sqHead) when it looks full  E4  load(sqWanted): set?
//                                               E5  store(sqWake, + 1), notify(sqWake)
//
// Publish.  When E1 returns what S2 stored, S2 synchronizes with E1. S1 precedes S2 and E1 precedes
//           E2, so S1 happens before E2: no half-written entry is ever read.
// Reclaim.  The mirror image: a slot is overwritten only after S4 loaded a head that E3 stored, so
//           E2 happens before the overwrite. The executor copies what it reads before E3.
// Sleep.    For entries: doorbell.ts; who finds the bell finds the tail. For space: the submitter
//             W1  store(sqWanted, 1)              W2  seen = load(sqWake)
//             W3  load(sqHead): room now?         W4  wait(sqWake, seen)
//             W5  store(sqWanted, 0)
//           In the one order of all these accesses either E3 precedes W3, and W3 sees room; or W3
//           precedes E3, then W1 precedes E4, so E5 follows W2 and W4 finds another value or is
//           woken. The sleeper waits on a word that changes with every wake-up, not on sqHead, so
//           that the end of a ring, which moves no index, can wake it just as well (ending.ts).
// Trust.    The executor never reads back sqHead and keeps its own; a tail more than `entries`
//           ahead of it, or an array index beyond the entries, is a lie: CORRUPT, DROPPED.
// Cost.     Every Atomics call is seq-cst, so we pay per batch, not per entry: each side keeps its
//           own index in a plain field and a stale copy of the other's (bench/stack.bench.ts).
// Lines.    A line that the other core used last takes long to come, but many come side by side: so
//           S1 and E2 begin with a loop that touches those of the next entries. What it writes lies
//           in free slots, which nobody reads; what it reads means nothing.
// Wrap.     Indices run free in int32, masked on use. (tail - head) | 0 is the count even across
//           overflow, so full and empty differ without a spare slot.

// An imported object is loaded and checked at every use; a module's own constants are compiled into
// the code (bench/stack.bench.ts).
const { sqTail: SQ_TAIL, sqHead: SQ_HEAD, sqWanted: SQ_WANTED, sqWake: SQ_WAKE } = CONTROL;
const { userDataLow: LOW } = SQE;
const AHEAD = LINES_AHEAD;
const AHEAD_MASK = LINES_AHEAD - 1;

/** reserve() found no free slot. */
export const FULL = -1;
/** available() found indices that no honest peer can have written. */
export const CORRUPT = -1;
/** slotAt() found an array index out of range (A7): the entry is skipped and counted. */
export const DROPPED = -1;

/** The submitter's end. One thread; the only writer of sqTail and sqWanted. */
export class SubmissionQueue {
  readonly #words: Int32Array;
  readonly #entries: number = 0;
  readonly #mask: number = 0;
  readonly #start: number = 0;
  readonly #shift: number = 0;
  readonly #indexed: boolean;
  /** Reserved up to here; published up to #published. Both run free in int32. */
  #tail = 0;
  #published = 0;
  /** A head that was true once: at most the real one. */
  #headSeen = 0;

  constructor({ words, geometry }: Region) {
    this.#words = words;
    this.#entries = geometry.sqEntries;
    this.#mask = geometry.sqEntries - 1;
    this.#start = geometry.sqesStart;
    this.#shift = geometry.sqeShift;
    this.#indexed = geometry.indexed;
    this.#tail = Atomics.load(words, SQ_TAIL); // a successor of a submitter goes on from S2
    this.#published = this.#tail;
    this.#headSeen = Atomics.load(words, SQ_HEAD); // S4
  }

  /** First word of the next free slot, or FULL. Its old words are the previous entry's. */
  reserve(): number {
    if (((this.#tail - this.#headSeen) | 0) === this.#entries) {
      this.#headSeen = Atomics.load(this.#words, SQ_HEAD); // S4, pairs with E3
      if (((this.#tail - this.#headSeen) | 0) === this.#entries) return FULL;
    }
    if ((this.#tail & AHEAD_MASK) === 0) this.#claimLines();
    const slot = this.#start + ((this.#tail & this.#mask) << this.#shift);
    this.#tail = (this.#tail + 1) | 0;
    return slot;
  }

  /** S1 of the next entries begins. Who fills the index array may have used any slot: none then. */
  #claimLines(): void {
    if (this.#indexed) return;
    const words = this.#words;
    const free = this.#entries - ((this.#tail - this.#headSeen) | 0);
    const end = this.#tail + Math.min(free, AHEAD);
    for (let index = this.#tail; index < end; index++)
      words[this.#start + ((index & this.#mask) << this.#shift) + LOW] = 0; // S1
  }

  /** Shows every reserved entry to the executor; returns how many are new. */
  publish(): number {
    const count = (this.#tail - this.#published) | 0;
    if (count !== 0) {
      Atomics.store(this.#words, SQ_TAIL, this.#tail); // S2
      this.#published = this.#tail;
    }
    return count;
  }

  /** Entries the executor has not consumed, published or only reserved (io_uring_sq_ready). */
  ready(): number {
    this.#headSeen = Atomics.load(this.#words, SQ_HEAD); // S4
    return (this.#tail - this.#headSeen) | 0;
  }

  /** Slots that reserve() would hand out now (io_uring_sq_space_left). */
  space(): number {
    return this.#entries - this.ready();
  }
}

/** The executor's end. One thread; the only writer of sqHead and sqWake. */
export class SubmissionSource {
  readonly #words: Int32Array;
  readonly #entries: number = 0;
  readonly #mask: number = 0;
  readonly #start: number = 0;
  readonly #shift: number = 0;
  readonly #arrayStart: number = 0;
  readonly #indexed: boolean;
  #head = 0;
  /** What fetchLines() read: kept, or the compiler would leave the reads out. */
  #glance = 0;

  /** `head` is the master copy: what the ring word says is only a publication of it. */
  constructor({ words, geometry }: Region, head: number) {
    this.#words = words;
    this.#entries = geometry.sqEntries;
    this.#mask = geometry.sqEntries - 1;
    this.#start = geometry.sqesStart;
    this.#shift = geometry.sqeShift;
    this.#arrayStart = geometry.arrayStart;
    this.#indexed = geometry.indexed;
    this.#head = head;
  }

  /** Free-running index of the oldest entry that is not dealt with. */
  get head(): number {
    return this.#head;
  }

  /** How many entries are published and not dealt with, or CORRUPT. */
  available(): number {
    const count = (Atomics.load(this.#words, SQ_TAIL) - this.#head) >>> 0; // E1
    return count > this.#entries ? CORRUPT : count;
  }

  /**
   * First word of the `ahead`-th entry after head, or DROPPED. Read it before advance() or
   * release() passes it.
   */
  slotAt(ahead: number): number {
    let index = (this.#head + ahead) & this.#mask;
    if (this.#indexed) {
      index = this.#words[this.#arrayStart + index]!; // E2
      if (index >>> 0 >= this.#entries) return DROPPED;
    }
    return this.#start + (index << this.#shift);
  }

  /** E2 of the next `count` entries, which are available, begins. */
  fetchLines(count: number): void {
    const words = this.#words;
    let glance = 0;
    for (let ahead = 0; ahead < count; ahead++) {
      const slot = this.slotAt(ahead);
      if (slot !== DROPPED) glance ^= words[slot]!; // E2
    }
    this.#glance ^= glance;
  }

  /** The oldest entry is dealt with; its slot stays the executor's until the next release(). */
  advance(): void {
    this.#head = (this.#head + 1) | 0;
  }

  /** Passes `count` more, gives all slots before head back, wakes who sleeps for space. */
  release(count: number): void {
    this.#head = (this.#head + count) | 0;
    Atomics.store(this.#words, SQ_HEAD, this.#head); // E3
    const wanted = Atomics.load(this.#words, SQ_WANTED); // E4
    if (wanted !== 0) this.wake();
  }

  /** Wakes a submitter that sleeps for space. */
  wake(): void {
    const next = (Atomics.load(this.#words, SQ_WAKE) + 1) | 0; // E5, ours while it lives
    Atomics.store(this.#words, SQ_WAKE, next); // E5
    Atomics.notify(this.#words, SQ_WAKE); // E5, all sleepers
  }
}
