/**
 * Goal: what a program observes through a ring is what Linux 6.18 showed it.
 * Method: recorded scenarios (FORMAT.md), and ours in own/, whose expectations follow from the
 *         rules (SEMANTICS.md) and from Linux's sources. Each runs on the inline kernel in virtual
 *         time ("enter") and on an executor thread ("poll"). They all begin to run before the first
 *         test, in lanes (runner/suite.ts), and each test waits for its own. `npm run conformance`
 *         runs the recorded ones, or those of the folders that it is given.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planOf, runAll } from './runner/suite.ts';
import { OK, type Task, type Verdict } from './runner/verdict.ts';

const ALL_MS = 120_000;
const folder = (name: string): string => new URL(`./${name}/`, import.meta.url).pathname;
const { tasks, known } = planOf([folder('scenarios'), folder('own')]);
const verdicts = new Map<Task, Promise<Verdict>>();
const ends: Promise<void>[] = [];

beforeAll(() => {
  const { running, over } = runAll(tasks);
  for (const { task, verdict } of running) verdicts.set(task, verdict);
  ends.push(over);
});
afterAll(() => Promise.all(ends), ALL_MS);

describe.each(['enter', 'poll'])('%s mode', (mode) => {
  const titled = tasks
    .filter((task) => task.mode === mode)
    .map((task) => [task.name, task] as const);
  it.each(titled)(
    '%s',
    async (_, task) => {
      expect(await verdicts.get(task)).toMatchObject(OK); // perhaps with a remark
    },
    ALL_MS,
  );
});

it('every scenario is in the format', () => {
  expect(known.filter(({ verdict }) => verdict.kind === 'error')).toEqual([]);
  const paths = [...tasks, ...known.map(({ task }) => task)].map(({ path }) => path);
  const recorded = paths.filter((path) => path.startsWith(folder('scenarios')));
  expect(new Set(recorded).size).toBe(332);
});
