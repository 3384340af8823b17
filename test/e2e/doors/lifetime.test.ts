/**
 * Goal: a door keeps a program alive while it has something to do, and never longer; what is under
 *       way when it is closed ends first.
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

it('lets a program end that forgot its door', async () => {
  expect(await run('forgets')).toEqual(['threads: read', 'inline: read']);
});

it('keeps a program alive while a call is under way', async () => {
  expect(await run('waits')).toEqual(['8388608 bytes']);
});

it('lets a program end that closed its door', async () => {
  expect(await run('closes')).toEqual(['read', 'closed', 'ERR_URING_CLOSED']);
});

it('serves on its own thread where memory cannot be shared', async () => {
  expect(await run('no-shared-memory')).toEqual(['undefined', 'read']);
});
