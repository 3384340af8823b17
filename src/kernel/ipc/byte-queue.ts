/** Bytes in the order in which they came, up to a capacity: what a pipe holds. */
import { PAGE_BYTES } from '../../abi/limits.ts';
import type { Segments } from '../segments.ts';

// A ring of bytes. Its storage begins with a page and doubles as it fills, because most pipes hold
// a few bytes at a time; a power of two, so that a mask finds the place of a byte. Bytes are moved
// by the block, in two blocks where they pass the end of the storage.

const NOTHING = new Uint8Array(0);

/** The smallest power of two that is no less. */
const powerOfTwo = (count: number): number => 2 ** (32 - Math.clz32(count - 1));

/** First in, first out. Callers add only what has room, and take only what is there. */
export class ByteQueue {
  readonly capacity: number;
  #bytes = NOTHING;
  /** Index of the oldest byte. */
  #first = 0;
  #length = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Bytes in it. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that may be added. */
  get room(): number {
    return this.capacity - this.#length;
  }

  /** Adds the first `count` bytes of segments. */
  addFrom(from: Segments, count: number): void {
    const at = this.#extend(count);
    const run = Math.min(count, this.#bytes.length - at);
    from.take(0, this.#bytes, at, run);
    if (run < count) from.take(run, this.#bytes, 0, count - run);
  }

  /** Removes `count` bytes, into segments. */
  moveInto(into: Segments, count: number): void {
    const run = Math.min(count, this.#bytes.length - this.#first);
    into.put(0, this.#bytes, this.#first, run);
    if (run < count) into.put(run, this.#bytes, 0, count - run);
    this.remove(count);
  }

  /** Adds the first `count` bytes of a buffer. */
  add(source: Uint8Array, count: number): void {
    this.#store(this.#extend(count), source, count);
  }

  /** Copies the oldest `count` bytes to the beginning of a buffer. */
  copy(target: Uint8Array, count: number): void {
    const run = Math.min(count, this.#bytes.length - this.#first);
    target.set(this.#bytes.subarray(this.#first, this.#first + run));
    if (run < count) target.set(this.#bytes.subarray(0, count - run), run);
  }

  /** Adds copies of the oldest `count` bytes of another queue, which keeps them. */
  addCopy(other: ByteQueue, count: number): void {
    const run = Math.min(count, other.#bytes.length - other.#first);
    this.add(other.#bytes.subarray(other.#first, other.#first + run), run);
    if (run < count) this.add(other.#bytes, count - run);
  }

  /** Removes the oldest `count` bytes. */
  remove(count: number): void {
    this.#length -= count;
    this.#first = this.#length === 0 ? 0 : (this.#first + count) & (this.#bytes.length - 1);
  }

  /** Puts bytes [from, from + count) of a buffer before the oldest one: they had been taken. */
  restore(source: Uint8Array, from: number, count: number): void {
    this.#extend(count); // the storage has room, and the queue is longer
    this.#first = (this.#first - count) & (this.#bytes.length - 1);
    this.#store(this.#first, source.subarray(from, from + count), count);
  }

  /** Nobody will take what is in it. */
  clear(): void {
    this.#bytes = NOTHING;
    this.#first = 0;
    this.#length = 0;
  }

  /** Makes it `count` bytes longer; the index of the first of them. */
  #extend(count: number): number {
    const length = this.#length;
    if (length + count > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(PAGE_BYTES, powerOfTwo(length + count)));
      this.copy(grown, length);
      this.#bytes = grown;
      this.#first = 0;
    }
    this.#length += count;
    return (this.#first + length) & (this.#bytes.length - 1);
  }

  #store(at: number, source: Uint8Array, count: number): void {
    const run = Math.min(count, this.#bytes.length - at);
    this.#bytes.set(source.subarray(0, run), at);
    if (run < count) this.#bytes.set(source.subarray(run, count), 0);
  }
}
