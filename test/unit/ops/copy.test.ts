/**
 * Goal: COPY_FILE copies every byte or leaves no copy, never harms its source, and leaves nothing
 *       open, whichever of its steps fails or is the last one.
 * Method: a file system in memory with scripted errors, each law with quick and slow files.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, COPYFILE, O, S_IF } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { INLINE_BYTES_MAX } from '../../../src/abi/limits.ts';
import { BAD, type Ended, type Spoilt, World } from './world.ts';

const CWD = AT.FDCWD;
const LARGE = 2 * INLINE_BYTES_MAX + 1000;

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: '0123456789' });
  w.files.add('/g', { bytes: 'what was there before is longer' });
  w.files.add('/d', { type: S_IF.DIR });
  w.files.add('/e', { type: S_IF.DIR });
  w.files.add('/d/big', { bytes: 'abcdefg'.repeat(LARGE / 7 + 1).slice(0, LARGE) });
  w.files.add('/proc', { bytes: 'made up while it is read', size: 0 });
  w.files.add('/fifo', { type: S_IF.FIFO });
  const copy = (from: string, to: string, flags = 0, spoil?: Spoilt): Ended => {
    const [source, target] = [w.string(from), w.string(to)];
    return w.run((r) => r.prepCopyFile(0, CWD, source, CWD, target, flags, 0o640), spoil);
  };
  return { w, copy };
}

describe.each([false, true])('COPY_FILE, slow files: %s', (slow) => {
  it('makes a file with the mode given', () => {
    const { w, copy } = world(slow);
    expect(copy('/f', '/new')).toMatchObject({ res: 0, isFailure: false });
    expect(w.files.content('/new')).toBe('0123456789');
    expect(w.files.how).toEqual({ flags: O.WRONLY | O.CREAT, mode: 0o640, resolve: 0 });
    expect(w.files.openFiles.size).toBe(0);
  });

  it('replaces a file, unless told not to', () => {
    const { w, copy } = world(slow);
    expect(copy('/f', '/g').res).toBe(0);
    expect(w.files.content('/g')).toBe('0123456789');
    expect(copy('/d/big', '/g', COPYFILE.EXCL).res).toBe(fail('EEXIST'));
    expect(w.files.content('/g')).toBe('0123456789');
    expect(w.files.openFiles.size).toBe(0);
  });

  it('copies a large file in slices, from one directory to another', () => {
    const { w } = world(slow);
    const [d, e] = [w.fd('/d', O.RDONLY), w.fd('/e', O.RDONLY)];
    const [source, target] = [w.string('big'), w.string('copy')];
    const request = w.begin((r) => r.prepCopyFile(0, d, source, e, target, 0, 0o600));
    w.process.descriptors.closeAll();
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(0);
    expect(w.kernel.endOf(request)?.turns).toBeGreaterThanOrEqual(3);
    expect(w.files.content('/e/copy')).toBe(w.files.content('/d/big'));
    expect(w.files.openFiles.size).toBe(0);
  });

  it('copies a file without a size, and one that moves bit by bit', () => {
    const { w, copy } = world(slow);
    expect(copy('/proc', '/new').res).toBe(0);
    expect(w.files.content('/new')).toBe('made up while it is read');
    w.files.moveMax = 3;
    expect(copy('/f', '/new').res).toBe(0);
    expect(w.files.content('/new')).toBe('0123456789');
  });

  it('onto the file itself changes nothing', () => {
    const { w, copy } = world(slow);
    w.files.nodes.set('/alias', w.files.nodes.get('/f')!);
    expect([copy('/f', '/f').res, copy('/f', '/alias').res]).toEqual([0, 0]);
    expect(w.files.content('/f')).toBe('0123456789');
    expect(w.files.openFiles.size).toBe(0);
  });

  it.each<[from: string, to: string, errno: Parameters<typeof fail>[0]]>([
    ['/absent', '/new', 'ENOENT'],
    ['/d', '/new', 'EISDIR'],
    ['/fifo', '/new', 'ENXIO'],
  ])('of %s to %s is refused with %s, before anything is made', (from, to, errno) => {
    const { w, copy } = world(slow);
    expect(copy(from, to)).toMatchObject({ res: fail(errno), isFailure: true });
    expect(w.files.nodes.has(to)).toBe(false);
    expect(w.files.openFiles.size).toBe(0);
  });

  it.each<[call: string, results: (number | undefined)[], copyIsRemoved: boolean]>([
    ['open', [fail('EACCES')], false],
    ['fstat', [fail('EIO')], false],
    ['fstat', [undefined, fail('EIO')], true],
    ['truncate', [fail('EIO')], true],
    ['read', [fail('EIO')], true],
    ['read', [10, fail('EIO')], true],
    ['write', [fail('ENOSPC')], true],
    ['write', [3, fail('ENOSPC')], true],
    ['write', [0], true],
  ])('whose %s answers %j ends with it; the copy is removed: %s', (call, results, removed) => {
    const { w, copy } = world(slow);
    w.files.script(call, ...results);
    const { res } = copy('/f', '/g');
    expect(res).toBe(results.at(-1) === 0 ? fail('EIO') : results.at(-1));
    expect(w.files.nodes.has('/g')).toBe(!removed);
    expect(w.files.openFiles.size).toBe(0);
  });

  it('that fails late finds its copy again, though the directory was closed meanwhile', () => {
    const { w } = world(slow);
    const [d, e] = [w.fd('/d', O.RDONLY), w.fd('/e', O.RDONLY)];
    const [source, target] = [w.string('big'), w.string('copy')];
    w.files.script('write', undefined, fail('ENOSPC'));
    const request = w.begin((r) => r.prepCopyFile(0, d, source, e, target, 0, 0o600));
    w.process.descriptors.closeAll();
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(fail('ENOSPC'));
    expect(w.files.nodes.has('/e/copy')).toBe(false);
    expect(w.files.openFiles.size).toBe(0);
  });

  it('that fails tells why, even when the copy cannot be removed', () => {
    const { w, copy } = world(slow);
    w.files.script('write', fail('ENOSPC'));
    w.files.script('unlink', fail('EACCES'));
    expect(copy('/f', '/g').res).toBe(fail('ENOSPC'));
  });

  it('whose ring closes at any step leaves nothing open', () => {
    for (let turns = 0; turns < 16; turns++) {
      const { w } = world(slow);
      const [d, e] = [w.fd('/d', O.RDONLY), w.fd('/e', O.RDONLY)];
      const [source, target] = [w.string('big'), w.string('copy')];
      w.files.add('/e/copy', { bytes: 'old' });
      w.begin((r) => r.prepCopyFile(0, d, source, e, target, 0, 0o600));
      w.process.descriptors.closeAll();
      for (let turn = 0; turn < turns; turn++) w.kernel.turn();
      w.kernel.closeRings();
      expect(w.files.openFiles.size).toBe(0);
    }
  });
});

describe('COPY_FILE is refused', () => {
  it.each<[Spoilt, Parameters<typeof fail>[0], boolean]>([
    [{ addrLow: BAD }, 'EFAULT', true],
    [{ offLow: BAD }, 'EFAULT', true],
    [{ flags: SQE_FLAG.FIXED_FILE }, 'EBADF', true],
    [{ opFlags: 4 }, 'EINVAL', true],
    [{ bufPersonality: 1 }, 'EINVAL', true],
    [{ addr3Low: 1 }, 'EINVAL', true],
    [{ fd: 999 }, 'EBADF', false],
    [{ len: 999 }, 'EBADF', false],
  ])('with %o, before anything is opened', (spoil, errno, isPreparation) => {
    const { w, copy } = world();
    expect(copy('f', 'new', 0, spoil)).toMatchObject({ res: fail(errno), isPreparation });
    expect(w.files.calls).toEqual([]);
  });
});
