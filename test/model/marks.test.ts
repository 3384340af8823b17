/**
 * Goal: merging histories by their marks, and passing over quiet and plain accesses, hides nothing.
 * Method: the same configurations with and without; and the fields that hold state are counted.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONTROL } from '../../src/abi/layout.ts';
import { Executor, type Floor, type Line, Process, Reaper, Submitter } from './explorer/ends.ts';
import { type Exploration, explore } from './explorer/explore.ts';
import type { MachineOptions } from './explorer/machine.ts';
import { FIRST_INDICES, valuesOf, World } from './explorer/world.ts';

/** Mutable fields of the classes in a module. */
const fieldsOf = (module: string): string[] => {
  const source = readFileSync(new URL(`../../src/ring/${module}.ts`, import.meta.url), 'utf8');
  return [...source.matchAll(/^ {2}#(\w+)(?::| =)/gm)].map(([, name]) => name!);
};

describe('the state that marks speak of', () => {
  // Positions give tail, published, head, timeouts and sqFlags; headSeen and tailSeen are the
  // newest answers of sqHead, cqHead and cqTail; forced is false after publish(), waits
  // and asleep are 0 outside of a wait; eagerness is for waits that spin, and none does here;
  // nothing depends on glance.
  it.each([
    ['submission', ['tail', 'published', 'headSeen', 'head', 'glance']],
    [
      'completion',
      ['tail', 'headSeen', 'timeouts', 'forced', 'sqFlags', 'head', 'tailSeen', 'glance'],
    ],
    ['doorbell', []],
    ['park', []],
    ['wait', ['asleep', 'eagerness', 'waits']],
  ])('is all that %s.ts keeps between two accesses', (module, fields) => {
    expect(fieldsOf(module)).toEqual(fields);
  });
});

/** The ends of a configuration: those of one ring, and its executor. */
type EndsOf = (line: Line, floor: Floor) => Parameters<typeof explore>[0]['ends'];

const three: EndsOf = (line, floor) => [
  { name: 'submitter', run: () => new Submitter(line).putAll([1], 1) },
  { name: 'executor', run: () => new Executor(floor).run(1) },
  { name: 'reaper', run: () => new Reaper(line).takeAll([1], 1) },
];

const two: EndsOf = (line, floor) => [
  { name: 'process', run: () => new Process(line).run(valuesOf(2), { batch: 1, wanted: 1 }) },
  { name: 'executor', run: () => new Executor(floor).run(2) },
];

function explored(endsOf: EndsOf, firstIndex: number, options: MachineOptions): Exploration {
  const world = new World();
  const { lines, floor } = world.floor({ sqEntries: 1, cqEntries: 1, firstIndex });
  const line = lines[0]!;
  return explore({
    memory: world.memory,
    ends: endsOf(line, floor),
    outcome: (read) => `woken ${read(line.region.words, CONTROL.cqWake)}`,
    ...options,
  });
}

describe.each(FIRST_INDICES)('a ring that starts at %i', (firstIndex) => {
  it.each([
    { who: 'three threads', endsOf: three },
    { who: 'a process and its executor', endsOf: two },
  ])('ends the same ways for $who, whatever is merged or passed over', ({ endsOf }) => {
    const reduced = explored(endsOf, firstIndex, {});
    const unmerged = explored(endsOf, firstIndex, { merge: false });
    const stepwise = explored(endsOf, firstIndex, { stepwise: true });
    const full = explored(endsOf, firstIndex, { merge: false, stepwise: true });
    expect(unmerged.states).toBeGreaterThan(reduced.states);
    expect(stepwise.states).toBeGreaterThan(reduced.states);
    for (const other of [unmerged, stepwise, full])
      expect(other.outcomes).toEqual(reduced.outcomes);
    expect(full.endings).toBe(unmerged.endings);
    expect(stepwise.endings).toBe(reduced.endings);
  });
});
