/**
 * Goal: the register calls for provided buffers take Linux's records and refuse what Linux refuses.
 * Method: the rows are called on groups and a small memory.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { PBUF_RING, REGISTER } from '../../../../src/abi/register.ts';
import { GROUP_CALLS } from '../../../../src/executor/calls/group-calls.ts';
import { Process } from '../../../../src/kernel/process.ts';
import { BufferGroups } from '../../../../src/kernel/provided-buffers.ts';
import { Segments } from '../../../../src/kernel/segments.ts';
import { ProcessMemory } from '../../../../src/ring/memory.ts';

const [RECORD, RING, DATA] = [4096, 8192, 16_384];
const BAD = 0x7fff_0000;
type Errno = Parameters<typeof fail>[0];

/** A world with a record of 40 bytes in its memory; words of 32 bits by their offset. */
function world(record: Record<number, number> = {}) {
  const process = new Process(1, ProcessMemory.reserve(1 << 16));
  const { memory } = process;
  const groups = new BufferGroups(memory);
  const ring = { process, groups };
  const call = (number: number, addr = RECORD, count = 1) =>
    GROUP_CALLS.get(number)!(undefined, ring, { number, addrLow: addr, addrHigh: 0, count });
  const write = (words: Record<number, number>) => {
    memory.bytes.fill(0, RECORD, RECORD + 40);
    for (const [offset, value] of Object.entries(words))
      memory.setU32(RECORD + Number(offset), value);
  };
  write(record);
  return { memory, groups, call, write };
}

const groupAndFlags = (group: number, flags: number): number => group | (flags << 16);
const OK = { 0: RING, 8: 4, 12: groupAndFlags(7, 0) };

describe('PBUF_RING', () => {
  it.each([
    [0, 0],
    [PBUF_RING.INC, 1],
  ])('with flags %i makes a group that is consumed as they say', (flags, isIncremental) => {
    const { memory, groups, call } = world({ ...OK, 12: groupAndFlags(0xffff, flags) });
    expect(call(REGISTER.PBUF_RING)).toBe(0);
    memory.setU64(RING, DATA);
    memory.setU32(RING + 8, 8);
    memory.setU32(RING + 12, 1 << 16);
    expect(groups.choose(0xffff, 0, false, new Segments())).toBe(0);
    groups.take(0xffff, 1);
    expect(groups.headOf(0xffff)).toBe(1 - isIncremental);
  });

  it.each<[what: string, record: Record<number, number>, errno: Errno]>([
    ['3 entries', { ...OK, 8: 3 }, 'EINVAL'],
    ['an unknown flag', { ...OK, 12: groupAndFlags(7, 4) }, 'EINVAL'],
    ['memory of the kernel', { ...OK, 12: groupAndFlags(7, PBUF_RING.MMAP) }, 'EINVAL'],
    ['a reserved field', { ...OK, 16: 1 }, 'EINVAL'],
    ['the last of them', { ...OK, 36: 1 << 24 }, 'EINVAL'],
    ['an address that is not mapped', { ...OK, 0: BAD }, 'EFAULT'],
    ['an address beyond 32 bits', { ...OK, 4: 1 }, 'EFAULT'],
  ])('refuses %s', (_, record, errno) => {
    expect(world(record).call(REGISTER.PBUF_RING)).toBe(fail(errno));
  });
});

describe('UNREGISTER_PBUF_RING', () => {
  it('forgets the group it names, and looks at nothing else', () => {
    const { call, write } = world(OK);
    call(REGISTER.PBUF_RING);
    expect(call(REGISTER.PBUF_RING)).toBe(fail('EEXIST'));
    write({ 0: BAD, 8: 3, 12: 7 });
    expect(call(REGISTER.UNREGISTER_PBUF_RING)).toBe(0);
    expect(call(REGISTER.UNREGISTER_PBUF_RING)).toBe(fail('ENOENT'));
  });

  it.each([
    ['flags', { 12: groupAndFlags(7, PBUF_RING.INC) }],
    ['a reserved field', { 12: 7, 36: 1 }],
  ])('refuses %s', (_, record) => {
    const { call, write } = world(OK);
    call(REGISTER.PBUF_RING);
    write(record);
    expect(call(REGISTER.UNREGISTER_PBUF_RING)).toBe(fail('EINVAL'));
  });
});

describe('PBUF_STATUS', () => {
  it('tells the head of a ring', () => {
    const { memory, groups, call, write } = world(OK);
    call(REGISTER.PBUF_RING);
    memory.setU64(RING, DATA);
    memory.setU32(RING + 12, 1 << 16);
    groups.choose(7, 0, false, new Segments());
    groups.take(7, 0);
    write({ 0: 7, 4: 99 });
    expect([call(REGISTER.PBUF_STATUS), memory.u32(RECORD + 4)]).toEqual([0, 1]);
  });

  it.each<[what: string, record: Record<number, number>, errno: Errno]>([
    ['a group that is missing', { 0: 9 }, 'ENOENT'],
    ['a number that no group has', { 0: 0x1_0007 }, 'ENOENT'],
    ['a group without a ring', { 0: 8 }, 'EINVAL'],
    ['a reserved field', { 0: 7, 8: 1 }, 'EINVAL'],
  ])('refuses %s', (_, record, errno) => {
    const { groups, call, write } = world(OK);
    call(REGISTER.PBUF_RING);
    groups.provide(8, { address: DATA, length: 1, count: 1, firstId: 0 });
    write(record);
    expect(call(REGISTER.PBUF_STATUS)).toBe(fail(errno));
  });
});

it.each(['PBUF_RING', 'UNREGISTER_PBUF_RING', 'PBUF_STATUS'] as const)(
  '%s takes one record, which is mapped',
  (name) => {
    const { call } = world(OK);
    expect(call(REGISTER[name], RECORD, 0)).toBe(fail('EINVAL'));
    expect(call(REGISTER[name], RECORD, 2)).toBe(fail('EINVAL'));
    expect(call(REGISTER[name], 0)).toBe(fail('EINVAL'));
    expect(call(REGISTER[name], BAD)).toBe(fail('EFAULT'));
  },
);
