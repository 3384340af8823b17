/**
 * Goal: what a program observes through a ring is what Linux 6.18 showed it.
 * Method: recorded scenarios (FORMAT.md), each on the inline kernel in virtual time ("enter") and
 *         on an executor thread ("poll"). Scenarios that need an operation, a flag or a call which
 *         this kernel lacks are told from the others by the table of operations, and counted.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { IoUringManager } from '../../src/manager/manager.ts';
import { ScenarioRun } from './runner/run.ts';
import { scenariosBelow } from './runner/scenario.ts';
import { EnterTarget, PollTarget } from './runner/target.ts';
import { missing } from './within-reach.ts';

const all = scenariosBelow(new URL('./scenarios', import.meta.url).pathname);
const within = all.filter((scenario) => missing(scenario) === undefined);
const of = (mode: 'enter' | 'poll') => within.filter(({ modes }) => modes.includes(mode));

describe('enter mode', () => {
  it.each(of('enter').map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (_, scenario) => {
      await new ScenarioRun(scenario, 'enter', new EnterTarget()).run();
    },
  );
});

describe('poll mode', () => {
  const manager = new IoUringManager();
  afterAll(() => manager.close());
  it.each(of('poll').map((scenario, at) => [scenario.name, scenario, at] as const))(
    '%s',
    async (_, scenario, at) => {
      await new ScenarioRun(scenario, 'poll', new PollTarget(manager, at + 1)).run();
    },
  );
});

it('has at least 41 of the 332 scenarios within reach', () => {
  expect(all.length).toBe(332);
  expect(within.length).toBeGreaterThanOrEqual(41);
});
