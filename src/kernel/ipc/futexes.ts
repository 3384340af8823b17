/** Which requests sleep on which words of memory, and how they are woken: FUTEX_WAIT's queues. */
import type { ProcessMemory } from '../../ring/memory.ts';
import type { KernelCalls } from '../operation.ts';
import type { Request } from '../request.ts';

// A word is known by the buffer it lies in and by its address there, so processes that were given
// the same buffer share its words. Who sleeps with FUTEX2_PRIVATE is woken with it only, and who
// sleeps without it without: they are different keys (get_futex_key() of Linux).
//
// Compared and joined in one go (F1, F2 of src/ring/memory.ts), a sleeper cannot miss a wake-up. It
// is taken from the queue and its end is noted in one go as well, so that no cancel comes in
// between: a woken request always says so. Threads of the process that sleep by Atomics.wait on the
// same word are woken after the requests, since only the engine knows in which order they came.

/** A word as a program names it, and what it held then. */
export interface WordSeen {
  readonly low: number;
  readonly high: number;
  readonly expected: number;
  readonly isPrivate: boolean;
}

/** One word that a request sleeps on. Those of one request form a circle (FUTEX_WAITV). */
export class FutexWaiter {
  readonly request: Request;
  /** The address of the word, as two int32 words: it is looked at when the request runs. */
  readonly addrLow: number;
  readonly addrHigh: number;
  /** What the word held when the program decided to sleep. */
  readonly expected: number;
  /** A wake-up must have one of these bits. */
  readonly mask: number;
  /** What the request completes with when this word is woken. */
  readonly res: number;
  /** Whether it sleeps with FUTEX2_PRIVATE. */
  readonly isPrivate: boolean;
  /** The next word of the same request. */
  sibling: FutexWaiter = this;
  /** The queue it is in; the links belong to that queue. */
  sleepers: Sleepers | undefined;
  next: FutexWaiter | undefined;
  previous: FutexWaiter | undefined;

  constructor(request: Request, word: WordSeen, mask: number, res: number) {
    this.request = request;
    this.addrLow = word.low;
    this.addrHigh = word.high;
    this.expected = word.expected;
    this.isPrivate = word.isPrivate;
    this.mask = mask;
    this.res = res;
  }

  /** Becomes one more word of the request of `other`. */
  pairWith(other: FutexWaiter): void {
    this.sibling = other.sibling;
    other.sibling = this;
  }

  /** The request sleeps no more: all its words leave their queues. Twice is allowed. */
  drop(): void {
    let one: FutexWaiter = this;
    do {
      one.sleepers?.remove(one);
      one = one.sibling;
    } while (one !== this);
  }
}

/** How many are to be woken, and which. */
export interface Waking {
  readonly count: number;
  readonly mask: number;
  readonly isPrivate: boolean;
}

const NOBODY: readonly FutexWaiter[] = [];

/** Who sleeps on one word, first come first. It is there as long as somebody does. */
class Sleepers {
  first: FutexWaiter | undefined;
  #last: FutexWaiter | undefined;
  readonly #words: Map<number, Sleepers>;
  readonly #key: number;

  constructor(words: Map<number, Sleepers>, key: number) {
    this.#words = words;
    this.#key = key;
    words.set(key, this);
  }

  add(waiter: FutexWaiter): void {
    waiter.sleepers = this;
    waiter.previous = this.#last;
    waiter.next = undefined;
    if (this.#last === undefined) this.first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;
  }

  remove(waiter: FutexWaiter): void {
    const { next, previous } = waiter;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiter.sleepers = undefined;
    waiter.next = undefined;
    waiter.previous = undefined;
    if (this.first === undefined) this.#words.delete(this.#key);
  }

  /** Those whose mask meets `mask`, at most `count`, taken out of all their queues. */
  take(count: number, mask: number): FutexWaiter[] {
    const taken: FutexWaiter[] = [];
    for (let one = this.first; one !== undefined && taken.length < count; ) {
      // What follows may be another place of the same request, which leaves along with this one.
      let { next } = one;
      if ((one.mask & mask) !== 0) {
        while (next?.request === one.request) next = next.next;
        one.drop();
        taken.push(one);
      }
      one = next;
    }
    return taken;
  }
}

/** A word is aligned, so the lowest bit of its key is free. */
const keyOf = (at: number, isPrivate: boolean): number => (isPrivate ? at + 1 : at);

/** The futexes of one kernel. */
export class Futexes {
  readonly #memories = new WeakMap<ArrayBufferLike, Map<number, Sleepers>>();

  /** F2: sleeps on the word at `at`, behind the others. */
  join(memory: ProcessMemory, at: number, waiter: FutexWaiter): void {
    const { buffer } = memory.bytes;
    let words = this.#memories.get(buffer);
    if (words === undefined) {
      words = new Map();
      this.#memories.set(buffer, words);
    }
    const key = keyOf(at, waiter.isPrivate);
    const sleepers = words.get(key) ?? new Sleepers(words, key);
    sleepers.add(waiter);
  }

  /**
   * F4, F5: wakes at most `count` of those who sleep on the word at `at` and whose mask meets
   * `mask`, first come, first served; how many they were.
   */
  wake(
    kernel: KernelCalls,
    memory: ProcessMemory,
    at: number,
    { count, mask, isPrivate }: Waking,
  ): number {
    const sleepers = this.#memories.get(memory.bytes.buffer)?.get(keyOf(at, isPrivate));
    const taken = sleepers?.take(count, mask) ?? NOBODY;
    for (const waiter of taken) kernel.finishLater(waiter.request, waiter.res);
    const left = count - taken.length;
    return left > 0 ? taken.length + memory.wakeWord(at, left) : taken.length;
  }

  /** Words of a memory that requests sleep on. */
  wordsIn(memory: ProcessMemory): number {
    return this.#memories.get(memory.bytes.buffer)?.size ?? 0;
  }
}
