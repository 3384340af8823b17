/**
 * Goal: a write with RWF_APPEND goes to the end of its file, wherever it was told to go, in one go.
 * Method: a file in memory, quick and slow, under a kernel turned by hand. Files of a host:
 *         test/unit/kernel/vfs/host-file.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { RWF } from '../../../src/abi/files.ts';
import { INLINE_BYTES_MAX } from '../../../src/abi/limits.ts';
import { World } from './world.ts';

/** More than a slice. */
const LARGE = INLINE_BYTES_MAX + 1;

describe.each([false, true])('a write that appends, slow files: %s', (slow) => {
  function world() {
    const w = new World({ slow });
    w.files.add('/f', { bytes: '0123456789' });
    const fd = w.fd('/f');
    const from = w.place('x'.repeat(LARGE));
    const append = (len: number, off: number, opFlags: number = RWF.APPEND) =>
      w.res((r) => r.prepWrite(0, fd, from, len, off), { opFlags });
    return { w, fd, append, file: w.process.descriptors.get(fd)?.file };
  }

  it('is one call whatever its length, and leaves the position alone at an offset', () => {
    const { w, file, append } = world();
    expect(append(LARGE, 3)).toBe(LARGE);
    expect(file?.position).toBe(0);
    expect(w.files.content('/f')).toBe(`0123456789${'x'.repeat(LARGE)}`);
    expect(w.files.calls).toEqual(['write']);
  });

  it('moves the position to the end at -1', () => {
    const { w, file, append } = world();
    expect(append(2, -1)).toBe(2);
    expect(file?.position).toBe(12);
    expect(w.files.content('/f')).toBe('0123456789xx');
  });

  it('is refused at what is no position, and beside RWF_NOAPPEND', () => {
    const { append } = world();
    expect(append(1, -2)).toBe(fail('EINVAL'));
    expect(append(1, 0, RWF.APPEND | RWF.NOAPPEND)).toBe(fail('EINVAL'));
  });

  it('is nothing to a read', () => {
    const { w, fd } = world();
    const b = w.room(8);
    expect(w.res((r) => r.prepRead(0, fd, b, 3, 2), { opFlags: RWF.APPEND })).toBe(3);
    expect(w.text(b, 3)).toBe('234');
  });
});
