/**
 * Goal: READ and WRITE move what Linux would move and end as Linux would end them, whether their
 *       file answers at once or later, in one piece or in slices.
 * Method: files in memory under a kernel turned by hand; laws hold of quick and of slow files.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { O, RWF, S_IF } from '../../../src/abi/files.ts';
import { SETUP, SQE_FLAG } from '../../../src/abi/flags.ts';
import { INLINE_BYTES_MAX } from '../../../src/abi/limits.ts';
import { BAD, RING_OBJECT, World, type WorldParts } from './world.ts';

const LARGE = 2 * INLINE_BYTES_MAX + 1000;
const pattern = (bytes: number): string => {
  const line = 'the quick brown fox jumps over the lazy dog 0123456789\n';
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
};

function world(slow: boolean, parts: WorldParts = {}) {
  const w = new World({ slow, ...parts });
  w.files.add('/f', { bytes: '0123456789' });
  w.files.add('/d', { type: S_IF.DIR });
  return { w, fd: w.fd('/f'), b: w.room(64) };
}

describe.each([false, true])('a transfer, slow files: %s', (slow) => {
  it('at an offset leaves the file position alone', () => {
    const { w, fd, b } = world(slow);
    expect(w.res((r) => r.prepRead(0, fd, b, 3, 5))).toBe(3);
    expect(w.text(b, 3)).toBe('567');
    expect(w.res((r) => r.prepWrite(0, fd, b, 3, 0))).toBe(3);
    expect(w.files.content('/f')).toBe('5673456789');
    expect(w.process.descriptors.get(fd)?.file?.position).toBe(0);
  });

  it('at -1 uses and moves the file position', () => {
    const { w, fd, b } = world(slow);
    expect(w.res((r) => r.prepRead(0, fd, b, 4, -1))).toBe(4);
    expect(w.res((r) => r.prepRead(0, fd, b, 4, -1))).toBe(4);
    expect(w.text(b, 4)).toBe('4567');
    expect(w.res((r) => r.prepRead(0, fd, b, 4, -1))).toBe(2);
    expect(w.res((r) => r.prepRead(0, fd, b, 4, -1))).toBe(0);
  });

  it('fails when it is short, and does not when it is whole', () => {
    const { w, fd, b } = world(slow);
    expect(w.run((r) => r.prepRead(0, fd, b, 20, 0))).toMatchObject({ res: 10, isFailure: true });
    expect(w.run((r) => r.prepRead(0, fd, b, 10, 0))).toMatchObject({ res: 10, isFailure: false });
    expect(w.run((r) => r.prepRead(0, fd, b, 4, 10))).toMatchObject({ res: 0, isFailure: true });
    expect(w.run((r) => r.prepRead(0, fd, b, 0, 0))).toMatchObject({ res: 0, isFailure: false });
  });

  it('of more than a slice lets others have a turn after each, and moves every byte once', () => {
    const { w } = world(slow);
    w.files.add('/big', { bytes: pattern(LARGE) });
    const from = w.room(LARGE);
    const big = w.fd('/big');
    const read = w.run((r) => r.prepRead(0, big, from, LARGE, 0));
    expect(read).toMatchObject({ res: LARGE, isFailure: false });
    expect(read.turns).toBeGreaterThanOrEqual(2);
    expect(w.text(from, LARGE)).toBe(pattern(LARGE));
    const copy = w.fd('/f');
    expect(w.res((r) => r.prepWrite(0, copy, from, LARGE, 0))).toBe(LARGE);
    expect(w.files.content('/f')).toBe(pattern(LARGE));
    expect(w.files.calls.filter((call) => call === 'read')).toHaveLength(3);
  });

  it('in slices ends with a short one, or with the bytes before an error', () => {
    const { w } = world(slow);
    w.files.add('/big', { bytes: pattern(INLINE_BYTES_MAX + 10) });
    const into = w.room(LARGE);
    const big = w.fd('/big');
    expect(w.res((r) => r.prepRead(0, big, into, LARGE, 0))).toBe(INLINE_BYTES_MAX + 10);
    w.files.script('read', INLINE_BYTES_MAX, fail('EIO'));
    expect(w.res((r) => r.prepRead(0, big, into, LARGE, 0))).toBe(INLINE_BYTES_MAX);
    w.files.script('read', fail('EIO'));
    expect(w.res((r) => r.prepRead(0, big, into, LARGE, 0))).toBe(fail('EIO'));
  });

  it('in slices at -1 takes its span at once, so that the next one continues behind it', () => {
    const { w } = world(slow);
    w.files.add('/big', { bytes: pattern(2 * LARGE) });
    const [first, second] = [w.room(LARGE), w.room(LARGE)];
    const big = w.fd('/big');
    const a = w.begin((r) => r.prepRead(0, big, first, LARGE, -1));
    const b = w.begin((r) => r.prepRead(0, big, second, LARGE, -1));
    w.drain();
    expect([w.kernel.endOf(a)?.res, w.kernel.endOf(b)?.res]).toEqual([LARGE, LARGE]);
    expect(w.text(first, LARGE) + w.text(second, LARGE)).toBe(pattern(2 * LARGE));
    expect(w.process.descriptors.get(big)?.file?.position).toBe(2 * LARGE);
  });

  it('in slices at -1 gives back what it did not use of its span', () => {
    const { w } = world(slow);
    w.files.add('/big', { bytes: pattern(INLINE_BYTES_MAX + 10) });
    const big = w.fd('/big');
    const into = w.room(LARGE);
    w.res((r) => r.prepRead(0, big, into, LARGE, -1));
    expect(w.process.descriptors.get(big)?.file?.position).toBe(INLINE_BYTES_MAX + 10);
  });

  it('to a file that appends is one call whatever its length, so that appends do not tear', () => {
    const { w } = world(slow);
    const from = w.place(pattern(LARGE));
    const log = w.fd('/f', O.WRONLY | O.APPEND);
    const a = w.begin((r) => r.prepWrite(0, log, from, LARGE, 0));
    const b = w.begin((r) => r.prepWrite(0, log, from, 5, 0));
    w.drain();
    expect([w.kernel.endOf(a)?.res, w.kernel.endOf(b)?.res]).toEqual([LARGE, 5]);
    expect(w.files.content('/f')).toBe(`0123456789${pattern(LARGE)}${pattern(5)}`);
  });

  it.each([
    [RWF.SYNC, ['write', 'fsync']],
    [RWF.DSYNC, ['write', 'fdatasync']],
    [0, ['write']],
  ])('with RWF flags %i makes the calls %j', (flags, calls) => {
    const { w, fd, b } = world(slow);
    expect(w.res((r) => r.prepWrite(0, fd, b, 5, 0), { opFlags: flags })).toBe(5);
    expect(w.files.calls).toEqual(calls);
    expect(w.res((r) => r.prepRead(0, fd, b, 5, 0), { opFlags: flags })).toBe(5);
    expect(w.files.calls).toEqual([...calls, 'read']);
  });

  it('that cannot be made durable ends with that error', () => {
    const { w, fd, b } = world(slow);
    w.files.script('fsync', fail('EIO'));
    expect(w.res((r) => r.prepWrite(0, fd, b, 5, 0), { opFlags: RWF.SYNC })).toBe(fail('EIO'));
  });

  it('keeps its file when the descriptor is closed meanwhile, and lets go of it at the end', () => {
    const { w } = world(slow);
    w.files.add('/big', { bytes: pattern(LARGE) });
    const big = w.fd('/big');
    const into = w.room(LARGE);
    const request = w.begin((r) => r.prepRead(0, big, into, LARGE, 0));
    expect(w.process.descriptors.close(big)).toBe(0);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(LARGE);
    expect([...w.files.openFiles].map(({ path }) => path)).toEqual(['/f']);
  });

  it('whose ring closes lets go of its file', () => {
    const { w } = world(slow);
    w.files.add('/big', { bytes: pattern(LARGE) });
    const big = w.fd('/big');
    const into = w.room(LARGE);
    w.begin((r) => r.prepRead(0, big, into, LARGE, 0));
    w.process.descriptors.closeAll();
    w.kernel.closeRings();
    expect(w.files.openFiles.size).toBe(0);
  });
});

describe('a transfer that is refused', () => {
  const slow = false;
  type Case = [what: string, errno: Parameters<typeof fail>[0], run: (w: World) => number];
  const cases: Case[] = [
    ['a closed descriptor', 'EBADF', (w) => w.res((r) => r.prepRead(0, 999, 8192, 1, 0))],
    [
      'a registered file, of which there are none',
      'EBADF',
      (w) => w.res((r) => r.prepRead(0, 3, 8192, 1, 0), { flags: SQE_FLAG.FIXED_FILE }),
    ],
    ['a ring', 'EINVAL', (w) => w.res((r) => r.prepRead(0, ringFd(w), 8192, 1, 0))],
    [
      'a file opened with O_PATH',
      'EBADF',
      (w) => w.res((r) => r.prepRead(0, w.fd('/f', O.PATH), 8192, 1, 0)),
    ],
    ['a directory', 'EISDIR', (w) => w.res((r) => r.prepRead(0, w.fd('/d', 0), 8192, 1, 0))],
    [
      'a read of a file for writing',
      'EBADF',
      (w) => w.res((r) => r.prepRead(0, w.fd('/f', O.WRONLY), 8192, 1, 0)),
    ],
    [
      'a write of a file for reading',
      'EBADF',
      (w) => w.res((r) => r.prepWrite(0, w.fd('/f', O.RDONLY), 8192, 1, 0)),
    ],
    ['memory that is not mapped', 'EFAULT', (w) => w.res((r) => r.prepRead(0, 3, BAD, 1, 0))],
    ['the NULL page', 'EFAULT', (w) => w.res((r) => r.prepWrite(0, 3, 16, 1, 0))],
    [
      'bad memory and the wrong mode',
      'EBADF',
      (w) => w.res((r) => r.prepRead(0, w.fd('/f', O.WRONLY), BAD, 1, 0)),
    ],
    [
      'bad memory and a directory',
      'EISDIR',
      (w) => w.res((r) => r.prepRead(0, w.fd('/d', 0), BAD, 1, 0)),
    ],
    ['an offset below -1', 'EINVAL', (w) => w.res((r) => r.prepRead(0, 3, 8192, 1, -2))],
    [
      'a write where no file reaches',
      'EFBIG',
      (w) => w.res((r) => r.prepWrite(0, 3, 8192, 1, 2 ** 60)),
    ],
    [
      'an unknown RWF flag',
      'EOPNOTSUPP',
      (w) => w.res((r) => r.prepRead(0, 3, 8192, 1, 0), { opFlags: 1 << 20 }),
    ],
    [
      'RWF_NOWAIT on a write',
      'EAGAIN',
      (w) => w.res((r) => r.prepWrite(0, 3, 8192, 1, 0), { opFlags: RWF.NOWAIT }),
    ],
    [
      'an unknown RWF flag, and bad memory',
      'EOPNOTSUPP',
      (w) => w.res((r) => r.prepRead(0, 3, BAD, 1, 0), { opFlags: 1 << 20 }),
    ],
    [
      'RWF_HIPRI',
      'EINVAL',
      (w) => w.res((r) => r.prepRead(0, 3, 8192, 1, 0), { opFlags: RWF.HIPRI }),
    ],
    [
      'a selected buffer, of which there are none',
      'ENOBUFS',
      (w) => w.res((r) => r.prepRead(0, 3, 0, 1, 0), { flags: SQE_FLAG.BUFFER_SELECT }),
    ],
    [
      'BUFFER_SELECT on a write',
      'EOPNOTSUPP',
      (w) => w.res((r) => r.prepWrite(0, 3, 0, 1, 0), { flags: SQE_FLAG.BUFFER_SELECT }),
    ],
    [
      'a level of no I/O priority class',
      'EINVAL',
      (w) => w.res((r) => r.prepRead(0, 3, 8192, 1, 0), { ioprio: 1 }),
    ],
    [
      'the realtime class',
      'EPERM',
      (w) => w.res((r) => r.prepRead(0, 3, 8192, 1, 0), { ioprio: (1 << 13) | 4 }),
    ],
    [
      'a class there is not',
      'EINVAL',
      (w) => w.res((r) => r.prepRead(0, 3, 8192, 1, 0), { ioprio: 4 << 13 }),
    ],
  ];
  const ringFd = (w: World): number => w.process.descriptors.install(RING_OBJECT);

  it.each(cases)('%s ends with %s', (_, errno, run) => {
    expect(run(world(slow).w)).toBe(fail(errno));
  });

  it('is none on an I/O priority of the best-effort class', () => {
    const { w, fd, b } = world(slow);
    expect(w.res((r) => r.prepRead(0, fd, b, 3, 0), { ioprio: (2 << 13) | 4 })).toBe(3);
  });

  it('is none where no file reaches: a read finds its end, a write of nothing its place', () => {
    const { w, fd, b } = world(slow);
    expect(w.res((r) => r.prepRead(0, fd, b, 3, 2 ** 60))).toBe(0);
    expect(w.res((r) => r.prepWrite(0, fd, b, 0, 2 ** 60))).toBe(0);
  });

  it('is every one on a ring that polls its devices', () => {
    const { w, fd, b } = world(slow, { ringFlags: SETUP.IOPOLL });
    expect(w.res((r) => r.prepRead(0, fd, b, 3, 0))).toBe(fail('EOPNOTSUPP'));
  });
});

describe.each([false, true])('a fixed transfer, slow files: %s', (slow) => {
  it('moves what lies wholly in its registered buffer, and nothing else', () => {
    const { w, fd, b } = world(slow);
    w.room(16); // else nothing at all at `other` would end in the buffer
    const other = w.room(16);
    const read = (addr: number, len: number, index: number): number =>
      w.res((r) => r.prepReadFixed(0, fd, addr, len, 0, index));
    expect(read(b, 4, 0)).toBe(fail('EFAULT'));
    const list = w.words64(b, 64, other, 16);
    w.buffers.register({ memory: w.memory, low: list, high: 0, count: 2 });
    expect(read(b + 4, 8, 0)).toBe(8);
    expect(w.text(b + 4, 8)).toBe('01234567');
    expect(w.res((r) => r.prepWriteFixed(0, fd, b + 8, 4, 0, 0))).toBe(4);
    expect(w.files.content('/f')).toBe('4567456789');
    expect([read(b, 65, 0), read(b + 60, 5, 0), read(other, 4, 0), read(b, 4, 1)]).toEqual(
      Array(4).fill(fail('EFAULT')),
    );
    expect([read(b, 4, 2), read(other, 0, 0), read(b, 0, 0)]).toEqual([
      fail('EFAULT'),
      fail('EFAULT'),
      0,
    ]);
  });

  it('looks for its file before its buffer', () => {
    const { w, b } = world(slow);
    expect(w.res((r) => r.prepReadFixed(0, 999, b, 4, 0, 0))).toBe(fail('EBADF'));
  });
});
