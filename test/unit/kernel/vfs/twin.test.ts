/**
 * Goal: a path means in a jail what it means on Linux: the same file, or the same errno.
 * Method: two equal trees. What a jail does in one, the host does in the other, by the same paths
 *         below its folder; none of them leads out of it, or contains an absolute symlink.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errnoName, type Res } from '../../../../src/abi/errno.ts';
import { O, S_IF } from '../../../../src/abi/files.ts';
import { newStat } from '../../../../src/kernel/vfs/mount.ts';
import { bytes, hostFiles, newFolder, Rig } from './rig.ts';

/** What each test is given. */
const here = {} as { folder: string; jail: Rig };

const HOPS = Array.from({ length: 41 }, (_, i) => i + 1);

/** What a path of the cases can meet. */
function plant(root: string): void {
  fs.mkdirSync(join(root, 'dir/sub/deep'), { recursive: true });
  fs.mkdirSync(join(root, 'empty'));
  fs.writeFileSync(join(root, 'file'), 'file');
  fs.writeFileSync(join(root, 'dir/inner'), 'inner');
  fs.writeFileSync(join(root, 'dir/sub/deep/file'), 'deep');
  const links = {
    toFile: 'file',
    toDir: 'dir',
    toDirSlash: 'dir/',
    toFileSlash: 'file/',
    toNothing: 'nothing',
    toNothingBelow: 'dir/nothing',
    'dir/up': '..',
    'dir/sub/upTwice': '../../file',
    'dir/self': '.',
    chain: 'dir/chain',
    'dir/chain': 'sub/../chainEnd',
    'dir/chainEnd': 'self/self/inner',
    loop: 'loop',
    ping: 'pong',
    pong: './ping',
    throughFile: 'file/x',
    // Forty symlinks are followed, one more is not.
    ...Object.fromEntries(HOPS.map((i) => [`hop${i}`, i === 1 ? 'file' : `hop${i - 1}`])),
  };
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(target, join(root, name));
}

const LONG = 'n'.repeat(255);
const PATHS = [
  ...['file', 'dir', 'empty', 'nothing', 'nothing/x', 'file/x', 'file/', 'file/.', 'file/..'],
  ...['dir/', 'dir/.', 'dir/..', 'dir//', 'dir/./inner', './file', './/./file', 'dir/../file'],
  ...['dir/sub/../inner', 'dir/sub/deep/../../inner', 'nothing/..', 'nothing/../file', '.', './'],
  ...['toFile', 'toFile/', 'toDir', 'toDir/', 'toDir/inner', 'toDir/../file', 'toDirSlash'],
  ...[
    'toDirSlash/inner',
    'toFileSlash',
    'toNothing',
    'toNothing/',
    'toNothingBelow',
    'toNothing/x',
  ],
  ...[
    'dir/up/file',
    'dir/up/dir/up/file',
    'dir/up/toDir/inner',
    'dir/sub/upTwice',
    'dir/self/inner',
  ],
  ...[
    'chain',
    'chain/',
    'loop',
    'loop/',
    'loop/x',
    'ping',
    'throughFile',
    'hop1',
    'hop40',
    'hop41',
  ],
  ...['new', 'new/', 'dir/new', 'new/x', LONG, `${LONG}n`, `dir/${LONG}n/x`, `${LONG}n/..`],
  ...[`${'./'.repeat(2000)}file`, `${'dir/../'.repeat(500)}file`],
];

function plantTwins(): void {
  here.folder = newFolder();
  for (const twin of ['jailed', 'free']) {
    fs.mkdirSync(join(here.folder, twin));
    plant(join(here.folder, twin));
  }
  here.jail = new Rig({ root: join(here.folder, 'jailed') });
}

function uproot(): void {
  here.jail.mounts.close();
  fs.rmSync(here.folder, { recursive: true });
}

/** The path on the host: that of the twin is short enough for every path to remain one. */
const free = (path: string): Uint8Array => bytes(`${here.folder}/free/${path}`);
const outcome = (res: Res): string => (res < 0 ? errnoName(res) : 'done');

/** What is in a tree, without times and inode numbers. */
function inventory(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .flatMap((entry: fs.Dirent) => {
      const path = join(folder, entry.name);
      const { mode, nlink } = fs.lstatSync(path);
      const head = `${entry.name} ${mode.toString(8)} ${nlink}`;
      if (entry.isSymbolicLink()) return [`${head} ${fs.readlinkSync(path)}`];
      if (entry.isFile()) return [`${head} ${fs.readFileSync(path, 'latin1')}`];
      return [head, ...inventory(path).map((line) => `${entry.name}/${line}`)];
    })
    .sort();
}

