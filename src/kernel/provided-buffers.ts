/** The provided buffers of one ring: groups of them, each a list or a ring in process memory. */
import { fail, type Res } from '../abi/errno.ts';
import { BUFFER_RING_ENTRIES_MAX, PAGE_BYTES } from '../abi/limits.ts';
import { BUF_SHIFT } from '../abi/records.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import { BufferList } from './buffer-list.ts';
import { BufferRing } from './buffer-ring.ts';
import type { BufferRun, ProvidedBuffers } from './resources.ts';
import type { Segments } from './segments.ts';

/** What PBUF_RING registers: an address in two words, entries, and how they are consumed. */
export interface RingRegistration {
  readonly low: number;
  readonly high: number;
  readonly entries: number;
  readonly isIncremental: boolean;
}

const isPowerOfTwo = (n: number): boolean => n > 0 && (n & (n - 1)) === 0;

/** Groups by their number, made when they are first filled or registered. */
export class BufferGroups implements ProvidedBuffers {
  readonly #memory: ProcessMemory;
  readonly #groups = new Map<number, BufferList | BufferRing>();

  constructor(memory: ProcessMemory) {
    this.#memory = memory;
  }

  choose(group: number, wanted: number, isBundle: boolean, segments: Segments): Res {
    const buffers = this.#groups.get(group);
    return buffers === undefined ? fail('ENOBUFS') : buffers.choose(wanted, isBundle, segments);
  }

  take(group: number, moved: number): number {
    const buffers = this.#groups.get(group);
    return buffers === undefined ? 0 : buffers.take(moved);
  }

  provide(group: number, run: BufferRun): Res {
    let buffers = this.#groups.get(group);
    if (buffers?.isRing) return fail('EINVAL');
    if (buffers === undefined) {
      buffers = new BufferList(this.#memory);
      this.#groups.set(group, buffers);
    }
    return buffers.provide(run);
  }

  remove(group: number, count: number): Res {
    const buffers = this.#groups.get(group);
    if (buffers === undefined) return fail('ENOENT');
    return buffers.isRing ? fail('EINVAL') : buffers.remove(count);
  }

  /** Makes a group of a ring: 0, -EINVAL, -EEXIST unless it is an emptied list, -EFAULT (M2). */
  registerRing(group: number, { low, high, entries, isIncremental }: RingRegistration): Res {
    if (!isPowerOfTwo(entries) || entries > BUFFER_RING_ENTRIES_MAX) return fail('EINVAL');
    const there = this.#groups.get(group);
    if (there !== undefined && (there.isRing || there.size > 0)) return fail('EEXIST');
    if ((low | high) === 0 || (low & (PAGE_BYTES - 1)) !== 0) return fail('EINVAL');
    const memory = this.#memory;
    const start = memory.at(low, high, entries << BUF_SHIFT);
    if (start < 0) return fail('EFAULT');
    this.#groups.set(group, new BufferRing({ memory, start, entries, isIncremental }));
    return 0;
  }

  /** Forgets a group that is a ring: 0, -ENOENT, -EINVAL. */
  unregisterRing(group: number): Res {
    const buffers = this.#groups.get(group);
    if (buffers === undefined) return fail('ENOENT');
    if (!buffers.isRing) return fail('EINVAL');
    this.#groups.delete(group);
    return 0;
  }

  /** The head of a ring: -ENOENT, -EINVAL when there is none. */
  headOf(group: number): Res {
    const buffers = this.#groups.get(group);
    if (buffers === undefined) return fail('ENOENT');
    return buffers.isRing ? buffers.head : fail('EINVAL');
  }
}
