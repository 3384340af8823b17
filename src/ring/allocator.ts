/** The bounded allocator of a range of process memory, for the one thread that owns the range. */
import { NULL_PAGE_BYTES } from '../abi/limits.ts';
import type { ProcessMemory } from './memory.ts';
import { PAGE, PAGE_BYTES, PageRuns } from './page-runs.ts';
import {
  CLASS_BYTES,
  CLASSED_BYTES_MAX,
  classBytes,
  classOf,
  GRAIN_BYTES,
  RUN_CLASS_FIRST,
  SLAB_PAGES,
  SLAB_SLOTS,
  SLOT_WORDS,
} from './size-classes.ts';

// Up to 1 MiB a request is rounded up to a size class: powers of two with quarters between. Classes
// below 16 KiB are slots of slabs, runs of a few pages cut into equal slots; the rest are runs of
// whole pages. Where those find no room, the bare pages that the request needs may still do. A slab
// with every slot free gives its pages back at once: keeping it would save time per pair, and break
// the promise that all that was freed can be one large allocation again.
// Bookkeeping is private, in typed arrays made once: no byte of the memory handed out can confuse
// it, and a pair of allocate() and free() leaves no garbage. The slots of a slab are bits, at most
// 256, so finding one looks at 8 words; a set bit is a free slot, which also tells a double free.

/** allocate() found no room. */
export const NULL = 0;
/** The range, of which whole pages are used (all that is mapped unless given), and the mode. */
export interface AllocatorOptions {
  readonly start?: number;
  readonly sizeBytes?: number;
  /** Development mode: leaks() tells where each allocation was made, at a stack per allocation. */
  readonly track?: boolean;
}

/** A live allocation: the bytes it occupies, rounding included; who made it, if tracked. */
export interface Leak {
  readonly address: number;
  readonly bytes: number;
  readonly stack: string | undefined;
}

/** An allocation that ends with its scope: `using buffer = allocator.lease(n)`. */
export interface Lease extends Disposable {
  readonly address: number;
  readonly bytes: Uint8Array;
}

type Waiter = { bytes: number; stack: string | undefined; grant: (address: number) => void };

/** One thread's allocator. Exhaustion is backpressure, no error: NULL, or a Promise that waits. */
export class Allocator {
  readonly #memory: ProcessMemory;
  readonly #pages: PageRuns;
  /** Address of page 0, which is none: page p begins at #origin + p * PAGE_BYTES. */
  readonly #origin: number;
  /** Per class: first slab that has a free slot. Slabs are named by their first page. */
  readonly #roomy = new Int32Array(RUN_CLASS_FIRST);
  readonly #classOfSlab: Uint8Array;
  readonly #slotsLeft: Int16Array;
  readonly #slots: Int32Array;
  readonly #waiters = new Set<Waiter>();
  readonly #stacks: Map<number, string> | undefined;
  #usedBytes = 0;
  #peakBytes = 0;

  /** Throws RangeError when the range holds no whole page of the mapped memory. */
  constructor(memory: ProcessMemory, options: AllocatorOptions = {}) {
    const { start = NULL_PAGE_BYTES, sizeBytes = memory.sizeBytes - start, track } = options;
    const first = Math.ceil(start / PAGE_BYTES);
    const count = Math.floor((start + sizeBytes) / PAGE_BYTES) - first;
    if (!(count > 0 && start >= NULL_PAGE_BYTES && start + sizeBytes <= memory.sizeBytes))
      throw new RangeError(`allocator: no whole page in ${sizeBytes} bytes from ${start}`);
    this.#memory = memory;
    this.#pages = new PageRuns(count);
    this.#origin = (first - 1) * PAGE_BYTES;
    this.#classOfSlab = new Uint8Array(count + 1);
    this.#slotsLeft = new Int16Array(count + 1);
    this.#slots = new Int32Array((count + 1) * SLOT_WORDS);
    this.#stacks = track ? new Map() : undefined;
  }