/** Opens it here and there, and compares what came of it. */
function openBoth(path: string, flags: number): void {
  const request = here.jail.request();
  const how = { flags, mode: 0o640, resolve: 0 };
  const res = here.jail.now(
    (r, k) => here.jail.mounts.open(r, k, here.jail.path(path), how),
    request,
  );
  const fd = hostFiles.open(free(path), flags | O.CLOEXEC, 0o640);
  expect(outcome(res)).toBe(outcome(fd));
  if (fd < 0) return;
  const [ours, theirs] = [newStat(), newStat()];
  here.jail.now((r, k) => request.file!.file!.stat(r, k, ours));
  hostFiles.fstat(fd, theirs);
  hostFiles.close(fd);
  expect([ours.mode, ours.size]).toEqual([theirs.mode, theirs.size]);
  expect(request.file!.file!.isDirectory).toBe((theirs.mode & S_IF.FMT) === S_IF.DIR);
  request.letGo();
}

const expectTwins = (): void =>
  expect(inventory(join(here.folder, 'jailed'))).toEqual(inventory(join(here.folder, 'free')));

const cases = PATHS.map((path) => ({
  name: path.length > 40 ? `${path.slice(0, 37)}...` : path,
  path,
}));

describe('looking at the path', () => {
  beforeAll(plantTwins);
  afterAll(uproot);

  it.each(cases)('"$name" opens it as the host does', ({ path }) => {
    openBoth(path, O.RDONLY);
    openBoth(path, O.WRONLY);
    openBoth(path, O.RDWR | O.APPEND);
    openBoth(path, O.NOFOLLOW);
    openBoth(path, O.DIRECTORY);
    openBoth(path, O.DIRECTORY | O.NOFOLLOW);
    openBoth(path, O.PATH);
    openBoth(path, O.PATH | O.NOFOLLOW);
    openBoth(path, O.PATH | O.DIRECTORY);
    openBoth(path, O.PATH | O.DIRECTORY | O.NOFOLLOW);
  });

  it.each(cases)('"$name" tells its status as the host does', ({ path }) => {
    for (const follow of [true, false]) {
      const theirs = newStat();
      const res = hostFiles.stat(free(path), follow, theirs);
      const ours = here.jail.stat(path, follow);
      if (res < 0) expect(ours).toBe(outcome(res));
      else expect(ours).toMatchObject({ mode: theirs.mode, size: theirs.size });
    }
  });
});

describe('a change by the path', () => {
  beforeEach(plantTwins);
  afterEach(uproot);

  it.each(cases)('"$name" is what the host makes of it, when a file is opened', ({ path }) => {
    openBoth(path, O.RDWR | O.TMPFILE);
    openBoth(path, O.RDWR | O.CREAT | O.EXCL);
    openBoth(path, O.WRONLY | O.CREAT | O.NOFOLLOW);
    openBoth(path, O.WRONLY | O.CREAT);
    openBoth(path, O.WRONLY | O.TRUNC);
    expectTwins();
  });

  it.each(cases)('"$name" is what the host makes of it, when a name is', ({ path }) => {
    const host = hostFiles;
    const both = (what: string, ours: string | 0, theirs: Res): void =>
      expect(`${what}: ${ours || 'done'}`).toBe(`${what}: ${outcome(theirs)}`);
    both('mkdir', here.jail.mkdir(path), host.mkdir(free(path), 0o755));
    both('symlink', here.jail.symlink('file', path), host.symlink('file', free(path)));
    both('link to', here.jail.link('file', path), host.link(free('file'), free(path)));
    both('link', here.jail.link(path, 'linked'), host.link(free(path), free('linked')));
    both('move to', here.jail.rename('empty', path), host.rename(free('empty'), free(path)));
    const inner = free('dir/inner');
    both('move file to', here.jail.rename('dir/inner', path), host.rename(inner, free(path)));
    both('move', here.jail.rename(path, 'moved'), host.rename(free(path), free('moved')));
    both('unlink', here.jail.remove(path), host.unlink(free(path)));
    both('rmdir', here.jail.remove(path, true), host.rmdir(free(path)));
    expectTwins();
  });
});
