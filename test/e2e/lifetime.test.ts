/**
 * Goal: a kernel lives as long as it is needed: it keeps no program alive, serves whatever main is
 *       doing, serves even where no thread can start, and lets everybody go when it is closed.
 * Method: whole programs in processes of their own, judged by what they print and that they end.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = async (program: string): Promise<string[]> => {
  const path = new URL(`./programs/${program}.ts`, import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: 20_000 });
  return stdout.trim().split('\n');
};

it('lets a program end that has nothing more to do', async () => {
  expect(await run('exits')).toEqual(['res 0']);
});

it('serves and recovers while main computes and blocks', async () => {
  expect(await run('busy-main')).toEqual(['strange 0 lost 0 res 0']);
});

it('serves from the supervisor when no executor thread can start', async () => {
  expect((await run('no-executor')).sort()).toEqual(['inline true', 'rescues 0', 'res 0'].sort());
});

it('ends every wait when it is closed', async () => {
  expect(await run('closes')).toEqual(['wait -77 call -9', 'ESHUTDOWN']);
});
