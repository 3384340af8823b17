/**
 * Goal: a sleeper wakes when it has what it wants, when a TIMEOUT expires and when its ring ends,
 *       and not before; whatever falls between its check and its sleep.
 * Method: the shipped waits with no limit of time, so that a lost wake-up is a deadlock. How often
 *         somebody was woken is read from cqWake and sqWake.
 */
import { describe, expect, it } from 'vitest';
import { CONTROL } from '../../src/abi/layout.ts';
import { closeRegion, retireRegion } from '../../src/ring/ending.ts';
import type { Region } from '../../src/ring/region.ts';
import { Executor, must, Reaper, Submitter, TICK } from './explorer/ends.ts';
import { explore } from './explorer/explore.ts';
import { FIRST_INDICES, valuesOf, World } from './explorer/world.ts';

/** A submitter, an executor and a reaper that wants `wanted` of `count` CQEs at a time. */
function exploreReaping({ count = 2, wanted = 1, firstIndex = 0, ghost = false }) {
  const world = new World();
  const { lines, floor } = world.floor({ sqEntries: 2, cqEntries: 2, firstIndex });
  const line = lines[0]!;
  const { words } = line.region;
  return explore({
    memory: world.memory,
    ends: [
      { name: 'submitter', run: () => new Submitter(line).putAll(valuesOf(count), 1) },
      { name: 'executor', run: () => new Executor(floor).run(count) },
      { name: 'reaper', run: () => new Reaper(line).takeAll(valuesOf(count), wanted) },
    ],
    ghosts: ghost ? [{ words, index: CONTROL.cqWake }] : [],
    outcome: (read) => `woken ${read(words, CONTROL.cqWake)}`,
  });
}

describe.each(FIRST_INDICES)('a reaper, from index %i,', (firstIndex) => {
  it('that wants one CQE at a time gets each', () => {
    const { states, outcomes } = exploreReaping({ wanted: 1, firstIndex });
    expect(outcomes).toEqual(['woken 0', 'woken 1', 'woken 2']);
    expect(states).toBeGreaterThanOrEqual(15_000);
  });

  it('that wants two is woken once at most, when both are there', () => {
    const { states, outcomes } = exploreReaping({ wanted: 2, firstIndex });
    expect(outcomes).toEqual(['woken 0', 'woken 1']);
    expect(states).toBeGreaterThanOrEqual(5000);
  });
});

describe('a reaper', () => {
  it('wakes although an abandoned sleeper stands before it', () => {
    expect(exploreReaping({ count: 1, ghost: true }).outcomes).toEqual(['woken 0', 'woken 1']);
  });

  it('that wants more than fits is content with a full ring', () => {
    expect(exploreReaping({ count: 2, wanted: 3 }).endings).toBeGreaterThan(0);
    const world = new World();
    const { lines, floor } = world.floor({ sqEntries: 1, cqEntries: 1, firstIndex: 0 });
    const line = lines[0]!;
    const reap = (): void => {
      const reaper = new Reaper(line);
      reaper.sleep(2, 0);
      must(reaper.take([1], 0) === 1, 'a full ring is all there can be');
    };
    const ends = [
      { name: 'submitter', run: () => new Submitter(line).putAll([1], 1) },
      { name: 'executor', run: () => new Executor(floor).run(1) },
      { name: 'reaper', run: reap },
    ];
    expect(explore({ memory: world.memory, ends }).states).toBeGreaterThanOrEqual(500);
  });

  it.each([
    { name: 'without a CQE', values: [TICK], wanted: 1 },
    { name: 'short of what it wants', values: [1, TICK], wanted: 2 },
  ])('is woken by a TIMEOUT that expires $name', ({ values, wanted }) => {
    const world = new World();
    const { lines, floor } = world.floor({ sqEntries: 2, cqEntries: 2, firstIndex: 0 });
    const line = { ...lines[0]!, mark: () => {} };
    const reap = (): void => {
      const reaper = new Reaper(line);
      reaper.sleep(wanted, 0);
      must(reaper.timeouts() === 1, 'nothing but the expiry ends this wait');
    };
    const { states, outcomes } = explore({
      memory: world.memory,
      ends: [
        { name: 'submitter', run: () => new Submitter(line).putAll(values, 1) },
        { name: 'executor', run: () => new Executor(floor).run(values.length) },
        { name: 'reaper', run: reap },
      ],
      outcome: (read) => `woken ${read(line.region.words, CONTROL.cqWake)}`,
    });
    expect(outcomes).toEqual(['woken 0', 'woken 1']);
    expect(states).toBeGreaterThanOrEqual(1000);
  });
});

describe('the end of a ring', () => {
  it.each([
    ['retires', retireRegion],
    ['closes', (region: Region) => closeRegion(region, 0)],
  ] as const)('wakes both its sleepers when it %s', (_, end) => {
    const world = new World();
    const { lines } = world.floor({ sqEntries: 1, cqEntries: 1, firstIndex: 0 });
    const line = lines[0]!;
    const submit = (): void => {
      const submitter = new Submitter(line);
      must(submitter.put(1), 'there is a slot');
      must(!submitter.put(2), 'nobody makes room');
    };
    const { states } = explore({
      memory: world.memory,
      ends: [
        { name: 'submitter', run: submit },
        { name: 'executor', run: () => end(line.region) },
        { name: 'reaper', run: () => new Reaper(line).sleep(1, 0) },
      ],
    });
    expect(states).toBeGreaterThanOrEqual(200);
  });
});

describe('a submitter that sleeps for space', () => {
  const exploreSpace = ({ sqEntries = 1, count = 3, firstIndex = 0, ghost = false }) => {
    const world = new World();
    const { lines, floor } = world.floor({ sqEntries, cqEntries: 8, firstIndex });
    const { words } = lines[0]!.region;
    return explore({
      memory: world.memory,
      ends: [
        { name: 'submitter', run: () => new Submitter(lines[0]!).putAll(valuesOf(count), 1) },
        { name: 'executor', run: () => new Executor(floor).run(count) },
      ],
      ghosts: ghost ? [{ words, index: CONTROL.sqWake }] : [],
      outcome: (read) => `woken ${read(words, CONTROL.sqWake)}`,
    });
  };

  it.each(FIRST_INDICES)('gets it for every entry, from index %i', (firstIndex) => {
    const one = exploreSpace({ sqEntries: 1, count: 3, firstIndex });
    expect(one.outcomes).toEqual(['woken 0', 'woken 1', 'woken 2']);
    expect(one.states).toBeGreaterThanOrEqual(2000);
    const two = exploreSpace({ sqEntries: 2, count: 5, firstIndex });
    expect(two.states).toBeGreaterThanOrEqual(15_000);
  });

  it('wakes although an abandoned sleeper stands before it', () => {
    expect(exploreSpace({ count: 2, ghost: true }).endings).toBeGreaterThan(0);
  });
});
