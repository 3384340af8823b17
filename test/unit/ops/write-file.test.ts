/**
 * Goal: WRITE_FILE writes all of its bytes or tells why not, and leaves nothing open.
 * Method: a file system in memory that notes its calls, each law with quick and slow files.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, O, S_IF } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { INLINE_BYTES_MAX } from '../../../src/abi/limits.ts';
import { BAD, type Ended, type Spoilt, World } from './world.ts';

const CREATE = O.CREAT | O.TRUNC;
const LARGE = 2 * INLINE_BYTES_MAX + 1000;

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: '0123456789' });
  w.files.add('/d', { type: S_IF.DIR });
  const writeFile = (
    path: string,
    text: string,
    { flags = CREATE as number, mode = 0o640, spoil = {} as Spoilt } = {},
  ): Ended => {
    const [name, from] = [w.string(path), w.place(text)];
    const { length } = text;
    return w.run((r) => r.prepWriteFile(0, AT.FDCWD, name, from, length, flags, mode), spoil);
  };
  return { w, writeFile };
}

describe.each([false, true])('WRITE_FILE, slow files: %s', (slow) => {
  it('creates a file with its mode, and replaces what is there', () => {
    const { w, writeFile } = world(slow);
    expect(writeFile('/new', 'hello')).toMatchObject({ res: 5, isFailure: false });
    expect(w.files.content('/new')).toBe('hello');
    expect(w.files.how).toEqual({ flags: O.WRONLY | CREATE, mode: 0o640, resolve: 0 });
    expect(w.files.calls).toEqual(['open', 'write']);
    expect(writeFile('/f', 'abc').res).toBe(3);
    expect(w.files.content('/f')).toBe('abc');
    expect(w.files.openFiles.size).toBe(0);
  });

  it('without O_TRUNC writes over the beginning', () => {
    const { w, writeFile } = world(slow);
    expect(writeFile('/f', 'abc', { flags: 0 }).res).toBe(3);
    expect(w.files.content('/f')).toBe('abc3456789');
  });

  it('of nothing makes an empty file', () => {
    const { w, writeFile } = world(slow);
    expect(writeFile('/new', '').res).toBe(0);
    expect(w.files.content('/new')).toBe('');
  });

  it('of a large file goes in slices, and in one to a file that appends', () => {
    const { w, writeFile } = world(slow);
    const text = 'abcdefg'.repeat(LARGE / 7 + 1).slice(0, LARGE);
    expect(writeFile('/new', text).res).toBe(LARGE);
    expect(w.files.content('/new')).toBe(text);
    expect(w.files.calls).toEqual(['open', 'write', 'write', 'write']);
    expect(writeFile('/new', text, { flags: O.APPEND }).res).toBe(LARGE);
    expect(w.files.content('/new')).toBe(text + text);
    expect(w.files.calls.slice(4)).toEqual(['open', 'write']);
  });

  it('goes on after a short write', () => {
    const { w, writeFile } = world(slow);
    w.files.moveMax = 4;
    expect(writeFile('/new', 'hello, world').res).toBe(12);
    expect(w.files.content('/new')).toBe('hello, world');
  });

  it.each<[call: string, result: number, expected: Parameters<typeof fail>[0]]>([
    ['open', fail('EACCES'), 'EACCES'],
    ['write', fail('ENOSPC'), 'ENOSPC'],
    ['write', 0, 'EIO'],
  ])('whose %s answers %i ends with %s, and leaves nothing open', (call, result, expected) => {
    const { w, writeFile } = world(slow);
    w.files.script(call, result);
    expect(writeFile('/new', 'hello')).toMatchObject({ res: fail(expected), isFailure: true });
    expect(w.files.openFiles.size).toBe(0);
  });

  it('that fails after a part of it ends with the error', () => {
    const { w, writeFile } = world(slow);
    w.files.moveMax = 2;
    w.files.script('write', 2, fail('ENOSPC'));
    expect(writeFile('/new', 'hello').res).toBe(fail('ENOSPC'));
  });

  it('whose ring closes at any step leaves nothing open', () => {
    for (let turns = 0; turns < 5; turns++) {
      const { w } = world(slow);
      const d = w.fd('/d', O.RDONLY);
      const [name, from] = [w.string('x'), w.room(LARGE)];
      w.begin((r) => r.prepWriteFile(0, d, name, from, LARGE, CREATE, 0o600));
      w.process.descriptors.close(d);
      for (let turn = 0; turn < turns; turn++) w.kernel.turn();
      w.kernel.closeRings();
      expect(w.files.openFiles.size).toBe(0);
    }
  });
});

describe('WRITE_FILE is refused', () => {
  it.each<[Spoilt, Parameters<typeof fail>[0], boolean]>([
    [{ addrLow: BAD }, 'EFAULT', true],
    [{ flags: SQE_FLAG.FIXED_FILE }, 'EBADF', true],
    [{ flags: SQE_FLAG.BUFFER_SELECT }, 'EOPNOTSUPP', true],
    [{ opFlags: O.RDWR }, 'EINVAL', true],
    [{ bufPersonality: 1 }, 'EINVAL', true],
    [{ addr3Low: 1 }, 'EINVAL', true],
    [{ opFlags: O.CREAT | O.DIRECTORY }, 'EINVAL', false],
    [{ offLow: BAD }, 'EFAULT', false],
    [{ fd: 3 }, 'ENOTDIR', false],
  ])('with %o, before anything is opened', (spoil, errno, isPreparation) => {
    const { w, writeFile } = world();
    w.fd('/f');
    const ended = writeFile('f', 'hello', { spoil });
    expect(ended).toMatchObject({ res: fail(errno), isPreparation });
    expect(w.files.calls).toEqual([]);
  });
});
