/**
 * Goal: FALLOCATE makes files longer and never shorter, FTRUNCATE sets their length, and both
 *       refuse what Linux refuses.
 * Method: files in memory under a kernel turned by hand; laws hold of quick and of slow files.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { FALLOC, O } from '../../../src/abi/files.ts';
import { ZERO_BYTES } from '../../../src/abi/limits.ts';
import { RING_OBJECT, type Spoilt, World } from './world.ts';

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: 'abc' });
  return { w, fd: w.fd('/f') };
}

describe.each([false, true])('room in a file, slow files: %s', (slow) => {
  it('is added by FALLOCATE up to the end of its range, and never taken', () => {
    const { w, fd } = world(slow);
    expect(w.res((r) => r.prepFallocate(0, fd, 0, 2, 4))).toBe(0);
    expect(w.files.content('/f')).toBe('abc\0\0\0');
    expect(w.res((r) => r.prepFallocate(0, fd, 0, 0, 2))).toBe(0);
    expect(w.files.content('/f')).toBe('abc\0\0\0');
  });

  it('is added to a file that appends, too', () => {
    const { w } = world(slow);
    const fd = w.fd('/f', O.RDWR | O.APPEND);
    expect(w.res((r) => r.prepFallocate(0, fd, 0, 0, 6))).toBe(0);
    expect(w.files.content('/f')).toBe('abc\0\0\0');
  });

  it('added while somebody appends takes nothing from them', () => {
    const { w, fd } = world(slow);
    const request = w.begin((r) => r.prepFallocate(0, fd, 0, 0, 5));
    w.kernel.turn();
    w.files.nodes.get('/f')!.bytes = Buffer.from('abcdefghij');
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(0);
    expect(w.files.content('/f')).toHaveLength(10);
  });

  it.each([
    [FALLOC.KEEP_SIZE, 2, 9, 'abc'],
    [FALLOC.KEEP_SIZE | FALLOC.PUNCH_HOLE, 1, 1, 'a\0c'],
    [FALLOC.KEEP_SIZE | FALLOC.PUNCH_HOLE, 1, 9, 'a\0\0'],
    [FALLOC.KEEP_SIZE | FALLOC.PUNCH_HOLE, 5, 9, 'abc'],
    [FALLOC.KEEP_SIZE | FALLOC.ZERO_RANGE, 2, 9, 'ab\0'],
    [FALLOC.ZERO_RANGE, 2, 3, 'ab\0\0\0'],
  ])('of FALLOCATE with mode %i from %i on, %i bytes, makes it %j', (mode, off, len, content) => {
    const { w, fd } = world(slow);
    expect(w.res((r) => r.prepFallocate(0, fd, mode, off, len))).toBe(0);
    expect(w.files.content('/f')).toBe(content);
  });

  it('is zeroed in turns, however long it is', () => {
    const { w } = world(slow);
    const size = 2 * ZERO_BYTES + 1;
    w.files.add('/long', { bytes: 'x'.repeat(size) });
    const fd = w.fd('/long');
    expect(w.res((r) => r.prepFallocate(0, fd, FALLOC.ZERO_RANGE, 1, size - 2))).toBe(0);
    expect(w.files.content('/long')).toBe(`x${'\0'.repeat(size - 2)}x`);
  });

  it('is not zeroed where every write goes to the end', () => {
    const { w } = world(slow);
    const fd = w.fd('/f', O.RDWR | O.APPEND);
    const res = w.res((r) => r.prepFallocate(0, fd, FALLOC.ZERO_RANGE, 0, 2));
    expect(res).toBe(fail('EOPNOTSUPP'));
    expect(w.files.content('/f')).toBe('abc');
  });

  it('is set by FTRUNCATE', () => {
    const { w, fd } = world(slow);
    expect(w.res((r) => r.prepFtruncate(0, fd, 2))).toBe(0);
    expect(w.files.content('/f')).toBe('ab');
    expect(w.res((r) => r.prepFtruncate(0, fd, 4))).toBe(0);
    expect(w.files.content('/f')).toBe('ab\0\0');
  });

  it('that cannot be had is an error, and breaks no chain', () => {
    const { w, fd } = world(slow);
    w.files.script('fstat', fail('EIO'));
    const status = w.run((r) => r.prepFallocate(0, fd, 0, 0, 9));
    w.files.script('write', fail('ENOSPC'));
    const full = w.run((r) => r.prepFallocate(0, fd, 0, 0, 9));
    w.files.script('truncate', fail('EPERM'));
    const cut = w.run((r) => r.prepFtruncate(0, fd, 9));
    expect([status, full, cut]).toMatchObject(
      (['EIO', 'ENOSPC', 'EPERM'] as const).map((name) => ({ res: fail(name), isFailure: false })),
    );
  });

  it('keeps its file when the descriptor is closed meanwhile', () => {
    const { w, fd } = world(slow);
    const a = w.begin((r) => r.prepFallocate(0, fd, 0, 0, 9));
    const b = w.begin((r) => r.prepFtruncate(0, fd, 7));
    w.process.descriptors.close(fd);
    w.drain();
    expect([a, b].map((request) => w.kernel.endOf(request)?.res)).toEqual([0, 0]);
    expect(w.files.openFiles.size).toBe(0);
  });
});

describe('room in a file is refused', () => {
  const fallocate = (w: World, spoil: Spoilt, flags?: number) =>
    w.run((r) => r.prepFallocate(0, w.fd('/f', flags), 0, 0, 10), spoil);
  const ftruncate = (w: World, spoil: Spoilt, flags?: number) =>
    w.run((r) => r.prepFtruncate(0, w.fd('/f', flags), 10), spoil);
  type Case = [string, typeof fallocate, Spoilt, Parameters<typeof fail>[0], boolean];
  it.each<Case>([
    ['FALLOCATE', fallocate, { bufPersonality: 1 }, 'EINVAL', true],
    ['FALLOCATE', fallocate, { opFlags: 1 }, 'EINVAL', true],
    ['FALLOCATE', fallocate, { fileIndex: 1 }, 'EINVAL', true],
    ['FALLOCATE', fallocate, { addrLow: 0 }, 'EINVAL', false],
    ['FALLOCATE', fallocate, { addrHigh: -1 }, 'EINVAL', false],
    ['FALLOCATE', fallocate, { offHigh: -1 }, 'EINVAL', false],
    ['FALLOCATE', fallocate, { offHigh: 0x7fff_ffff }, 'EFBIG', false],
    ['FALLOCATE', fallocate, { len: 0x1000 }, 'EOPNOTSUPP', false],
    ['FALLOCATE', fallocate, { len: FALLOC.PUNCH_HOLE }, 'EOPNOTSUPP', false],
    ['FALLOCATE', fallocate, { len: FALLOC.PUNCH_HOLE | FALLOC.ZERO_RANGE }, 'EOPNOTSUPP', false],
    ['FALLOCATE', fallocate, { fd: 999 }, 'EBADF', false],
    ['FTRUNCATE', ftruncate, { addrLow: 1 }, 'EINVAL', true],
    ['FTRUNCATE', ftruncate, { len: 1 }, 'EINVAL', true],
    ['FTRUNCATE', ftruncate, { opFlags: 1 }, 'EINVAL', true],
    ['FTRUNCATE', ftruncate, { bufPersonality: 1 }, 'EINVAL', true],
    ['FTRUNCATE', ftruncate, { fileIndex: 1 }, 'EINVAL', true],
    ['FTRUNCATE', ftruncate, { addr3Low: 1 }, 'EINVAL', true],
    ['FTRUNCATE', ftruncate, { offHigh: -1 }, 'EINVAL', false],
    ['FTRUNCATE', ftruncate, { offHigh: 0x7fff_ffff }, 'EFBIG', false],
    ['FTRUNCATE', ftruncate, { fd: 999 }, 'EBADF', false],
  ])('to %s with %o', (_, run, spoil, errno, isPreparation) => {
    const { w } = world();
    expect(run(w, spoil)).toMatchObject({ res: fail(errno), isPreparation });
    expect(w.files.content('/f')).toBe('abc');
  });

  it('in a file opened for reading, and in what is no file', () => {
    const { w } = world();
    expect(fallocate(w, {}, O.RDONLY).res).toBe(fail('EBADF'));
    expect(ftruncate(w, {}, O.RDONLY).res).toBe(fail('EINVAL'));
    const ring = w.process.descriptors.install(RING_OBJECT);
    expect(w.res((r) => r.prepFallocate(0, ring, 0, 0, 10))).toBe(fail('ENODEV'));
    expect(w.res((r) => r.prepFtruncate(0, ring, 10))).toBe(fail('EINVAL'));
  });
});
