/**
 * Goal: directories are listed, streamed, made and removed as node:fs/promises does it, whatever
 *       their size.
 * Method: a directory of 3,000 names and trees with links in them, on every kernel.
 */
import { closeSync, mkdtempSync, openSync } from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dirent } from '../../../src/doors/directory.ts';
import { KERNELS, sharedGround } from './kernels.ts';

type AnyDirent = Pick<
  Dirent<string | Buffer>,
  'name' | 'parentPath' | 'isFile' | 'isDirectory' | 'isSymbolicLink'
>;

/** Makes `count` empty files with names of many lengths in `folder`. */
function crowd(folder: string, count: number): string[] {
  const names = Array.from({ length: count }, (_, i) => `${i}-`.padEnd((i % 120) + 6, 'ü'));
  for (const name of names) closeSync(openSync(`${folder}/${name}`, 'w'));
  return names;
}

const large = mkdtempSync(join(tmpdir(), 'uring-large-'));
const largeNames = crowd(large, 3000).sort();

afterAll(() => promises.rm(large, { recursive: true }));

describe.each(KERNELS)('directories on $kind', ({ options }) => {
  const ground = sharedGround(options);
  const at = (path: string): string => `${ground.folder}/${path}`;

  beforeEach(() => ground.clear());

  it('lists and streams a large directory', async () => {
    expect((await ground.uring.readdir(large)).sort()).toEqual(largeNames);
    const streamed: string[] = [];
    const dir = await ground.uring.opendir(large);
    for await (const entry of dir) {
      expect(entry.isFile()).toBe(true);
      streamed.push(entry.name);
    }
    expect(streamed.sort()).toEqual(largeNames);
    await expect(dir.read()).rejects.toMatchObject({ code: 'ERR_DIR_CLOSED' });
  });

  it('closes a directory whose stream is left early', async () => {
    const dir = await ground.uring.opendir(large);
    for await (const entry of dir) if (entry.name !== '') break;
    await expect(dir.close()).rejects.toMatchObject({ code: 'ERR_DIR_CLOSED' });
    const other = await ground.uring.opendir(large);
    expect((await other.read())?.parentPath).toBe(large);
    await other.close();
  });

  it('says what names stand for', async () => {
    await promises.mkdir(at('folder/below'), { recursive: true });
    await promises.writeFile(at('folder/file'), '');
    await promises.symlink('file', at('folder/link'));
    const show = (entries: readonly AnyDirent[]): unknown[] =>
      entries.map((entry) => [
        String(entry.name),
        String(entry.parentPath),
        entry.isFile(),
        entry.isDirectory(),
        entry.isSymbolicLink(),
      ]);
    const ours = await ground.uring.readdir(at('folder'), { withFileTypes: true });
    const theirs = await promises.readdir(at('folder'), { withFileTypes: true });
    expect(show(ours)).toEqual(show(theirs));
    const bytes = { withFileTypes: true, encoding: 'buffer' } as const;
    expect(show(await ground.uring.readdir(Buffer.from(at('folder')), bytes))).toEqual(
      show(theirs),
    );
    expect(await ground.uring.readdir('folder', 'hex')).toEqual(
      await promises.readdir(at('folder'), 'hex'),
    );
  });

  it.each(['a/b/c', 'a/e/', 'a/./f/../g', './h//i'])(
    'makes %s with what is missing above it',
    async (path) => {
      await promises.mkdir(at('theirs/a'), { recursive: true });
      await promises.mkdir(at('ours/a'), { recursive: true });
      const theirs = await promises.mkdir(at(`theirs/${path}`), { recursive: true });
      const ours = await ground.uring.mkdir(at(`ours/${path}`), { recursive: true });
      expect(ours).toBe(theirs?.replace('/theirs/', '/ours/'));
      expect((await promises.stat(at(`ours/${path}`))).isDirectory()).toBe(true);
      expect(await ground.uring.mkdir(at(`ours/${path}`), { recursive: true })).toBeUndefined();
    },
  );

  it('tells the first directory it made in the words it was given', async () => {
    expect(await ground.uring.mkdir('x/y/z', { recursive: true })).toBe('x');
    expect(await ground.uring.mkdir(Buffer.from('x/v/w'), { recursive: true })).toBe('x/v');
    expect(await ground.uring.mkdir('plain')).toBeUndefined();
  });

  it('removes a tree, and follows no symlink out of it', async () => {
    await promises.mkdir(at('kept/below'), { recursive: true });
    await promises.mkdir(at('tree/a/b/c'), { recursive: true });
    await promises.writeFile(at('tree/a/file'), '');
    await promises.symlink('../../kept', at('tree/a/link'));
    await promises.symlink('nowhere', at('tree/dangling'));
    crowd(at('tree/a'), 1000);
    await ground.uring.rm('tree', { recursive: true });
    expect(await promises.readdir(at('.'))).toEqual(['kept']);
    expect(await promises.readdir(at('kept'))).toEqual(['below']);
  });

  it('removes a symlink and not what it names', async () => {
    await promises.mkdir(at('kept'));
    await promises.symlink('kept', at('link'));
    await ground.uring.rm('link', { recursive: true });
    expect(await promises.readdir(at('.'))).toEqual(['kept']);
  });
});
