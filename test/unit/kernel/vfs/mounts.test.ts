/**
 * Goal: several mounts are one tree: a path finds its mount by its longest beginning, goes from one
 *       into another as on Linux, and what spans two of them is refused.
 * Method: a jail at `/`, one inside it, a folder without a jail, and one whose `..` is resolved in
 *         the text, each over a folder of its own, all in one temporary folder.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { O, RESOLVE, S_IF } from '../../../../src/abi/files.ts';
import type { HostFiles, HostStat } from '../../../../src/kernel/host.ts';
import type { JailKind } from '../../../../src/kernel/vfs/mount.ts';
import { hostFiles, newFolder, openDescriptors, Rig } from './rig.ts';

/** What each test is given. */
const here = {} as { folder: string; rig: Rig };

const MOUNTS: readonly [path: string, root: string, jail: JailKind][] = [
  ['/', 'base', 'walk'],
  ['/data', 'data', 'walk'],
  ['/data/deep/er', 'deeper', 'walk'],
  ['/free', 'free', 'none'],
  ['/lex', 'lex', 'lexical'],
];

beforeEach(() => {
  here.folder = newFolder();
  for (const [, root] of MOUNTS) {
    fs.mkdirSync(join(here.folder, root, 'dir/sub'), { recursive: true });
    fs.writeFileSync(join(here.folder, root, 'name'), root);
    fs.writeFileSync(join(here.folder, root, 'dir/name'), `${root}/dir`);
    fs.symlinkSync('/dir/name', join(here.folder, root, 'absolute'));
    fs.symlinkSync('dir/name', join(here.folder, root, 'relative'));
  }
  fs.symlinkSync('data', join(here.folder, 'base/toData'));
  fs.symlinkSync('/data/deep', join(here.folder, 'base/toDeep'));
  fs.symlinkSync('../../name', join(here.folder, 'data/dir/above'));
  fs.mkdirSync(join(here.folder, 'base/data'));
  fs.writeFileSync(join(here.folder, 'base/data/name'), 'covered');
  const specs = MOUNTS.map(([path, root, jail]) => ({
    path,
    files: hostFiles,
    root: join(here.folder, root),
    jail,
    devices: false,
  }));
  here.rig = new Rig({ specs });
});

afterEach(() => {
  here.rig.mounts.close();
  fs.rmSync(here.folder, { recursive: true });
});

describe('a path', () => {
  it.each([
    { path: '/name', text: 'base' },
    { path: '/data/name', text: 'data' },
    { path: 'data//./name', text: 'data' },
    { path: '/./data/dir/name', text: 'data/dir' },
    { path: '/database', text: 'ENOENT' },
    { path: '/data/deep/er/name', text: 'deeper' },
    { path: '/data/deep/name', text: 'ENOENT' },
    { path: '/free/name', text: 'free' },
    { path: '/lex/name', text: 'lex' },
    { path: '/data', text: 'EISDIR' },
    { path: '/data/', text: 'EISDIR' },
  ])('"$path" is in the mount with the longest beginning: $text', ({ path, text }) => {
    expect(here.rig.readText(path)).toBe(text);
  });

  it.each([
    { path: '/data/../name', text: 'base' },
    { path: '/data/dir/../../name', text: 'base' },
    { path: '/dir/../data/name', text: 'data' },
    { path: '/dir/../data/deep/er/name', text: 'deeper' },
    { path: '/data/../../../data/dir/../name', text: 'data' },
    { path: '/data/deep/er/../../name', text: 'ENOENT' },
    { path: '/free/../name', text: 'base' },
    { path: '/lex/../name', text: 'base' },
    { path: '/lex/dir/../../data/name', text: 'data' },
    { path: '/toData/name', text: 'data' },
    { path: '/toData/../name', text: 'base' },
    { path: '/toData/dir/name', text: 'data/dir' },
    { path: '/data/dir/above', text: 'base' },
    { path: '/data/dir/above/x', text: 'ENOTDIR' },
  ])('"$path" goes from one mount into another: $text', ({ path, text }) => {
    expect(here.rig.readText(path)).toBe(text);
  });

  it('by a symlink begins at the root of the mount that it is in, if it is absolute', () => {
    expect(here.rig.readText('/absolute')).toBe('base/dir');
    expect(here.rig.readText('/data/absolute')).toBe('data/dir');
    expect(here.rig.readText('/data/deep/er/relative')).toBe('deeper/dir');
    expect(here.rig.readText('/free/absolute')).toBe('ENOENT'); // the host's root
    expect(here.rig.readText('/free/relative')).toBe('free/dir');
  });

  it('from an open directory crosses mounts too', () => {
    const [base, data, free, lex] = ['/', '/data', '/free/dir', '/lex/dir'].map((p) =>
      here.rig.open(p),
    );
    expect(here.rig.readText(here.rig.path('data/name', base))).toBe('data');
    expect(here.rig.readText(here.rig.path('../name', data))).toBe('base');
    expect(here.rig.readText(here.rig.path('../lex/../free/dir/name', data))).toBe('free/dir');
    expect(here.rig.readText(here.rig.path('../name', free))).toBe('free');
    expect(here.rig.readText(here.rig.path('../name', lex))).toBe('lex');
    expect(here.rig.readText(here.rig.path('../../name', lex))).toBe('base');
    for (const file of [base, data, free, lex]) file!.drop();
  });

  it('is not there when no mount covers it', () => {
    const specs = [
      { path: '/only', files: hostFiles, root: here.folder, jail: 'walk', devices: false },
    ];
    const other = new Rig({ specs: specs as never });
    expect(other.readText('/only/base/name')).toBe('base');
    for (const path of ['/', '/base/name', '/onl', '/only/../base/name'])
      expect(other.readText(path), path).toBe('ENOENT');
    other.mounts.close();
  });

  it('enters mounts no more often than it follows symlinks', () => {
    expect(here.rig.readText(`/data${'/../data'.repeat(19)}/name`)).toBe('data');
    expect(here.rig.readText(`/data${'/../data'.repeat(41)}/name`)).toBe('ELOOP');
  });
});

