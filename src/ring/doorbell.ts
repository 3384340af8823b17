/** The doorbell of one executor: finding who rang costs what rang, not what exists. */
import { DOORBELL } from '../abi/private.ts';

// Three levels: a ring owns one leaf bit, 32 leaf words hang under one summary word, 32 summary
// words under top. Law 1 has its first named exception here: many threads set bits of one word, by
// atomic or, and the executor takes them by atomic exchange. And its second: `parked` is written by
// the executor and taken by whoever wakes it.
//
//   ringing (after the tail, cq head or call was stored)    executor
//   S1  the store that the bell announces                   E1  exchange with 0: top, then the
//   S2  load own leaf bit: set? done, stop                      summary words it named, then
//   S3  or it in: leaf, then summary, then top                  their leaf words
//   S4  load(parked) = 1 and                                E2  load the tails of rings found
//       compareExchange(parked, 1, 0) = 1?                  P1  store(parked, 1)
//   S5  notify(parked)                                      P2  load top: not 0? P4 and E1
//                                                           P3  wait(parked, 1)
//                                                           P4  store(parked, 0)
//
// Found.    A bit seen set at S2 was not yet exchanged away, so the E1 that takes it is still to
//           come, and E2 after it sees S1. Its path upward was completed by the call that set it:
//           only the ends of one ring set its bit, and each completes the path before returning.
//           (An end that dies in between leaves its ring half rung; the sweep takes that bit.)
// Upward.   Leaf before summary before top, taken in the opposite order: whoever finds a bit above
//           finds what it stands for, or somebody has taken that already. A bit above without one
//           below is only a look for nothing.
// Awake.    If P2 misses a bit of top, that bit was set after P2, so S4 follows P1 in the order of
//           all accesses: it finds parked = 1 and takes it, so P3's compare fails or S5 wakes it.
//           If S4 loses the exchange, somebody else took the flag and wakes the executor, whose E1
//           then finds this bit too, because it was set before.
// Taking.   Notifying without taking the flag would let two ringers spend their wake-ups on one
//           sleep while P4 of that sleep erases the flag of the next; loading a tail before the
//           exchange would lose an entry published between the two.
// Cost.     A ring that rings while its bit is set costs one load (bench/idle-rings.bench.ts).

// An imported object is loaded and checked at every use; a module's own constants are compiled into
// the code (bench/stack.bench.ts).
const { parked: PARKED, top: TOP, summary: SUMMARY, leaf: LEAF } = DOORBELL;

/** The supervisor's slot on every doorbell; those of rings follow. */
export const SUPERVISOR_SLOT = 0;

/** The ringing end: one ring's bit. Used by both ends of that ring's process. */
export class Doorbell {
  readonly #words: Int32Array;
  readonly #leaf: number;
  readonly #leafBit: number;
  readonly #summary: number;
  readonly #summaryBit: number;
  readonly #topBit: number;

  constructor(words: Int32Array, slot: number) {
    this.#words = words;
    this.#leaf = LEAF + (slot >>> 5);
    this.#leafBit = 1 << (slot & 31);
    this.#summary = SUMMARY + (slot >>> 10);
    this.#summaryBit = 1 << ((slot >>> 5) & 31);
    this.#topBit = 1 << (slot >>> 10);
  }

  /** Tells the executor that this ring has something for it. Call after the store it announces. */
  ring(): void {
    const words = this.#words;
    if ((Atomics.load(words, this.#leaf) & this.#leafBit) !== 0) return; // S2
    Atomics.or(words, this.#leaf, this.#leafBit); // S3
    Atomics.or(words, this.#summary, this.#summaryBit); // S3
    Atomics.or(words, TOP, this.#topBit); // S3
    if (Atomics.load(words, PARKED) !== 1) return; // S4
    const taken = Atomics.compareExchange(words, PARKED, 1, 0); // S4
    if (taken === 1) Atomics.notify(words, PARKED); // S5
  }
}

/** The executor's end: collects the slots that rang. */
export class Rung {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** Whether any bell rang since the last collect(): one load. */
  any(): boolean {
    return Atomics.load(this.#words, TOP) !== 0; // P2
  }

  /** Takes one ring's bit away; whether it was set. Serve the ring afterwards (E1 before E2). */
  take(slot: number): boolean {
    const at = LEAF + (slot >>> 5);
    const bit = 1 << (slot & 31);
    if ((Atomics.load(this.#words, at) & bit) === 0) return false; // S2
    return (Atomics.and(this.#words, at, ~bit) & bit) !== 0; // E1, for one bit
  }

  /** Writes the slots that rang into `slots`, which has room for every ring; returns how many. */
  collect(slots: Int32Array): number {
    const words = this.#words;
    let found = 0;
    let top = Atomics.exchange(words, TOP, 0); // E1
    for (; top !== 0; top &= top - 1) {
      const s = 31 - Math.clz32(top & -top);
      let summary = Atomics.exchange(words, SUMMARY + s, 0); // E1
      for (; summary !== 0; summary &= summary - 1) {
        const l = (s << 5) | (31 - Math.clz32(summary & -summary));
        let leaf = Atomics.exchange(words, LEAF + l, 0); // E1
        for (; leaf !== 0; leaf &= leaf - 1)
          slots[found++] = (l << 5) | (31 - Math.clz32(leaf & -leaf));
      }
    }
    return found;
  }
}
