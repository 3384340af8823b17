/**
 * Goal: a ring hands its buffers out in order, each once, whole or in pieces; what a CQE says of
 *       them is what was consumed (SEMANTICS M4 to M7).
 * Method: a ring in a small memory, which the test fills as a process does; the wrap of its 16 bits
 *         is reached by consuming that many buffers.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { CQE_FLAG } from '../../../src/abi/flags.ts';
import { BUNDLE_BUFFERS_MAX } from '../../../src/abi/limits.ts';
import { DATA, GROUP, named, RING, ringWorld, SIZE } from './group-world.ts';

const { BUF_MORE } = CQE_FLAG;

describe('a ring', () => {
  it('gives its entries in order as far as the tail, and more when it moves on', () => {
    const { use, add, groups } = ringWorld(2);
    expect(use(1)).toBe(fail('ENOBUFS'));
    add([DATA, 8, 10], [DATA + 8, 4, 0xffff]);
    expect(use(2)).toEqual({ chosen: [[DATA, 8]], flags: named(10) });
    expect(use(0)).toEqual({ chosen: [[DATA + 8, 4]], flags: named(0xffff) });
    expect(use(1)).toBe(fail('ENOBUFS'));
    add([DATA + 16, 8, 0]);
    expect(use(1)).toEqual({ chosen: [[DATA + 16, 8]], flags: named(0) });
    expect(groups.headOf(GROUP)).toBe(3);
  });

  it('goes on across the wrap of its 16 bits', () => {
    const { use, add, groups } = ringWorld(4);
    for (let i = 0; i < 0xffff; i++) {
      add([DATA + 8 * (i & 3), 8, i & 3]);
      use(1);
    }
    expect(groups.headOf(GROUP)).toBe(0xffff);
    add([DATA, 8, 1], [DATA, 8, 2], [DATA, 8, 3]);
    expect([use(1), use(1), use(1)].map((used) => (used as { flags: number }).flags)).toEqual(
      [1, 2, 3].map(named),
    );
    expect([groups.headOf(GROUP), use(1)]).toEqual([2, fail('ENOBUFS')]);
  });

  it('gives the smaller of what is wanted and what is there', () => {
    const { choose, chosen, add } = ringWorld(2);
    add([DATA, 8, 0]);
    for (const [wanted, length] of [
      [3, 3],
      [8, 8],
      [100, 8],
      [0, 8],
      [-1, 8], // 2^32 - 1
    ] as const) {
      expect(choose(wanted)).toBe(0);
      expect(chosen()).toEqual([[DATA, length]]);
    }
  });

  it('does not consume what was chosen and not taken', () => {
    const { choose, use, add } = ringWorld(2);
    add([DATA, 8, 4]);
    choose();
    choose();
    expect(use(1)).toEqual({ chosen: [[DATA, 8]], flags: named(4) });
  });

  it.each([
    ['in the NULL page', 8],
    ['beyond the memory', SIZE - 4],
    ['beyond 32 bits', 2 ** 32 + DATA],
  ])('refuses a buffer %s with EFAULT, and keeps it', (_, addr) => {
    const { choose, add, groups } = ringWorld(2);
    add([addr, 8, 0]);
    expect([choose(), choose(0, true), groups.headOf(GROUP)]).toEqual([
      fail('EFAULT'),
      fail('EFAULT'),
      0,
    ]);
  });

  it('believes each entry as it stood when it was chosen', () => {
    const { choose, groups, add, memory } = ringWorld(2, true);
    add([DATA, 8, 4]);
    choose();
    memory.setU64(RING, 0);
    memory.setU32(RING + 8, 1);
    memory.setU16(RING + 12, 9);
    expect(groups.take(GROUP, 8)).toBe(named(4));
  });
});

describe('a bundle', () => {
  const full = (isIncremental = false) => {
    const w = ringWorld(4, isIncremental);
    w.add([DATA, 8, 5], [DATA + 100, 4, 6], [DATA + 200, 8, 7]);
    return w;
  };

  it('has the buffers that are there, or as many as are wanted', () => {
    const { choose, chosen } = full();
    choose(0, true);
    expect(chosen()).toEqual([
      [DATA, 8],
      [DATA + 100, 4],
      [DATA + 200, 8],
    ]);
    choose(10, true);
    expect(chosen()).toEqual([
      [DATA, 8],
      [DATA + 100, 2],
    ]);
    choose(8, true);
    expect(chosen()).toEqual([[DATA, 8]]);
  });

  it.each([
    [0, 1],
    [1, 1],
    [8, 1],
    [9, 2],
    [12, 2],
    [13, 3],
    [20, 3],
  ])('of which %i bytes were used consumes %i buffers, and names the first', (moved, count) => {
    const { use, groups } = full();
    expect(use(moved, 0, true)).toMatchObject({ flags: named(5) });
    expect(groups.headOf(GROUP)).toBe(count);
  });

  it('of a ring that is consumed in pieces ends in one', () => {
    const { use, groups, choose, chosen } = full(true);
    expect(use(10, 0, true)).toMatchObject({ flags: named(5) | BUF_MORE });
    expect(groups.headOf(GROUP)).toBe(1);
    choose(0, true);
    expect(chosen()).toEqual([
      [DATA + 102, 2],
      [DATA + 200, 8],
    ]);
    expect(groups.take(GROUP, 10)).toBe(named(6));
    expect(groups.headOf(GROUP)).toBe(3);
  });

  it('ends before a buffer that is not mapped, and has no more than BUNDLE_BUFFERS_MAX', () => {
    const { choose, segments, add } = ringWorld(512);
    add([DATA, 8, 0], [0, 8, 1]);
    expect([choose(0, true), segments.count]).toEqual([0, 1]);
    const many = ringWorld(512);
    for (let i = 0; i < 512; i++) many.add([DATA, 1, i]);
    expect([many.choose(0, true), many.segments.count]).toEqual([0, BUNDLE_BUFFERS_MAX]);
  });

  it('cannot begin with an empty buffer', () => {
    const { choose, add } = ringWorld(2);
    add([DATA, 0, 0], [DATA, 8, 1]);
    expect([choose(0, false), choose(0, true)]).toEqual([0, fail('ENOBUFS')]);
  });
});

describe('a ring that is consumed in pieces', () => {
  it('says that there is more until a buffer is full; its entry tells what is left (M6)', () => {
    const { use, add, groups, memory } = ringWorld(2, true);
    add([DATA, 16, 1], [DATA + 16, 16, 2]);
    const entry = () => [memory.u32(RING), memory.u32(RING + 8)];
    expect(use(5, 5)).toEqual({ chosen: [[DATA, 5]], flags: named(1) | BUF_MORE });
    expect([groups.headOf(GROUP), ...entry()]).toEqual([0, DATA + 5, 11]);
    expect(use(10, 10)).toEqual({ chosen: [[DATA + 5, 10]], flags: named(1) | BUF_MORE });
    expect(use(1, 5)).toEqual({ chosen: [[DATA + 15, 1]], flags: named(1) });
    expect([groups.headOf(GROUP), entry()[1]]).toEqual([1, 0]);
    expect(use(2, 5)).toEqual({ chosen: [[DATA + 16, 5]], flags: named(2) | BUF_MORE });
  });

  it('consumes nothing by 0 bytes, and has more', () => {
    const { use, add, groups } = ringWorld(2, true);
    add([DATA, 16, 1]);
    for (let i = 0; i < 2; i++)
      expect(use(0)).toEqual({ chosen: [[DATA, 16]], flags: named(1) | BUF_MORE });
    expect(groups.headOf(GROUP)).toBe(0);
  });

  it('does not consume an empty buffer', () => {
    const { use, add, groups } = ringWorld(2, true);
    add([DATA, 0, 1]);
    expect(use(0)).toMatchObject({ flags: named(1) | BUF_MORE });
    expect(groups.headOf(GROUP)).toBe(0);
  });
});
