/**
 * Goal: every file ends as one line in each mode it lists: it passes, differs, hangs, is in error,
 *       or cannot apply; and the command fails unless all is well.
 * Method: folders with a few small files, planned and run, as a command and lane by lane.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { EnterLane, PollLane } from '../../conformance/runner/lanes.ts';
import { newFolder, removeFolder } from '../../conformance/runner/polled-kernel.ts';
import { planOf, runAll } from '../../conformance/runner/suite.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach(removeFolder));

const nop = (res: number, modes: readonly string[] = ['enter', 'poll']) => ({
  modes,
  res: { r: { ring: 4 } },
  steps: [{ sqe: { op: 'NOP', ud: 1 } }, { enter: {} }, { cqes: [[1, res]] }],
});

/** A folder with these scenarios, by name. */
function folderOf(scenarios: Readonly<Record<string, object>>): string {
  const folder = newFolder();
  folders.push(folder);
  mkdirSync(join(folder, 'deep'));
  for (const [name, scenario] of Object.entries(scenarios))
    writeFileSync(join(folder, 'deep', `${name}.json`), JSON.stringify({ name, ...scenario }));
  return folder;
}

const MAIN = new URL('../../conformance/main.ts', import.meta.url).pathname;
const command = (folder: string) =>
  spawnSync(process.execPath, [MAIN, folder], { encoding: 'utf8' });

it('the command tells each verdict, the totals, and fails', () => {
  const folder = folderOf({ right: nop(0), wrong: nop(7), odd: { ...nop(0), wy: '' } });
  writeFileSync(join(folder, 'broken.json'), '{');
  const { status, stdout } = command(folder);
  for (const line of [
    'ok enter right\n',
    'ok poll right\n',
    'DIFFERENT enter wrong: step 2: CQE 0: got [1, 0], expected [1,7]\n',
    'DIFFERENT poll wrong: step 2: CQE 0: got [1, 0], expected [1,7]\n',
    'deep/odd.json: scenario: unknown key wy\n',
    'broken.json: ',
    '2 ok, 2 different, 4 in error, 0 n/a\n',
  ])
    expect(stdout).toContain(line);
  expect(status).toBe(1);
});

it('the command succeeds when all pass, and not when there are none', () => {
  expect(command(folderOf({ right: nop(0, ['enter']) })).status).toBe(0);
  expect(command(folderOf({})).status).toBe(1);
});

it('what cannot apply is told with its reason, in each mode', () => {
  const folder = folderOf({ right: nop(0), other: nop(0, ['poll']) });
  const { tasks, known } = planOf([folder], { right: 'because' });
  expect(known.map(({ task, verdict }) => [task.mode, task.name, verdict])).toEqual([
    ['enter', 'right', { kind: 'n/a', detail: 'because' }],
    ['poll', 'right', { kind: 'n/a', detail: 'because' }],
  ]);
  expect(tasks.map(({ mode, name }) => [mode, name])).toEqual([['poll', 'other']]);
});

it('a scenario that hangs is bounded, and its lane goes on with the next', async () => {
  const steps = [{ sleep: 60_000 }];
  const [slow, right] = planOf([folderOf({ a: { ...nop(0), steps }, b: nop(0) })]).tasks.filter(
    ({ mode }) => mode === 'poll',
  );
  const lane = new PollLane(500);
  expect((await lane.run(slow!)).detail).toContain('it hangs');
  expect(await lane.run(right!)).toEqual({ kind: 'ok' });
  await lane.close();
});

it('what is timed and differs gets a second attempt, and differs if that differs too', async () => {
  const timed = { ...nop(7, ['poll']), res: { r: { ring: 4 }, t: { ts: 40 } } };
  const { running, over } = runAll(planOf([folderOf({ timed })]).tasks);
  expect(await running[0]?.verdict).toMatchObject({ kind: 'different' });
  await over;
});

it('a thread that never answers is ended', async () => {
  const lane = new EnterLane(new URL('data:text/javascript,for (;;) {}'), 50);
  const task = { path: '', name: 'x', mode: 'enter' } as const;
  expect(await lane.run(task)).toEqual({
    kind: 'different',
    detail: 'it hangs: not over after 50 ms',
  });
});

it('a thread that dies is told of', async () => {
  const lane = new EnterLane(new URL('data:text/javascript,throw new Error("gone")'));
  const verdict = await lane.run({ path: '', name: 'x', mode: 'enter' });
  expect(verdict.detail).toContain('gone');
});
