/**
 * Goal: whoever rings is collected once, at the cost of what rang; a ring that rang already costs
 *       one load; and the parked flag is taken by one.
 * Method: one thread plays all ends, with slots at the edges of every level. All interleavings:
 *         test/model/doorbell.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { RINGS_PER_EXECUTOR_MAX } from '../../../src/abi/limits.ts';
import { DOORBELL, DOORBELL_BYTES } from '../../../src/abi/private.ts';
import { Doorbell, Rung } from '../../../src/ring/doorbell.ts';
import { createBoard, Parking } from '../../../src/ring/park.ts';

const EDGES = [0, 1, 31, 32, 33, 1023, 1024, 1055, 32 * 32 * 31, RINGS_PER_EXECUTOR_MAX - 1];

function bell() {
  const words = new Int32Array(new SharedArrayBuffer(DOORBELL_BYTES));
  const rung = new Rung(words);
  const slots = new Int32Array(RINGS_PER_EXECUTOR_MAX);
  const ring = (slot: number): void => new Doorbell(words, slot).ring();
  const collect = (): number[] => [...slots.subarray(0, rung.collect(slots))];
  return { words, rung, ring, collect };
}

describe('a doorbell', () => {
  it.each(EDGES)('tells slot %i, and tells it once', (slot) => {
    const { ring, collect, rung } = bell();
    ring(slot);
    expect(rung.any()).toBe(true);
    expect(collect()).toEqual([slot]);
    expect(rung.any()).toBe(false);
    expect(collect()).toEqual([]);
  });

  it('tells every slot that rang, in ascending order', () => {
    const { ring, collect } = bell();
    for (const slot of EDGES.toReversed()) ring(slot);
    expect(collect()).toEqual(EDGES);
  });

  it('tells a slot once that rang twice', () => {
    const { ring, collect } = bell();
    ring(33);
    ring(33);
    expect(collect()).toEqual([33]);
  });

  it('rings again after it was collected', () => {
    const { ring, collect } = bell();
    ring(33);
    collect();
    ring(33);
    expect(collect()).toEqual([33]);
  });

  it('leaves no bit behind', () => {
    const { words, ring, collect } = bell();
    for (const slot of EDGES) ring(slot);
    collect();
    expect(words.every((word) => word === 0)).toBe(true);
  });

  it('knows of every single slot of an executor', () => {
    const { words, ring, collect } = bell();
    const all = Array.from({ length: RINGS_PER_EXECUTOR_MAX }, (_, slot) => slot);
    for (const slot of all) ring(slot);
    expect(words[DOORBELL.top]).toBe(-1);
    expect(collect()).toEqual(all);
  });

  it('gives a sweep the bit of one slot, once', () => {
    const { ring, rung, collect } = bell();
    ring(30);
    ring(31);
    expect([rung.take(31), rung.take(31), rung.take(63)]).toEqual([true, false, false]);
    expect(collect()).toEqual([30]);
  });

  it('of which only the leaf was rung is mended by taking that bit', () => {
    const { words, rung, ring, collect } = bell();
    words[DOORBELL.leaf + 1] = 1 << 1; // whoever rang for 33, or collected it, died half way
    ring(33);
    expect(collect()).toEqual([]);
    expect(rung.take(33)).toBe(true);
    ring(33);
    expect(collect()).toEqual([33]);
  });
});

describe('the parked flag', () => {
  it('is taken by the first that rings', () => {
    const { words, ring } = bell();
    words[DOORBELL.parked] = 1;
    ring(1);
    expect(words[DOORBELL.parked]).toBe(0);
  });

  it('is left alone by a ring whose bit is set', () => {
    const { words, ring } = bell();
    ring(1);
    words[DOORBELL.parked] = 1;
    ring(1);
    expect(words[DOORBELL.parked]).toBe(1);
  });

  it('is down again after a park that found the bell rung, and after one whose time was up', () => {
    const { words, rung, ring } = bell();
    const board = new Int32Array(createBoard(1));
    const parking = new Parking({ doorbell: words, board, index: 0, rung });
    ring(1);
    expect(parking.park(Number.POSITIVE_INFINITY)).toBe(true);
    expect(words[DOORBELL.parked]).toBe(0);
    rung.collect(new Int32Array(1));
    expect(parking.park(0)).toBe(false);
    expect(words[DOORBELL.parked]).toBe(0);
  });

  it('of a dead predecessor is down when a successor begins', () => {
    const { words, rung } = bell();
    const board = new Int32Array(createBoard(2));
    words[DOORBELL.parked] = 1;
    const parking = new Parking({ doorbell: words, board, index: 1, rung });
    parking.begin();
    expect([words[DOORBELL.parked], parking.awake()]).toEqual([0, 1]);
  });
});
