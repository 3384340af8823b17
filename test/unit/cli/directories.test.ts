/**
 * Goal: names are listed by kind wherever they are listed; slow listings go to the pool, for a
 *       while; quick ones, and few slow ones among them, do not.
 * Method: a real folder, and a clock that makes listings as slow as the test wants.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Directories } from '../../../src/cli/directories.ts';

const root = mkdtempSync(join(tmpdir(), 'directories-'));
afterAll(() => rmSync(root, { recursive: true }));
for (const name of ['b', 'a']) writeFileSync(join(root, name), '');
mkdirSync(join(root, 'inner'));
symlinkSync('inner', join(root, 'link'));

/** Each look at the clock is `stepMs` later than the last: so long does a listing take. */
function listedBy(stepMs: { value: number }): Directories {
  const clock = { nowMs: 0 };
  return new Directories(() => {
    clock.nowMs += stepMs.value;
    return clock.nowMs;
  });
}

async function expectNames(directories: Directories): Promise<void> {
  const { files, directories: inner } = await directories.list(root);
  expect([files.sort(), inner]).toEqual([['a', 'b'], ['inner']]);
}

it('lists files and directories, and nothing else', async () => {
  await expectNames(new Directories());
});

it('goes to the pool when listings are slow, and tries again later', async () => {
  const stepMs = { value: 100 };
  const directories = listedBy(stepMs);
  for (let listings = 0; !directories.isSlow; listings++) {
    expect(listings).toBeLessThan(8);
    await expectNames(directories);
  }
  stepMs.value = 0;
  for (let listings = 0; directories.isSlow; listings++) {
    expect(listings).toBeLessThan(1000);
    await expectNames(directories);
  }
  for (let listings = 0; listings < 20; listings++) await expectNames(directories);
  expect(directories.isSlow).toBe(false);
});

it('stays with what is quick although a listing is slow now and then', async () => {
  const stepMs = { value: 0 };
  const directories = listedBy(stepMs);
  for (let listings = 0; listings < 200; listings++) {
    stepMs.value = listings % 20 === 0 ? 100 : 0;
    await expectNames(directories);
    expect(directories.isSlow).toBe(false);
  }
});

it('fails as Node does', async () => {
  const directories = new Directories();
  await expect(directories.list(join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(directories.list(join(root, 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});
