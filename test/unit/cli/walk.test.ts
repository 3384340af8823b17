/**
 * Goal: the walk's order depends on names only; it reads a directory when it gets there and keeps
 *       going after what cannot be read; it yields regular files and nothing else.
 * Method: a real folder as the argument, and below it a tree that the test makes up and whose
 *         listings it sees.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Names } from '../../../src/cli/engine.ts';
import { codeOf } from '../../../src/cli/failure.ts';
import { type Found, walk } from '../../../src/cli/walk.ts';

const root = mkdtempSync(join(tmpdir(), 'walk-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Names of directories end with a slash here. */
type Tree = Readonly<Record<string, readonly string[]>>;
const isDirectory = (name: string): boolean => name.endsWith('/');

/** Lists made-up directories by their path below the root. */
function lister(tree: Tree): { list: (path: string) => Promise<Names>; listed: string[] } {
  const listed: string[] = [];
  const list = async (path: string): Promise<Names> => {
    const below = path.slice(root.length);
    listed.push(below);
    const entries = tree[below];
    if (entries === undefined) throw Object.assign(new Error('no'), { code: 'EACCES' });
    return {
      files: entries.filter((name) => !isDirectory(name)),
      directories: entries.filter(isDirectory).map((name) => name.slice(0, -1)),
    };
  };
  return { list, listed };
}

/** The files of a walk, whose promises are awaited. */
async function* filesOf(paths: readonly string[], list: (path: string) => Promise<Names>) {
  for (const step of walk(paths, list)) {
    if (step instanceof Promise) await step;
    else yield step as Found;
  }
}

async function namesUnder(paths: readonly string[], tree: Tree): Promise<string[]> {
  const names: string[] = [];
  for await (const { path, error } of filesOf(paths, lister(tree).list)) {
    const name = path.startsWith(root) ? path.slice(root.length) : path;
    names.push(error === undefined ? name : `${name} ${codeOf(error)}`);
  }
  return names;
}

describe('the walk', () => {
  it('sorts names by their bytes, files and directories alike', async () => {
    const tree = {
      '': ['b', '\xff', 'B', 'a/', 'a.txt', '\xc3\xa9'],
      '/a': ['2', '10'],
    };
    const sorted = ['/B', '/a/10', '/a/2', '/a.txt', '/b', '/\xc3\xa9', '/\xff'];
    expect(await namesUnder([root], tree)).toEqual(sorted);
  });

  it('lists directories before it gets there, each once', async () => {
    const tree = { '': ['a/', 'b', 'c/'], '/a': [], '/c': [] };
    const { list, listed } = lister(tree);
    const found = filesOf([root], list);
    expect((await found.next()).value).toEqual({ path: `${root}/b` });
    expect(listed).toEqual(['', '/a', '/c']);
    expect((await found.next()).done).toBe(true);
    expect(listed).toEqual(['', '/a', '/c']);
  });

  it('holds a bounded number of directories for later, and the first of each', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `d${String(i).padStart(3, '0')}`);
    const tree: Record<string, readonly string[]> = { '': names.map((name) => `${name}/`) };
    for (const name of names) tree[`/${name}`] = ['inner/', 'z'];
    for (const name of names) tree[`/${name}/inner`] = ['y'];
    const { list, listed } = lister(tree);
    const found = filesOf([root], list);
    expect((await found.next()).value).toEqual({ path: `${root}/d000/inner/y` });
    expect(listed.length).toBeGreaterThan(100);
    expect(listed.length).toBeLessThan(300);
    let files = 1;
    for await (const _ of found) files++;
    expect(files).toBe(2000);
    expect(listed.length).toBe(2001);
  });

  it('tells of a directory it cannot read in its place, and goes on', async () => {
    const tree = { '': ['a', 'b/', 'c'] };
    expect(await namesUnder([root], tree)).toEqual(['/a', '/b EACCES', '/c']);
  });

  it('keeps arguments in their order, and each as it was written', async () => {
    const tree = { '': ['x'], '/': ['x'] };
    expect(await namesUnder([`${root}/`, root], tree)).toEqual(['/x', '/x']);
    expect(await namesUnder(['/none', root], tree)).toEqual(['/none ENOENT', '/x']);
  });

  it('follows a symlink that is an argument, and refuses an argument that is no file', async () => {
    writeFileSync(join(root, 'file'), '');
    symlinkSync('file', join(root, 'link'));
    expect(await namesUnder([`${root}/link`], {})).toEqual(['/link']);
    expect(await namesUnder(['/dev/null'], {})).toEqual(['/dev/null ENOTREG']);
  });
});
