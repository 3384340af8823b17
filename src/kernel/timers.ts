/** A binary heap of things that are due at a number: a deadline, a count of completions. */

/** What a heap keeps; the fields belong to the heap while the item is in it. */
export interface Due {
  /** When it is due, in the heap's own unit. */
  dueAt: number;
  /** Order among equals: first armed, first due. */
  dueOrder: number;
  /** Its place in the heap; NOT_ARMED outside. */
  dueIndex: number;
}

export const NOT_ARMED = -1;

/** Insert, remove and take in O(log n); no allocation once its array has grown. */
export class DueHeap<T extends Due> {
  readonly #items: T[] = [];
  #order = 0;

  get size(): number {
    return this.#items.length;
  }

  /** When the earliest item is due; Infinity when there is none. */
  get earliest(): number {
    return this.#items.length === 0 ? Number.POSITIVE_INFINITY : this.#items[0]!.dueAt;
  }

  /** Adds an item that is in no heap. */
  add(item: T, dueAt: number): void {
    item.dueAt = dueAt;
    item.dueOrder = this.#order++;
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** Takes out an item that is in this heap. */
  remove(item: T): void {
    const at = item.dueIndex;
    const last = this.#items.pop()!;
    item.dueIndex = NOT_ARMED;
    if (last === item) return;
    this.#sink(last, at);
    this.#rise(last, last.dueIndex);
  }

  /** How many items were ever added; given to take(), it leaves alone what is added later. */
  get armed(): number {
    return this.#order;
  }

  /** Takes out the earliest item that is due at `now` and was added before `armed`, if any. */
  take(now: number, armed: number = Number.POSITIVE_INFINITY): T | undefined {
    const first = this.#items[0];
    if (first === undefined || first.dueAt > now || first.dueOrder >= armed) return undefined;
    this.remove(first);
    return first;
  }

  #before(a: T, b: T): boolean {
    return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.dueOrder < b.dueOrder);
  }

  #place(item: T, at: number): void {
    this.#items[at] = item;
    item.dueIndex = at;
  }

  #rise(item: T, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = this.#items[(at - 1) >> 1]!;
      if (!this.#before(item, parent)) break;
      this.#place(parent, at);
      at = (at - 1) >> 1;
    }
    this.#place(item, at);
  }

  #sink(item: T, from: number): void {
    const size = this.#items.length;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(this.#items[child + 1]!, this.#items[child]!)) child++;
      if (!this.#before(this.#items[child]!, item)) break;
      this.#place(this.#items[child]!, at);
      at = child;
    }
    this.#place(item, at);
  }
}
