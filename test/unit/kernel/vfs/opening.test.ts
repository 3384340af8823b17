/**
 * Goal: what is opened is a regular file or a directory, nothing else can hold or harm its thread,
 *       and RESOLVE_ flags refuse what openat2(2) would.
 * Method: real FIFOs, sockets and devices, at once and by the pool, in a jail and without one. A
 *         call that blocked would never come back, and the test not end. Descriptors are counted.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errnoName } from '../../../../src/abi/errno.ts';
import { O, RESOLVE } from '../../../../src/abi/files.ts';
import type { OpenHow, PathArg } from '../../../../src/kernel/file-system.ts';
import { type JailKind, newStat } from '../../../../src/kernel/vfs/mount.ts';
import { bytes, hostAfter, newFolder, openDescriptors, Rig } from './rig.ts';

/** What each test is given. */
const here = { folder: '' };

beforeEach(() => {
  here.folder = newFolder();
  fs.mkdirSync(join(here.folder, 'dir/sub'), { recursive: true });
  fs.writeFileSync(join(here.folder, 'file'), 'text');
  fs.writeFileSync(join(here.folder, 'dir/file'), 'inner');
  fs.symlinkSync('file', join(here.folder, 'link'));
  fs.symlinkSync('/dir', join(here.folder, 'absolute'));
  fs.symlinkSync('../file', join(here.folder, 'dir/up'));
});

afterEach(() => fs.rmSync(here.folder, { recursive: true }));

type Way = { readonly jail: JailKind; readonly isAsync: boolean };
const ways: readonly Way[] = (['walk', 'lexical', 'none'] as const).flatMap((jail) => [
  { jail, isAsync: false },
  { jail, isAsync: true },
]);

/** Opens it the one way or the other: 0 or the name of the errno, and lets go of the file. */
async function open(rig: Rig, arg: PathArg, how: Partial<OpenHow>, isAsync = false) {
  const request = rig.request(isAsync);
  const full = { flags: O.RDONLY, mode: 0o644, resolve: 0, ...how };
  const res = await rig.result((r, k) => rig.mounts.open(r, k, arg, full), request);
  expect(request.file === undefined).toBe(res < 0);
  request.letGo();
  return res < 0 ? errnoName(res) : res;
}

