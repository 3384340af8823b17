/**
 * Goal: every call of the host's files answers as Linux would, in numbers, and never throws; by the
 *       pool it answers the same.
 * Method: each case runs at once and by the pool, in a temporary folder of its own. Other
 *         platforms, and errors that are hard to provoke, are played by an object in place of
 *         `node:fs`.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errnoName, fail, type Res } from '../../../src/abi/errno.ts';
import { DT, O, S_IF } from '../../../src/abi/files.ts';
import { NodeFiles } from '../../../src/host/files.ts';
import type { NodeFs } from '../../../src/host/node-fs.ts';
import type { HostCalls, HostEntry, HostFiles } from '../../../src/kernel/host.ts';
import { newStat } from '../../../src/kernel/vfs/mount.ts';

/** What each test is given. */
const here = { folder: '' };

/** Node's types want Buffers for paths; see NodeFiles. */
const node = fs as unknown as NodeFs;
const files: HostFiles = new NodeFiles(fs);
/** A host some calls of which are played. */
const played = (parts: Partial<NodeFs>): HostFiles => new NodeFiles({ ...node, ...parts });

type Run = <K extends keyof HostCalls>(call: K, ...args: Parameters<HostCalls[K]>) => Promise<Res>;
type Calls = { readonly [K in keyof HostCalls]: (...args: Parameters<HostCalls[K]>) => Res };

const atOnce =
  (host: HostFiles): Run =>
  async (call, ...args) =>
    (host as Calls)[call](...args);
const byPool =
  (host: HostFiles): Run =>
  (call, ...args) =>
    new Promise((resolve) => host.later(call, args, resolve));

const ways = [
  { way: 'at once', on: atOnce },
  { way: 'by the pool', on: byPool },
];

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const at = (name: string): Uint8Array => bytes(join(here.folder, name));

beforeEach(() => {
  here.folder = fs.mkdtempSync(join(tmpdir(), 'uring-host-'));
  fs.writeFileSync(join(here.folder, 'file'), 'text');
  fs.mkdirSync(join(here.folder, 'full/inside'), { recursive: true });
  fs.symlinkSync('loop', join(here.folder, 'loop'));
  fs.symlinkSync('file', join(here.folder, 'link'));
});

afterEach(() => fs.rmSync(here.folder, { recursive: true }));

