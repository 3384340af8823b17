/**
 * Goal: RENAMEAT, UNLINKAT, MKDIRAT, SYMLINKAT and LINKAT pass their paths on as they stood at
 *       submission, keep the directories these begin at, and refuse what Linux refuses.
 * Method: files in memory under a kernel turned by hand; laws hold of quick and of slow files.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, O, RENAME, S_IF } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { BAD, type Ended, type Spoilt, World } from './world.ts';

type Errno = Parameters<typeof fail>[0];
const CWD = AT.FDCWD;

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: 'data' });
  w.files.add('/d', { type: S_IF.DIR });
  w.files.add('/e', { type: S_IF.DIR });
  w.files.add('/d/x', { bytes: 'inside' });
  return { w, f: w.string('f'), x: w.string('x'), y: w.string('y') };
}

describe.each([false, true])('a name, slow files: %s', (slow) => {
  it('goes from one directory to another', () => {
    const { w, x, y } = world(slow);
    const [d, e] = [w.fd('/d', O.RDONLY), w.fd('/e', O.RDONLY)];
    expect(w.res((r) => r.prepRenameat(0, d, x, e, y, 0))).toBe(0);
    expect([w.files.content('/d/x'), w.files.content('/e/y')]).toEqual([undefined, 'inside']);
  });

  it('replaces none with RENAME_NOREPLACE, and a file is never without one', () => {
    const { w, f, x, y } = world(slow);
    const d = w.fd('/d', O.RDONLY);
    const move = (to: number) => w.res((r) => r.prepRenameat(0, CWD, f, d, to, RENAME.NOREPLACE));
    expect(move(x)).toBe(fail('EEXIST'));
    expect(w.files.content('/d/x')).toBe('inside');
    w.files.calls.length = 0;
    expect(move(y)).toBe(0);
    expect(w.files.calls).toEqual(['link', 'unlink']);
    expect(w.files.content('/d/y')).toBe('data');
  });

  it('of a directory is free before it is taken with RENAME_NOREPLACE', () => {
    const { w, y } = world(slow);
    const [d, e] = [w.fd('/d', O.RDONLY), w.string('e')];
    const move = (to: number) => w.res((r) => r.prepRenameat(0, CWD, e, d, to, RENAME.NOREPLACE));
    expect(move(w.string('x'))).toBe(fail('EEXIST'));
    expect(move(y)).toBe(0);
    expect(w.files.nodes.get('/d/y')).toMatchObject({ type: S_IF.DIR });
  });

  it('is removed as a file or as a directory, as asked', () => {
    const { w, f } = world(slow);
    expect(w.res((r) => r.prepUnlinkat(0, CWD, f, 0))).toBe(0);
    const e = w.string('e');
    expect(w.res((r) => r.prepUnlinkat(0, CWD, e, AT.REMOVEDIR))).toBe(0);
    expect(w.files.calls).toEqual(['unlink', 'rmdir']);
  });

  it('is made for a directory, with its mode', () => {
    const { w, y } = world(slow);
    expect(w.res((r) => r.prepMkdirat(0, w.fd('/d', O.RDONLY), y, 0o750))).toBe(0);
    expect(w.files.nodes.get('/d/y')).toMatchObject({ type: S_IF.DIR, mode: 0o750 });
  });

  it('is made for a symlink with any text as its target', () => {
    const { w, y } = world(slow);
    const target = w.string('../no/such \xff');
    expect(w.res((r) => r.prepSymlinkat(0, target, w.fd('/d', O.RDONLY), y))).toBe(0);
    expect(w.files.content('/d/y')).toBe('../no/such \xff');
  });

  it('is a second one of a file', () => {
    const { w, f, y } = world(slow);
    expect(w.res((r) => r.prepLinkat(0, CWD, f, w.fd('/d', O.RDONLY), y, 0))).toBe(0);
    expect(w.files.nodes.get('/d/y')).toBe(w.files.nodes.get('/f'));
    expect(w.files.followed).toBe(false);
    w.res((r) => r.prepLinkat(0, CWD, f, CWD, y, AT.SYMLINK_FOLLOW));
    expect(w.files.followed).toBe(true);
  });

  it('keeps both directories it begins at until it is done', () => {
    const { w, x, y } = world(slow);
    const [d, e] = [w.fd('/d', O.RDONLY), w.fd('/e', O.RDONLY)];
    const request = w.begin((r) => r.prepRenameat(0, d, x, e, y, 0));
    w.process.descriptors.closeAll();
    expect(w.files.openFiles.size).toBe(slow ? 2 : 0);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(0);
    expect(w.files.openFiles.size).toBe(0);
  });

  it('whose ring closes lets go of them', () => {
    const { w, x, y } = world(slow);
    const [d, e] = [w.fd('/d', O.RDONLY), w.fd('/e', O.RDONLY)];
    w.begin((r) => r.prepLinkat(0, d, x, e, y, 0));
    w.begin((r) => r.prepUnlinkat(0, d, x, 0));
    w.process.descriptors.closeAll();
    w.kernel.closeRings();
    expect(w.files.openFiles.size).toBe(0);
  });

  it('is the one that stood there when it was submitted', () => {
    const { w, x, y } = world(slow);
    const d = w.fd('/d', O.RDONLY);
    const request = w.begin((r) => r.prepRenameat(0, d, x, d, y, 0));
    w.memory.bytes.set(Buffer.from('?'), x);
    w.memory.bytes.set(Buffer.from('?'), y);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(0);
    expect(w.files.content('/d/y')).toBe('inside');
  });

  it('that does not exist is an error, and breaks no chain', () => {
    const { w, y } = world(slow);
    const z = w.string('z');
    const expected = { res: fail('ENOENT'), isFailure: false, isPreparation: false };
    expect(w.run((r) => r.prepRenameat(0, CWD, y, CWD, z, 0))).toMatchObject(expected);
    expect(w.run((r) => r.prepUnlinkat(0, CWD, y, 0))).toMatchObject(expected);
    expect(w.run((r) => r.prepLinkat(0, CWD, y, CWD, z, 0))).toMatchObject(expected);
  });
});

describe('a name is refused', () => {
  type Op = (w: World, spoil: Spoilt) => Ended;
  const f = (w: World) => w.string('f');
  const renameat: Op = (w, spoil) =>
    w.run((r) => r.prepRenameat(0, CWD, f(w), CWD, w.string('y'), 0), spoil);
  const unlinkat: Op = (w, spoil) => w.run((r) => r.prepUnlinkat(0, CWD, f(w), 0), spoil);
  const mkdirat: Op = (w, spoil) => w.run((r) => r.prepMkdirat(0, CWD, w.string('y'), 0), spoil);
  const symlinkat: Op = (w, spoil) =>
    w.run((r) => r.prepSymlinkat(0, f(w), CWD, w.string('y')), spoil);
  const linkat: Op = (w, spoil) =>
    w.run((r) => r.prepLinkat(0, CWD, f(w), CWD, w.string('y'), 0), spoil);
  const all: [string, Op][] = [
    ['RENAMEAT', renameat],
    ['UNLINKAT', unlinkat],
    ['MKDIRAT', mkdirat],
    ['SYMLINKAT', symlinkat],
    ['LINKAT', linkat],
  ];

  it.each(all)('to %s as a registered file, and with fields it does not use', (_, op) => {
    const refusals: [Spoilt, Errno][] = [
      [{ flags: SQE_FLAG.FIXED_FILE }, 'EBADF'],
      [{ bufPersonality: 1 }, 'EINVAL'],
      [{ fileIndex: 1 }, 'EINVAL'],
      [{ ioprio: 1 }, 'EINVAL'],
      [{ addrLow: BAD }, 'EFAULT'],
    ];
    for (const [spoil, errno] of refusals)
      expect(op(world().w, spoil)).toMatchObject({ res: fail(errno), isPreparation: true });
    const relative = op(world().w, { fd: 999 });
    expect(relative).toMatchObject({ res: fail('EBADF'), isPreparation: false, isFailure: false });
  });

  it.each<[string, Op, Spoilt, Errno, boolean]>([
    ['RENAMEAT', renameat, { opFlags: RENAME.WHITEOUT }, 'EINVAL', false],
    ['RENAMEAT', renameat, { opFlags: RENAME.EXCHANGE }, 'EINVAL', false],
    ['RENAMEAT', renameat, { offLow: BAD }, 'EFAULT', true],
    ['RENAMEAT', renameat, { len: 999 }, 'EBADF', false],
    ['UNLINKAT', unlinkat, { offLow: 1 }, 'EINVAL', true],
    ['UNLINKAT', unlinkat, { len: 1 }, 'EINVAL', true],
    ['UNLINKAT', unlinkat, { opFlags: 1 }, 'EINVAL', true],
    ['MKDIRAT', mkdirat, { offHigh: 1 }, 'EINVAL', true],
    ['MKDIRAT', mkdirat, { opFlags: 1 }, 'EINVAL', true],
    ['SYMLINKAT', symlinkat, { len: 1 }, 'EINVAL', true],
    ['SYMLINKAT', symlinkat, { opFlags: 1 }, 'EINVAL', true],
    ['SYMLINKAT', symlinkat, { offLow: BAD }, 'EFAULT', true],
    ['LINKAT', linkat, { opFlags: 1 }, 'EINVAL', false],
    ['LINKAT', linkat, { len: 999 }, 'EBADF', false],
    ['LINKAT', linkat, { offLow: BAD }, 'EFAULT', true],
  ])('to %s with %3$s', (_, op, spoil, errno, isPreparation) => {
    expect(op(world().w, spoil)).toMatchObject({ res: fail(errno), isPreparation });
  });

  it('when it is empty, to LINKAT with AT_EMPTY_PATH too', () => {
    const { w, y } = world();
    const empty = w.string('');
    const link = (flags: number) => w.run((r) => r.prepLinkat(0, CWD, empty, CWD, y, flags));
    expect(link(0)).toMatchObject({ res: fail('ENOENT'), isPreparation: true });
    expect(link(AT.EMPTY_PATH)).toMatchObject({ res: fail('ENOENT'), isPreparation: false });
    const symlink = w.run((r) => r.prepSymlinkat(0, empty, CWD, y));
    expect(symlink).toMatchObject({ res: fail('ENOENT'), isPreparation: true });
  });
});