describe('RESOLVE_NO_XDEV', () => {
  it('refuses to go into another mount, and on the host too', () => {
    const resolve = RESOLVE.NO_XDEV;
    expect(here.rig.readText('/dir/name', { resolve })).toBe('base/dir');
    expect(here.rig.readText('/toData/name', { resolve })).toBe('EXDEV');
    expect(here.rig.readText('/data/../name', { resolve })).toBe('EXDEV');
    const host = new Rig({ jail: 'none' });
    expect(host.readText('/proc/self/status', { resolve })).toBe('EXDEV');
    host.mounts.close();
  });
});

describe('two paths', () => {
  it('in different mounts are not renamed or linked: EXDEV', () => {
    expect(here.rig.rename('/name', '/data/new')).toBe('EXDEV');
    expect(here.rig.rename('/data/name', '/new')).toBe('EXDEV');
    expect(here.rig.link('/name', '/data/new')).toBe('EXDEV');
    expect(here.rig.link('/toData/name', '/free/new')).toBe('EXDEV');
  });

  it('in one mount are', () => {
    expect(here.rig.rename('/toData/name', '/data/dir/moved')).toBe(0);
    expect(here.rig.link('/free/name', '/free/dir/linked')).toBe(0);
    expect(here.rig.rename('/lex/dir/../name', '/lex/dir/./moved')).toBe(0);
    expect(fs.readFileSync(join(here.folder, 'data/dir/moved'), 'utf8')).toBe('data');
    expect(fs.readFileSync(join(here.folder, 'free/dir/linked'), 'utf8')).toBe('free');
    expect(fs.readFileSync(join(here.folder, 'lex/dir/moved'), 'utf8')).toBe('lex');
  });
});

describe('the name of a mount', () => {
  it('cannot be removed, moved or made, nor a directory above one', () => {
    for (const path of ['/data', '/toData/../data', '/free', '/lex/', '/data/deep/er']) {
      expect(here.rig.remove(path, true), path).toBe('EBUSY');
      expect(here.rig.rename(path, '/new'), path).toMatch(/EBUSY|EXDEV/);
      expect(here.rig.rename('/dir', path), path).toMatch(/EBUSY|EXDEV/);
      expect(here.rig.remove(path), path).toBe('EISDIR');
      expect(here.rig.mkdir(path), path).toBe('EEXIST');
      expect(here.rig.symlink('x', path), path).toBe('EEXIST');
    }
    const data = here.rig.open('/', O.DIRECTORY);
    expect(here.rig.remove('data', true, data)).toBe('EBUSY');
    expect(here.rig.mkdir('data', data)).toBe('EEXIST');
    data.drop();
    fs.mkdirSync(join(here.folder, 'data/deep'));
    expect(here.rig.remove('/data/deep', true)).toBe('EBUSY');
    expect(here.rig.rename('/data/deep', '/data/other')).toBe('EBUSY');
    expect(here.rig.rename('/data/dir', '/data/deep')).toBe('EBUSY');
  });

  it('has the status of its root', () => {
    const { ino } = here.rig.stat('/data') as HostStat;
    expect(ino).toBe(fs.statSync(join(here.folder, 'data')).ino);
    expect((here.rig.stat('/toData') as HostStat).ino).toBe(ino);
    expect((here.rig.stat('/toData', false) as HostStat).mode & S_IF.FMT).toBe(S_IF.LNK);
    expect((here.rig.stat('/dir/../data', false) as HostStat).ino).toBe(ino);
  });
});

