/** Which slots of a table are taken, and the next free one behind another. */

/** 32 slots a word, so that a full table is passed quickly. */
export class SlotMap {
  readonly #words: Int32Array;

  constructor(slots: number) {
    this.#words = new Int32Array((slots + 31) >>> 5);
  }

  take(slot: number): void {
    this.#words[slot >>> 5]! |= 1 << (slot & 31);
  }

  free(slot: number): void {
    this.#words[slot >>> 5]! &= ~(1 << (slot & 31));
  }

  /** The first free slot in [from, to), or -1. */
  firstFree({ from, to }: { readonly from: number; readonly to: number }): number {
    const words = this.#words;
    for (let slot = from; slot < to; slot = (slot | 31) + 1) {
      const free = ~words[slot >>> 5]! & (-1 << (slot & 31));
      if (free === 0) continue;
      const found = (slot & ~31) + 31 - Math.clz32(free & -free);
      return found < to ? found : -1;
    }
    return -1;
  }
}
