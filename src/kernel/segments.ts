/** Ranges of one memory, in order: where the bytes of a transfer come from, or go to. */

/** Filled anew for each attempt of a transfer, and read at once; one serves a whole kernel. */
export class Segments {
  /** The memory they lie in. */
  bytes: Uint8Array = new Uint8Array(0);
  /** First byte and length in bytes of each; those beyond `count` are of an earlier use. */
  readonly starts: number[] = [];
  readonly lengths: number[] = [];
  count = 0;
  /** Bytes of all together. */
  total = 0;

  /** Begins again, in this memory, without any. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.count = 0;
    this.total = 0;
  }

  /** Adds bytes [start, start + length). */
  add(start: number, length: number): void {
    this.starts[this.count] = start;
    this.lengths[this.count] = length;
    this.count++;
    this.total += length;
  }

  /** Fills them from byte `skip` of theirs on with `source[at, at + length)`; there is room. */
  put(skip: number, source: Uint8Array, at: number, length: number): void {
    this.#each(skip, length, (start, count, done) => {
      if (count < SMALL) copyFew(this.bytes, start, source, at + done, count);
      else this.bytes.set(source.subarray(at + done, at + done + count), start);
    });
  }

  /** Copies `length` bytes of theirs from byte `skip` on to `target[at, at + length)`. */
  take(skip: number, target: Uint8Array, at: number, length: number): void {
    this.#each(skip, length, (start, count, done) => {
      if (count < SMALL) copyFew(target, at + done, this.bytes, start, count);
      else target.set(this.bytes.subarray(start, start + count), at + done);
    });
  }

  /** Visits the pieces of bytes [skip, skip + length) of theirs. */
  #each(
    skip: number,
    length: number,
    visit: (start: number, count: number, done: number) => void,
  ): void {
    let before = skip;
    let done = 0;
    for (let i = 0; done < length; i++) {
      const size = this.lengths[i]!;
      if (before >= size) {
        before -= size;
        continue;
      }
      const count = Math.min(size - before, length - done);
      visit(this.starts[i]! + before, count, done);
      done += count;
      before = 0;
    }
  }
}

/** Below so many bytes a loop beats a view and a call. */
const SMALL = 32;

function copyFew(to: Uint8Array, toAt: number, from: Uint8Array, at: number, n: number): void {
  for (let i = 0; i < n; i++) to[toAt + i] = from[at + i]!;
}
