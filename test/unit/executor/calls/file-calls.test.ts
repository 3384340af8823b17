/**
 * Goal: the register calls for files take Linux's records and refuse what Linux refuses.
 * Method: the rows are called on a table and a small memory.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { REGISTERED_FILES_MAX } from '../../../../src/abi/limits.ts';
import { REGISTER, RSRC_REGISTER_FLAG } from '../../../../src/abi/register.ts';
import { FILE_CALLS } from '../../../../src/executor/calls/file-calls.ts';
import { Process } from '../../../../src/kernel/process.ts';
import { FileTable } from '../../../../src/kernel/registered-files.ts';
import { ProcessMemory } from '../../../../src/ring/memory.ts';
import { FakeOpenFile } from '../../kernel/fake-open-file.ts';

const [RECORD, LIST, TAGS] = [4096, 8192, 12_288];
const BAD = 0x7fff_0000;
type Errno = Parameters<typeof fail>[0];

/** A world with a record in its memory, two open files listed, and two tags. */
function world(record: Record<number, number> = {}) {
  const process = new Process(1, ProcessMemory.reserve(1 << 16));
  const { memory, descriptors } = process;
  const posted: number[] = [];
  const ring = { process, files: new FileTable(process, (low) => posted.push(low)) };
  const call = (number: number, addr: number, count: number) =>
    FILE_CALLS.get(number)!(undefined, ring, { number, addrLow: addr, addrHigh: 0, count });
  const write = (words: Record<number, number>) => {
    memory.bytes.fill(0, RECORD, RECORD + 32);
    for (const [offset, value] of Object.entries(words))
      memory.setU32(RECORD + Number(offset), value);
  };
  const opened = [new FakeOpenFile(), new FakeOpenFile()];
  opened.forEach((file, i) => {
    memory.setU32(LIST + 4 * i, descriptors.install(file));
    memory.setU64(TAGS + 8 * i, 100 + i);
  });
  write(record);
  return { call, write, opened, posted, files: ring.files, memory };
}

describe('FILES', () => {
  it('registers a list, and UNREGISTER_FILES forgets it', () => {
    const { call, files, opened } = world();
    expect(call(REGISTER.UNREGISTER_FILES, 0, 0)).toBe(fail('ENXIO'));
    expect(call(REGISTER.FILES, LIST, 2)).toBe(0);
    expect([files.get(0), files.get(1)]).toEqual(opened);
    expect(call(REGISTER.FILES, LIST, 2)).toBe(fail('EBUSY'));
    expect(call(REGISTER.UNREGISTER_FILES, LIST, 0)).toBe(fail('EINVAL'));
    expect(call(REGISTER.UNREGISTER_FILES, 0, 1)).toBe(fail('EINVAL'));
    expect(call(REGISTER.UNREGISTER_FILES, 0, 0)).toBe(0);
  });

  it.each<[addr: number, count: number, errno: Errno]>([
    [0, 1, 'EFAULT'],
    [BAD, 1, 'EFAULT'],
    [LIST, 0, 'EINVAL'],
    [LIST, 3, 'EBADF'],
    [LIST, REGISTERED_FILES_MAX + 1, 'EMFILE'],
    [LIST, -1, 'EMFILE'],
  ])('of a list at %i with %i entries is refused with %s', (addr, count, errno) => {
    expect(world().call(REGISTER.FILES, addr, count)).toBe(fail(errno));
  });
});

describe('FILES2', () => {
  it('registers a list with tags', () => {
    const { call, posted } = world({ 0: 2, 16: LIST, 24: TAGS });
    expect(call(REGISTER.FILES2, RECORD, 32)).toBe(0);
    expect(posted).toEqual([]);
    call(REGISTER.UNREGISTER_FILES, 0, 0);
    expect(posted).toEqual([100, 101]);
  });

  it.each([RSRC_REGISTER_FLAG.SPARSE, 0])('without a list and with flags %i is sparse', (flags) => {
    const { call, files } = world({ 0: 3, 4: flags });
    expect(call(REGISTER.FILES2, RECORD, 32)).toBe(0);
    expect(files.size).toBe(3);
  });

  it.each<[what: string, record: Record<number, number>, errno: Errno]>([
    ['no entries', { 16: LIST }, 'EINVAL'],
    ['too many', { 0: REGISTERED_FILES_MAX + 1, 16: LIST }, 'EMFILE'],
    ['an unknown flag', { 0: 1, 4: 2, 16: LIST }, 'EINVAL'],
    ['a sparse list', { 0: 1, 4: RSRC_REGISTER_FLAG.SPARSE, 16: LIST }, 'EINVAL'],
    ['a reserved field', { 0: 1, 8: 1, 16: LIST }, 'EINVAL'],
    ['a list that is not mapped', { 0: 1, 16: BAD }, 'EFAULT'],
    ['tags that are not mapped', { 0: 1, 16: LIST, 24: BAD }, 'EFAULT'],
    ['tags of nothing', { 0: 1, 24: TAGS }, 'EINVAL'],
  ])('refuses %s', (_, record, errno) => {
    expect(world(record).call(REGISTER.FILES2, RECORD, 32)).toBe(fail(errno));
  });

  it('refuses a record of another size, and one that is not mapped', () => {
    const { call } = world({ 0: 1, 16: LIST });
    expect(call(REGISTER.FILES2, RECORD, 31)).toBe(fail('EINVAL'));
    expect(call(REGISTER.FILES2, BAD, 32)).toBe(fail('EFAULT'));
  });
});

