/**
 * Goal: the operations do on a host's files what they do on files in memory, at once and through
 *       the host's pool (IOSQE_ASYNC), and give every descriptor back.
 * Method: a temporary folder as the root of a jailed mount; results are looked at with node:fs.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, O, S_IF, SEEK, STATX } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { INLINE_BYTES_MAX } from '../../../src/abi/limits.ts';
import type { Entries } from '../../../src/client/entries.ts';
import { NodeFiles } from '../../../src/host/files.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Mounts } from '../../../src/kernel/vfs/mounts.ts';
import { World } from './world.ts';

const CWD = AT.FDCWD;
const LARGE = 2 * INLINE_BYTES_MAX + 1000;

describe.each([0, SQE_FLAG.ASYNC])('files of a host, with SQE flags %i', (flags) => {
  let root = '';
  let mounts: Mounts;
  let w: World;
  let openBefore = 0;
  const openDescriptors = (): number => fs.readdirSync('/proc/self/fd').length;
  const at = (name: string): string => join(root, name);

  const run = async (prepare: (ring: Entries) => void): Promise<number> =>
    (await w.kernel.ended(w.begin(prepare, { flags }))).res;
  const open = (path: string, oflags: number): Promise<number> => {
    const name = w.string(path);
    return run((r) => r.prepOpenat(0, CWD, name, oflags, 0o644));
  };

  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'uring-ops-')));
    openBefore = openDescriptors();
    const files = new NodeFiles(fs);
    const spec = { path: '/', files, root, jail: 'walk' as const, devices: false };
    mounts = new Mounts([spec], new VirtualClock());
    w = new World({ fileSystem: mounts });
  });

  afterEach(() => {
    w.process.descriptors.closeAll();
    mounts.close();
    expect(openDescriptors()).toBe(openBefore);
    fs.rmSync(root, { recursive: true });
  });

  it('are opened, written, read, moved in, cut and closed', async () => {
    const fd = await open('/f', O.RDWR | O.CREAT);
    const [text, b] = [w.place('0123456789'), w.room(32)];
    expect(await run((r) => r.prepWrite(0, fd, text, 10, -1))).toBe(10);
    expect(await run((r) => r.prepLseek(0, fd, -4, SEEK.END))).toBe(6);
    expect(await run((r) => r.prepRead(0, fd, b, 32, -1))).toBe(4);
    expect(w.text(b, 4)).toBe('6789');
    const v = w.words64(b, 2, b + 8, 3);
    expect(await run((r) => r.prepReadv(0, fd, v, 2, 1))).toBe(5);
    expect(w.text(b, 11)).toBe('1289\0\0\0\x00345');
    expect(await run((r) => r.prepFsync(0, fd, 0))).toBe(0);
    expect(await run((r) => r.prepFtruncate(0, fd, 4))).toBe(0);
    expect(await run((r) => r.prepFallocate(0, fd, 0, 0, 6))).toBe(0);
    expect(fs.readFileSync(at('f'), 'latin1')).toBe('0123\0\0');
    expect(await run((r) => r.prepClose(0, fd))).toBe(0);
    expect(await run((r) => r.prepRead(0, fd, b, 1, 0))).toBe(fail('EBADF'));
  });

  it('of more than a slice move whole', async () => {
    const content = Buffer.from('abcdefg'.repeat(LARGE / 7 + 1).slice(0, LARGE));
    const [from, into] = [w.place(content), w.room(LARGE)];
    const fd = await open('/f', O.RDWR | O.CREAT);
    expect(await run((r) => r.prepWrite(0, fd, from, LARGE, 0))).toBe(LARGE);
    expect(fs.readFileSync(at('f')).equals(content)).toBe(true);
    expect(await run((r) => r.prepRead(0, fd, into, LARGE, 0))).toBe(LARGE);
    expect(content.equals(w.memory.bytes.slice(into, into + LARGE))).toBe(true);
  });

  it('are read, written, copied and hashed whole', async () => {
    const content = 'hash me '.repeat(100_000);
    fs.writeFileSync(at('f'), content);
    const [f, g, h] = [w.string('f'), w.string('g'), w.string('h')];
    const [into, digest, sha256] = [w.room(1000), w.room(40), w.string('sha256')];
    expect(await run((r) => r.prepReadFile(0, CWD, f, into, 1000))).toBe(content.length);
    expect(w.text(into, 1000)).toBe(content.slice(0, 1000));
    expect(await run((r) => r.prepWriteFile(0, CWD, g, into, 1000, O.CREAT | O.TRUNC, 0o600))).toBe(
      1000,
    );
    expect(fs.readFileSync(at('g'), 'latin1')).toBe(content.slice(0, 1000));
    expect(await run((r) => r.prepReadFile(0, CWD, g, into, 1000))).toBe(1000);
    expect(await run((r) => r.prepCopyFile(0, CWD, f, CWD, h, 0, 0o640))).toBe(0);
    expect(fs.readFileSync(at('h'), 'latin1')).toBe(content);
    expect(await run((r) => r.prepCopyFile(0, CWD, f, CWD, f, 0, 0o640))).toBe(0);
    expect(fs.readFileSync(at('f'), 'latin1')).toBe(content);
    expect(await run((r) => r.prepHashFile(0, sha256, CWD, f, digest))).toBe(32);
    expect(w.memory.s64(digest)).toBe(content.length);
    const hex = Buffer.from(w.memory.bytes.slice(digest + 8, digest + 40)).toString('hex');
    expect(hex).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('that are none are refused, without a wait', async () => {
    fs.mkdirSync(at('d'));
    const [d, absent, b] = [w.string('d'), w.string('absent'), w.room(16)];
    expect(await run((r) => r.prepReadFile(0, CWD, d, b, 16))).toBe(fail('EISDIR'));
    expect(await run((r) => r.prepReadFile(0, CWD, absent, b, 16))).toBe(fail('ENOENT'));
    expect(await run((r) => r.prepCopyFile(0, CWD, d, CWD, absent, 0, 0))).toBe(fail('EISDIR'));
    expect(fs.existsSync(at('absent'))).toBe(false);
  });

  it('have names that are made, moved, listed, told of and removed', async () => {
    const [d, x, y, s, l] = ['d', 'x', 'y', 's', 'l'].map((name) => w.string(name));
    const statx = w.room(256);
    expect(await run((r) => r.prepMkdirat(0, CWD, d!, 0o755))).toBe(0);
    const dfd = await open('d', O.RDONLY | O.DIRECTORY);
    fs.writeFileSync(at('d/x'), 'hello');
    expect(await run((r) => r.prepRenameat(0, dfd, x!, dfd, y!, 0))).toBe(0);
    expect(await run((r) => r.prepSymlinkat(0, y!, dfd, s!))).toBe(0);
    expect(await run((r) => r.prepLinkat(0, dfd, y!, dfd, l!, 0))).toBe(0);
    expect(fs.readdirSync(at('d')).sort()).toEqual(['l', 's', 'y']);
    expect(fs.readlinkSync(at('d/s'))).toBe('y');
    expect(await run((r) => r.prepStatx(0, dfd, s!, 0, STATX.BASIC_STATS, statx))).toBe(0);
    expect([w.memory.u32(statx + 16), w.memory.s64(statx + 40)]).toEqual([2, 5]);
    expect(w.memory.s64(statx + 32)).toBe(fs.statSync(at('d/y')).ino);
    const lstat = AT.SYMLINK_NOFOLLOW;
    expect(await run((r) => r.prepStatx(0, dfd, s!, lstat, STATX.BASIC_STATS, statx))).toBe(0);
    expect(w.memory.u16(statx + 28) & S_IF.FMT).toBe(S_IF.LNK);
    expect(await run((r) => r.prepGetdents(0, dfd, statx, 256))).toBe(3 * 24);
    expect(await run((r) => r.prepGetdents(0, dfd, statx, 256))).toBe(0);
    expect(await run((r) => r.prepUnlinkat(0, CWD, d!, AT.REMOVEDIR))).toBe(fail('ENOTEMPTY'));
    for (const name of [y, s, l])
      expect(await run((r) => r.prepUnlinkat(0, dfd, name!, 0))).toBe(0);
    expect(await run((r) => r.prepUnlinkat(0, CWD, d!, AT.REMOVEDIR))).toBe(0);
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('without a size are read to their end', async () => {
    const files = new NodeFiles(fs);
    const spec = { path: '/', files, root: '/', jail: 'none' as const, devices: false };
    w = new World({ fileSystem: new Mounts([spec], new VirtualClock()) });
    const [path, b] = [w.string('/proc/version'), w.room(4096)];
    const { length } = fs.readFileSync('/proc/version');
    expect(await run((r) => r.prepReadFile(0, CWD, path, b, 4096))).toBe(length);
    expect(await run((r) => r.prepReadFile(0, CWD, path, b, 3))).toBe(length);
    const zero = w.string('/dev/zero');
    expect(await run((r) => r.prepReadFile(0, CWD, zero, b, 4096))).toBe(fail('ENXIO'));
    const none = w.string('/dev/null');
    expect(await run((r) => r.prepReadFile(0, CWD, none, b, 4096))).toBe(fail('ENXIO'));
  });
});
