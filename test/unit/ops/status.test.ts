/**
 * Goal: STATX writes Linux's struct statx, tells in stx_mask what is true of it, and refuses what
 *       Linux refuses.
 * Method: a file system in memory; the record is read back byte by byte.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, O, S_IF, STATX } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { STATX_BYTES } from '../../../src/abi/records.ts';
import type { HostStat } from '../../../src/kernel/host.ts';
import { BAD, type Spoilt, World } from './world.ts';

const BASIC = STATX.BASIC_STATS;

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: 'hello', mode: 0o640 });
  w.files.add('/d', { type: S_IF.DIR });
  w.files.add('/d/x', { bytes: 'four' });
  return { w, f: w.string('f'), empty: w.string(''), s: w.room(STATX_BYTES) };
}

describe.each([false, true])('STATX, slow files: %s', (slow) => {
  it('tells of a path, and of a descriptor when the path may be empty', () => {
    const { w, f, empty, s } = world(slow);
    expect(w.res((r) => r.prepStatx(0, AT.FDCWD, f, 0, STATX.SIZE, s))).toBe(0);
    expect(w.memory.s64(s + 40)).toBe(5);
    const fd = w.fd('/d/x', O.PATH);
    expect(w.res((r) => r.prepStatx(0, fd, empty, AT.EMPTY_PATH, BASIC, s))).toBe(0);
    expect(w.memory.s64(s + 40)).toBe(4);
    expect(w.res((r) => r.prepStatx(0, AT.FDCWD, empty, AT.EMPTY_PATH, BASIC, s))).toBe(0);
    expect(w.memory.u16(s + 28) & S_IF.FMT).toBe(S_IF.DIR);
  });

  it('writes every field where Linux has it, and zeroes where it has nothing', () => {
    const { w, f, s } = world(slow);
    w.files.tell = (_, into: HostStat) => {
      Object.assign(into, {
        mode: S_IF.REG | 0o640,
        dev: 0x1_0345_6712, // makedev(0x567, 0x103412)
        ino: 2 ** 40 + 5,
        nlink: 3,
        uid: 1000,
        gid: 100,
        rdev: 0x0812,
        size: 2 ** 33 + 1,
        blksize: 4096,
        blocks: 24,
        atimeMs: 1000.25,
        mtimeMs: 2000.5,
        ctimeMs: -1.5,
        birthtimeMs: 4000,
      });
      return 0;
    };
    w.memory.bytes.fill(0xee, s, s + STATX_BYTES);
    expect(w.res((r) => r.prepStatx(0, AT.FDCWD, f, 0, BASIC, s))).toBe(0);
    const { memory } = w;
    expect(memory.u32(s)).toBe(BASIC | STATX.BTIME);
    expect([4, 16, 20, 24].map((at) => memory.u32(s + at))).toEqual([4096, 3, 1000, 100]);
    expect(memory.u16(s + 28)).toBe(S_IF.REG | 0o640);
    expect([32, 40, 48].map((at) => memory.s64(s + at))).toEqual([2 ** 40 + 5, 2 ** 33 + 1, 24]);
    const time = (at: number) => [memory.s64(s + at), memory.u32(s + at + 8)];
    expect(time(64)).toEqual([1, 250_000]);
    expect(time(80)).toEqual([4, 0]);
    expect(time(96)).toEqual([-1, 998_500_000]);
    expect(time(112)).toEqual([2, 500_000]);
    expect([128, 132].map((at) => memory.u32(s + at))).toEqual([8, 0x12]);
    expect([136, 140].map((at) => memory.u32(s + at))).toEqual([0x567, 0x103412]);
    for (const [from, to] of [
      [8, 16],
      [30, 32],
      [56, 64],
      [144, 256],
    ] as const)
      expect(memory.bytes.slice(s + from, s + to).every((byte) => byte === 0)).toBe(true);
  });

  it('leaves the time of birth out of the mask where the host does not know it', () => {
    const { w, f, s } = world(slow);
    w.res((r) => r.prepStatx(0, AT.FDCWD, f, 0, BASIC | STATX.BTIME, s));
    expect(w.memory.u32(s)).toBe(BASIC);
  });

  it('follows a symlink in the last place unless told not to', () => {
    const { w, f, s } = world(slow);
    w.res((r) => r.prepStatx(0, AT.FDCWD, f, 0, BASIC, s));
    expect(w.files.followed).toBe(true);
    w.res((r) => r.prepStatx(0, AT.FDCWD, f, AT.SYMLINK_NOFOLLOW, BASIC, s));
    expect(w.files.followed).toBe(false);
  });

  it('that fails writes nothing, and breaks no chain', () => {
    const { w, s } = world(slow);
    w.memory.bytes.fill(0xee, s, s + STATX_BYTES);
    const absent = w.string('absent');
    const ended = w.run((r) => r.prepStatx(0, AT.FDCWD, absent, 0, BASIC, s));
    expect(ended).toMatchObject({ res: fail('ENOENT'), isFailure: false });
    expect(w.memory.bytes.slice(s, s + STATX_BYTES).every((byte) => byte === 0xee)).toBe(true);
  });

  it('keeps the directory, or the file, it asks about', () => {
    const { w, empty, s } = world(slow);
    const x = w.string('x');
    const [d, f] = [w.fd('/d', O.RDONLY), w.fd('/f')];
    const a = w.begin((r) => r.prepStatx(0, d, x, 0, BASIC, s));
    const b = w.begin((r) => r.prepStatx(0, f, empty, AT.EMPTY_PATH, BASIC, s));
    w.process.descriptors.closeAll();
    expect(w.files.openFiles.size).toBe(slow ? 2 : 0);
    w.drain();
    expect([a, b].map((request) => w.kernel.endOf(request)?.res)).toEqual([0, 0]);
    expect(w.files.openFiles.size).toBe(0);
  });
});

describe('STATX is refused', () => {
  it.each<[Spoilt, Parameters<typeof fail>[0], boolean]>([
    [{ bufPersonality: 1 }, 'EINVAL', true],
    [{ fileIndex: 1 }, 'EINVAL', true],
    [{ flags: SQE_FLAG.FIXED_FILE }, 'EBADF', true],
    [{ addrLow: BAD }, 'EFAULT', true],
    [{ offLow: BAD }, 'EFAULT', false],
    [{ fd: 999 }, 'EBADF', false],
    [{ fd: 3 }, 'ENOTDIR', false],
    [{ opFlags: 1 }, 'EINVAL', false],
    [{ opFlags: AT.STATX_SYNC_TYPE }, 'EINVAL', false],
    [{ len: STATX.RESERVED }, 'EINVAL', false],
  ])('with %o: %s (at preparation: %s)', (spoil, errno, isPreparation) => {
    const { w, f, s } = world();
    w.fd('/f');
    const ended = w.run((r) => r.prepStatx(0, AT.FDCWD, f, 0, BASIC, s), spoil);
    expect(ended).toMatchObject({ res: fail(errno), isPreparation });
  });

  it('with an empty path that may not be empty, and with one and no descriptor', () => {
    const { w, empty, s } = world();
    expect(w.res((r) => r.prepStatx(0, w.fd('/f'), empty, 0, BASIC, s))).toBe(fail('ENOENT'));
    expect(w.res((r) => r.prepStatx(0, 999, empty, AT.EMPTY_PATH, BASIC, s))).toBe(fail('EBADF'));
  });
});