describe.each([
  ['FILES_UPDATE', REGISTER.FILES_UPDATE, false],
  ['FILES_UPDATE2', REGISTER.FILES_UPDATE2, true],
] as const)('%s', (_, number, hasRecord2) => {
  /** On a table of 3 slots; the count stands in the record or in nr_args. */
  const update = (record: Record<number, number>, nr: number, size = 3) => {
    const w = world({ 0: size });
    if (size > 0) w.call(REGISTER.FILES2, RECORD, 32);
    w.write(hasRecord2 ? { ...record, 24: nr } : record);
    return { ...w, res: w.call(number, RECORD, hasRecord2 ? 32 : nr) };
  };

  it('replaces slots from an offset on, and tells how many', () => {
    const { res, files, opened } = update({ 0: 1, 8: LIST }, 2);
    expect(res).toBe(2);
    expect([0, 1, 2].map((slot) => files.get(slot))).toEqual([undefined, ...opened]);
  });

  it.each<[what: string, record: Record<number, number>, nr: number, errno: Errno]>([
    ['no entries', { 8: LIST }, 0, 'EINVAL'],
    ['a reserved field', { 4: 1, 8: LIST }, 1, 'EINVAL'],
    ['entries beyond the table', { 0: 2, 8: LIST }, 2, 'EINVAL'],
    ['a negative number of them', { 8: LIST }, -1, 'EINVAL'],
    ['entries beyond all tables', { 0: -1, 8: LIST }, 2, 'EOVERFLOW'],
    ['a list that is not mapped', { 8: BAD }, 1, 'EFAULT'],
  ])('refuses %s', (_what, record, nr, errno) => {
    expect(update(record, nr).res).toBe(fail(errno));
  });

  it('needs a table, and a record that is mapped', () => {
    expect(update({ 8: LIST }, 1, 0).res).toBe(fail('ENXIO'));
    expect(world().call(number, BAD, 32)).toBe(fail('EFAULT'));
  });
});

describe('FILES_UPDATE2', () => {
  it('sets tags, and needs a record of its size', () => {
    const { call, write, posted } = world({ 0: 3 });
    call(REGISTER.FILES2, RECORD, 32);
    write({ 8: LIST, 16: TAGS, 24: 2 });
    expect(call(REGISTER.FILES_UPDATE2, RECORD, 16)).toBe(fail('EINVAL'));
    expect(call(REGISTER.FILES_UPDATE2, RECORD, 32)).toBe(2);
    write({ 8: LIST, 24: 2, 28: 1 });
    expect(call(REGISTER.FILES_UPDATE2, RECORD, 32)).toBe(fail('EINVAL'));
    write({ 8: LIST, 24: 1 });
    expect(call(REGISTER.FILES_UPDATE2, RECORD, 32)).toBe(1);
    expect(posted).toEqual([100]);
  });
});

describe('FILE_ALLOC_RANGE', () => {
  it.each<[what: string, record: Record<number, number>, res: number]>([
    ['a range inside the table', { 0: 1, 4: 2 }, 0],
    ['an empty one', { 0: 3 }, 0],
    ['one beyond the table', { 0: 2, 4: 2 }, fail('EINVAL')],
    ['one beyond all tables', { 0: -1, 4: 1 }, fail('EOVERFLOW')],
    ['a reserved field', { 4: 1, 12: 1 }, fail('EINVAL')],
  ])('of %s', (_, record, res) => {
    const { call, write } = world({ 0: 3 });
    call(REGISTER.FILES2, RECORD, 32);
    write(record);
    expect(call(REGISTER.FILE_ALLOC_RANGE, RECORD, 0)).toBe(res);
  });

  it('needs a table, a record that is mapped, and no count', () => {
    const { call } = world({ 4: 1 });
    expect(call(REGISTER.FILE_ALLOC_RANGE, RECORD, 0)).toBe(fail('EINVAL'));
    expect(call(REGISTER.FILE_ALLOC_RANGE, RECORD, 1)).toBe(fail('EINVAL'));
    expect(call(REGISTER.FILE_ALLOC_RANGE, 0, 0)).toBe(fail('EINVAL'));
    expect(call(REGISTER.FILE_ALLOC_RANGE, BAD, 0)).toBe(fail('EFAULT'));
  });
});