describe.each(ways)('a call $way', ({ on }) => {
  const run = on(files);
  const name = async (res: Promise<Res>): Promise<string> => errnoName(await res);

  it('answers an error with its number on Linux', async () => {
    const text = bytes('x');
    expect(await name(run('open', at('none'), O.RDONLY, 0))).toBe('ENOENT');
    expect(await name(run('open', at('file/x'), O.RDONLY, 0))).toBe('ENOTDIR');
    expect(await name(run('open', at('loop'), O.RDONLY, 0))).toBe('ELOOP');
    expect(await name(run('open', at('n'.repeat(256)), O.RDONLY, 0))).toBe('ENAMETOOLONG');
    expect(await name(run('open', at('file'), O.CREAT | O.EXCL, 0o600))).toBe('EEXIST');
    expect(await name(run('open', at('full'), O.WRONLY, 0))).toBe('EISDIR');
    expect(await name(run('stat', at('none'), true, newStat()))).toBe('ENOENT');
    expect(await name(run('rmdir', at('full')))).toBe('ENOTEMPTY');
    expect(await name(run('unlink', at('full')))).toBe('EISDIR');
    expect(await name(run('mkdir', at('full'), 0o700))).toBe('EEXIST');
    expect(await name(run('rename', at('file'), at('full')))).toBe('EISDIR');
    expect(await name(run('link', at('none'), at('new')))).toBe('ENOENT');
    expect(await name(run('symlink', bytes('x'), at('file')))).toBe('EEXIST');
    expect(await name(run('readlink', at('file'), new Uint8Array(9)))).toBe('EINVAL');
    expect(await name(run('readdir', at('file'), []))).toBe('ENOTDIR');
    for (const call of ['close', 'fsync', 'fdatasync'] as const)
      expect(await name(run(call, 0x7fff_ffff))).toBe('EBADF');
    expect(await name(run('read', 0x7fff_ffff, text, 0, 1, 0))).toBe('EBADF');
    expect(await name(run('write', 0x7fff_ffff, text, 0, 1, 0))).toBe('EBADF');
    expect(await name(run('readv', 0x7fff_ffff, [text], 0))).toBe('EBADF');
    expect(await name(run('writev', 0x7fff_ffff, [text], 0))).toBe('EBADF');
    expect(await name(run('fstat', 0x7fff_ffff, newStat()))).toBe('EBADF');
    expect(await name(run('ftruncate', 0x7fff_ffff, 1))).toBe('EBADF');
  });

  it('answers EINVAL for arguments that Node refuses', async () => {
    const fd = await run('open', at('file'), O.RDWR, 0);
    expect(await name(run('open', bytes('/a\0b'), O.RDONLY, 0))).toBe('EINVAL');
    expect(await name(run('read', fd, bytes('x'), 0, 1, 2 ** 53))).toBe('EINVAL');
    expect(await name(run('read', fd, bytes('x'), 1, 1, 0))).toBe('EINVAL');
    expect(await name(run('ftruncate', fd, 0.5))).toBe('EINVAL');
    expect(await run('close', fd)).toBe(0);
  });

  it('moves bytes between any position of a file and any part of shared memory', async () => {
    const memory = new Uint8Array(new SharedArrayBuffer(64), 8, 32);
    memory.set(bytes('abcdef'), 4);
    const fd = await run('open', at('file'), O.RDWR, 0);
    expect(await run('write', fd, memory, 5, 3, 2)).toBe(3);
    expect(fs.readFileSync(join(here.folder, 'file'), 'latin1')).toBe('tebcd');
    expect(await run('read', fd, memory, 20, 9, 1)).toBe(4);
    expect(Buffer.from(memory.slice(19, 25))).toEqual(Buffer.from('\0ebcd\0'));
    const views = [memory.subarray(0, 2), memory.subarray(10, 13)];
    expect(await run('readv', fd, views, 0)).toBe(5);
    expect(Buffer.from(memory.slice(10, 13)).toString()).toBe('bcd');
    expect(await run('writev', fd, views, 2 ** 33)).toBe(5);
    expect(await run('ftruncate', fd, 1)).toBe(0);
    expect(await run('fsync', fd)).toBe(0);
    expect(await run('fdatasync', fd)).toBe(0);
    const stat = newStat();
    expect(await run('fstat', fd, stat)).toBe(0);
    expect(stat).toMatchObject({ size: 1, mode: S_IF.REG | 0o644, nlink: 1 });
    expect(await run('close', fd)).toBe(0);
  });

  it('goes on at the position of the host where -1 is asked for', async () => {
    const fd = await run('open', at('file'), O.RDWR | O.APPEND, 0);
    const into = new Uint8Array(2);
    expect(await run('read', fd, into, 0, 2, -1)).toBe(2);
    expect(await run('readv', fd, [into], -1)).toBe(2);
    expect(Buffer.from(into).toString()).toBe('xt');
    expect(await run('write', fd, bytes('ab'), 0, 2, -1)).toBe(2);
    expect(await run('writev', fd, [bytes('cd')], -1)).toBe(2);
    expect(await run('close', fd)).toBe(0);
    expect(fs.readFileSync(join(here.folder, 'file'), 'latin1')).toBe('textabcd');
  });

  it('takes names of any bytes, and lists them with their types', async () => {
    const odd = Uint8Array.from({ length: 128 }, (_, i) => 128 + i);
    const path = Buffer.concat([at(''), odd]);
    expect(await run('mkdir', path, 0o755)).toBe(0);
    expect(await run('rename', at('full'), Buffer.concat([path, bytes('/moved')]))).toBe(0);
    expect(await run('link', at('file'), Buffer.concat([path, bytes('/\n')]))).toBe(0);
    expect(await run('symlink', odd, Buffer.concat([path, bytes('/to')]))).toBe(0);
    const found: HostEntry[] = [];
    expect(await run('readdir', path, found)).toBe(3);
    const listed = found.map((entry) => [Buffer.from(entry.name).toString('latin1'), entry.type]);
    expect(new Map(listed as [string, number][])).toEqual(
      new Map([
        ['moved', DT.DIR],
        ['\n', DT.REG],
        ['to', DT.LNK],
      ]),
    );
    const target = new Uint8Array(odd.length + 1);
    expect(await run('readlink', Buffer.concat([path, bytes('/to')]), target)).toBe(odd.length);
    expect(target.subarray(0, odd.length)).toEqual(odd);
    expect(await run('readlink', Buffer.concat([path, bytes('/to')]), target.subarray(0, 3))).toBe(
      3,
    );
    expect(await run('unlink', Buffer.concat([path, bytes('/to')]))).toBe(0);
    expect(await run('rmdir', Buffer.concat([path, bytes('/moved/inside')]))).toBe(0);
  });

  it('tells of a symlink or of what is behind it, as asked', async () => {
    const stat = newStat();
    expect(await run('stat', at('link'), true, stat)).toBe(0);
    expect(stat.mode & S_IF.FMT).toBe(S_IF.REG);
    expect(await run('stat', at('link'), false, stat)).toBe(0);
    expect(stat.mode & S_IF.FMT).toBe(S_IF.LNK);
  });

  it('answers the code of an error, whatever number the host gives it', async () => {
    const answers = (code: unknown): Promise<Res> => on(hostThat(code))('unlink', 'x');
    expect(await answers('ELOOP')).toBe(-40);
    expect(await answers('ENOTSUP')).toBe(fail('EOPNOTSUPP'));
    expect(await answers('Unknown system error -117')).toBe(-117);
    expect(await answers('ERR_FS_SOMETHING')).toBe(fail('EINVAL'));
    expect(await answers('EWHATEVER')).toBe(fail('EIO'));
    expect(await answers(undefined)).toBe(fail('EIO'));
    expect(await answers('toString')).toBe(fail('EIO'));
  });
});

