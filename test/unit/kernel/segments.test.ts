/**
 * Goal: segments are one run of bytes to whoever moves some, wherever their pieces lie.
 * Method: short and long pieces, with empty ones between; every start and length, against a model
 *         that moves byte by byte.
 */
import { describe, expect, it } from 'vitest';
import { Segments } from '../../../src/kernel/segments.ts';

const MEMORY_BYTES = 512;
const numbered = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i + 1);

/** Pieces as [start, length]; the first two are short, the fourth is moved as a block. */
const PIECES = [
  [100, 3],
  [10, 5],
  [300, 0],
  [200, 70],
  [0, 1],
] as const;

/** Index in memory of each byte of the pieces. */
const PLACES = PIECES.flatMap(([start, length]) => Array.from({ length }, (_, i) => start + i));

function segments(memory: Uint8Array): Segments {
  const all = new Segments();
  all.reset(memory);
  for (const [start, length] of PIECES) all.add(start, length);
  return all;
}

/** Every part of them, as [skip, length]. */
const PARTS = PLACES.flatMap((_, skip) =>
  [0, 1, 2, 5, 31, 32, 33, PLACES.length - skip]
    .filter((length) => length <= PLACES.length - skip)
    .map((length) => [skip, length] as const),
);

describe('segments', () => {
  it('count their pieces and bytes, and forget them when they begin again', () => {
    const all = segments(new Uint8Array(MEMORY_BYTES));
    expect([all.count, all.total]).toEqual([5, 79]);
    const other = new Uint8Array(8);
    all.reset(other);
    expect([all.count, all.total]).toEqual([0, 0]);
    expect(all.bytes).toBe(other);
  });

  it('are filled from any byte on, and nothing beside them changes', () => {
    const source = numbered(120);
    for (const [skip, length] of PARTS) {
      const memory = new Uint8Array(MEMORY_BYTES);
      segments(memory).put(skip, source, 7, length);
      const expected = new Uint8Array(MEMORY_BYTES);
      for (let i = 0; i < length; i++) expected[PLACES[skip + i]!] = source[7 + i]!;
      expect(memory).toEqual(expected);
    }
  });

  it('are copied from any byte on, in their order', () => {
    const memory = Uint8Array.from({ length: MEMORY_BYTES }, (_, i) => (i * 7) % 251);
    for (const [skip, length] of PARTS) {
      const target = new Uint8Array(120);
      segments(memory).take(skip, target, 4, length);
      const expected = new Uint8Array(120);
      for (let i = 0; i < length; i++) expected[4 + i] = memory[PLACES[skip + i]!]!;
      expect(target).toEqual(expected);
    }
  });

  it('that overlap are filled in order, so that the last one wins', () => {
    const memory = new Uint8Array(8);
    const all = new Segments();
    all.reset(memory);
    all.add(0, 4);
    all.add(2, 4);
    all.put(0, numbered(8), 0, 8);
    expect([...memory]).toEqual([1, 2, 5, 6, 7, 8, 0, 0]);
  });
});
