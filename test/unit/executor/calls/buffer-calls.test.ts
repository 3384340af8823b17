/**
 * Goal: the register calls for buffers take Linux's records and refuse what Linux refuses.
 * Method: the rows are called on a table and a small memory.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { BUFFERS_MAX } from '../../../../src/abi/limits.ts';
import { CLONE_BUFFERS, REGISTER, RSRC_REGISTER_FLAG } from '../../../../src/abi/register.ts';
import { BUFFER_CALLS } from '../../../../src/executor/calls/buffer-calls.ts';
import { Buffers } from '../../../../src/kernel/buffers.ts';
import { Process } from '../../../../src/kernel/process.ts';
import { ProcessMemory } from '../../../../src/ring/memory.ts';

const [RECORD, LIST, TAGS, A, B] = [4096, 8192, 12_288, 16_384, 20_480];
const RING_OBJECT = { hold: () => {}, drop: () => {} };
const BAD = 0x7fff_0000;

function world() {
  const process = new Process(1, ProcessMemory.reserve(1 << 16));
  const { memory } = process;
  const posted: number[] = [];
  const ring = { process, buffers: new Buffers((low) => posted.push(low)) };
  const call = (number: number, addr: number, count: number) =>
    BUFFER_CALLS.get(number)!(undefined, ring, { number, addrLow: addr, addrHigh: 0, count });
  memory.setU64(LIST, A);
  memory.setU64(LIST + 8, 64);
  return { process, memory, call, posted, buffers: ring.buffers };
}

/** A world with struct io_uring_rsrc_register, or struct io_uring_rsrc_update2, in its memory. */
function withRecord(words: Record<number, number>) {
  const w = world();
  for (const [offset, value] of Object.entries(words))
    w.memory.setU32(RECORD + Number(offset), value);
  return w;
}

describe('BUFFERS', () => {
  it('registers a list, and UNREGISTER_BUFFERS forgets it', () => {
    const { call, buffers } = world();
    expect(call(REGISTER.BUFFERS, LIST, 1)).toBe(0);
    expect(buffers.covers(0, A, 0, 64)).toBe(true);
    expect(call(REGISTER.UNREGISTER_BUFFERS, 0, 1)).toBe(fail('EINVAL'));
    expect(call(REGISTER.UNREGISTER_BUFFERS, 0, 0)).toBe(0);
    expect(call(REGISTER.UNREGISTER_BUFFERS, 0, 0)).toBe(fail('ENXIO'));
  });

  it.each<[addr: number, count: number, errno: Parameters<typeof fail>[0]]>([
    [0, 1, 'EFAULT'],
    [BAD, 1, 'EFAULT'],
    [LIST, 0, 'EINVAL'],
    [LIST, BUFFERS_MAX + 1, 'EINVAL'],
    [LIST, -1, 'EINVAL'],
  ])('of a list at %i with %i entries is refused with %s', (addr, count, errno) => {
    expect(world().call(REGISTER.BUFFERS, addr, count)).toBe(fail(errno));
  });
});

describe('BUFFERS2', () => {
  it('registers a list, with tags that are all 0', () => {
    const { call, buffers } = withRecord({ 0: 1, 16: LIST, 24: TAGS });
    expect(call(REGISTER.BUFFERS2, RECORD, 32)).toBe(0);
    expect(buffers.covers(0, A, 0, 64)).toBe(true);
    expect(call(REGISTER.BUFFERS2, RECORD, 32)).toBe(fail('EBUSY'));
  });

  it.each([RSRC_REGISTER_FLAG.SPARSE, 0])('without a list and with flags %i is sparse', (flags) => {
    const { call, buffers } = withRecord({ 0: 3, 4: flags });
    expect(call(REGISTER.BUFFERS2, RECORD, 32)).toBe(0);
    expect(buffers.size).toBe(3);
  });

  it.each<[what: string, record: Record<number, number>, errno: Parameters<typeof fail>[0]]>([
    ['no entries', { 16: LIST }, 'EINVAL'],
    ['too many', { 0: BUFFERS_MAX + 1, 16: LIST, 24: TAGS }, 'EINVAL'],
    ['an unknown flag', { 0: 1, 4: 2, 16: LIST }, 'EINVAL'],
    ['a sparse list', { 0: 1, 4: RSRC_REGISTER_FLAG.SPARSE, 16: LIST }, 'EINVAL'],
    ['a reserved field', { 0: 1, 8: 1, 16: LIST }, 'EINVAL'],
    ['a list that is not mapped', { 0: 1, 16: BAD }, 'EFAULT'],
    ['tags that are not mapped', { 0: 1, 16: LIST, 24: BAD }, 'EFAULT'],
  ])('refuses %s', (_, record, errno) => {
    expect(withRecord(record).call(REGISTER.BUFFERS2, RECORD, 32)).toBe(fail(errno));
  });

  it('registers tags, and refuses those of empty entries', () => {
    const { call, memory, posted } = withRecord({ 0: 1, 16: LIST, 24: TAGS });
    memory.setU64(TAGS, 77);
    memory.setU64(LIST, 0);
    memory.setU64(LIST + 8, 0);
    expect(call(REGISTER.BUFFERS2, RECORD, 32)).toBe(fail('EINVAL'));
    memory.setU64(LIST, A);
    memory.setU64(LIST + 8, 64);
    expect(call(REGISTER.BUFFERS2, RECORD, 32)).toBe(0);
    call(REGISTER.UNREGISTER_BUFFERS, 0, 0);
    expect(posted).toEqual([77]);
  });

  it('refuses a record of another size, and one that is not mapped', () => {
    const { call } = withRecord({ 0: 1, 16: LIST });
    expect(call(REGISTER.BUFFERS2, RECORD, 31)).toBe(fail('EINVAL'));
    expect(call(REGISTER.BUFFERS2, BAD, 32)).toBe(fail('EFAULT'));
  });
});