  /** Bytes of live allocations, rounding included; the most so far; the largest request. */
  get stats(): { usedBytes: number; peakBytes: number; capacityBytes: number } {
    const capacityBytes = this.#pages.count * PAGE_BYTES;
    return { usedBytes: this.#usedBytes, peakBytes: this.#peakBytes, capacityBytes };
  }

  /**
   * Address of at least `bytes` bytes (0 counts as 1), or NULL when there is no room, or while an
   * allocateAsync() waits: nobody overtakes. `alignment` is a power of two up to 4096. The bytes
   * are not cleared. Throws RangeError for a size or an alignment that makes no sense.
   */
  allocate(bytes: number, alignment: number = GRAIN_BYTES): number {
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw new RangeError(`allocate: ${bytes} is no number of bytes`);
    if (alignment <= 0 || alignment > PAGE_BYTES || (alignment & -alignment) !== alignment)
      throw new RangeError(`allocate: alignment ${alignment} is no power of two up to 4096`);
    return this.#waiters.size === 0 ? this.#find(bytes, alignment, this.#where()) : NULL;
  }

  /**
   * The same, waiting for room in the order of the calls. Rejects with the signal's reason when it
   * aborts, and with RangeError at once when `bytes` is no size or more than the capacity.
   */
  async allocateAsync(bytes: number, signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted();
    if (bytes > this.#pages.count * PAGE_BYTES)
      throw new RangeError(`allocate: ${bytes} bytes can never fit`);
    const address = this.allocate(bytes);
    if (address !== NULL) return address;
    return new Promise((resolve, reject) => {
      const grant = (granted: number): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve(granted);
      };
      const waiter: Waiter = { bytes, stack: this.#where(), grant };
      const giveUp = (): void => {
        reject(signal?.reason);
        if (this.#waiters.delete(waiter)) this.#serve(); // the next in line may ask for less
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiters.add(waiter);
    });
  }

  /** An allocation freed by disposal, or undefined for want of room. Disposing twice is safe. */
  lease(bytes: number): Lease | undefined {
    const address = this.allocate(bytes);
    if (address === NULL) return undefined;
    let live = true;
    return {
      address,
      bytes: this.#memory.bytes.subarray(address, address + bytes),
      [Symbol.dispose]: () => {
        if (live) this.free(address);
        live = false;
      },
    };
  }

  /**
   * Takes an allocation back. Throws an Error with code EINVAL when nothing live begins at
   * `address`: it was never handed out, or was freed and not handed out again.
   */
  free(address: number): void {
    const bytes = this.#release(address);
    if (bytes === 0)
      throw Object.assign(new Error(`EINVAL: nothing to free at ${address}`), { code: 'EINVAL' });
    this.#usedBytes -= bytes;
    this.#stacks?.delete(address);
    if (this.#waiters.size !== 0) this.#serve();
  }

  /** Live allocations in the order of their addresses. */
  leaks(): Leak[] {
    const found: Leak[] = [];
    const { kind, span, count } = this.#pages;
    const list = (address: number, bytes: number) =>
      found.push({ address, bytes, stack: this.#stacks?.get(address) });
    for (let page = 1; page <= count; page++) {
      const start = this.#origin + page * PAGE_BYTES;
      if (kind[page] === PAGE.RUN) list(start, span[page]! * PAGE_BYTES);
      if (kind[page] !== PAGE.SLAB || span[page] !== page) continue;
      const sizeClass = this.#classOfSlab[page]!;
      const bytes = CLASS_BYTES[sizeClass]!;
      for (let slot = 0; slot < SLAB_SLOTS[sizeClass]!; slot++)
        if (!this.#isFree(page, slot)) list(start + slot * bytes, bytes);
    }
    return found;
  }

  /** Gives the waiting what fits now, first come, first served. */
  #serve(): void {
    for (const waiter of this.#waiters) {
      const address = this.#find(waiter.bytes, GRAIN_BYTES, waiter.stack);
      if (address === NULL) return;
      this.#waiters.delete(waiter);
      waiter.grant(address);
    }
  }

  #find(bytes: number, alignment: number, stack: string | undefined): number {
    let address = NULL;
    if (bytes <= CLASSED_BYTES_MAX) {
      let sizeClass = classOf(Math.max(bytes, alignment));
      // A power of two is at most three classes away, and a multiple of every smaller alignment.
      while (classBytes(sizeClass) % alignment !== 0) sizeClass++;
      if (sizeClass < RUN_CLASS_FIRST) address = this.#takeSlot(sizeClass);
      else address = this.#takeRun(classBytes(sizeClass) / PAGE_BYTES);
    }
    if (address === NULL) address = this.#takeRun(Math.ceil((bytes || 1) / PAGE_BYTES));
    if (address !== NULL && stack !== undefined) this.#stacks?.set(address, stack);
    return address;
  }

  #takeRun(pages: number): number {
    const page = this.#pages.take(pages);
    if (page === 0) return NULL;
    this.#pages.kind[page] = PAGE.RUN;
    this.#pages.span[page] = pages;
    this.#count(pages * PAGE_BYTES);
    return this.#origin + page * PAGE_BYTES;
  }

  #takeSlot(sizeClass: number): number {
    const slab = this.#roomy[sizeClass] || this.#makeSlab(sizeClass);
    if (slab === 0) return NULL;
    const slots = this.#slots;
    let word = slab * SLOT_WORDS;
    while (slots[word] === 0) word++;
    const free = slots[word]!;
    slots[word] = free & (free - 1);
    const slot = (word - slab * SLOT_WORDS) * 32 + 31 - Math.clz32(free & -free);
    this.#slotsLeft[slab]!--;
    if (this.#slotsLeft[slab] === 0) this.#pages.drop(this.#roomy, sizeClass, slab);
    const bytes = CLASS_BYTES[sizeClass]!;
    this.#count(bytes);
    return this.#origin + slab * PAGE_BYTES + slot * bytes;
  }

  /** A slab with every slot free, first in its list; 0 when there is no room for one. */
  #makeSlab(sizeClass: number): number {
    const pages = SLAB_PAGES[sizeClass]!;
    const slab = this.#pages.take(pages);
    if (slab === 0) return 0;
    this.#pages.kind.fill(PAGE.SLAB, slab, slab + pages);
    this.#pages.span.fill(slab, slab, slab + pages);
    const slots = SLAB_SLOTS[sizeClass]!;
    this.#classOfSlab[slab] = sizeClass;
    this.#slotsLeft[slab] = slots;
    for (let slot = 0; slot < slots; slot += 32)
      this.#slots[slab * SLOT_WORDS + (slot >>> 5)] =
        slots - slot < 32 ? ~(-1 << (slots & 31)) : -1;
    this.#pages.push(this.#roomy, sizeClass, slab);
    return slab;
  }

  /** Bytes that the allocation at `address` occupied, or 0 when there is none. */
  #release(address: number): number {
    const offset = address - this.#origin;
    const page = Math.floor(offset / PAGE_BYTES);
    const kind = this.#pages.kind[page]; // of a page out of range: a guard's, or undefined
    if (kind === PAGE.SLAB) return this.#releaseSlot(this.#pages.span[page]!, offset);
    if (kind !== PAGE.RUN || page * PAGE_BYTES !== offset) return 0;
    const pages = this.#pages.span[page]!;
    this.#pages.give(page, pages);
    return pages * PAGE_BYTES;
  }

  #releaseSlot(slab: number, offset: number): number {
    const sizeClass = this.#classOfSlab[slab]!;
    const bytes = CLASS_BYTES[sizeClass]!;
    const slots = SLAB_SLOTS[sizeClass]!;
    const slot = (offset - slab * PAGE_BYTES) / bytes;
    if (!Number.isInteger(slot) || slot >= slots || this.#isFree(slab, slot)) return 0;
    this.#slots[slab * SLOT_WORDS + (slot >>> 5)]! |= 1 << (slot & 31);
    const left = ++this.#slotsLeft[slab]!;
    if (left === 1) this.#pages.push(this.#roomy, sizeClass, slab);
    if (left === slots) {
      this.#pages.drop(this.#roomy, sizeClass, slab);
      this.#pages.give(slab, SLAB_PAGES[sizeClass]!);
    }
    return bytes;
  }

  #where(): string | undefined {
    return this.#stacks && new Error('allocated').stack;
  }

  #isFree(slab: number, slot: number): boolean {
    return (this.#slots[slab * SLOT_WORDS + (slot >>> 5)]! & (1 << (slot & 31))) !== 0;
  }

  #count(bytes: number): void {
    this.#usedBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#usedBytes);
  }
}
