/**
 * Goal: LSEEK moves the position of a file as lseek(2) does, and leaves it where it was otherwise.
 * Method: a file of ten bytes, a table of moves from position 4.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { O, SEEK } from '../../../src/abi/files.ts';
import { RING_OBJECT, type Spoilt, World } from './world.ts';

const START = 4;
const MAX = 0x7fff_ffff;

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: '0123456789' });
  const fd = w.fd('/f');
  const file = w.process.descriptors.get(fd)!.file!;
  file.position = START;
  return { w, fd, file };
}

describe.each([false, true])('LSEEK, slow files: %s', (slow) => {
  it.each<[off: number, whence: keyof typeof SEEK, expected: number | Parameters<typeof fail>[0]]>([
    [7, 'SET', 7],
    [0, 'SET', 0],
    [MAX, 'SET', MAX],
    [MAX + 1, 'SET', 'EOVERFLOW'],
    [-1, 'SET', 'EINVAL'],
    [3, 'CUR', 7],
    [-4, 'CUR', 0],
    [-5, 'CUR', 'EINVAL'],
    [MAX, 'CUR', 'EOVERFLOW'],
    [5, 'END', 15],
    [-10, 'END', 0],
    [-11, 'END', 'EINVAL'],
    [MAX, 'END', 'EOVERFLOW'],
    [3, 'DATA', 3],
    [10, 'DATA', 'ENXIO'],
    [-1, 'DATA', 'ENXIO'],
    [3, 'HOLE', 10],
    [10, 'HOLE', 'ENXIO'],
  ])('by %i from SEEK_%s gives %s', (off, whence, expected) => {
    const { w, fd, file } = world(slow);
    const { res } = w.run((r) => r.prepLseek(0, fd, off, SEEK[whence]));
    const moved = typeof expected === 'number';
    expect(res).toBe(moved ? expected : fail(expected));
    expect(file.position).toBe(moved ? expected : START);
  });

  it('counts from an end that it can be told of', () => {
    const { w, fd, file } = world(slow);
    w.files.script('fstat', fail('EIO'));
    expect(w.res((r) => r.prepLseek(0, fd, 0, SEEK.END))).toBe(fail('EIO'));
    expect(file.position).toBe(START);
  });

  it('keeps its file when the descriptor is closed meanwhile', () => {
    const { w, fd } = world(slow);
    const request = w.begin((r) => r.prepLseek(0, fd, 0, SEEK.END));
    w.process.descriptors.close(fd);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(10);
    expect(w.files.openFiles.size).toBe(0);
  });
});

describe('LSEEK is refused', () => {
  it.each<[Spoilt, Parameters<typeof fail>[0], boolean]>([
    [{ opFlags: 5 }, 'EINVAL', false],
    [{ opFlags: -1 }, 'EINVAL', false],
    [{ fd: 999 }, 'EBADF', false],
    [{ addrLow: 1 }, 'EINVAL', true],
    [{ len: 1 }, 'EINVAL', true],
    [{ bufPersonality: 1 }, 'EINVAL', true],
    [{ fileIndex: 1 }, 'EINVAL', true],
  ])('with %o', (spoil, errno, isPreparation) => {
    const { w, fd } = world();
    const ended = w.run((r) => r.prepLseek(0, fd, 0, SEEK.SET), spoil);
    expect(ended).toMatchObject({ res: fail(errno), isPreparation, isFailure: true });
  });

  it('on what is no file, and on a descriptor of O_PATH', () => {
    const { w } = world();
    const ring = w.process.descriptors.install(RING_OBJECT);
    expect(w.res((r) => r.prepLseek(0, ring, 0, SEEK.SET))).toBe(fail('ESPIPE'));
    expect(w.res((r) => r.prepLseek(0, w.fd('/f', O.PATH), 0, SEEK.SET))).toBe(fail('EBADF'));
  });
});
