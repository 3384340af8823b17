/** The registered buffers of one ring: ranges of memory that fixed transfers name by number. */
import { fail, type Res } from '../abi/errno.ts';
import { BUFFER_BYTES_MAX, BUFFERS_MAX } from '../abi/limits.ts';
import { IOVEC, IOVEC_BYTES, U64 } from '../abi/records.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { RegisteredBuffers } from './file-system.ts';
import {
  type ArrayAt,
  isNoTag,
  NO_TAGS,
  type PostTag,
  type Resource,
  readTag,
  TaggedSlots,
  type Tags,
  UNTOLD,
} from './resource.ts';

// An entry is {address, length}; {0, 0} is an empty one, which covers nothing. The memory of a
// process is mapped for life, so a buffer pins nothing, and a request in flight that was checked
// against an entry goes on when the entry changes; it holds the node of a tagged one, so that the
// tag follows its CQE (SEMANTICS L2, K8).

const NO_TABLE = new Float64Array(0);

/** Where a process keeps iovecs, and the tags of their buffers if they have any. */
export interface IovecList extends ArrayAt {
  readonly memory: ProcessMemory;
  readonly tags?: Tags;
}

/** Which buffers of one table become which of another: `count` 0 is all of them. */
export interface CloneRange {
  readonly from: number;
  readonly to: number;
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
  readonly #tagged: TaggedSlots;

  constructor(post: PostTag = UNTOLD) {
    this.#tagged = new TaggedSlots(post);
  }

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

  has(index: number): boolean {
    return index < this.size && this.#entries[2 * index] !== 0;
  }

  /** What tells of the tagged buffer in a slot, held by requests in flight that use it. */
  nodeOf(index: number): Resource | undefined {
    return this.#tagged.nodeOf(index);
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
    this.#entries = new Float64Array(2 * list.count);
    for (let i = 0; i < list.count; i++) {
      const res = this.#load(i, list, i);
      if (res === 0) continue;
      this.close();
      return res;
    }
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
    this.#tagged.emptyAll();
    return 0;
  }

  /** The ring ended, or a table was not made: nobody is told of tags. */
  close(): void {
    this.#tagged.forget();
    this.#entries = NO_TABLE;
  }

  /**
   * Replaces entries from `offset` on: how many; the first that is bad ends it, with its errno when
   * nothing was replaced before. -ENXIO without a table, -EINVAL beyond it.
   */
  update(offset: number, list: IovecList): Res {
    if (this.size === 0) return fail('ENXIO');
    if (offset + list.count > this.size) return fail('EINVAL');
    for (let i = 0; i < list.count; i++) {
      const res = this.#load(offset + i, list, i);
      if (res !== 0) return i > 0 ? i : res;
    }
    return list.count;
  }

  /**
   * Has the buffers of another table, without their tags, as entries of its own, beside those that
   * it has outside the range: 0, -EBUSY when it has some and is not to replace them, -ENXIO when
   * the other has none, -EINVAL, -EOVERFLOW (L1, io_uring_register(2)).
   */
  clone(source: Buffers, range: CloneRange, replaces: boolean): Res {
    const refused = this.#cloneRefusal(source, range, replaces);
    if (refused !== 0) return refused;
    const { from, to } = range;
    const count = range.count || source.size;
    const cloned = source.#entries.slice(2 * from, 2 * (from + count));
    const entries = new Float64Array(2 * Math.max(this.size, to + count));
    entries.set(this.#entries);
    entries.set(cloned, 2 * to);
    const replacedEnd = Math.min(this.size, to + count);
    this.#entries = entries;
    for (let i = to; i < replacedEnd; i++) this.#tagged.empty(i);
    return 0;
  }

  #cloneRefusal(source: Buffers, { from, to, count }: CloneRange, replaces: boolean): Res {
    if (this.size > 0 && !replaces) return fail('EBUSY');
    if (count === 0 && (from | to) !== 0) return fail('EINVAL');
    if (source.size === 0) return fail('ENXIO');
    if (count > source.size) return fail('EINVAL');
    if (from + count > source.size) return fail('EOVERFLOW');
    return to + (count || source.size) > BUFFERS_MAX ? fail('EINVAL') : 0;
  }

  /** Makes entry `index` what element `at` of a list says: 0, -EFAULT, -EINVAL. */
  #load(index: number, list: IovecList, at: number): Res {
    const tag = readTag(list.memory, list.tags ?? NO_TAGS, at);
    if (typeof tag === 'number') return tag;
    const buffer = readBuffer(list, at);
    if (typeof buffer === 'number') return buffer;
    const isEmpty = buffer[0] === 0;
    if (isEmpty && !isNoTag(tag)) return fail('EINVAL'); // nobody would ever be told of it
    this.#entries.set(buffer, 2 * index);
    this.#tagged.empty(index);
    this.#tagged.fill(index, tag);
    return 0;
  }
}
