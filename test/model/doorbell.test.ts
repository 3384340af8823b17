/**
 * Goal: whoever rings is served, however the bell, the park and the other ringers interleave.
 * Method: submitters and one executor that never looks unasked and sleeps without a limit, so that
 *         a lost wake-up is a deadlock. The CQ has room for all; its words are checked at the end.
 */
import { describe, expect, it } from 'vitest';
import { CONTROL } from '../../src/abi/layout.ts';
import { DOORBELL } from '../../src/abi/private.ts';
import { Executor, Process, Submitter } from './explorer/ends.ts';
import { type Configuration, type Exploration, explore } from './explorer/explore.ts';
import { FIRST_INDICES, valuesOf, World } from './explorer/world.ts';

interface Case {
  readonly slots: readonly number[];
  readonly count: number;
  readonly firstIndex?: number;
  readonly ghost?: boolean;
}

/** One submitter for each slot, each publishing `count` entries one by one. */
function exploreRinging({ slots, count, firstIndex = 0, ghost = false }: Case): Exploration {
  const world = new World();
  const { lines, floor } = world.floor({ sqEntries: 4, cqEntries: 4, firstIndex }, slots);
  const outcome: Configuration['outcome'] = (read) =>
    lines.map(({ region }) => (read(region.words, CONTROL.cqTail) - firstIndex) | 0).join(' ');
  return explore({
    memory: world.memory,
    ends: [
      ...lines.map((line) => ({
        name: `submitter${line.slot}`,
        run: () => new Submitter(line).putAll(valuesOf(count), 1),
      })),
      { name: 'executor', run: () => new Executor(floor).run(count * slots.length) },
    ],
    ghosts: ghost ? [{ words: floor.doorbell, index: DOORBELL.parked }] : [],
    outcome,
  });
}

describe('a parked executor', () => {
  it.each(FIRST_INDICES)('serves all that one submitter rings for, from index %i', (firstIndex) => {
    const { states, outcomes } = exploreRinging({ slots: [33], count: 4, firstIndex });
    expect(outcomes).toEqual(['4']);
    expect(states).toBeGreaterThanOrEqual(1000);
  });

  it('wakes although an abandoned sleeper stands before it', () => {
    const { outcomes } = exploreRinging({ slots: [33], count: 2, ghost: true });
    expect(outcomes).toEqual(['2']);
  });

  it.each([
    { where: 'one leaf word', slots: [33, 34], floor: 150_000 },
    { where: 'two leaf words of one summary word', slots: [33, 65], floor: 60_000 },
    { where: 'two summary words', slots: [31, 1055], floor: 45_000 },
  ])('serves two submitters with bits in $where', ({ slots, floor }) => {
    const { states, outcomes } = exploreRinging({ slots, count: 2 });
    expect(outcomes).toEqual(['2 2']);
    expect(states).toBeGreaterThanOrEqual(floor);
  });
});

describe('a process of one thread', () => {
  it.each(FIRST_INDICES)('gets an answer to every batch, from index %i', (firstIndex) => {
    const world = new World();
    const { lines, floor } = world.floor({ sqEntries: 2, cqEntries: 2, firstIndex });
    const { states } = explore({
      memory: world.memory,
      ends: [
        {
          name: 'process',
          run: () => new Process(lines[0]!).run(valuesOf(6), { batch: 2, wanted: 2 }),
        },
        { name: 'executor', run: () => new Executor(floor).run(6) },
      ],
    });
    expect(states).toBeGreaterThanOrEqual(4000);
  });
});
