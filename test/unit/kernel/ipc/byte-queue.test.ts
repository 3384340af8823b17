/**
 * Goal: a queue of bytes gives back what it was given, in order, wherever its storage wraps.
 * Method: random additions and removals of all kinds, from a seed, beside an array of bytes.
 */
import { describe, expect, it } from 'vitest';
import { ByteQueue } from '../../../../src/kernel/ipc/byte-queue.ts';
import { holding, space } from './pieces.ts';

const CAPACITY = 20_000;

/** Numbers below `limit`, the same ones for the same seed. */
function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
}

describe('a queue of bytes', () => {
  it.each([1, 2, 3, 4])('keeps their order, seed %i', (seed) => {
    const below = dice(seed);
    const queue = new ByteQueue(CAPACITY);
    const other = new ByteQueue(CAPACITY);
    let model: number[] = [];
    let next = 0;
    const fresh = (count: number): Uint8Array =>
      Uint8Array.from({ length: count }, () => next++ % 251);
    for (let step = 0; step < 400; step++) {
      const added = fresh(below(2) === 0 ? below(10) : below(6000));
      const count = Math.min(added.length, queue.room);
      if (below(2) === 0) queue.add(added, count);
      else queue.addFrom(holding(added), count);
      model.push(...added.subarray(0, count));
      const taken = below(2) === 0 ? queue.length : below(queue.length + 1);
      const into = space(taken);
      switch (below(4)) {
        case 0:
          queue.moveInto(into, taken);
          break;
        case 1: {
          queue.copy(into.bytes, taken);
          queue.remove(taken);
          break;
        }
        case 2: {
          other.addCopy(queue, taken);
          queue.remove(taken);
          other.copy(into.bytes, taken);
          other.remove(taken);
          break;
        }
        default: {
          queue.copy(into.bytes, taken);
          queue.remove(taken);
          queue.restore(into.bytes, taken >>> 1, taken - (taken >>> 1));
          expect([...into.bytes]).toEqual(model.slice(0, taken));
          model = model.slice(taken >>> 1);
          continue;
        }
      }
      expect([...into.bytes]).toEqual(model.slice(0, taken));
      model = model.slice(taken);
      expect([queue.length, queue.room]).toEqual([model.length, CAPACITY - model.length]);
    }
  });

  it('is filled up to its capacity, and empty when it is cleared', () => {
    const queue = new ByteQueue(CAPACITY);
    queue.add(new Uint8Array(CAPACITY), CAPACITY);
    expect(queue.room).toBe(0);
    queue.clear();
    expect([queue.length, queue.room]).toEqual([0, CAPACITY]);
    queue.addFrom(holding('abc'), 3);
    expect(queue.length).toBe(3);
  });
});
