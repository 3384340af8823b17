/**
 * Goal: OPENAT, OPENAT2 and CLOSE give and take back descriptors, and refuse what Linux refuses.
 * Method: files in memory under a kernel turned by hand; laws hold of quick and of slow files.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, O, RESOLVE, S_IF } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { DESCRIPTORS_MAX, PATH_BYTES_MAX } from '../../../src/abi/limits.ts';
import { OPEN_HOW_BYTES } from '../../../src/abi/records.ts';
import { FakeOpenFile } from '../kernel/fake-open-file.ts';
import { BAD, RING_OBJECT, type Spoilt, World } from './world.ts';

function world(slow: boolean) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: 'content' });
  w.files.add('/d', { type: S_IF.DIR });
  w.files.add('/d/x', { bytes: 'inside' });
  return { w, f: w.string('f'), x: w.string('x') };
}

describe.each([false, true])('opening, slow files: %s', (slow) => {
  it('gives the lowest free descriptor, which owns the file until it is closed', () => {
    const { w, f } = world(slow);
    const fd = w.res((r) => r.prepOpenat(0, AT.FDCWD, f, O.RDONLY, 0));
    expect(fd).toBe(3);
    expect([...w.files.openFiles].map(({ path, holds }) => [path, holds])).toEqual([['/f', 1]]);
    expect(w.res((r) => r.prepClose(0, fd))).toBe(0);
    expect(w.files.openFiles.size).toBe(0);
    expect(w.res((r) => r.prepClose(0, fd))).toBe(fail('EBADF'));
  });

  it('begins relative paths at their directory, and absolute ones at the root', () => {
    const { w, x } = world(slow);
    const d = w.fd('/d', O.RDONLY | O.DIRECTORY);
    const opened = (dfd: number, path: number): string | undefined => {
      const fd = w.res((r) => r.prepOpenat(0, dfd, path, O.RDONLY, 0));
      return [...w.files.openFiles].find((file) => file === w.process.descriptors.get(fd))?.path;
    };
    expect(opened(d, x)).toBe('/d/x');
    const absolute = w.string('/f');
    expect([opened(d, absolute), opened(999, absolute)]).toEqual(['/f', '/f']);
    w.drain();
    expect([...w.files.openFiles].map(({ holds }) => holds)).toEqual([1, 1, 1, 1]);
  });

  it('keeps the directory it begins at while it pends', () => {
    const { w, x } = world(slow);
    const d = w.fd('/d', O.RDONLY | O.DIRECTORY);
    const request = w.begin((r) => r.prepOpenat(0, d, x, O.RDONLY, 0));
    w.process.descriptors.close(d);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBeGreaterThanOrEqual(3);
    expect([...w.files.openFiles].map(({ path }) => path)).toEqual(['/d/x']);
  });

  it('leaves nothing open when its ring closes first', () => {
    const { w, x } = world(slow);
    const d = w.fd('/d', O.RDONLY | O.DIRECTORY);
    w.begin((r) => r.prepOpenat(0, d, x, O.RDONLY, 0));
    w.process.descriptors.closeAll();
    w.kernel.closeRings();
    expect([...w.files.openFiles].map(({ path }) => path)).toEqual([]);
  });

  it('ignores unknown flags, and a mode where nothing is created; O_PATH beats most flags', () => {
    const { w, f } = world(slow);
    const how = (flags: number, mode: number) => {
      w.res((r) => r.prepOpenat(0, AT.FDCWD, f, flags, mode));
      return w.files.how;
    };
    expect(how(O.RDWR | (1 << 30), 0o600)).toEqual({ flags: O.RDWR, mode: 0, resolve: 0 });
    expect(how(O.RDWR | O.CREAT, 0o170600)).toMatchObject({ mode: 0o600 });
    expect(how(O.PATH | O.RDWR | O.NOFOLLOW, 0)).toMatchObject({ flags: O.PATH | O.NOFOLLOW });
  });

  it('by OPENAT2 does as open_how says', () => {
    const { w, f } = world(slow);
    const how = w.words64(O.RDWR | O.CREAT, 0o640, RESOLVE.BENEATH);
    expect(w.res((r) => r.prepOpenat2(0, AT.FDCWD, f, how))).toBe(3);
    expect(w.files.how).toEqual({
      flags: O.RDWR | O.CREAT,
      mode: 0o640,
      resolve: RESOLVE.BENEATH,
    });
  });

  it('by OPENAT2 takes a longer open_how whose rest is zero', () => {
    const { w, f } = world(slow);
    const how = w.words64(O.RDONLY, 0, 0, 0);
    const size = OPEN_HOW_BYTES + 8;
    const open = () => w.res((r) => r.prepOpenat2(0, AT.FDCWD, f, how), { len: size });
    expect(open()).toBe(3);
    w.memory.setU8(how + OPEN_HOW_BYTES + 7, 1);
    expect(open()).toBe(fail('E2BIG'));
  });

  it('with a full table of descriptors leaves nothing open', () => {
    const { w, f } = world(slow);
    for (let fd = 3; fd < DESCRIPTORS_MAX; fd++) w.process.descriptors.installAt(fd, RING_OBJECT);
    const opened = w.run((r) => r.prepOpenat(0, AT.FDCWD, f, O.RDONLY, 0));
    expect(opened).toMatchObject({ res: fail('EMFILE'), isFailure: true });
    expect(w.files.openFiles.size).toBe(0);
  });
});

describe('a path', () => {
  const open = (w: World, path: number, dfd: number = AT.FDCWD) =>
    w.run((r) => r.prepOpenat(0, dfd, path, O.RDONLY, 0));

  it('has at most 4095 bytes and a NUL', () => {
    const { w } = world(false);
    const longest = w.string(`${'./'.repeat((PATH_BYTES_MAX - 2) / 2)}f`);
    expect(open(w, longest).res).toBe(3);
    const tooLong = w.string(`${'./'.repeat((PATH_BYTES_MAX - 2) / 2)}./f`);
    expect(open(w, tooLong)).toMatchObject({ res: fail('ENAMETOOLONG'), isPreparation: true });
  });

  it('may end with the memory, and must not leave it', () => {
    const { w } = world(false);
    const end = w.memory.sizeBytes;
    w.memory.bytes.set(Buffer.from('f\0'), end - 2);
    expect(open(w, end - 2).res).toBe(3);
    w.memory.bytes.fill(0x78, end - 2);
    expect(open(w, end - 2)).toMatchObject({ res: fail('EFAULT'), isPreparation: true });
  });

  it.each<[what: string, errno: Parameters<typeof fail>[0], isPreparation: boolean]>([
    ['BAD', 'EFAULT', true],
    ['NULL', 'EFAULT', true],
    ['', 'ENOENT', true],
    ['absent', 'ENOENT', false],
  ])('%j is refused with %s (at preparation: %s)', (text, errno, isPreparation) => {
    const { w } = world(false);
    const path = text === 'BAD' ? BAD : text === 'NULL' ? 0 : w.string(text);
    expect(open(w, path)).toMatchObject({ res: fail(errno), isPreparation });
  });

  it('that is relative begins at an open directory, else it is refused', () => {
    const { w, x } = world(false);
    expect(open(w, x, 999).res).toBe(fail('EBADF'));
    expect(open(w, x, w.fd('/f')).res).toBe(fail('ENOTDIR'));
    expect(open(w, x, w.process.descriptors.install(RING_OBJECT)).res).toBe(fail('ENOTDIR'));
  });

  it('is the one that stood there when it was submitted', () => {
    const { w } = world(true);
    const path = w.string('f');
    const request = w.begin((r) => r.prepOpenat(0, AT.FDCWD, path, O.RDONLY, 0));
    w.memory.bytes.set(Buffer.from('d/x\0'), path);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(3);
    expect([...w.files.openFiles][0]?.path).toBe('/f');
  });
});

describe('open_how', () => {
  const both = RESOLVE.BENEATH | RESOLVE.IN_ROOT;
  const temporary = O.TMPFILE;
  it.each<[what: string, how: number[], errno: Parameters<typeof fail>[0] | undefined]>([
    ['an unknown flag', [1 << 30, 0, 0], 'EINVAL'],
    ['a flag beyond 32 bits', [2 ** 40, 0, 0], 'EINVAL'],
    ['an unknown RESOLVE_ flag', [0, 0, 0x40], 'EINVAL'],
    ['BENEATH and IN_ROOT', [0, 0, both], 'EINVAL'],
    ['a mode where nothing is created', [O.RDWR, 0o600, 0], 'EINVAL'],
    ['a mode with other bits', [O.RDWR | O.CREAT, 0o10600, 0], 'EINVAL'],
    ['O_PATH for writing', [O.PATH | O.RDWR, 0, 0], 'EINVAL'],
    ['O_CREAT of a directory', [O.CREAT | O.DIRECTORY, 0, 0], 'EINVAL'],
    ['O_TMPFILE for reading', [temporary, 0, 0], 'EINVAL'],
    ['O_TMPFILE without O_DIRECTORY', [(temporary & ~O.DIRECTORY) | O.RDWR, 0, 0], 'EINVAL'],
    ['O_TMPFILE for writing', [temporary | O.RDWR, 0o600, 0], undefined],
  ])('with %s: %j gives %s', (_, [flags, mode, resolve], errno) => {
    const { w, f } = world(false);
    const how = w.words64(flags!, mode!, resolve!);
    const { res } = w.run((r) => r.prepOpenat2(0, AT.FDCWD, f, how));
    expect(res).toBe(errno === undefined ? 3 : fail(errno));
  });

  it.each<[len: number, how: number | undefined, errno: Parameters<typeof fail>[0]]>([
    [23, undefined, 'EINVAL'],
    [4097, undefined, 'E2BIG'],
    [24, BAD, 'EFAULT'],
  ])('of %i bytes at %s is refused at preparation with %s', (len, at, errno) => {
    const { w, f } = world(false);
    const how = at ?? w.words64(0, 0, 0);
    const opened = w.run((r) => r.prepOpenat2(0, AT.FDCWD, f, how), { len });
    expect(opened).toMatchObject({ res: fail(errno), isPreparation: true });
  });
});

describe('what opening and closing refuse while an entry is read', () => {
  const openat = (w: World, spoil: Spoilt) =>
    w.run((r) => r.prepOpenat(0, AT.FDCWD, w.string('f'), 0, 0), spoil);
  const close = (w: World, spoil: Spoilt) => w.run((r) => r.prepClose(0, 999), spoil);
  it.each<[string, typeof close, Spoilt, Parameters<typeof fail>[0]]>([
    ['OPENAT', openat, { bufPersonality: 1 }, 'EINVAL'],
    ['OPENAT', openat, { flags: SQE_FLAG.FIXED_FILE }, 'EBADF'],
    ['OPENAT', openat, { flags: SQE_FLAG.BUFFER_SELECT }, 'EOPNOTSUPP'],
    ['OPENAT', openat, { ioprio: 1 }, 'EINVAL'],
    ['CLOSE', close, { offLow: 1 }, 'EINVAL'],
    ['CLOSE', close, { offHigh: 1 }, 'EINVAL'],
    ['CLOSE', close, { addrLow: 1 }, 'EINVAL'],
    ['CLOSE', close, { len: 1 }, 'EINVAL'],
    ['CLOSE', close, { opFlags: 1 }, 'EINVAL'],
    ['CLOSE', close, { bufPersonality: 1 }, 'EINVAL'],
    ['CLOSE', close, { flags: SQE_FLAG.FIXED_FILE }, 'EBADF'],
    ['CLOSE', close, { fileIndex: 1 }, 'EINVAL'],
  ])('%s %#: %o', (_, run, spoil, errno) => {
    const { w } = world(false);
    expect(run(w, spoil)).toMatchObject({ res: fail(errno), isPreparation: true });
  });
});

describe('closing', () => {
  it('refuses what is not open, and a ring (V3)', () => {
    const { w } = world(false);
    const ring = w.process.descriptors.install(RING_OBJECT);
    for (const fd of [-1, 0, 999, ring])
      expect(w.run((r) => r.prepClose(0, fd))).toMatchObject({
        res: fail('EBADF'),
        isFailure: true,
      });
    expect(w.process.descriptors.get(ring)).toBe(RING_OBJECT);
  });

  it('takes what bytes stream through', () => {
    const { w } = world(false);
    const file = new FakeOpenFile();
    const fd = w.process.descriptors.install(file);
    expect([w.res((r) => r.prepClose(0, fd)), file.holds]).toEqual([0, 0]);
  });

  it('takes a descriptor of O_PATH', () => {
    const { w } = world(false);
    const fd = w.fd('/f', O.PATH);
    expect(w.res((r) => r.prepClose(0, fd))).toBe(0);
  });
});
