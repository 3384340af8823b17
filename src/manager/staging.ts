/** The end of a process's memory, where its manager keeps what requests in flight point to. */
import { Allocator, NULL } from '../ring/allocator.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import { PAGE_BYTES } from '../ring/page-runs.ts';

/** Bytes unless the creator of a process says otherwise; untouched pages cost nothing. */
export const STAGING_DEFAULT_BYTES = 64 * 1024 * 1024;

/** However it lies, there is a whole page in it. */
export const STAGING_MIN_BYTES = 2 * PAGE_BYTES;

/** There is no room now; there will be when completions are reaped. */
export const NO_ROOM = -1;

/** One block for each request that needs one: bounded, and never waited for. */
export class Staging {
  readonly memory: ProcessMemory;
  readonly #sizeBytes: number;
  /** Made when first needed: its bookkeeping costs memory of its own. */
  #allocator: Allocator | undefined;

  /** Takes the last bytes of the memory: none, or STAGING_MIN_BYTES and more. */
  constructor(memory: ProcessMemory, sizeBytes: number) {
    this.memory = memory;
    this.#sizeBytes = sizeBytes;
  }

  /** Bytes that are taken, rounding included. */
  get usedBytes(): number {
    return this.#allocator?.stats.usedBytes ?? 0;
  }

  /** Whether a block of that size could ever be had. */
  fits(bytes: number): boolean {
    return bytes === 0 || bytes <= (this.#allocatorOnce()?.stats.capacityBytes ?? 0);
  }

  /** Address of a block that fits(), or NO_ROOM; NULL for none at all. */
  take(bytes: number): number {
    if (bytes === 0) return NULL;
    const address = this.#allocatorOnce()?.allocate(bytes) ?? NULL;
    return address === NULL ? NO_ROOM : address;
  }

  /** Gives a block back. */
  give(address: number): void {
    if (address !== NULL) this.#allocator?.free(address);
  }

  /** Undefined when nothing was kept. */
  #allocatorOnce(): Allocator | undefined {
    if (this.#sizeBytes === 0) return undefined;
    const { memory } = this;
    const range = { start: memory.sizeBytes - this.#sizeBytes, sizeBytes: this.#sizeBytes };
    this.#allocator ??= new Allocator(memory, range);
    return this.#allocator;
  }
}
