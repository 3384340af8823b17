/** Provided buffers: one group, whose buffers a test lists. */
import { fail, type Res } from '../../../src/abi/errno.ts';
import { CQE_FLAG } from '../../../src/abi/flags.ts';
import type { ProvidedBuffers } from '../../../src/kernel/resources.ts';
import type { Segments } from '../../../src/kernel/segments.ts';
import type { ProcessMemory } from '../../../src/ring/memory.ts';

/** The only group there is. */
export const GROUP = 7;

/** Consumed whole, in order; their ids count from 0. */
export class FakeGroups implements ProvidedBuffers {
  readonly #memory: ProcessMemory;
  readonly #buffers: (readonly [start: number, length: number])[] = [];
  #head = 0;
  /** Somebody chose a buffer, and did not look whether he got one before he took it. */
  #chosen = -1;

  constructor(memory: ProcessMemory) {
    this.#memory = memory;
  }

  add(start: number, length: number): void {
    this.#buffers.push([start, length]);
  }

  /** How many were taken. */
  get taken(): number {
    return this.#head;
  }

  choose(group: number, wanted: number, isBundle: boolean, segments: Segments): Res {
    segments.reset(this.#memory.bytes);
    this.#chosen = -1;
    if (isBundle) throw new Error('no bundles here');
    const buffer = group === GROUP ? this.#buffers[this.#head] : undefined;
    if (buffer === undefined) return fail('ENOBUFS');
    const [start, length] = buffer;
    segments.add(start, wanted === 0 ? length : Math.min(length, wanted));
    this.#chosen = this.#head;
    return 0;
  }

  take(group: number): number {
    if (group !== GROUP || this.#chosen !== this.#head) throw new Error('nothing was chosen');
    this.#head++;
    return CQE_FLAG.BUFFER | (this.#chosen << 16);
  }

  provide(): Res {
    return fail('EINVAL');
  }

  remove(): Res {
    return fail('EINVAL');
  }
}
