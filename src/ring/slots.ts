/** Which slots of an executor are taken: any manager on any thread may claim one. */
import { SLOTS_BYTES } from '../abi/private.ts';

// Law 1's fourth exception: claimers set bits of one word, by atomic or.
//   C1  or(word, bit): the bit was clear before? mine      C2  and(word, ~bit): free again
// Only whoever was told by C1 that the bit was clear uses the slot, and C2 comes after its executor
// let the ring go, so a slot never has two rings.

/** No slot is free: ENFILE. */
export const NO_SLOT = -1;

/** The claims on one executor's slots, 0 being the supervisor's. */
export class Slots {
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  /** Makes the memory, with slot 0 taken. */
  static create(): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(SLOTS_BYTES);
    new Int32Array(buffer)[0] = 1;
    return buffer;
  }

  /** Slots that are taken, the supervisor's not counted. */
  get taken(): number {
    let taken = 0;
    for (const _ of this.each()) taken++;
    return taken;
  }

  /** The slots that are taken, the supervisor's left out. */
  *each(): Generator<number> {
    for (let i = 0; i < this.#words.length; i++) {
      let word = Atomics.load(this.#words, i) & (i === 0 ? ~1 : -1); // C1
      for (; word !== 0; word &= word - 1) yield (i << 5) | (31 - Math.clz32(word & -word));
    }
  }

  /** Takes the lowest free slot, or answers NO_SLOT. */
  claim(): number {
    const words = this.#words;
    for (let i = 0; i < words.length; i++) {
      for (;;) {
        const word = Atomics.load(words, i); // C1
        if (word === -1) break;
        const bit = ~word & (word + 1);
        const before = Atomics.or(words, i, bit); // C1
        if ((before & bit) === 0) return (i << 5) | (31 - Math.clz32(bit));
      }
    }
    return NO_SLOT;
  }

  /** Gives a slot back whose ring is gone. */
  release(slot: number): void {
    Atomics.and(this.#words, slot >>> 5, ~(1 << (slot & 31))); // C2
  }
}
