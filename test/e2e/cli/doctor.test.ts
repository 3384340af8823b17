/**
 * Goal: `uring doctor` finds this runtime fit, in both of its formats, and says when it is not.
 * Method: the command as a child process, as the runtime is and with its threads forbidden.
 */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { MAIN, run } from './command.ts';

interface Checked {
  readonly name: string;
  readonly verdict: string;
}

const checksOf = (stdout: string): Checked[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Checked);

it('uring doctor finds nothing missing where the tests run', async () => {
  const { code, stdout, stderr } = await run(['doctor', '--json'], tmpdir());
  const checks = checksOf(stdout.toString());
  expect(checks.filter(({ verdict }) => verdict === 'missing')).toEqual([]);
  expect(checks.map(({ name }) => name)).toContain('ring');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const text = await run(['doctor'], tmpdir());
  expect(text.stdout.toString().trimEnd().split('\n')).toHaveLength(checks.length);
});

it('uring doctor exits with 1 where no thread may start', () => {
  const args = ['--permission', '--allow-fs-read=*', MAIN, 'doctor', '--json'];
  const { status, stdout } = spawnSync(process.execPath, args);
  const missing = checksOf(stdout.toString()).filter(({ verdict }) => verdict === 'missing');
  expect(missing.map(({ name }) => name)).toEqual(['worker threads', 'ring']);
  expect(status).toBe(1);
});
