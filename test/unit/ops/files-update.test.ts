/**
 * Goal: FILES_UPDATE changes the table of its ring as REGISTER_FILES_UPDATE does, and allocates
 *       slots; FIXED_FD_INSTALL gives what is in a slot a descriptor (SEMANTICS K6, K7).
 * Method: files in memory, and a table of a few slots.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { DESCRIPTORS_MAX } from '../../../src/abi/limits.ts';
import { FILE_INDEX_ALLOC, FIXED_FD } from '../../../src/abi/register.ts';
import { registeredWorld } from './registered-world.ts';
import { BAD, RING_OBJECT, type Spoilt } from './world.ts';

type Errno = Parameters<typeof fail>[0];

function world(slots = 4) {
  const { w, table } = registeredWorld(slots);
  w.files.add('/f', { bytes: 'aaaa' });
  w.files.add('/g', { bytes: 'bbbb' });
  const [f, g] = [w.fd('/f'), w.fd('/g')];
  const fileOf = (fd: number) => w.process.descriptors.get(fd);
  const fds = (...numbers: number[]) => {
    const at = w.room(4 * numbers.length);
    numbers.forEach((fd, i) => {
      w.memory.setU32(at + 4 * i, fd);
    });
    return at;
  };
  const update = (at: number, count: number, offset: number, spoil?: Spoilt) =>
    w.run((r) => r.prepFilesUpdate(0, at, count, offset), spoil);
  const install = (slot: number, flags = 0, spoil?: Spoilt) =>
    w.run((r) => r.prepFixedFdInstall(0, slot, flags), spoil);
  return { w, table, f, g, fileOf, fds, update, install };
}

describe('FILES_UPDATE', () => {
  it('puts files into slots, empties some and skips others', () => {
    const { table, f, g, fileOf, fds, update } = world();
    expect(update(fds(f, g), 2, 1).res).toBe(2);
    expect(update(fds(g, -2, -1), 3, 0).res).toBe(3);
    expect([0, 1, 2].map((slot) => table.get(slot))).toEqual([fileOf(g), fileOf(f), undefined]);
  });

  it('ends with how many came before what is bad', () => {
    const { f, fds, update } = world();
    expect(update(fds(f, 999), 2, 0)).toMatchObject({ res: 1, isFailure: false });
    expect(update(fds(999, f), 2, 0)).toMatchObject({ res: fail('EBADF'), isFailure: true });
  });

  it.each<[what: string, at: number | undefined, count: number, offset: number, errno: Errno]>([
    ['slots beyond the table', undefined, 2, 3, 'EINVAL'],
    ['slots beyond all tables', undefined, 2, 2 ** 32 - 2, 'EOVERFLOW'],
    ['a list that is not mapped', BAD, 1, 0, 'EFAULT'],
    ['a list to allocate for that is not', BAD, 1, FILE_INDEX_ALLOC, 'EFAULT'],
  ])('refuses %s when it runs', (_, at, count, offset, errno) => {
    const { f, fds, update } = world();
    const ended = update(at ?? fds(f, f), count, offset);
    expect(ended).toMatchObject({ res: fail(errno), isPreparation: false });
  });

  it('needs a table', () => {
    const { f, fds, update } = world(0);
    for (const offset of [0, FILE_INDEX_ALLOC])
      expect(update(fds(f), 1, offset).res).toBe(fail('ENXIO'));
  });

  it('allocates slots and writes them back, as many as there are', () => {
    const { w, table, f, g, fileOf, fds, update } = world(2);
    const at = fds(f, g, f);
    expect(update(at, 3, FILE_INDEX_ALLOC).res).toBe(2);
    expect([0, 4, 8].map((offset) => w.memory.i32(at + offset))).toEqual([0, 1, f]);
    expect([table.get(0), table.get(1)]).toEqual([fileOf(f), fileOf(g)]);
    expect(update(at + 8, 1, FILE_INDEX_ALLOC).res).toBe(fail('ENFILE'));
  });

  it('looks at 32 bits of the offset, as Linux does', () => {
    const { f, fds, update } = world();
    expect(update(fds(f), 1, 0, { offLow: -1, offHigh: 0 }).res).toBe(1);
    expect(update(fds(f), 1, 3, { offHigh: 5 }).res).toBe(1);
  });

  it.each<[spoil: Spoilt, errno: Errno]>([
    [{ len: 0 }, 'EINVAL'],
    [{ opFlags: 1 }, 'EINVAL'],
    [{ fileIndex: 1 }, 'EINVAL'],
    [{ ioprio: 1 }, 'EINVAL'],
    [{ flags: SQE_FLAG.FIXED_FILE }, 'EINVAL'],
    [{ flags: SQE_FLAG.BUFFER_SELECT }, 'EOPNOTSUPP'],
  ])('with %o is refused while it is read', (spoil, errno) => {
    const { f, fds, update } = world();
    const ended = update(fds(f), 1, 0, spoil);
    expect(ended).toMatchObject({ res: fail(errno), isPreparation: true });
  });
});

describe('FIXED_FD_INSTALL', () => {
  it('gives the file a descriptor of its own', () => {
    const { w, table, f, g, fileOf, fds, update, install } = world();
    update(fds(f), 1, 1);
    const file = fileOf(f);
    w.process.descriptors.close(f);
    w.process.descriptors.close(g);
    const { res: fd } = install(1);
    expect([fd, fileOf(fd)]).toEqual([f, file]);
    expect(install(1, FIXED_FD.NO_CLOEXEC).res).toBe(g);
    expect([...w.files.openFiles].map(({ path, holds }) => [path, holds])).toEqual([['/f', 3]]);
    table.remove(1);
    w.process.descriptors.close(f);
    expect([...w.files.openFiles].map(({ holds }) => holds)).toEqual([1]);
  });

  it('finds nothing in an empty slot, beyond the table, or without one', () => {
    for (const { install } of [world(), world(0)])
      for (const slot of [0, 4, -1])
        expect(install(slot)).toMatchObject({ res: fail('EBADF'), isPreparation: false });
  });

  it('with a full table of descriptors holds nothing', () => {
    const { w, f, fds, update, install } = world();
    update(fds(f), 1, 0);
    for (let fd = 3; fd < DESCRIPTORS_MAX; fd++)
      if (w.process.descriptors.get(fd) === undefined)
        w.process.descriptors.installAt(fd, RING_OBJECT);
    expect(install(0)).toMatchObject({ res: fail('EMFILE'), isFailure: true });
    expect([...w.files.openFiles].find(({ path }) => path === '/f')?.holds).toBe(2);
  });

  it('needs FIXED_FILE', () => {
    const { w, f } = world();
    const ended = w.run((r) => {
      r.prepFixedFdInstall(0, f, 0);
      r.sqeSetFlags(0, 0);
    });
    expect(ended).toMatchObject({ res: fail('EBADF'), isPreparation: true });
  });

  it.each<Spoilt>([
    { opFlags: 2 },
    { offLow: 1 },
    { addrHigh: 1 },
    { len: 1 },
    { bufPersonality: 1 },
    { fileIndex: 1 },
    { addr3Low: 1 },
    { ioprio: 1 },
  ])('with %o is EINVAL while it is read', (spoil) => {
    const { install } = world();
    expect(install(0, 0, spoil)).toMatchObject({ res: fail('EINVAL'), isPreparation: true });
  });
});
