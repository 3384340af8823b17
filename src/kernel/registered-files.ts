/** The registered files of one ring: open files that requests name by slot instead of number. */
import { fail, type Res } from '../abi/errno.ts';
import { REGISTERED_FILES_MAX } from '../abi/limits.ts';
import { FD_BYTES } from '../abi/records.ts';
import { FILE_INDEX_ALLOC, FILES } from '../abi/register.ts';
import type { OpenFile } from './open-file.ts';
import type { Process } from './process.ts';
import {
  type ArrayAt,
  isNoTag,
  NO_TAGS,
  type PostTag,
  type Resource,
  readTag,
  type Tag,
  TaggedSlots,
  type Tags,
  UNTOLD,
} from './resource.ts';
import type { RegisteredFiles } from './resources.ts';
import { SlotMap } from './slot-map.ts';

// A slot owns one hold on its file, as a descriptor does. Slots are handed out next-fit: from the
// one that was freed last, or behind the one that was filled last, to the end of the range, and
// then from its beginning (SEMANTICS K5). Slots that are named are not confined to the range, so
// what they leave as the next place to look may lie outside; then the range begins anew.

const NO_SLOTS: (OpenFile | undefined)[] = [];
const UNTAGGED: Tag = { low: 0, high: 0 };

/** What a slot is to have: a descriptor's file, and a tag. */
interface Entry {
  readonly fd: number;
  readonly tag: Tag;
}

/** Whether it is a ring: no file of a mount, nor anything that bytes or messages pass through. */
export const isRing = ({ file, channel, socket }: OpenFile): boolean =>
  file === undefined && channel === undefined && socket === undefined;

/** The table of a ring; there is none at first. */
export class FileTable implements RegisteredFiles {
  readonly #process: Process;
  readonly #tagged: TaggedSlots;
  #slots = NO_SLOTS;
  #taken = new SlotMap(0);
  /** Where slots are handed out: [start, end), and where to look first. */
  #start = 0;
  #end = 0;
  #next = 0;

  constructor(process: Process, post: PostTag = UNTOLD) {
    this.#process = process;
    this.#tagged = new TaggedSlots(post);
  }

  get size(): number {
    return this.#slots.length;
  }

  get(slot: number): OpenFile | undefined {
    const slots = this.#slots;
    return slot >>> 0 < slots.length ? slots[slot] : undefined; // -1 is no index of an array
  }

  nodeOf(slot: number): Resource | undefined {
    return this.#tagged.nodeOf(slot);
  }

  /**
   * Makes a table of the descriptors listed, or, at NULL, of `count` empty slots: 0, -EBUSY,
   * -EINVAL, -EMFILE, -EFAULT, -EBADF; after an error there is none (K1).
   */
  register(fds: ArrayAt, tags: Tags = NO_TAGS): Res {
    const { count } = fds;
    if (this.size > 0) return fail('EBUSY');
    if (count === 0) return fail('EINVAL');
    if (count > REGISTERED_FILES_MAX) return fail('EMFILE');
    this.#slots = new Array(count).fill(undefined);
    this.#taken = new SlotMap(count);
    const isSparse = (fds.low | fds.high) === 0;
    for (let i = 0; i < count; i++) {
      const entry = this.#readEntry(isSparse ? undefined : fds, tags, i);
      const res = typeof entry === 'number' ? entry : this.#fill(i, entry);
      if (res === 0) continue;
      this.close();
      return res;
    }
    this.allocRange(0, count);
    return 0;
  }

  /** Forgets the table: 0, or -ENXIO when there is none. */
  unregister(): Res {
    if (this.size === 0) return fail('ENXIO');
    const slots = this.#slots;
    this.#slots = NO_SLOTS;
    for (const open of slots) open?.drop();
    this.#tagged.emptyAll();
    return 0;
  }

  /** The ring ended: files are let go, and nobody is told of tags. */
  close(): void {
    this.#tagged.forget();
    this.unregister();
  }

  update(offset: number, fds: ArrayAt, tags: Tags = NO_TAGS): Res {
    if (this.size === 0) return fail('ENXIO');
    if (offset + fds.count > this.size) return fail('EINVAL');
    for (let i = 0; i < fds.count; i++) {
      const entry = this.#readEntry(fds, tags, i);
      const res = typeof entry === 'number' ? entry : this.#replace(offset + i, entry);
      if (res !== 0) return i > 0 ? i : res;
    }
    return fds.count;
  }

