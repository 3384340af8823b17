/**
 * Goal: extended attributes are asked for as Linux would have it, and missing on every file that
 *       exists; no such answer breaks a chain.
 * Method: files in memory, quick and slow.
 */
import { describe, expect, it } from 'vitest';
import { type ErrnoName, fail } from '../../../src/abi/errno.ts';
import { O } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { XATTR_NAME_BYTES_MAX, XATTR_VALUE_BYTES_MAX } from '../../../src/abi/limits.ts';
import { XATTR } from '../../../src/abi/xattr.ts';
import { BAD, RING_OBJECT, type Spoilt, World } from './world.ts';

/** What the calls name. */
interface Named {
  readonly fd: number;
  readonly name: number;
  readonly value: number;
  readonly len: number;
  readonly path: number;
  readonly flags: number;
}

type Call = (w: World, named: Named, spoil?: Spoilt) => ReturnType<World['run']>;

const CALLS: Readonly<Record<string, Call>> = {
  FSETXATTR: (w, { fd, name, value, flags, len }, spoil) =>
    w.run((r) => r.prepFsetxattr(0, fd, name, value, flags, len), spoil),
  SETXATTR: (w, { name, value, path, flags, len }, spoil) =>
    w.run((r) => r.prepSetxattr(0, name, value, path, flags, len), spoil),
  FGETXATTR: (w, { fd, name, value, len }, spoil) =>
    w.run((r) => r.prepFgetxattr(0, fd, name, value, len), spoil),
  GETXATTR: (w, { name, value, path, len }, spoil) =>
    w.run((r) => r.prepGetxattr(0, name, value, path, len), spoil),
};
const ALL = Object.keys(CALLS);

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: 'abc' });
  const fd = w.fd('/f');
  const named: Named = {
    fd,
    name: w.string('user.colour'),
    value: w.place('blue'),
    len: 4,
    path: w.string('/f'),
    flags: 0,
  };
  return { w, named };
}

describe.each(ALL)('%s', (call) => {
  const run = CALLS[call]!;

  it.each([false, true])('finds a file without attributes, slow files: %s', (slow) => {
    const { w, named } = world(slow);
    const refused = { res: fail('EOPNOTSUPP'), isFailure: false, isPreparation: false };
    expect(run(w, named)).toMatchObject(refused);
  });

  it.each<[string, (w: World, named: Named) => Named, ErrnoName]>([
    ['an empty name', (w, named) => ({ ...named, name: w.string('') }), 'ERANGE'],
    [
      'a long name',
      (w, named) => ({ ...named, name: w.string('n'.repeat(XATTR_NAME_BYTES_MAX)) }),
      'ERANGE',
    ],
    ['a name that is not mapped', (_, named) => ({ ...named, name: BAD }), 'EFAULT'],
  ])('refuses %s', (_, change, errno) => {
    const { w, named } = world();
    const refused = { res: fail(errno), isPreparation: true };
    expect(run(w, change(w, named))).toMatchObject(refused);
  });

  it('takes the longest name', () => {
    const { w, named } = world();
    const name = w.string('n'.repeat(XATTR_NAME_BYTES_MAX - 1));
    expect(run(w, { ...named, name }).res).toBe(fail('EOPNOTSUPP'));
  });

  it('refuses unknown flags', () => {
    const { w, named } = world();
    const refused = { res: fail('EINVAL'), isPreparation: true };
    expect(run(w, named, { opFlags: 4 })).toMatchObject(refused);
  });
});

describe.each(['FSETXATTR', 'SETXATTR'])('%s', (call) => {
  it.each<[string, Partial<Named>, ErrnoName]>([
    ['a long value', { len: XATTR_VALUE_BYTES_MAX + 1 }, 'E2BIG'],
    ['a length that is negative as a number', { len: -1 }, 'E2BIG'],
    ['a value that is not mapped', { value: BAD }, 'EFAULT'],
    ['a value that must exist', { flags: XATTR.REPLACE }, 'EOPNOTSUPP'],
    ['no value', { value: 0, len: 0, flags: XATTR.CREATE }, 'EOPNOTSUPP'],
  ])('answers %s', (_, change, errno) => {
    const { w, named } = world();
    expect(CALLS[call]!(w, { ...named, ...change }).res).toBe(fail(errno));
  });
});

describe.each(['FSETXATTR', 'FGETXATTR'])('%s', (call) => {
  it('breaks a chain by a descriptor that is not open, or open as a path', () => {
    const { w, named } = world();
    const refused = { res: fail('EBADF'), isFailure: true, isPreparation: false };
    for (const fd of [999, w.fd('/f', O.PATH)])
      expect(CALLS[call]!(w, { ...named, fd })).toMatchObject(refused);
  });

  it('is refused by what is no file', () => {
    const { w, named } = world();
    const fd = w.process.descriptors.install(RING_OBJECT);
    expect(CALLS[call]!(w, { ...named, fd }).res).toBe(fail('EOPNOTSUPP'));
  });
});

describe.each(['SETXATTR', 'GETXATTR'])('%s', (call) => {
  it.each([false, true])('says what is wrong with a path, slow files: %s', (slow) => {
    const { w, named } = world(slow);
    const path = w.string('/missing');
    const ended = { res: fail('ENOENT'), isFailure: false };
    expect(CALLS[call]!(w, { ...named, path })).toMatchObject(ended);
  });

  it('refuses a path that is empty, or not mapped, and a registered file', () => {
    const { w, named } = world();
    const res = (path: number) => CALLS[call]!(w, { ...named, path }).res;
    expect([res(w.string('')), res(BAD)]).toEqual([fail('ENOENT'), fail('EFAULT')]);
    const fixed = CALLS[call]!(w, named, { flags: SQE_FLAG.FIXED_FILE });
    expect(fixed).toMatchObject({ res: fail('EBADF'), isPreparation: true });
  });
});
