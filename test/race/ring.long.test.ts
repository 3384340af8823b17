/**
 * Goal: what ring.test.ts says of many entries holds of very many, at every small capacity.
 * Method: as there.
 */
import { describe, expect, it } from 'vitest';
import { race } from './arena.ts';

const watchdogMs = 800_000;

describe.each([0x7fff_fff0, -16])('a ring that starts at %i', (firstIndex) => {
  it.each([
    { entries: 1, count: 200_000 },
    { entries: 2, count: 200_000 },
    { entries: 4, count: 1_000_000 },
  ])('carries $count entries through $entries slots', async ({ entries, count }) => {
    const tails = await race({ slots: [33], entries, firstIndex, count, watchdogMs });
    expect(tails).toEqual([count]);
  });
});

describe('one doorbell', () => {
  it.each([
    { where: 'one leaf word', slots: [33, 34] },
    { where: 'two leaf words', slots: [33, 65] },
    { where: 'two summary words', slots: [31, 1055] },
  ])('serves two processes with bits in $where', async ({ slots }) => {
    const count = 200_000;
    const tails = await race({ slots, entries: 4, firstIndex: -16, count, watchdogMs });
    expect(tails).toEqual([count, count]);
  });
});
