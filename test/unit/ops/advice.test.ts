/**
 * Goal: FADVISE and MADVISE check their fields as Linux does, and change nothing.
 * Method: a table of fields and errors.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { FADV, MADV, O } from '../../../src/abi/files.ts';
import { PAGE_BYTES } from '../../../src/abi/limits.ts';
import { BAD, RING_OBJECT, type Spoilt, World } from './world.ts';

function world() {
  const w = new World();
  w.files.add('/f', { bytes: 'abc' });
  return { w, fd: w.fd('/f') };
}

type Errno = Parameters<typeof fail>[0];

describe('FADVISE', () => {
  it('takes every advice of posix_fadvise(2), and asks the host for nothing', () => {
    const { w, fd } = world();
    for (const advice of Object.values(FADV))
      expect(w.res((r) => r.prepFadvise(0, fd, 0, 3, advice))).toBe(0);
    expect(w.files.calls).toEqual([]);
  });

  it.each<[Spoilt, Errno, boolean]>([
    [{ opFlags: 6 }, 'EINVAL', false],
    [{ opFlags: -1 }, 'EINVAL', false],
    [{ addrHigh: -1 }, 'EINVAL', false],
    [{ fd: 999 }, 'EBADF', false],
    [{ bufPersonality: 1 }, 'EINVAL', true],
    [{ fileIndex: 1 }, 'EINVAL', true],
  ])('with %o is refused with %s, which is a failure', (spoil, errno, isPreparation) => {
    const { w, fd } = world();
    const ended = w.run((r) => r.prepFadvise(0, fd, 0, 3, FADV.NORMAL), spoil);
    expect(ended).toMatchObject({ res: fail(errno), isFailure: true, isPreparation });
  });

  it('is refused on what is no file, and on a descriptor of O_PATH', () => {
    const { w } = world();
    const ring = w.process.descriptors.install(RING_OBJECT);
    expect(w.res((r) => r.prepFadvise(0, ring, 0, 3, 0))).toBe(fail('ESPIPE'));
    expect(w.res((r) => r.prepFadvise(0, w.fd('/f', O.PATH), 0, 3, 0))).toBe(fail('EBADF'));
  });
});

describe('MADVISE', () => {
  const page = 2 * PAGE_BYTES;

  it('takes advice that has no visible effect on a shared mapping, and has none', () => {
    const { w } = world();
    w.memory.bytes.fill(0x78, page, page + 8);
    for (const advice of [MADV.NORMAL, MADV.WILLNEED, MADV.DONTNEED, MADV.COLD, MADV.COLLAPSE])
      expect(w.res((r) => r.prepMadvise(0, page, 100, advice))).toBe(0);
    expect(w.text(page, 8)).toBe('xxxxxxxx');
  });

  it('takes its length from off, or from len when that is 0', () => {
    const { w } = world();
    const beyond = w.memory.sizeBytes;
    expect(w.res((r) => r.prepMadvise(0, page, 1, 0), { offLow: beyond })).toBe(fail('ENOMEM'));
    expect(w.res((r) => r.prepMadvise(0, page, beyond, 0), { offLow: 1 })).toBe(0);
    expect(w.res((r) => r.prepMadvise(0, page, 0, 0))).toBe(0);
  });

  it.each<[what: string, advice: number, Spoilt, Errno, boolean]>([
    ['advice there is not', 7, {}, 'EINVAL', false],
    ['MADV_FREE, for private memory', MADV.FREE, {}, 'EINVAL', false],
    ['MADV_REMOVE, which would clear it', MADV.REMOVE, {}, 'EINVAL', false],
    ['MADV_WIPEONFORK, for private memory', MADV.WIPEONFORK, {}, 'EINVAL', false],
    ['half a page', 0, { addrLow: page + 8 }, 'EINVAL', false],
    ['what is not mapped', 0, { addrLow: BAD }, 'ENOMEM', false],
    ['the NULL page', 0, { addrLow: 0 }, 'ENOMEM', false],
    ['4 GiB', 0, { offHigh: 1 }, 'ENOMEM', false],
    ['buf_index', 0, { bufPersonality: 1 }, 'EINVAL', true],
    ['file_index', 0, { fileIndex: 1 }, 'EINVAL', true],
  ])('refuses %s', (_, advice, spoil, errno, isPreparation) => {
    const { w } = world();
    const ended = w.run((r) => r.prepMadvise(0, page, 100, advice), spoil);
    expect(ended).toMatchObject({ res: fail(errno), isFailure: isPreparation, isPreparation });
  });
});
