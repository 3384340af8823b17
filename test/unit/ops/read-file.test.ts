/**
 * Goal: READ_FILE reads a whole regular file, tells its size, costs no call more than it must, and
 *       leaves nothing open.
 * Method: a file system in memory that notes its calls, each law with quick and slow files.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, O, S_IF } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { INLINE_BYTES_MAX } from '../../../src/abi/limits.ts';
import { BAD, type Ended, type Spoilt, World } from './world.ts';

const LARGE = 2 * INLINE_BYTES_MAX + 1000;
const SIZE_MAX = 0x7fff_ffff;

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: '0123456789' });
  w.files.add('/empty');
  w.files.add('/d', { type: S_IF.DIR });
  w.files.add('/d/x', { bytes: 'inside' });
  w.files.add('/proc', { bytes: 'made up while it is read', size: 0 });
  w.files.add('/fifo', { type: S_IF.FIFO });
  w.files.add('/null', { type: S_IF.CHR });
  w.files.add('/zero', { type: S_IF.CHR, bytes: '\0'.repeat(100) });
  w.files.add('/big', { bytes: 'abcdefg'.repeat(LARGE / 7 + 1).slice(0, LARGE) });
  const b = w.room(64);
  const readFile = (path: string, len: number, at = b, spoil?: Spoilt): Ended => {
    const name = w.string(path);
    return w.run((r) => r.prepReadFile(0, AT.FDCWD, name, at, len), spoil);
  };
  return { w, b, readFile };
}

describe.each([false, true])('READ_FILE, slow files: %s', (slow) => {
  it('of a small file is an open and two reads', () => {
    const { w, b, readFile } = world(slow);
    expect(readFile('/f', 64)).toMatchObject({ res: 10, isFailure: false });
    expect(w.text(b, 11)).toBe('0123456789\0');
    expect(w.files.calls).toEqual(['openToRead', 'read', 'read']);
    expect(w.files.openFiles.size).toBe(0);
  });

  it('of a file that just fits asks for the size instead of the end', () => {
    const { w, readFile } = world(slow);
    expect(readFile('/f', 10).res).toBe(10);
    expect(w.files.calls).toEqual(['openToRead', 'read', 'fstat']);
  });

  it('of a file that does not fit tells the size, with its beginning in memory', () => {
    const { w, b, readFile } = world(slow);
    expect(readFile('/f', 4).res).toBe(10);
    expect(w.text(b, 5)).toBe('0123\0');
    expect(readFile('/f', 0).res).toBe(10);
  });

  it('of an empty file is 0, whatever the room', () => {
    const { readFile } = world(slow);
    expect([readFile('/empty', 64).res, readFile('/empty', 0).res]).toEqual([0, 0]);
  });

  it('of a file without a size reads it to its end, and counts what does not fit', () => {
    const { w, b, readFile } = world(slow);
    expect(readFile('/proc', 64).res).toBe(24);
    expect(w.text(b, 24)).toBe('made up while it is read');
    expect([readFile('/proc', 24).res, readFile('/proc', 7).res]).toEqual([24, 24]);
    expect(readFile('/proc', 0).res).toBe(24);
  });

  it('goes on after short reads', () => {
    const { w, b, readFile } = world(slow);
    w.files.moveMax = 3;
    expect(readFile('/f', 64).res).toBe(10);
    expect(w.text(b, 10)).toBe('0123456789');
  });

  it('of a large file is done in slices, with turns of others between them', () => {
    const { w, readFile } = world(slow);
    const into = w.room(LARGE + 100);
    const ended = readFile('/big', LARGE + 100, into);
    expect(ended.res).toBe(LARGE);
    expect(ended.turns).toBeGreaterThanOrEqual(2);
    expect(w.text(into, LARGE)).toBe(w.files.content('/big'));
    expect(readFile('/big', LARGE, into).res).toBe(LARGE);
    expect(w.files.openFiles.size).toBe(0);
  });

  it('begins at a directory, and keeps it until the file is open', () => {
    const { w, b } = world(slow);
    const d = w.fd('/d', O.RDONLY);
    const x = w.string('x');
    const request = w.begin((r) => r.prepReadFile(0, d, x, b, 64));
    w.process.descriptors.close(d);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(6);
    expect(w.files.openFiles.size).toBe(0);
  });

  it.each<[path: string, len: number, errno: Parameters<typeof fail>[0]]>([
    ['/absent', 64, 'ENOENT'],
    ['/d', 64, 'EISDIR'],
    ['/d', 0, 'EISDIR'],
    ['/fifo', 64, 'ENXIO'],
    ['/fifo', 0, 'ENXIO'],
    ['/null', 64, 'ENXIO'],
    ['/zero', 64, 'ENXIO'],
  ])('of %s into %i bytes is refused with %s, and leaves nothing open', (path, len, errno) => {
    const { w, readFile } = world(slow);
    expect(readFile(path, len)).toMatchObject({ res: fail(errno), isFailure: true });
    expect(w.files.openFiles.size).toBe(0);
  });

  it.each(['openToRead', 'read', 'fstat'])('ends with an error of %s', (call) => {
    const { w, readFile } = world(slow);
    w.files.script(call, fail('EIO'));
    expect(readFile('/f', 4).res).toBe(fail('EIO'));
    expect(w.files.openFiles.size).toBe(0);
  });

  it('ends with an error after the first slice, not with a part of the file', () => {
    const { w, readFile } = world(slow);
    w.files.script('read', INLINE_BYTES_MAX, fail('EIO'));
    expect(readFile('/big', LARGE, w.room(LARGE)).res).toBe(fail('EIO'));
  });

  it('of a file too large for a result is EFBIG', () => {
    const { w, readFile } = world(slow);
    w.files.nodes.get('/f')!.size = SIZE_MAX;
    expect(readFile('/f', 4).res).toBe(SIZE_MAX);
    w.files.nodes.get('/f')!.size = SIZE_MAX + 1;
    expect(readFile('/f', 4).res).toBe(fail('EFBIG'));
  });

  it('counts no further than a result reaches', () => {
    const { w, readFile } = world(slow);
    w.files.script('read', 4, SIZE_MAX - 4, 1);
    expect(readFile('/proc', 4).res).toBe(fail('EFBIG'));
  });

  it('whose ring closes at any step leaves nothing open', () => {
    for (let turns = 0; turns < 6; turns++) {
      const { w } = world(slow);
      const d = w.fd('/d', O.RDONLY);
      const [x, into] = [w.string('../big'), w.room(LARGE)];
      w.files.nodes.set('/d/../big', w.files.nodes.get('/big')!);
      w.begin((r) => r.prepReadFile(0, d, x, into, LARGE));
      w.process.descriptors.close(d);
      for (let turn = 0; turn < turns; turn++) w.kernel.turn();
      w.kernel.closeRings();
      expect(w.files.openFiles.size).toBe(0);
    }
  });
});

describe('READ_FILE is refused', () => {
  it.each<[Spoilt, Parameters<typeof fail>[0], boolean]>([
    [{ addrLow: BAD }, 'EFAULT', true],
    [{ flags: SQE_FLAG.FIXED_FILE }, 'EBADF', true],
    [{ opFlags: 1 }, 'EINVAL', true],
    [{ bufPersonality: 1 }, 'EINVAL', true],
    [{ fileIndex: 1 }, 'EINVAL', true],
    [{ offLow: BAD }, 'EFAULT', false],
    [{ flags: SQE_FLAG.BUFFER_SELECT }, 'ENOBUFS', false],
  ])('with %o, before anything is opened', (spoil, errno, isPreparation) => {
    const { w, b, readFile } = world();
    expect(readFile('/f', 64, b, spoil)).toMatchObject({ res: fail(errno), isPreparation });
    expect(w.files.calls).toEqual([]);
  });
});