describe.each(ways)('in a mount with jail "$jail" (by the pool: $isAsync)', ({ jail, isAsync }) => {
  const rigWith = (devices: boolean): Rig => new Rig({ root: here.folder, jail, devices });

  it('a FIFO is ENXIO at once, with or without anybody at its other end', async () => {
    const fifo = join(here.folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const rig = rigWith(false);
    const before = openDescriptors(here.folder);
    const tryAll = async (): Promise<void> => {
      for (const flags of [O.RDONLY, O.WRONLY, O.RDWR, O.WRONLY | O.CREAT | O.TRUNC])
        expect(await open(rig, rig.path('fifo'), { flags }, isAsync)).toBe('ENXIO');
    };
    await tryAll();
    const other = fs.openSync(fifo, O.RDWR | O.NONBLOCK);
    await tryAll();
    fs.closeSync(other);
    expect(await open(rig, rig.path('fifo'), { flags: O.PATH }, isAsync)).toBe(0);
    rig.mounts.close();
    expect(openDescriptors(here.folder)).toBe(before);
  });

  it('a socket is ENXIO', async () => {
    const server = createServer().listen(join(here.folder, 'socket'));
    await once(server, 'listening');
    const rig = rigWith(false);
    for (const flags of [O.RDONLY, O.RDWR])
      expect(await open(rig, rig.path('socket'), { flags }, isAsync)).toBe('ENXIO');
    rig.mounts.close();
    server.close();
    await once(server, 'close');
  });

  it('a file and a directory are opened, and remember what was asked for', async () => {
    const rig = rigWith(false);
    const request = rig.request(isAsync);
    const how = { flags: O.RDWR | O.APPEND, mode: 0, resolve: 0 };
    expect(await rig.result((r, k) => rig.mounts.open(r, k, rig.path('file'), how), request)).toBe(
      0,
    );
    expect(request.file).toMatchObject({ flags: how.flags, isDirectory: false, position: 0 });
    request.letGo();
    for (const flags of [O.RDONLY, O.DIRECTORY, O.PATH]) {
      const call = rig.result(
        (r, k) => rig.mounts.open(r, k, rig.path('dir/'), { flags, mode: 0, resolve: 0 }),
        request,
      );
      expect(await call).toBe(0);
      expect(request.file).toMatchObject({ flags, isDirectory: true });
      request.letGo();
    }
    expect(await open(rig, rig.path('link'), { flags: O.NOFOLLOW }, isAsync)).toBe('ELOOP');
    expect(await open(rig, rig.path('link'), {}, isAsync)).toBe(0);
    expect(await open(rig, rig.path('dir/none'), {}, isAsync)).toBe('ENOENT');
    rig.mounts.close();
  });

  it('a file is made with the mode that was asked for', async () => {
    const rig = rigWith(false);
    const flags = O.WRONLY | O.CREAT | O.EXCL;
    expect(await open(rig, rig.path('dir/new'), { flags, mode: 0o604 }, isAsync)).toBe(0);
    expect(fs.statSync(join(here.folder, 'dir/new')).mode & 0o777).toBe(0o604);
    expect(await open(rig, rig.path('dir/new'), { flags }, isAsync)).toBe('EEXIST');
    rig.mounts.close();
  });

  it('a file that is opened to read whole is not looked at', async () => {
    const rig = rigWith(false);
    const request = rig.request(isAsync);
    const call = (r: typeof request, k: Parameters<Parameters<Rig['now']>[0]>[1]) =>
      rig.mounts.openToRead(r, k, rig.path('link'));
    expect(await rig.result(call, request)).toBe(0);
    const into = new Uint8Array(9);
    expect(rig.now((r, k) => request.file!.file!.read(r, k, into, 0, 9, 0))).toBe(4);
    request.letGo();
    rig.mounts.close();
  });
});

describe('devices', () => {
  it.each(['/dev/tty', '/dev/zero', '/dev/null', '/dev/ptmx'])('such as %s are ENXIO', (path) => {
    for (const jail of ['walk', 'none'] as const) {
      const rig = new Rig({ jail });
      const before = openDescriptors(path);
      expect(() => rig.open(path, O.RDWR)).toThrow('ENXIO');
      rig.mounts.close();
      expect(openDescriptors(path)).toBe(before);
    }
  });

  it('are served by a mount that allows them, as they come', () => {
    const rig = new Rig({ jail: 'none', devices: true });
    const zero = rig.open('/dev/zero', O.RDWR);
    const into = new Uint8Array(8).fill(1);
    expect(rig.now((r, k) => zero.read(r, k, into, 0, 8, -1))).toBe(8);
    expect(into).toEqual(new Uint8Array(8));
    expect(zero.position).toBe(0);
    expect(rig.now((r, k) => zero.write(r, k, into, 0, 8, 99))).toBe(8);
    zero.drop();
  });

  it('refuse positions, or are known by their first result, when they are read whole', () => {
    const rig = new Rig({ jail: 'none' });
    execFileSync('mkfifo', [join(here.folder, 'fifo')]);
    const other = fs.openSync(join(here.folder, 'fifo'), O.RDWR | O.NONBLOCK);
    fs.writeSync(other, 'waiting');
    const into = new Uint8Array(4);
    const readWhole = (path: string): string | number => {
      const request = rig.request();
      expect(rig.now((r, k) => rig.mounts.openToRead(r, k, rig.path(path)), request)).toBe(0);
      const res = rig.now((r, k) => request.file!.file!.read(r, k, into, 0, 4, 0));
      const stat = newStat();
      rig.now((r, k) => request.file!.file!.stat(r, k, stat));
      expect(stat.size).toBe(0);
      request.letGo();
      return res < 0 ? errnoName(res) : res;
    };
    expect(readWhole(join(here.folder, 'fifo'))).toBe('ESPIPE');
    expect(readWhole('/dev/null')).toBe(0);
    expect(readWhole('/dev/zero')).toBe(into.length);
    fs.closeSync(other);
  });
});

describe('every open', () => {
  it('cannot wait, take a terminal, or be inherited; and follows nothing in a jail', () => {
    const seen: number[] = [];
    const files = hostAfter((call, args) => {
      if (call === 'open' && !Buffer.from(args[0] as Uint8Array).includes('/dir')) return;
      if (call === 'open') seen.push(Number(args[1]));
    });
    const always = O.NONBLOCK | O.NOCTTY | O.CLOEXEC;
    for (const jail of ['walk', 'lexical', 'none'] as const) {
      const rig = new Rig({ root: here.folder, jail, files });
      rig.open('dir', O.DIRECTORY).drop();
      expect(() => rig.open('dir/file', O.RDWR | O.CREAT | O.EXCL)).toThrow('EEXIST');
      rig.mounts.close();
    }
    expect(seen.length).toBeGreaterThan(4);
    for (const flags of seen)
      if ((flags & O.PATH) === 0) expect(flags & always).toBe(always);
      else expect(flags & (O.CLOEXEC | O.NOFOLLOW)).toBe(O.CLOEXEC | O.NOFOLLOW);
    expect(seen.filter((flags) => (flags & (O.NOFOLLOW | O.PATH)) === O.NOFOLLOW)).toHaveLength(1);
  });

  it('closes what it must not keep, when the look at it fails', () => {
    let fails = false;
    const files = new Proxy(
      hostAfter(() => {}),
      {
        get: (host, name) =>
          name === 'fstat' && fails ? () => -5 : Reflect.get(host, name).bind(host),
      },
    );
    const rig = new Rig({ root: here.folder, files });
    expect(rig.readText('dir/file')).toBe('inner');
    const before = openDescriptors(here.folder);
    fails = true;
    expect(() => rig.open('dir/file')).toThrow('EIO');
    expect(openDescriptors(here.folder)).toBe(before);
    rig.mounts.close();
  });
});

describe('paths', () => {
  it('are refused when they are empty or too long, whatever the mount', () => {
    for (const jail of ['walk', 'lexical', 'none'] as const) {
      const rig = new Rig({ root: here.folder, jail });
      expect(rig.readText('')).toBe('ENOENT');
      expect(rig.readText(`${'/'.repeat(4091)}file`)).toBe('text');
      expect(rig.readText(`${'/'.repeat(4092)}file`)).toBe('ENAMETOOLONG');
      expect(rig.readText('n'.repeat(256))).toBe('ENAMETOOLONG');
      rig.mounts.close();
    }
  });

  it('may be of any bytes', () => {
    const name = Uint8Array.from({ length: 254 }, (_, i) => i + 1).filter((byte) => byte !== 0x2f);
    const path = Buffer.concat([bytes('dir/'), name]);
    for (const jail of ['walk', 'lexical', 'none'] as const) {
      const rig = new Rig({ root: here.folder, jail });
      fs.writeFileSync(Buffer.concat([bytes(`${here.folder}/`), path]), 'odd');
      expect(rig.readText(rig.path(path))).toBe('odd');
      rig.mounts.close();
    }
  });

  it('begin at directories only', async () => {
    const rig = new Rig({ root: here.folder });
    const [file, dir, place] = [rig.open('file'), rig.open('dir'), rig.open('dir', O.PATH)];
    expect(rig.readText(rig.path('x', file))).toBe('ENOTDIR');
    expect(rig.readText(rig.path('/file', file))).toBe('text');
    expect(rig.readText(rig.path('file', place))).toBe('inner');
    dir.drop();
    expect(rig.readText(rig.path('file', dir))).toBe('EBADF');
    file.drop();
    place.drop();
    rig.mounts.close();
  });
});

describe.each(['walk', 'none'] as const)('in a mount with jail "%s"', (jail) => {
  const { NO_SYMLINKS, BENEATH, IN_ROOT, NO_MAGICLINKS, CACHED } = RESOLVE;

  it.each([
    { path: 'file', resolve: NO_SYMLINKS, text: 'inner' },
    { path: '../file', resolve: NO_SYMLINKS, text: 'text' },
    { path: 'up', resolve: NO_SYMLINKS, text: 'ELOOP' },
    { path: '../link', resolve: NO_SYMLINKS, text: 'ELOOP' },
    { path: 'up', resolve: NO_MAGICLINKS, text: 'text' },
    { path: 'file', resolve: BENEATH, text: 'inner' },
    { path: 'sub/../file', resolve: BENEATH, text: 'inner' },
    { path: '../dir/file', resolve: BENEATH, text: 'EXDEV' },
    { path: 'sub/../../dir/file', resolve: BENEATH, text: 'EXDEV' },
    { path: '/file', resolve: BENEATH, text: 'EXDEV' },
    { path: 'up', resolve: BENEATH, text: 'EXDEV' },
    { path: 'file', resolve: IN_ROOT, text: 'inner' },
    { path: '/file', resolve: IN_ROOT, text: 'inner' },
    { path: '../../file', resolve: IN_ROOT, text: 'inner' },
    { path: 'up', resolve: IN_ROOT, text: 'inner' },
    { path: 'nothing', resolve: IN_ROOT, text: 'ENOENT' },
    { path: 'file', resolve: CACHED, text: 'EAGAIN' },
  ])('"$path" from dir, with RESOLVE_ flags $resolve, is $text', ({ path, resolve, text }) => {
    const rig = new Rig({ root: here.folder, jail });
    const dir = rig.open('dir');
    expect(rig.readText(rig.path(path, dir), { resolve })).toBe(text);
    dir.drop();
    rig.mounts.close();
  });

  it('an absolute symlink leaves what is beneath, and stays in a root', () => {
    const rig = new Rig({ root: here.folder, jail });
    const root = rig.open('.');
    expect(rig.readText(rig.path('absolute/file', root), { resolve: BENEATH })).toBe('EXDEV');
    expect(rig.readText(rig.path('absolute/file', root), { resolve: IN_ROOT })).toBe('inner');
    expect(rig.readText('absolute/file', { resolve: IN_ROOT })).toBe('inner');
    fs.symlinkSync('/file', join(here.folder, 'dir/toRoot'));
    const dir = rig.open('dir');
    expect(rig.readText(rig.path('toRoot', dir), { resolve: IN_ROOT })).toBe('inner');
    dir.drop();
    root.drop();
    rig.mounts.close();
  });
});