describe('a mount of the whole host', () => {
  it('has the paths of the host, and no jail', () => {
    const host = new Rig({ jail: 'none' });
    expect(host.readText(`${here.folder}/base/name`)).toBe('base');
    expect(host.readText(`${here.folder}/base/absolute`)).toBe('ENOENT');
    expect(host.readText(`${here.folder.slice(1)}/base/../data/name`)).toBe('data');
    const base = host.open(`${here.folder}/base`);
    expect(host.readText(host.path('../data/dir/name', base))).toBe('data/dir');
    expect(host.names(base)).toContain('toData');
    base.drop();
    expect(host.mkdir('/')).toBe('EEXIST');
    expect(host.remove('/', true)).toMatch(/EBUSY/);
    expect(host.link(`${here.folder}/base/relative`, `${here.folder}/base/linked`, true)).toBe(0);
    expect(fs.lstatSync(`${here.folder}/base/linked`).isFile()).toBe(true);
    host.mounts.close();
  });
});

/** A host on which nothing below /proc exists. */
const withoutProc = (): HostFiles =>
  new Proxy(hostFiles, {
    get: (host, name) => {
      const call = Reflect.get(host, name) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        const [path] = args;
        const isBelow = typeof path !== 'number' && Buffer.from(path as never).includes('/proc/');
        return isBelow ? fail('ENOENT') : call.apply(host, args);
      };
    },
  });

describe('a lexical jail', () => {
  it('resolves .. in the text, keeps slashes, and trusts symlinks', () => {
    const lexical = new Rig({ jail: 'lexical', root: join(here.folder, 'base') });
    fs.symlinkSync(join(here.folder, 'data'), join(here.folder, 'base/out'));
    expect(lexical.readText('/dir/../../../name')).toBe('base');
    expect(lexical.readText('nothing/../name')).toBe('base');
    expect(lexical.readText('out/name')).toBe('data');
    expect(lexical.readText('out/../name')).toBe('base');
    expect(lexical.readText('name/')).toBe('ENOTDIR');
    expect(lexical.remove('dir/..', true)).toBe('ENOTEMPTY');
    expect(lexical.remove('dir/.', true)).toBe('EINVAL');
    expect(lexical.remove('..', true)).toBe('ENOTEMPTY');
    expect(lexical.remove('/', true)).toBe('EBUSY');
    lexical.mounts.close();
  });

  it('needs no /proc: directories remember their names', () => {
    const files = withoutProc();
    const lexical = new Rig({ jail: 'lexical', root: join(here.folder, 'base'), files });
    const dir = lexical.open('dir/../dir');
    expect(lexical.names(dir)).toEqual(['name', 'sub']);
    expect(lexical.readText(lexical.path('sub/../name', dir))).toBe('base/dir');
    expect(lexical.readText(lexical.path('../../name', dir))).toBe('base');
    dir.drop();
    lexical.mounts.close();
  });
});

describe('a host without /proc', () => {
  it('has no jail that is walked', () => {
    const other = new Rig({ root: here.folder, files: withoutProc() });
    const before = openDescriptors(here.folder);
    expect(other.readText('base/name')).toBe('EOPNOTSUPP');
    expect(other.mkdir('new')).toBe('EOPNOTSUPP');
    expect(openDescriptors(here.folder)).toBe(before);
  });

  it('has paths from open directories all the same, where the host resolves them', () => {
    const other = new Rig({ root: here.folder, jail: 'none', files: withoutProc() });
    const dir = other.open('base/dir');
    expect(other.readText(other.path('../name', dir))).toBe('base');
    expect(other.names(dir)).toEqual(['name', 'sub']);
    expect(other.readText('base/name', { resolve: RESOLVE.BENEATH })).toBe('EOPNOTSUPP');
    dir.drop();
  });
});