describe('BUFFERS_UPDATE', () => {
  const sparse = (record: Record<number, number>) => {
    const w = withRecord({ 0: 3 });
    w.call(REGISTER.BUFFERS2, RECORD, 32);
    w.memory.bytes.fill(0, RECORD, RECORD + 32);
    for (const [offset, value] of Object.entries(record))
      w.memory.setU32(RECORD + Number(offset), value);
    return w;
  };

  it('replaces entries from an offset on, and tells how many', () => {
    const { call, buffers } = sparse({ 0: 1, 8: LIST, 24: 1 });
    expect(call(REGISTER.BUFFERS_UPDATE, RECORD, 32)).toBe(1);
    expect(buffers.covers(1, A, 0, 64)).toBe(true);
  });

  it.each<[what: string, record: Record<number, number>, errno: Parameters<typeof fail>[0]]>([
    ['no entries', { 8: LIST }, 'EINVAL'],
    ['a reserved field', { 4: 1, 8: LIST, 24: 1 }, 'EINVAL'],
    ['the other one', { 8: LIST, 24: 1, 28: 1 }, 'EINVAL'],
    ['entries beyond the table', { 0: 2, 8: LIST, 24: 2 }, 'EINVAL'],
    ['entries beyond all tables', { 0: -1, 8: LIST, 24: 1 }, 'EOVERFLOW'],
    ['a list that is not mapped', { 8: BAD, 24: 1 }, 'EFAULT'],
  ])('refuses %s', (_, record, errno) => {
    expect(sparse(record).call(REGISTER.BUFFERS_UPDATE, RECORD, 32)).toBe(fail(errno));
  });

  it('needs a table, and a record of its size', () => {
    const { call } = withRecord({ 8: LIST, 24: 1 });
    expect(call(REGISTER.BUFFERS_UPDATE, RECORD, 32)).toBe(fail('ENXIO'));
    expect(call(REGISTER.BUFFERS_UPDATE, RECORD, 16)).toBe(fail('EINVAL'));
  });
});

describe('CLONE_BUFFERS', () => {
  const { SRC_REGISTERED, DST_REPLACE } = CLONE_BUFFERS;

  /** A world with another ring of two buffers, as a descriptor. */
  const cloning = (record: Record<number, number> = {}) => {
    const w = withRecord({});
    const source = { ...RING_OBJECT, buffers: new Buffers() };
    w.memory.setU64(LIST + 16, B);
    w.memory.setU64(LIST + 24, 32);
    source.buffers.register({ memory: w.memory, low: LIST, high: 0, count: 2 });
    const fd = w.process.descriptors.install(source);
    const write = (words: Record<number, number>) => {
      for (const [offset, value] of Object.entries({ 0: fd, ...words }))
        w.memory.setU32(RECORD + Number(offset), value);
    };
    write(record);
    return { ...w, source, write, clone: () => w.call(REGISTER.CLONE_BUFFERS, RECORD, 1) };
  };

  it('takes the buffers of another ring over, all or some', () => {
    const { clone, buffers, write } = cloning();
    expect(clone()).toBe(0);
    expect([buffers.size, buffers.covers(1, B, 0, 32)]).toEqual([2, true]);
    expect(clone()).toBe(fail('EBUSY'));
    write({ 4: DST_REPLACE, 8: 1, 12: 2, 16: 1 });
    expect(clone()).toBe(0);
    expect([buffers.size, buffers.covers(2, B, 0, 32)]).toEqual([3, true]);
  });

  it.each<[what: string, record: Record<number, number>, errno: Parameters<typeof fail>[0]]>([
    ['an unknown flag', { 4: 4 }, 'EINVAL'],
    ['a reserved field', { 20: 1 }, 'EINVAL'],
    ['the last of them', { 28: 1 << 24 }, 'EINVAL'],
    ['a closed descriptor', { 0: 999 }, 'EBADF'],
    ['a registered ring, of which there is none', { 0: 0, 4: SRC_REGISTERED }, 'EBADF'],
    ['more than there are', { 16: 3 }, 'EINVAL'],
    ['a range beyond them', { 8: 1, 16: 2 }, 'EOVERFLOW'],
    ['a place beyond all tables', { 12: -1, 16: 1 }, 'EOVERFLOW'],
  ])('refuses %s', (_, record, errno) => {
    const { clone, buffers } = cloning(record);
    expect([clone(), buffers.size]).toEqual([fail(errno), 0]);
  });

  it('refuses what is no ring, and a ring without buffers', () => {
    const { clone, process, source, write } = cloning();
    write({ 0: process.descriptors.install({ ...RING_OBJECT }) });
    expect(clone()).toBe(fail('EOPNOTSUPP'));
    write({});
    source.buffers.unregister();
    expect(clone()).toBe(fail('ENXIO'));
  });

  it('takes one record, which is mapped', () => {
    const { call } = cloning();
    expect(call(REGISTER.CLONE_BUFFERS, RECORD, 0)).toBe(fail('EINVAL'));
    expect(call(REGISTER.CLONE_BUFFERS, 0, 1)).toBe(fail('EINVAL'));
    expect(call(REGISTER.CLONE_BUFFERS, BAD, 1)).toBe(fail('EFAULT'));
  });
});
