/**
 * Goal: every resource, verb and argument of FORMAT.md is carried out, in both modes, also those
 *       that few of the recorded scenarios use.
 * Method: the scenarios in verbs/, whose expectations are Linux's rules, all at once.
 */
import { expect, it } from 'vitest';
import { planOf, runAll } from '../../conformance/runner/suite.ts';

it('carries out all that the format has', async () => {
  const { tasks, known } = planOf([new URL('./verbs', import.meta.url).pathname]);
  const { running, over } = runAll(tasks);
  const told = await Promise.all(
    running.map(async ({ task, verdict }) => ({ ...task, verdict: await verdict })),
  );
  await over;
  expect(known).toEqual([]);
  expect(told.filter(({ verdict }) => verdict.kind !== 'ok')).toEqual([]);
  expect(told.length).toBeGreaterThan(20);
});
