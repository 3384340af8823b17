/**
 * Goal: requests that finish while the CQ is full are posted, in order, as soon as there is room.
 * Method: more requests than CQ slots; the executor raises CQ_OVERFLOW, looks once more and parks,
 *         and only the bell of the reaper brings it back.
 */
import { describe, expect, it } from 'vitest';
import { SQ_FLAG } from '../../src/abi/flags.ts';
import { CONTROL } from '../../src/abi/layout.ts';
import { Executor, Reaper, Submitter } from './explorer/ends.ts';
import { type Exploration, explore } from './explorer/explore.ts';
import { FIRST_INDICES, valuesOf, World } from './explorer/world.ts';

interface Case {
  readonly cqEntries: number;
  readonly count: number;
  /** 1: the CQ is full of published CQEs when the flag is raised; more: of unpublished ones too. */
  readonly batch: number;
  readonly wanted: number;
  readonly firstIndex: number;
}

/** More entries than the CQ holds. */
function exploreOverflow({ cqEntries, count, batch, wanted, firstIndex }: Case): Exploration {
  const world = new World();
  const { lines, floor } = world.floor({ sqEntries: 4, cqEntries, firstIndex });
  const line = lines[0]!;
  return explore({
    memory: world.memory,
    ends: [
      { name: 'submitter', run: () => new Submitter(line).putAll(valuesOf(count), batch) },
      { name: 'executor', run: () => new Executor(floor).run(count) },
      { name: 'reaper', run: () => new Reaper(line).takeAll(valuesOf(count), wanted) },
    ],
    outcome: (read) => `overflow ${read(line.region.words, CONTROL.sqFlags) & SQ_FLAG.CQ_OVERFLOW}`,
  });
}

describe.each(FIRST_INDICES)('a full completion queue, from index %i,', (firstIndex) => {
  it.each([
    { cqEntries: 1, count: 2, batch: 1, wanted: 1, floor: 20_000 },
    { cqEntries: 1, count: 2, batch: 2, wanted: 1, floor: 5000 },
    { cqEntries: 1, count: 3, batch: 3, wanted: 1, floor: 20_000 },
    { cqEntries: 2, count: 4, batch: 4, wanted: 2, floor: 5000 },
  ])('of $cqEntries drops none of $count CQEs, batch $batch', ({ floor, ...row }) => {
    const { states, outcomes } = exploreOverflow({ ...row, firstIndex });
    expect(outcomes).toEqual(['overflow 0']);
    expect(states).toBeGreaterThanOrEqual(floor);
  });
});
