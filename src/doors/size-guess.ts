/** How large the next file probably is: what it is given room for before anybody knows. */

const GUESS_MIN_BYTES = 4096 + 512;
const GUESS_FIRST_BYTES = 16 * 1024;
/** Larger files are read twice: first their beginning, then all of them. */
const GUESS_MAX_BYTES = 256 * 1024;
/** The guess follows larger files at once, and smaller ones by a 64th of the way for each. */
const DECAY_SHIFT = 6;

/** A running guess; room that stays unused costs nothing but address space. */
export class SizeGuess {
  readonly #maxBytes: number;
  #bytes: number;

  /** It never exceeds `limitBytes`. */
  constructor(limitBytes: number) {
    this.#maxBytes = Math.min(GUESS_MAX_BYTES, limitBytes);
    this.#bytes = Math.min(GUESS_FIRST_BYTES, limitBytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A file of `size` bytes was met. */
  learn(size: number): void {
    const wanted = size + (size >>> 3);
    const bytes =
      wanted > this.#bytes ? wanted : this.#bytes - ((this.#bytes - wanted) >> DECAY_SHIFT);
    this.#bytes = Math.min(Math.max(bytes, GUESS_MIN_BYTES), this.#maxBytes);
  }
}
