/** Groups of provided buffers in a small memory, and a process that fills a ring of them. */
import { expect } from 'vitest';
import { CQE_FLAG } from '../../../src/abi/flags.ts';
import { BufferGroups } from '../../../src/kernel/provided-buffers.ts';
import { Segments } from '../../../src/kernel/segments.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

export const [RING, DATA, SIZE] = [4096, 16_384, 1 << 20];
export const GROUP = 7;

/** The flags of a CQE that names a buffer. */
export const named = (id: number): number => CQE_FLAG.BUFFER | (id << 16);

export function groupWorld() {
  const memory = ProcessMemory.reserve(SIZE);
  const groups = new BufferGroups(memory);
  const segments = new Segments();
  const choose = (wanted = 0, isBundle = false) => groups.choose(GROUP, wanted, isBundle, segments);
  const chosen = () =>
    segments.starts.slice(0, segments.count).map((start, i) => [start, segments.lengths[i]]);
  /** Chooses and takes: where and how long, or -errno; and the flags. */
  const use = (moved: number, wanted = 0, isBundle = false) => {
    const res = choose(wanted, isBundle);
    return res < 0 ? res : { chosen: chosen(), flags: groups.take(GROUP, moved) };
  };
  const provide = (length: number, count: number, firstId = 0, address = DATA) =>
    groups.provide(GROUP, { address, length, count, firstId });
  return { memory, groups, segments, choose, chosen, use, provide };
}

/** A world with a ring, and what its process does with it. */
export function ringWorld(entries: number, isIncremental = false) {
  const w = groupWorld();
  const { memory, groups } = w;
  const made = { low: RING, high: 0, entries, isIncremental };
  expect(groups.registerRing(GROUP, made)).toBe(0);
  let tail = 0;
  const add = (...buffers: [addr: number, len: number, id: number][]) => {
    for (const [addr, len, id] of buffers) {
      const at = RING + 16 * (tail++ & (entries - 1));
      memory.setU64(at, addr);
      memory.setU32(at + 8, len);
      memory.setU16(at + 12, id);
    }
    memory.setU16(RING + 14, tail);
  };
  return { ...w, add };
}
