/** The model's shared memory: arrays whose every access, plain or atomic, is handed to a port. */
import { type Access, KIND, type Kind } from './access.ts';

/** Who performs the accesses of the end that runs. Returns what the access answers. */
export type Port = (access: Access) => number;

/** The state of an end between two accesses, as far as anything depends on it. */
export interface Mark {
  /** Where it is and what it keeps, in any words that tell two states apart. */
  readonly position: string;
  /** Addresses of words whose newest answer it still holds. */
  readonly remembered: readonly number[];
}

interface Area {
  readonly base: number;
  readonly initial: Int32Array;
  readonly nameOf: (index: number) => string;
}

/** Names of words by their index, from a layout descriptor. */
export function namesOf(layout: Readonly<Record<string, number>>): (index: number) => string {
  const names = new Map(Object.entries(layout).map(([name, index]) => [index, name]));
  return (index) => names.get(index) ?? `[${index}]`;
}

/** Every word that threads share in one configuration. */
export class Memory {
  readonly #areas: Area[] = [];
  readonly #bases = new Map<object, number>();
  #end = 0;
  #port: Port | undefined;
  #marked: ((mark: Mark) => void) | undefined;

  /** An array-like view that stands for `initial`, with one step per access. */
  area(initial: Int32Array, nameOf: (index: number) => string): Int32Array {
    const base = this.#end;
    this.#end += initial.length;
    this.#areas.push({ base, initial: initial.slice(), nameOf });
    const view = new Proxy(
      {},
      {
        get: (_, key) => this.#plain(KIND.READ, base, key, 0),
        set: (_, key, value: number) => {
          this.#plain(KIND.WRITE, base, key, value | 0);
          return true;
        },
      },
    );
    this.#bases.set(view, base);
    return view as Int32Array;
  }

  /** Runs `body` with its accesses going to `port` and its marks to `marked`. */
  through(port: Port, marked: (mark: Mark) => void, body: () => void): void {
    this.#port = port;
    this.#marked = marked;
    try {
      body();
    } finally {
      this.#port = undefined;
      this.#marked = undefined;
    }
  }

  /** The calling end is at `position`; its queues remember the words at `indices` of `views`. */
  mark(position: string, views: readonly Int32Array[], indices: readonly number[]): void {
    const remembered = views.flatMap((words) => indices.map((at) => this.addressOf(words, at)));
    this.#marked?.({ position, remembered });
  }

  access(words: object, kind: Kind, index: number, value: number, expected = 0): number {
    return this.#perform({ kind, address: this.addressOf(words, index), value, expected });
  }

  /** Blocks the calling end until the word differs from `seen`. */
  untilChanged(words: Int32Array, index: number, seen: number): void {
    this.access(words, KIND.CHANGE, index, seen);
  }

  addressOf(words: object, index: number): number {
    const base = this.#bases.get(words);
    if (base === undefined) throw new Error('an atomic access outside the modelled memory');
    return base + index;
  }

  initialAt(address: number): number {
    const { base, initial } = this.#areaAt(address);
    return initial[address - base]!;
  }

  nameAt(address: number): string {
    const { base, nameOf } = this.#areaAt(address);
    return nameOf(address - base);
  }

  #areaAt(address: number): Area {
    const area = this.#areas.findLast(({ base }) => base <= address);
    if (area === undefined || address >= area.base + area.initial.length)
      throw new Error(`an access outside its array, at ${address}`);
    return area;
  }

  #plain(kind: Kind, base: number, key: string | symbol, value: number): number {
    const index = typeof key === 'string' ? Number(key) : Number.NaN;
    if (!Number.isInteger(index)) throw new Error(`a modelled array has no ${String(key)}`);
    return this.#perform({ kind, address: base + index, value, expected: 0 });
  }

  #perform(access: Access): number {
    if (this.#port === undefined) throw new Error('an access while no end runs');
    return this.#port(access);
  }
}
