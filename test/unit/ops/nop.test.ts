/**
 * Goal: NOP does nothing, and pretends to use what it is told to.
 * Method: a descriptor, a slot and a registered buffer, each there and not there.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { NOP_FLAG, SQE_FLAG } from '../../../src/abi/flags.ts';
import { fakeSlots } from './fake-slots.ts';
import { RING_OBJECT, World } from './world.ts';

const { FILE, FIXED_FILE, FIXED_BUFFER, INJECT_RESULT } = NOP_FLAG;

function world() {
  const files = fakeSlots(2);
  const w = new World({ files });
  const fd = w.install(RING_OBJECT);
  files.slots[1] = RING_OBJECT;
  const list = w.words64(w.room(64), 64, 0, 0);
  w.buffers.register({ memory: w.memory, low: list, high: 0, count: 2 });
  return { w, fd };
}

const nop = (w: World, spoil: Record<string, number>): number => w.res((r) => r.prepNop(0), spoil);

describe('NOP', () => {
  it('is 0, or what it is told to be', () => {
    const { w } = world();
    expect([nop(w, {}), nop(w, { fd: 999, len: 7 })]).toEqual([0, 0]);
    const played = w.run((r) => r.prepNop(0), { opFlags: INJECT_RESULT, len: -5 });
    expect(played).toMatchObject({ res: -5, isFailure: true });
  });

  it('looks for a descriptor, or for a slot, whatever FIXED_FILE of the entry says', () => {
    const { w, fd } = world();
    const EBADF = fail('EBADF');
    expect([nop(w, { opFlags: FILE, fd }), nop(w, { opFlags: FILE, fd: 999 })]).toEqual([0, EBADF]);
    expect(nop(w, { opFlags: FILE, fd, flags: SQE_FLAG.FIXED_FILE })).toBe(0);
    const slot = (at: number): number => nop(w, { opFlags: FILE | FIXED_FILE, fd: at });
    expect([slot(1), slot(0), slot(2), slot(-1)]).toEqual([0, EBADF, EBADF, EBADF]);
    expect(nop(w, { opFlags: FIXED_FILE, fd: 999 })).toBe(0);
  });

  it('looks for a registered buffer', () => {
    const { w } = world();
    const buffer = (index: number): number =>
      nop(w, { opFlags: FIXED_BUFFER, bufPersonality: index });
    expect([buffer(0), buffer(1), buffer(2)]).toEqual([0, fail('EFAULT'), fail('EFAULT')]);
  });
});
