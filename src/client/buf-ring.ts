/** A ring of provided buffers in process memory, as the process fills it. */
import { BUFFER_RING_ENTRIES_MAX, PAGE_BYTES } from '../abi/limits.ts';
import { BUF, BUF_SHIFT, BUF_TAIL_SHIFT } from '../abi/records.ts';
import type { ProcessMemory } from '../ring/memory.ts';

// The tail shares a word with the id of entry 0, which the kernel reads with the entry: both are
// stored at once (M2 of memory.ts), so an entry that add() wrote is seen before the tail moves.

const ID_MASK = 0xffff;

/**
 * io_uring_buf_ring_ of liburing: add() writes entries, advance() shows them to the kernel. One
 * thread fills a ring. Register it with Ring.registerBufRing().
 */
export class BufRing {
  /** Its address. */
  readonly address: number;
  readonly entries: number;
  readonly #memory: ProcessMemory;
  #tail = 0;
  /** The id in entry 0, which every store of the tail repeats. */
  #firstId = 0;

  /**
   * An empty ring of `entries`, a power of two up to 32768, in the 16 * `entries` bytes at
   * `address`, a multiple of the page size (4096); throws RangeError when it cannot be there.
   */
  constructor(memory: ProcessMemory, address: number, entries: number) {
    const isPower = entries > 0 && (entries & (entries - 1)) === 0;
    if (!isPower || entries > BUFFER_RING_ENTRIES_MAX)
      throw new RangeError(`a buffer ring cannot have ${entries} entries`);
    if (memory.at(address, 0, entries << BUF_SHIFT) < 0 || (address & (PAGE_BYTES - 1)) !== 0)
      throw new RangeError(`a buffer ring of ${entries} entries cannot be at ${address}`);
    this.#memory = memory;
    this.address = address;
    this.entries = entries;
    this.init();
  }

  /** What add() takes as its mask (io_uring_buf_ring_mask). */
  get mask(): number {
    return this.entries - 1;
  }

  /** Entries shown to the kernel so far, in 16 bits. */
  get tail(): number {
    return this.#tail;
  }

  /** Empties it (io_uring_buf_ring_init), before it is registered. */
  init(): void {
    this.#tail = 0;
    this.#firstId = 0;
    this.#store();
  }

  /**
   * Writes the entry `offset` behind the tail: the buffer `id`, of `len` bytes at `addr`
   * (io_uring_buf_ring_add).
   */
  add(addr: number, len: number, id: number, offset = 0): void {
    const index = (this.#tail + offset) & this.mask;
    const at = this.address + (index << BUF_SHIFT);
    this.#memory.setU64(at + BUF.addr, addr);
    this.#memory.setU32(at + BUF.len, len);
    if (index === 0) {
      this.#firstId = id & ID_MASK;
      this.#store();
    } else this.#memory.setU16(at + BUF.bid, id);
  }

  /** Shows `count` more entries to the kernel (io_uring_buf_ring_advance). */
  advance(count: number): void {
    this.#tail = (this.#tail + count) & ID_MASK;
    this.#store();
  }

  #store(): void {
    const word = (this.#tail << BUF_TAIL_SHIFT) | this.#firstId;
    this.#memory.storeRelease(this.address + BUF.bid, word);
  }
}
