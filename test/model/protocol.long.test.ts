/**
 * Goal: the laws of the fast model tests hold with more entries, more rings and more sleepers.
 * Method: the same ends and the same explorer over larger configurations.
 */
import { describe, expect, it } from 'vitest';
import { CONTROL } from '../../src/abi/layout.ts';
import { Executor, Process, Reaper, Submitter } from './explorer/ends.ts';
import { type Exploration, explore } from './explorer/explore.ts';
import type { End } from './explorer/script.ts';
import { FIRST_INDICES, valuesOf, World } from './explorer/world.ts';

const STATES_MAX = 5_000_000;

interface Case {
  readonly sqEntries: number;
  readonly cqEntries: number;
  readonly count: number;
  readonly batch: number;
  readonly wanted: number;
  readonly firstIndex?: number;
}

/** A submitter, an executor and a reaper, each a thread. */
function exploreThree({ count, batch, wanted, firstIndex = 0, ...entries }: Case): Exploration {
  const world = new World();
  const { lines, floor } = world.floor({ ...entries, firstIndex });
  const line = lines[0]!;
  return explore({
    memory: world.memory,
    statesMax: STATES_MAX,
    ends: [
      { name: 'submitter', run: () => new Submitter(line).putAll(valuesOf(count), batch) },
      { name: 'executor', run: () => new Executor(floor).run(count) },
      { name: 'reaper', run: () => new Reaper(line).takeAll(valuesOf(count), wanted) },
    ],
  });
}

/** Submitters at several slots of one doorbell. */
function exploreRinging(slots: readonly number[], count: number): Exploration {
  const world = new World();
  const { lines, floor } = world.floor({ sqEntries: 4, cqEntries: 4, firstIndex: 0 }, slots);
  const ends: End[] = lines.map((line) => ({
    name: `submitter${line.slot}`,
    run: () => new Submitter(line).putAll(valuesOf(count), 1),
  }));
  ends.push({ name: 'executor', run: () => new Executor(floor).run(count * slots.length) });
  const outcome = (read: (words: Int32Array, index: number) => number): string =>
    lines.map(({ region }) => read(region.words, CONTROL.cqTail)).join(' ');
  return explore({ memory: world.memory, ends, outcome, statesMax: STATES_MAX });
}

describe.each(FIRST_INDICES)('three threads on one ring from index %i', (firstIndex) => {
  it.each([
    { sqEntries: 2, cqEntries: 2, count: 3, batch: 1, wanted: 1, floor: 200_000 },
    { sqEntries: 2, cqEntries: 2, count: 4, batch: 2, wanted: 2, floor: 50_000 },
    { sqEntries: 4, cqEntries: 1, count: 4, batch: 2, wanted: 1, floor: 20_000 },
    { sqEntries: 1, cqEntries: 1, count: 2, batch: 1, wanted: 1, floor: 100_000 },
    { sqEntries: 4, cqEntries: 4, count: 6, batch: 2, wanted: 4, floor: 20_000 },
  ])('lose nothing: $count entries, $sqEntries and $cqEntries slots', ({ floor, ...row }) => {
    expect(exploreThree({ ...row, firstIndex }).states).toBeGreaterThanOrEqual(floor);
  });
});

describe('several submitters on one doorbell', () => {
  it.each([
    { slots: [33, 34], count: 3, floor: 300_000 },
    { slots: [33, 34, 65], count: 1, floor: 100_000 },
  ])('are all served: slots $slots, $count each', ({ slots, count, floor }) => {
    const { states, outcomes } = exploreRinging(slots, count);
    expect(outcomes).toEqual([slots.map(() => count).join(' ')]);
    expect(states).toBeGreaterThanOrEqual(floor);
  });

  it('are all served while each also reaps', () => {
    const world = new World();
    const shape = { sqEntries: 1, cqEntries: 1, firstIndex: 0 };
    const { lines, floor } = world.floor(shape, [33, 34]);
    const ends: End[] = lines.map((line) => ({
      name: `process${line.slot}`,
      run: () => new Process(line).run([1], { batch: 1, wanted: 1 }),
    }));
    ends.push({ name: 'executor', run: () => new Executor(floor).run(2) });
    expect(explore({ memory: world.memory, ends }).states).toBeGreaterThanOrEqual(10_000);
  });
});

describe.each(FIRST_INDICES)('a process of one thread from index %i', (firstIndex) => {
  it.each([1, 2, 4])('gets an answer to every entry through %i slots', (entries) => {
    const world = new World();
    const shape = { sqEntries: entries, cqEntries: entries, firstIndex };
    const { lines, floor } = world.floor(shape);
    const run = (): void => new Process(lines[0]!).run(valuesOf(10), { batch: 1, wanted: 1 });
    const ends = [
      { name: 'process', run },
      { name: 'executor', run: () => new Executor(floor).run(10) },
    ];
    expect(explore({ memory: world.memory, ends }).states).toBeGreaterThanOrEqual(100_000);
  });
});
