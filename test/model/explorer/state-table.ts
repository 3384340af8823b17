/** The set of states met so far: exact (no state is taken for another), with the way to each. */

const mix = (hash: number, word: number): number => {
  const product = Math.imul(hash ^ word, 0x9e37_79b1);
  return product ^ (product >>> 15);
};

/** Open addressing over one growing array of fixed-size records. */
export class StateTable {
  readonly #stride: number;
  #records: Int32Array;
  #origins: Int32Array;
  #index: Int32Array;
  #size = 0;

  /** `stride` is the number of words of one state. */
  constructor(stride: number) {
    this.#stride = stride;
    this.#records = new Int32Array(2048 * stride);
    this.#origins = new Int32Array(2048 * 2);
    this.#index = new Int32Array(4096).fill(-1);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a state; false when it was there. `from` and `by` say which step led to it. */
  add(state: Int32Array, from: number, by: number): boolean {
    let at = this.#place(state);
    if (this.#index[at] !== -1) return false;
    if (this.#size * 2 >= this.#index.length) {
      this.#grow();
      at = this.#place(state);
    }
    this.#index[at] = this.#size;
    this.#records.set(state, this.#size * this.#stride);
    this.#origins[this.#size * 2] = from;
    this.#origins[this.#size * 2 + 1] = by;
    this.#size++;
    return true;
  }

  /** Copies state `id` into `state`. */
  read(id: number, state: Int32Array): void {
    const start = id * this.#stride;
    for (let i = 0; i < this.#stride; i++) state[i] = this.#records[start + i]!;
  }

  /** The ends that took the steps to state `id`, in order. */
  wayTo(id: number): number[] {
    const way: number[] = [];
    for (let at = id; this.#origins[at * 2] !== -1; at = this.#origins[at * 2]!)
      way.push(this.#origins[at * 2 + 1]!);
    return way.reverse();
  }

  /** Where the state is in the index, or where it would go. */
  #place(state: Int32Array): number {
    const mask = this.#index.length - 1;
    let hash = 0x2545_f491;
    for (let i = 0; i < this.#stride; i++) hash = mix(hash, state[i]!);
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const id = this.#index[at]!;
      if (id === -1 || this.#holds(id, state)) return at;
    }
  }

  #holds(id: number, state: Int32Array): boolean {
    const start = id * this.#stride;
    for (let i = 0; i < this.#stride; i++) if (this.#records[start + i] !== state[i]) return false;
    return true;
  }

  #grow(): void {
    const doubled = (words: Int32Array): Int32Array => {
      const larger = new Int32Array(words.length * 2);
      larger.set(words);
      return larger;
    };
    const length = this.#index.length * 2;
    this.#index = new Int32Array(length).fill(-1);
    while (this.#records.length < (length / 2) * this.#stride)
      this.#records = doubled(this.#records);
    while (this.#origins.length < length) this.#origins = doubled(this.#origins);
    const state = new Int32Array(this.#stride);
    for (let id = 0; id < this.#size; id++) {
      this.read(id, state);
      this.#index[this.#place(state)] = id;
    }
  }
}
