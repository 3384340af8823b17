/** The registered buffers of one ring: ranges of memory that fixed transfers name by number. */
import { fail, type Res } from '../abi/errno.ts';
import { BUFFER_BYTES_MAX, BUFFERS_MAX } from '../abi/limits.ts';
import { IOVEC, IOVEC_BYTES, U64 } from '../abi/records.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { RegisteredBuffers } from './file-system.ts';

// An entry is {address, length}; {0, 0} is an empty one, which covers nothing. The memory of a
// process is mapped for life, so a buffer pins nothing, and a request in flight that was checked
// against an entry goes on when the entry changes (SEMANTICS L2).

const NO_TABLE = new Float64Array(0);

/** Where a process keeps iovecs: an address in two words, and how many of them. */
export interface IovecList {
  readonly memory: ProcessMemory;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Reads iovec `index` of a list, once: its address and length in bytes, or -errno. */
function readBuffer({ memory, low, high }: IovecList, index: number): [number, number] | Res {
  const offset = index * IOVEC_BYTES;
  const first = memory.at(low, high, offset + IOVEC_BYTES);
  if (first < 0) return fail('EFAULT');
  const base = memory.i32(first + offset + IOVEC.base);
  const baseHigh = memory.i32(first + offset + IOVEC.base + U64.high);
  const length = memory.i32(first + offset + IOVEC.len);
  const lengthHigh = memory.i32(first + offset + IOVEC.len + U64.high);
  if ((base | baseHigh | length | lengthHigh) === 0) return [0, 0];
  if ((base | baseHigh) === 0 || (length | lengthHigh) === 0) return fail('EFAULT');
  if (lengthHigh !== 0 || length >>> 0 > BUFFER_BYTES_MAX) return fail('EFAULT');
  const at = memory.at(base, baseHigh, length);
  return at < 0 ? fail('EFAULT') : [at, length >>> 0];
}

/** The table of a ring; made empty, and refilled at will. */
export class Buffers implements RegisteredBuffers {
  /** Address and length of each entry; nothing while there is no table. */
  #entries = NO_TABLE;

  /** Entries of the table, 0 without one. */
  get size(): number {
    return this.#entries.length / 2;
  }

  covers(index: number, addrLow: number, addrHigh: number, length: number): boolean {
    if (addrHigh !== 0 || index >= this.size) return false;
    const entries = this.#entries;
    const base = entries[2 * index]!;
    const addr = addrLow >>> 0;
    return base !== 0 && addr >= base && addr + length <= base + entries[2 * index + 1]!;
  }

  /** What speaks against a new table of `count` entries: -EBUSY, -EINVAL, or nothing: 0. */
  refusal(count: number): Res {
    if (this.size > 0) return fail('EBUSY');
    return count === 0 || count > BUFFERS_MAX ? fail('EINVAL') : 0;
  }

  /** Makes a table of the buffers listed: 0, -EBUSY, -EINVAL, -EFAULT; after an error, none. */
  register(list: IovecList): Res {
    const refused = this.refusal(list.count);
    if (refused !== 0) return refused;
    const entries = new Float64Array(2 * list.count);
    for (let i = 0; i < list.count; i++) {
      const buffer = readBuffer(list, i);
      if (typeof buffer === 'number') return buffer;
      entries.set(buffer, 2 * i);
    }
    this.#entries = entries;
    return 0;
  }

  /** Makes a table of `count` empty entries: 0, -EBUSY, -EINVAL. */
  registerSparse(count: number): Res {
    const refused = this.refusal(count);
    if (refused === 0) this.#entries = new Float64Array(2 * count);
    return refused;
  }

  /** Forgets the table: 0, or -ENXIO when there is none. */
  unregister(): Res {
    if (this.size === 0) return fail('ENXIO');
    this.#entries = NO_TABLE;
    return 0;
  }

  /**
   * Replaces entries from `offset` on: how many; the first that is bad ends it, with its errno when
   * nothing was replaced before. -ENXIO without a table, -EINVAL beyond it.
   */
  update(offset: number, list: IovecList): Res {
    const entries = this.#entries;
    if (this.size === 0) return fail('ENXIO');
    if (offset + list.count > this.size) return fail('EINVAL');
    for (let i = 0; i < list.count; i++) {
      const buffer = readBuffer(list, i);
      if (typeof buffer === 'number') return i > 0 ? i : buffer;
      entries.set(buffer, 2 * (offset + i));
    }
    return list.count;
  }
}
