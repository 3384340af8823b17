/** A list of provided buffers, first in, first out: what PROVIDE_BUFFERS fills. */
import { fail, type Res } from '../abi/errno.ts';
import { CQE_FLAG } from '../abi/flags.ts';
import { GROUP_BUFFERS_MAX, TRANSFER_BYTES_MAX } from '../abi/limits.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { BufferRun } from './resources.ts';
import type { Segments } from './segments.ts';

const CAPACITY_MIN = 16;
const TWO_TO_32 = 2 ** 32;
const ID_SHIFT = 16;

/** A group without a ring. It stays when it is empty. */
export class BufferList {
  readonly isRing = false;
  readonly #memory: ProcessMemory;
  // A circle whose size is a power of two.
  #addresses = new Float64Array(CAPACITY_MIN);
  #lengths = new Uint32Array(CAPACITY_MIN);
  #ids = new Uint16Array(CAPACITY_MIN);
  #first = 0;
  #size = 0;

  constructor(memory: ProcessMemory) {
    this.#memory = memory;
  }

  get size(): number {
    return this.#size;
  }

  /** One buffer, be it for a bundle: as Linux, which bundles the buffers of rings only (M7). */
  choose(wanted: number, _isBundle: boolean, segments: Segments): Res {
    if (this.#size === 0) return fail('ENOBUFS');
    const address = this.#addresses[this.#first]!;
    const whole = this.#lengths[this.#first]!;
    const length = wanted === 0 ? whole : Math.min(wanted >>> 0, whole);
    const memory = this.#memory;
    const start = memory.at(address | 0, Math.floor(address / TWO_TO_32), length);
    if (start < 0) return fail('EFAULT');
    segments.reset(memory.bytes);
    segments.add(start, length);
    return 0;
  }

  take(): number {
    const flags = CQE_FLAG.BUFFER | (this.#ids[this.#first]! << ID_SHIFT);
    this.remove(1);
    return flags;
  }

  /** 0, or -EOVERFLOW when there is no room for the first one; of the others some may be lost. */
  provide({ address, length, count, firstId }: BufferRun): Res {
    const room = Math.min(count, GROUP_BUFFERS_MAX - this.#size);
    if (room === 0) return fail('EOVERFLOW');
    while (this.#ids.length < this.#size + room) this.#grow();
    const mask = this.#ids.length - 1;
    for (let i = 0; i < room; i++) {
      const at = (this.#first + this.#size + i) & mask;
      this.#addresses[at] = address + i * length;
      this.#lengths[at] = Math.min(length, TRANSFER_BYTES_MAX);
      this.#ids[at] = firstId + i;
    }
    this.#size += room;
    return 0;
  }

  /** Forgets the oldest: how many they were. */
  remove(count: number): Res {
    const removed = Math.min(count, this.#size);
    this.#first = (this.#first + removed) & (this.#ids.length - 1);
    this.#size -= removed;
    return removed;
  }

  /** Doubles the circle, which begins at 0 then. */
  #grow(): void {
    const unroll = <T extends Float64Array | Uint32Array | Uint16Array>(from: T, to: T): T => {
      to.set(from.subarray(this.#first));
      to.set(from.subarray(0, this.#first), from.length - this.#first);
      return to;
    };
    const capacity = 2 * this.#ids.length;
    this.#addresses = unroll(this.#addresses, new Float64Array(capacity));
    this.#lengths = unroll(this.#lengths, new Uint32Array(capacity));
    this.#ids = unroll(this.#ids, new Uint16Array(capacity));
    this.#first = 0;
  }
}
