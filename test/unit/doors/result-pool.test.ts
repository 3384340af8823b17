/**
 * Goal: results never overlap, whatever their sizes; large ones have a buffer of their own, and
 *       none can be transferred away together with others.
 * Method: many results of many sizes, each filled with its own byte.
 */
import { expect, it } from 'vitest';
import { ResultPool } from '../../../src/doors/result-pool.ts';

it('hands out bytes that belong to one result alone', () => {
  const pool = new ResultPool();
  const results = Array.from({ length: 2000 }, (_, i) => pool.take((i * 37) % 10_000).fill(i));
  for (const [i, result] of results.entries()) {
    expect(result.length).toBe((i * 37) % 10_000);
    expect(result.every((byte) => byte === (i & 0xff))).toBe(true);
  }
});

it('aligns results for typed arrays', () => {
  const pool = new ResultPool();
  for (const bytes of [1, 3, 8, 13]) expect(pool.take(bytes).byteOffset % 8).toBe(0);
});

it('gives large results a buffer of their own', () => {
  const { buffer } = new ResultPool().take(20_000);
  expect(buffer.byteLength).toBe(20_000);
});

it('lets nobody transfer a slab', () => {
  const { buffer } = new ResultPool().take(10);
  expect(() => structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })).toThrow();
});