  allocate({ low, high, count }: ArrayAt): Res {
    const { memory, descriptors } = this.#process;
    if (this.size === 0) return fail('ENXIO');
    for (let i = 0; i < count; i++) {
      const offset = i * FD_BYTES;
      const first = memory.at(low, high, offset + FD_BYTES);
      if (first < 0) return i > 0 ? i : fail('EFAULT');
      const open = descriptors.fget(memory.i32(first + offset));
      const slot = open === undefined ? fail('EBADF') : this.#share(open);
      if (slot < 0) return i > 0 ? i : slot;
      memory.setU32(first + offset, slot);
    }
    return count;
  }

  install(open: OpenFile, fileIndex: number): Res {
    if (isRing(open)) return fail('EBADF');
    if (fileIndex === FILE_INDEX_ALLOC) {
      const slot = this.#nextFree();
      if (slot >= 0) this.#put(slot, open, UNTAGGED);
      return slot;
    }
    const slot = (fileIndex >>> 0) - 1;
    if (this.size === 0) return fail('ENXIO');
    if (slot < 0 || slot >= this.size) return fail('EINVAL');
    const replaced = this.#slots[slot];
    if (replaced === undefined) {
      this.#put(slot, open, UNTAGGED);
      return 0;
    }
    this.#slots[slot] = open; // in place: where to look next is as before
    replaced.drop();
    this.#tagged.empty(slot);
    return 0;
  }

  remove(slot: number): Res {
    if (this.size === 0) return fail('ENXIO');
    if (slot >= this.size) return fail('EINVAL');
    return this.#clear(slot) ? 0 : fail('EBADF');
  }

  /** FILE_ALLOC_RANGE: where slots are handed out from now on; 0, or -EINVAL beyond the table. */
  allocRange(offset: number, length: number): Res {
    if (offset + length > this.size) return fail('EINVAL');
    this.#start = offset;
    this.#end = offset + length;
    this.#next = offset;
    return 0;
  }

  /** A free slot of the range, or -ENFILE; so it is without a table, too. */
  #nextFree(): Res {
    const [start, end] = [this.#start, this.#end];
    if (this.size === 0) return fail('ENFILE');
    const next = this.#next >= start && this.#next < end ? this.#next : start;
    const slot = this.#taken.firstFree({ from: next, to: end });
    if (slot >= 0) return slot;
    const wrapped = this.#taken.firstFree({ from: start, to: next });
    return wrapped >= 0 ? wrapped : fail('ENFILE');
  }

  /** Gives a file of a descriptor a slot of the range. */
  #share(open: OpenFile): Res {
    open.hold();
    const slot = this.install(open, FILE_INDEX_ALLOC);
    if (slot < 0) open.drop();
    return slot;
  }

  /** Reads entry `index` of a list, each part once: the entry, or -EFAULT. */
  #readEntry(fds: ArrayAt | undefined, tags: Tags, index: number): Entry | Res {
    const { memory } = this.#process;
    const tag = readTag(memory, tags, index);
    if (typeof tag === 'number') return tag;
    if (fds === undefined) return { fd: FILES.EMPTY, tag };
    const offset = index * FD_BYTES;
    const first = memory.at(fds.low, fds.high, offset + FD_BYTES);
    return first < 0 ? fail('EFAULT') : { fd: memory.i32(first + offset), tag };
  }

  /** Changes a slot as an update says (K2). */
  #replace(slot: number, entry: Entry): Res {
    const isNoFile = entry.fd === FILES.SKIP || entry.fd === FILES.EMPTY;
    if (isNoFile && !isNoTag(entry.tag)) return fail('EINVAL');
    if (entry.fd === FILES.SKIP) return 0;
    this.#clear(slot); // even when the descriptor turns out to be bad
    return this.#fill(slot, entry);
  }

  /** Fills an empty slot: 0, -EINVAL for a tag of nothing, -EBADF. */
  #fill(slot: number, { fd, tag }: Entry): Res {
    if (fd === FILES.EMPTY) return isNoTag(tag) ? 0 : fail('EINVAL');
    const open = this.#process.descriptors.fget(fd);
    if (open === undefined || isRing(open)) return fail('EBADF');
    open.hold();
    this.#put(slot, open, tag);
    return 0;
  }

  /** Puts a file, whose hold it takes over, into an empty slot. */
  #put(slot: number, open: OpenFile, tag: Tag): void {
    this.#slots[slot] = open;
    this.#taken.take(slot);
    this.#next = slot + 1;
    this.#tagged.fill(slot, tag);
  }

  /** Empties a slot; false when it is empty. */
  #clear(slot: number): boolean {
    const open = this.#slots[slot];
    if (open === undefined) return false;
    this.#slots[slot] = undefined;
    this.#taken.free(slot);
    this.#next = slot;
    open.drop();
    this.#tagged.empty(slot);
    return true;
  }
}
