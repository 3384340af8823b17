/**
 * Goal: HASH and HASH_FILE write the digests that node:crypto makes of the same bytes, for any
 *       length, and leave nothing open.
 * Method: a file system in memory, each law with quick and slow files; lengths around a slice.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, O, S_IF } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { ALGORITHM_BYTES_MAX, INLINE_BYTES_MAX } from '../../../src/abi/limits.ts';
import { BAD, type Ended, type Spoilt, World } from './world.ts';

const SLICE = INLINE_BYTES_MAX;
const LENGTHS = [0, 1, 1000, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE, 2 * SLICE + 1000];
const content = (bytes: number): string => 'abcdefghijk'.repeat(bytes / 11 + 1).slice(0, bytes);
const digestOf = (algorithm: string, text: string): string =>
  createHash(algorithm).update(text, 'latin1').digest('hex');

const hex = ({ memory }: World, at: number, bytes: number): string =>
  Buffer.from(memory.bytes.slice(at, at + bytes)).toString('hex');

describe('HASH', () => {
  it.each(LENGTHS)('of %i bytes is their digest', (length) => {
    const w = new World();
    const [name, from, out] = [w.string('sha256'), w.place(content(length)), w.room(32)];
    const { res, turns } = w.run((r) => r.prepHash(0, name, from, length, out));
    expect(res).toBe(32);
    expect(hex(w, out, 32)).toBe(digestOf('sha256', content(length)));
    expect(turns).toBe(length <= SLICE ? 0 : Math.ceil(length / SLICE));
  });

  it.each(['md5', 'SHA512', 'blake2b512', 'sha3-256', 'shake128', 'RSA-SHA1'])(
    'by %s has the bytes that algorithm has',
    (algorithm) => {
      const w = new World();
      const [name, from, out] = [w.string(algorithm), w.place('abc'), w.room(64)];
      const expected = digestOf(algorithm, 'abc');
      expect(w.res((r) => r.prepHash(0, name, from, 3, out))).toBe(expected.length / 2);
      expect(hex(w, out, expected.length / 2)).toBe(expected);
    },
  );

  it('writes nothing behind its digest', () => {
    const w = new World();
    const [name, from, out] = [w.string('md5'), w.place('abc'), w.room(32)];
    w.memory.bytes.fill(0xee, out, out + 32);
    w.res((r) => r.prepHash(0, name, from, 3, out));
    expect(hex(w, out + 16, 16)).toBe('ee'.repeat(16));
  });

  it('may write its digest over what it digests', () => {
    const w = new World();
    const [name, from] = [w.string('sha256'), w.place('a'.repeat(32))];
    expect(w.res((r) => r.prepHash(0, name, from, 32, from))).toBe(32);
    expect(hex(w, from, 32)).toBe(digestOf('sha256', 'a'.repeat(32)));
  });

  it.each<[what: string, name: string, Spoilt, Parameters<typeof fail>[0], boolean]>([
    ['an algorithm there is not', 'sha257', {}, 'EINVAL', true],
    ['no algorithm', '', {}, 'EINVAL', true],
    ['a name without an end', 's'.repeat(ALGORITHM_BYTES_MAX), {}, 'EINVAL', true],
    ['a name that is not mapped', 'md5', { addr3Low: BAD }, 'EFAULT', true],
    ['op_flags', 'md5', { opFlags: 1 }, 'EINVAL', true],
    ['buf_index', 'md5', { bufPersonality: 1 }, 'EINVAL', true],
    ['file_index', 'md5', { fileIndex: 1 }, 'EINVAL', true],
    ['bytes that are not mapped', 'md5', { addrLow: BAD }, 'EFAULT', false],
    ['room that is not mapped', 'md5', { offLow: BAD }, 'EFAULT', false],
    ['room that ends with the memory', 'md5', { offLow: (1 << 21) - 15 }, 'EFAULT', false],
  ])('refuses %s', (_, algorithm, spoil, errno, isPreparation) => {
    const w = new World();
    const [name, from, out] = [w.string(algorithm), w.place('abc'), w.room(64)];
    const ended = w.run((r) => r.prepHash(0, name, from, 3, out), spoil);
    expect(ended).toMatchObject({ res: fail(errno), isPreparation });
  });
});

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: 'abc' });
  w.files.add('/d', { type: S_IF.DIR });
  w.files.add('/d/x', { bytes: content(SLICE + 5) });
  w.files.add('/proc', { bytes: 'made up while it is read', size: 0 });
  w.files.add('/fifo', { type: S_IF.FIFO });
  w.files.add('/null', { type: S_IF.CHR });
  w.files.add('/zero', { type: S_IF.CHR, bytes: '\0'.repeat(SLICE) });
  const out = w.room(72);
  const hashFile = (path: string, algorithm = 'sha256', spoil?: Spoilt): Ended => {
    const [name, text] = [w.string(path), w.string(algorithm)];
    return w.run((r) => r.prepHashFile(0, text, AT.FDCWD, name, out), spoil);
  };
  return { w, out, hashFile };
}

describe.each([false, true])('HASH_FILE, slow files: %s', (slow) => {
  it.each(LENGTHS)('of %i bytes is their number and their digest', (length) => {
    const { w, out, hashFile } = world(slow);
    w.files.add('/some', { bytes: content(length) });
    expect(hashFile('/some').res).toBe(32);
    expect(w.memory.s64(out)).toBe(length);
    expect(hex(w, out + 8, 32)).toBe(digestOf('sha256', content(length)));
    expect(w.files.openFiles.size).toBe(0);
  });

  it('of a small file is an open and two reads', () => {
    const { w, hashFile } = world(slow);
    hashFile('/f');
    expect(w.files.calls).toEqual(['openToRead', 'read', 'read']);
  });

  it('of a file without a size, or read bit by bit, is the digest of all of it', () => {
    const { w, out, hashFile } = world(slow);
    w.files.moveMax = 7;
    expect(hashFile('/proc', 'md5').res).toBe(16);
    expect(w.memory.s64(out)).toBe(24);
    expect(hex(w, out + 8, 16)).toBe(digestOf('md5', 'made up while it is read'));
  });

  it('of several files at once mixes none of them up', () => {
    const { w } = world(slow);
    const text = w.string('md5');
    const requests = Array.from({ length: 10 }, (_, i) => {
      w.files.add(`/${i}`, { bytes: content(SLICE - 5 + i) });
      const [name, out] = [w.string(`/${i}`), w.room(24)];
      const request = w.begin((r) => r.prepHashFile(0, text, AT.FDCWD, name, out));
      return { request, out };
    });
    w.drain();
    requests.forEach(({ request, out }, i) => {
      expect(w.kernel.endOf(request)?.res).toBe(16);
      expect(hex(w, out + 8, 16)).toBe(digestOf('md5', content(SLICE - 5 + i)));
    });
  });

  it('begins at a directory, and keeps it until the file is open', () => {
    const { w, out } = world(slow);
    const d = w.fd('/d', O.RDONLY);
    const [x, text] = [w.string('x'), w.string('md5')];
    const request = w.begin((r) => r.prepHashFile(0, text, d, x, out));
    w.process.descriptors.close(d);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(16);
    expect(w.memory.s64(out)).toBe(SLICE + 5);
    expect(w.files.openFiles.size).toBe(0);
  });

  it.each<[path: string, errno: Parameters<typeof fail>[0]]>([
    ['/absent', 'ENOENT'],
    ['/d', 'EISDIR'],
    ['/fifo', 'ENXIO'],
    ['/null', 'ENXIO'],
    ['/zero', 'ENXIO'],
  ])('of %s is refused with %s, and leaves nothing open', (path, errno) => {
    const { w, hashFile } = world(slow);
    expect(hashFile(path)).toMatchObject({ res: fail(errno), isFailure: true });
    expect(w.files.openFiles.size).toBe(0);
  });

  it.each<[call: string, results: number[]]>([
    ['openToRead', [fail('EIO')]],
    ['read', [fail('EIO')]],
    ['read', [SLICE, fail('EIO')]],
    ['fstat', [fail('EIO')]],
  ])('whose %s answers %j ends with that, and the next one is right', (call, results) => {
    const { w, out, hashFile } = world(slow);
    w.files.script(call, ...results);
    expect(hashFile('/d/x').res).toBe(fail('EIO'));
    expect(w.files.openFiles.size).toBe(0);
    expect(hashFile('/f', 'md5').res).toBe(16);
    expect(hex(w, out + 8, 16)).toBe(digestOf('md5', 'abc'));
  });

  it('whose ring closes at any step leaves nothing open', () => {
    for (let turns = 0; turns < 6; turns++) {
      const { w, out } = world(slow);
      const d = w.fd('/d', O.RDONLY);
      const [x, text] = [w.string('x'), w.string('md5')];
      w.begin((r) => r.prepHashFile(0, text, d, x, out));
      w.process.descriptors.close(d);
      for (let turn = 0; turn < turns; turn++) w.kernel.turn();
      w.kernel.closeRings();
      expect(w.files.openFiles.size).toBe(0);
    }
  });
});

describe('HASH_FILE is refused', () => {
  it.each<[algorithm: string, Spoilt, Parameters<typeof fail>[0], boolean]>([
    ['sha257', {}, 'EINVAL', true],
    ['md5', { addr3Low: BAD }, 'EFAULT', true],
    ['md5', { addrLow: BAD }, 'EFAULT', true],
    ['md5', { flags: SQE_FLAG.FIXED_FILE }, 'EBADF', true],
    ['md5', { len: 1 }, 'EINVAL', true],
    ['md5', { opFlags: 1 }, 'EINVAL', true],
    ['md5', { bufPersonality: 1 }, 'EINVAL', true],
    ['md5', { fileIndex: 1 }, 'EINVAL', true],
    ['md5', { offLow: BAD }, 'EFAULT', false],
    ['md5', { fd: 999 }, 'EBADF', false],
  ])('by %s with %o, before anything is opened', (algorithm, spoil, errno, isPreparation) => {
    const { w, hashFile } = world();
    expect(hashFile('f', algorithm, spoil)).toMatchObject({ res: fail(errno), isPreparation });
    expect(w.files.calls).toEqual([]);
  });
});

it('HASH_FILE of large files that take turns needs one buffer for all of them', () => {
  const { w } = world(false);
  const text = w.string('md5');
  for (let i = 0; i < 10; i++) {
    w.files.add(`/${i}`, { bytes: content(3 * SLICE) });
    const [name, out] = [w.string(`/${i}`), w.room(24)];
    w.begin((r) => r.prepHashFile(0, text, AT.FDCWD, name, out));
  }
  w.drain();
  expect(w.kernel.digests.slices).toHaveLength(1);
});
