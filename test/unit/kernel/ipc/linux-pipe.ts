/** A pipe as Linux has it, buffer by buffer: the reference of what our pipes place and give. */

const PAGE_BYTES = 4096;
const SLOTS = 16;

/** struct pipe_buffer: `bytes` lie in its page from `offset` on. */
interface PipeBuffer {
  offset: number;
  bytes: Buffer;
  canMerge: boolean;
}

/** fs/pipe.c and fs/splice.c without locks and waits; -1 is EAGAIN. */
export class LinuxPipe {
  readonly buffers: PipeBuffer[] = [];

  get isFull(): boolean {
    return this.buffers.length >= SLOTS;
  }

  get length(): number {
    return this.buffers.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** pipe_write */
  write(data: Buffer): number {
    let rest = data;
    const chars = data.length % PAGE_BYTES;
    const last = this.buffers.at(-1);
    if (chars > 0 && last?.canMerge === true)
      if (last.offset + last.bytes.length + chars <= PAGE_BYTES) {
        last.bytes = Buffer.concat([last.bytes, rest.subarray(0, chars)]);
        rest = rest.subarray(chars);
      }
    while (rest.length > 0 && !this.isFull) {
      this.buffers.push({ offset: 0, bytes: rest.subarray(0, PAGE_BYTES), canMerge: true });
      rest = rest.subarray(PAGE_BYTES);
    }
    return data.length > 0 && rest.length === data.length ? -1 : data.length - rest.length;
  }

  /** pipe_read */
  read(count: number): Buffer {
    const parts: Buffer[] = [];
    for (let rest = count; rest > 0 && this.buffers.length > 0; ) {
      const part = this.#eat(rest);
      parts.push(part);
      rest -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** splice_folio_into_pipe, from a file whose position lies at byte `offset` of its page. */
  spliceIn(data: Buffer, offset: number): number {
    let [rest, skipped] = [data, offset];
    while (rest.length > 0 && !this.isFull) {
      const bytes = rest.subarray(0, PAGE_BYTES - skipped);
      this.buffers.push({ offset: skipped, bytes, canMerge: false });
      rest = rest.subarray(bytes.length);
      skipped = 0;
    }
    return data.length - rest.length;
  }

  /** splice_pipe_to_pipe */
  spliceTo(other: LinuxPipe, count: number): number {
    let rest = count;
    while (rest > 0 && this.buffers.length > 0 && !other.isFull) {
      const { offset, bytes, canMerge } = this.buffers[0]!;
      const isWhole = rest >= bytes.length;
      const moved = this.#eat(rest);
      other.buffers.push({ offset, bytes: moved, canMerge: isWhole && canMerge });
      rest -= moved.length;
    }
    return count - rest;
  }

  /** link_pipe */
  teeTo(other: LinuxPipe, count: number): number {
    let rest = count;
    for (const { offset, bytes } of this.buffers) {
      if (rest === 0 || other.isFull) break;
      const part = bytes.subarray(0, rest);
      other.buffers.push({ offset, bytes: part, canMerge: false });
      rest -= part.length;
    }
    return count - rest;
  }

  /** Eats of the oldest buffer, and lets go of it with its last byte. */
  #eat(count: number): Buffer {
    const first = this.buffers[0]!;
    const part = first.bytes.subarray(0, count);
    first.bytes = first.bytes.subarray(part.length);
    first.offset += part.length;
    if (first.bytes.length === 0) this.buffers.shift();
    return part;
  }
}
