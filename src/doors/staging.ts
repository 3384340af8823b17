/** Process memory as a door uses it: places for paths and data, copies out, leases. */
import { PATH_BYTES_MAX } from '../abi/limits.ts';
import { Allocator } from '../ring/allocator.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import { BufferLease } from './lease.ts';
import { ResultPool } from './result-pool.ts';

/** Largest piece in which a large transfer goes, in bytes. */
const PIECE_BYTES_MAX = 4 * 1024 * 1024;
/** No single call takes more than this part of the memory: others need some too. */
const PARTS = 4;

/** Bytes that a path may occupy, its NUL included. */
export const pathBytes = (path: string | Uint8Array): number =>
  Math.min(typeof path === 'string' ? 3 * path.length : path.length, PATH_BYTES_MAX) + 1;

/** The memory of a door. */
export class Staging {
  readonly memory: ProcessMemory;
  readonly allocator: Allocator;
  /** All of the memory; offsets are addresses. */
  readonly buffer: Buffer;
  /** Bytes that one call transfers at most. */
  readonly pieceBytes: number;
  readonly #leases = new Set<BufferLease>();
  readonly #pool = new ResultPool();

  constructor(memory: ProcessMemory) {
    this.memory = memory;
    this.allocator = new Allocator(memory);
    this.buffer = Buffer.from(memory.bytes.buffer, 0, memory.sizeBytes);
    const part = Math.floor(this.allocator.stats.capacityBytes / PARTS);
    this.pieceBytes = Math.min(PIECE_BYTES_MAX, part);
  }

  /** Writes a path and its NUL; pathBytes() told how much room it may take. */
  putPath(path: string | Uint8Array, at: number): void {
    if (typeof path === 'string') {
      this.memory.bytes[at + this.buffer.write(path, at)] = 0;
      return;
    }
    const taken = Math.min(path.length, PATH_BYTES_MAX); // that much without a NUL is ENAMETOOLONG
    this.memory.bytes.set(path.subarray(0, taken), at);
    this.memory.bytes[at + taken] = 0;
  }

  /** A private copy of a result: small ones share a slab, as those of Buffer.allocUnsafe() do. */
  copyOut(at: number, length: number): Buffer {
    const copy = this.#pool.take(length);
    this.buffer.copy(copy, 0, at, at + length);
    return copy;
  }

  /** Makes `bytes` at `address`, which was allocated, the caller's until disposal. */
  lend(address: number, bytes: number): BufferLease {
    const view = this.buffer.subarray(address, address + bytes);
    const lease: BufferLease = new BufferLease(view, () => {
      this.#leases.delete(lease);
      this.allocator.free(address);
    });
    this.#leases.add(lease);
    return lease;
  }

  /** The lease that holds all of a view of this memory; undefined for any other memory. */
  leaseOf(view: ArrayBufferView): BufferLease | undefined {
    if (view.buffer !== this.buffer.buffer) return undefined;
    for (const lease of this.#leases) if (lease.covers(view)) return lease;
    throw new RangeError('the bytes belong to a lease that has ended');
  }
}