/** A host on which every unlink fails with that code, and an errno of another platform. */
function hostThat(code: unknown): HostFiles {
  const error = Object.assign(new Error('played'), { code, errno: -62 });
  return played({
    unlinkSync: () => {
      throw error;
    },
    unlink: (_, done) => setImmediate(done, error),
  });
}

describe('a pooled call', () => {
  it('answers in a later turn, also when Node refuses its arguments', async () => {
    const answers: string[] = [];
    const ended = Promise.withResolvers<void>();
    files.later('close', [-1], (res) => {
      answers.push(errnoName(res));
      ended.resolve();
    });
    answers.push('returned');
    await ended.promise;
    expect(answers).toEqual(['returned', 'EINVAL']);
  });
});

describe('stack traces', () => {
  it('are off behind a call that failed, while Node is called, and on again after it', () => {
    const seen: number[] = [];
    const host = played({
      closeSync: (fd) => {
        seen.push(Error.stackTraceLimit);
        fs.closeSync(fd);
      },
      rmdirSync: (path) => {
        seen.push(Error.stackTraceLimit);
        node.rmdirSync(path);
      },
    });
    const limit = Error.stackTraceLimit;
    expect(errnoName(host.close(0x7fff_ffff))).toBe('EBADF');
    expect(Error.stackTraceLimit).toBe(limit);
    expect(errnoName(host.rmdir(at('none')))).toBe('ENOENT');
    expect(Error.stackTraceLimit).toBe(limit);
    expect(limit).toBeGreaterThan(0);
    expect(seen).toEqual([limit, 0]);
  });
});

describe('open flags on a host that is not Linux', () => {
  /** As macOS numbers them. */
  const constants = {
    O_WRONLY: 1,
    O_RDWR: 2,
    O_CREAT: 0x200,
    O_EXCL: 0x800,
    O_TRUNC: 0x400,
    O_APPEND: 8,
    O_NOCTTY: 0x2_0000,
    O_NONBLOCK: 4,
    O_SYNC: 0x80,
    O_DSYNC: 0x40_0000,
    O_DIRECTORY: 0x10_0000,
    O_NOFOLLOW: 0x100,
  };
  let given: number | undefined;
  const host = played({
    constants,
    openSync: (_, flags) => {
      given = flags;
      return 7;
    },
  });

  it('are the numbers of that host', () => {
    host.open('x', O.RDWR | O.CREAT | O.EXCL | O.TRUNC | O.APPEND, 0);
    expect(given).toBe(0x2 | 0x200 | 0x800 | 0x400 | 8);
    host.open('x', O.NONBLOCK | O.NOCTTY | O.CLOEXEC | O.NOFOLLOW | O.DIRECTORY, 0);
    expect(given).toBe(4 | 0x2_0000 | 0x100 | 0x10_0000);
    host.open('x', O.WRONLY | O.SYNC, 0);
    expect(given).toBe(1 | 0x80 | 0x40_0000);
    host.open('x', O.DIRECT | O.NOATIME, 0); // neither is there, and both are only wishes
    expect(given).toBe(0);
  });

  it('are EINVAL when they would open something else there', () => {
    given = undefined;
    for (const flag of [O.PATH, O.TMPFILE | O.RDWR, O.ASYNC])
      expect(host.open('x', flag, 0)).toBe(fail('EINVAL'));
    expect(given).toBeUndefined();
  });
});
