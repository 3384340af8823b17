/** The segments of a vectored transfer: copied once, checked, and cut into slices. */
import { fail, type Res } from '../abi/errno.ts';
import { IOVECS_MAX, TRANSFER_BYTES_MAX } from '../abi/limits.ts';
import { IOVEC, IOVEC_BYTES, U64 } from '../abi/records.ts';
import type { RegisteredBuffers } from '../kernel/file-system.ts';
import type { Request } from '../kernel/request.ts';
import type { Segments } from '../kernel/segments.ts';
import type { ProcessMemory } from '../ring/memory.ts';

/** The private copy of a request's iovecs; what follows a segment outside the memory is cut off. */
export class Iovecs {
  /** Bytes of all segments, up to TRANSFER_BYTES_MAX: what the request asks for. */
  asked = 0;
  /** Bytes before the first segment that is not mapped, or all of them. */
  mapped = 0;
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  /** Some segment is empty, which a registered buffer does not allow. */
  #hasEmpty = false;

  /** Copies `count` iovecs (taken as u32) from an address; 0, -EINVAL or -EFAULT. */
  copy(memory: ProcessMemory, low: number, high: number, count: number): Res {
    if (count >>> 0 > IOVECS_MAX) return fail('EINVAL');
    const first = memory.at(low, high, count * IOVEC_BYTES);
    if (first < 0) return fail('EFAULT');
    let isMapped = true;
    for (let i = 0; i < count; i++) {
      const at = first + i * IOVEC_BYTES;
      const start = memory.i32(at + IOVEC.base);
      const startHigh = memory.i32(at + IOVEC.base + U64.high);
      const length = memory.i32(at + IOVEC.len);
      const lengthHigh = memory.i32(at + IOVEC.len + U64.high);
      if (lengthHigh < 0) return fail('EINVAL');
      if ((length | lengthHigh) === 0) {
        this.#hasEmpty = true;
        continue;
      }
      if (lengthHigh !== 0 || memory.at(start, startHigh, length) < 0) isMapped = false;
      this.#add(start >>> 0, lengthHigh !== 0 ? TRANSFER_BYTES_MAX : length >>> 0, isMapped);
    }
    return 0;
  }

  /** Whether every segment lies in a registered buffer, and none is empty (L2). */
  areIn(buffers: RegisteredBuffers, index: number): boolean {
    if (this.#hasEmpty || this.mapped < this.asked) return false;
    return this.#starts.every((start, i) => buffers.covers(index, start, 0, this.#lengths[i]!));
  }

  /** The memory behind bytes [from, from + count) of the segments, one after the other. */
  views(memory: ProcessMemory, from: number, count: number): Uint8Array[] {
    const views: Uint8Array[] = [];
    let skip = from;
    let left = count;
    for (let i = 0; left > 0; i++) {
      const length = this.#lengths[i]!;
      if (skip >= length) {
        skip -= length;
        continue;
      }
      const start = this.#starts[i]! + skip;
      const size = Math.min(length - skip, left);
      views.push(memory.bytes.subarray(start, start + size));
      left -= size;
      skip = 0;
    }
    return views;
  }

  /** Fills segments with all that is mapped. */
  fill(segments: Segments, memory: ProcessMemory): void {
    segments.reset(memory.bytes);
    for (let i = 0; i < this.#starts.length; i++) segments.add(this.#starts[i]!, this.#lengths[i]!);
  }

  #add(start: number, length: number, isMapped: boolean): void {
    const size = Math.min(length, TRANSFER_BYTES_MAX - this.asked);
    this.asked += size;
    if (!isMapped || size === 0) return;
    this.mapped += size;
    this.#starts.push(start);
    this.#lengths.push(size);
  }
}

/** The iovecs that preparation copied. */
export const iovecsOf = (request: Request): Iovecs => request.state as Iovecs;
