/** The pages of a pipe: how many bytes each of its slots has, and which bytes may join them. */
import { PAGE_BYTES, PIPE_SLOTS } from '../../abi/limits.ts';

// Linux counts what is in a pipe by buffers of a page each, not by bytes (fs/pipe.c). A page keeps
// its slot until its last byte is gone: reading at its head makes no room in it. A write may add to
// the last page, if a write began that page too; what comes by splice or tee is in pages of its
// own. Here it is decided how many bytes go where; the bytes themselves are in a ByteQueue.
//
// The newest page is in two fields and the others in a ring, since most pipes have one at a time.
//
// A slot is also reserved for bytes that are on their way, and for each page that was taken out and
// may come back: then it surely finds its place. Of a page that was taken in part, the part comes
// back to what is left of it; if that was read meanwhile, it is a page by itself, of which there
// may then be one more than there are slots.

/** Indices of the ring are masked. */
const MASK = PIPE_SLOTS - 1;

/** Bytes that come in pages of their own, the first of which begins with its byte `offset`. */
export interface Span {
  readonly count: number;
  readonly offset: number;
}

/** Slots that such bytes need. */
export const slotsOf = ({ count, offset }: Span): number =>
  Math.ceil((offset + count) / PAGE_BYTES);

/** What was taken out of one page. */
interface TakenPart {
  readonly bytes: number;
  readonly room: number;
  readonly isAll: boolean;
}

/** Bytes that were taken out, and may come back. */
export interface Taken {
  readonly count: number;
  readonly parts: readonly TakenPart[];
}

/** First in, first out. Callers take only what is there, and claim only slots that are free. */
export class PipePages {
  /** Bytes in the newest page that nobody took: 0 when there is no page at all. */
  #left = 0;
  /** Bytes that a write may add to it: 0 unless a write began it. */
  #room = 0;
  /** The same of the older pages. */
  readonly #lefts = new Int32Array(PIPE_SLOTS);
  readonly #rooms = new Int32Array(PIPE_SLOTS);
  /** Index of the oldest of them, and how many there are. */
  #first = 0;
  #older = 0;
  #reserved = 0;

  /** Slots that nothing has. */
  get free(): number {
    return PIPE_SLOTS - this.#older - this.#reserved - (this.#left > 0 ? 1 : 0);
  }

  get isFull(): boolean {
    // Most pipes are far from it, and the first two numbers tell.
    return this.#older + this.#reserved >= MASK && this.free <= 0;
  }

  /**
   * Places a write: how many of its bytes. What it has beyond whole pages goes into the last page,
   * if it fits there as a whole; the rest goes into new ones, while slots are free (pipe_write).
   */
  write(total: number): number {
    if (this.#left === 0 && total <= PAGE_BYTES && this.#reserved < PIPE_SLOTS) {
      this.#left = total; // what most writes come to
      this.#room = PAGE_BYTES - total;
      return total;
    }
    let placed = this.#left > 0 ? this.#merge(total & (PAGE_BYTES - 1)) : 0;
    while (placed < total && this.free > 0) {
      const count = Math.min(total - placed, PAGE_BYTES);
      this.#push(count, PAGE_BYTES - count);
      placed += count;
    }
    return placed;
  }

  /** Bytes that append() has slots for, when the first begins with its byte `offset`. */
  roomFrom(offset: number): number {
    return this.free * PAGE_BYTES - offset;
  }

  /** Adds pages that no write adds to. */
  append({ count, offset }: Span): void {
    let skipped = offset;
    for (let rest = count; rest > 0; ) {
      const bytes = Math.min(rest, PAGE_BYTES - skipped);
      this.#push(bytes, 0);
      rest -= bytes;
      skipped = 0;
    }
  }

  /** Takes the oldest bytes. */
  take(bytes: number): void {
    let rest = bytes;
    while (this.#older > 0 && rest >= this.#lefts[this.#first]!) {
      rest -= this.#lefts[this.#first]!;
      this.#first = (this.#first + 1) & MASK;
      this.#older--;
    }
    if (this.#older > 0) this.#lefts[this.#first]! -= rest;
    else this.#left -= rest;
  }

  /** Moves the oldest bytes, at most `wanted`; how many (splice_pipe_to_pipe). */
  moveTo(other: PipePages, wanted: number): number {
    let rest = wanted;
    while (rest > 0 && this.#left > 0 && other.free > 0) {
      const left = this.#leftAt(0);
      const count = Math.min(rest, left);
      other.#push(count, count === left ? this.#oldestRoom : 0); // a whole page is as it was
      this.take(count);
      rest -= count;
    }
    return wanted - rest;
  }

  /** Adds what the oldest pages have, at most `wanted` bytes, to others; how many (link_pipe). */
  copyTo(other: PipePages, wanted: number): number {
    let rest = wanted;
    const pages = this.#left > 0 ? this.#older + 1 : 0;
    for (let i = 0; rest > 0 && i < pages && other.free > 0; i++) {
      const count = Math.min(rest, this.#leftAt(i));
      other.#push(count, 0);
      rest -= count;
    }
    return wanted - rest;
  }

  /** Reserves slots for append(). */
  claim(slots: number): void {
    this.#reserved += slots;
  }

  /** Ends a claim. */
  release(slots: number): void {
    this.#reserved -= slots;
  }

  /** Takes the oldest bytes, of which some may come back. */
  takeOut(count: number): Taken {
    const parts: TakenPart[] = [];
    for (let rest = count; rest > 0; ) {
      const left = this.#leftAt(0);
      const bytes = Math.min(rest, left);
      const isAll = bytes === left;
      parts.push({ bytes, room: this.#oldestRoom, isAll });
      if (isAll) this.#reserved++;
      this.take(bytes);
      rest -= bytes;
    }
    return { count, parts };
  }

  /** The first `used` bytes of what was taken out are gone; the others are the oldest again. */
  settle(taken: Taken, used: number): void {
    let rest = taken.count - used;
    for (const part of taken.parts.toReversed()) {
      const count = Math.min(rest, part.bytes);
      if (part.isAll) this.#reserved--;
      if (count > 0) this.#putBack(count, part);
      rest -= count;
    }
  }

  #putBack(count: number, { room, isAll }: TakenPart): void {
    if (this.#left === 0) this.#push(count, room);
    else if (isAll && this.#older < PIPE_SLOTS) {
      this.#first = (this.#first - 1) & MASK;
      this.#lefts[this.#first] = count;
      this.#rooms[this.#first] = room;
      this.#older++;
    } else if (this.#older > 0) this.#lefts[this.#first]! += count;
    else this.#left += count;
  }

  /** Bytes of a page, counted from the oldest one. */
  #leftAt(index: number): number {
    return index < this.#older ? this.#lefts[(this.#first + index) & MASK]! : this.#left;
  }

  get #oldestRoom(): number {
    return this.#older > 0 ? this.#rooms[this.#first]! : this.#room;
  }

  /** Adds bytes to the newest page, if they fit there as a whole; how many. */
  #merge(count: number): number {
    if (count > this.#room) return 0;
    this.#left += count;
    this.#room -= count;
    return count;
  }

  #push(left: number, room: number): void {
    if (this.#left > 0) {
      const at = (this.#first + this.#older) & MASK;
      this.#lefts[at] = this.#left;
      this.#rooms[at] = this.#room;
      this.#older++;
    }
    this.#left = left;
    this.#room = room;
  }
}
