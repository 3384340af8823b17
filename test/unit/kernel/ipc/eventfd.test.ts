/**
 * Goal: an eventfd counts, refuses, shows and wakes as eventfd(2) has it, in all of its 64 bits.
 * Method: one counter, read and written as bigints, with waiters that note what they are told.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { EFD } from '../../../../src/abi/ipc.ts';
import { POLL } from '../../../../src/abi/poll.ts';
import { EventFd } from '../../../../src/kernel/ipc/eventfd.ts';
import { holding, space } from './pieces.ts';
import { Told } from './told.ts';

const { IN, OUT, ERR } = POLL;
const EAGAIN = fail('EAGAIN');
const MAX = 2n ** 64n - 1n;

const add = (counter: EventFd, value: bigint): number =>
  counter.write(holding(new Uint8Array(BigUint64Array.of(value).buffer)));

function take(counter: EventFd): bigint | number {
  const into = space(8);
  const res = counter.read(into);
  return res === 8 ? new BigUint64Array(into.bytes.buffer)[0]! : res;
}

describe('an eventfd', () => {
  it('gives the sum of what was written, once', () => {
    const counter = new EventFd(3, 0);
    expect([add(counter, 4n), add(counter, 0n), take(counter), take(counter)]).toEqual([
      8,
      8,
      7n,
      EAGAIN,
    ]);
  });

  it('keeps every bit of large values', () => {
    const counter = new EventFd(0xffff_ffff, 0);
    add(counter, 0x1234_5678_9abc_def1n);
    add(counter, 1n);
    expect(take(counter)).toBe(0x1234_5678_9abc_def2n + 0xffff_ffffn);
  });

  it('as a semaphore gives 1 as often as it counts', () => {
    const counter = new EventFd(1, EFD.SEMAPHORE);
    add(counter, 2n ** 32n - 1n);
    expect([take(counter), take(counter)]).toEqual([1n, 1n]);
    const small = new EventFd(2, EFD.SEMAPHORE);
    expect([take(small), take(small), take(small)]).toEqual([1n, 1n, EAGAIN]);
  });

  it('refuses pieces of less than 8 bytes, and takes the first 8 of more', () => {
    const counter = new EventFd(5, 0);
    expect(counter.read(space(7))).toBe(fail('EINVAL'));
    expect(counter.write(holding('1234567'))).toBe(fail('EINVAL'));
    expect(counter.write(holding(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 9)))).toBe(8);
    expect(counter.read(space(16))).toBe(8);
    expect(take(counter)).toBe(EAGAIN);
  });

  it('makes a writer wait whose value would leave the range, and never takes the largest', () => {
    const counter = new EventFd(1, 0);
    expect(add(counter, MAX)).toBe(fail('EINVAL'));
    expect(add(counter, MAX - 1n)).toBe(EAGAIN);
    expect(add(counter, MAX - 2n)).toBe(8);
    expect(add(counter, 1n)).toBe(EAGAIN);
    expect(add(counter, 0n)).toBe(8);
    expect(take(counter)).toBe(MAX - 1n);
    expect(add(counter, MAX - 1n)).toBe(8);
  });

  it('shows IN above 0, OUT while 1 can be added, ERR when signals filled it', () => {
    const counter = new EventFd(0, 0);
    expect(counter.readiness()).toBe(OUT);
    add(counter, MAX - 2n);
    expect(counter.readiness()).toBe(IN | OUT);
    counter.signal();
    expect(counter.readiness()).toBe(IN);
    counter.signal();
    expect(counter.readiness()).toBe(IN | ERR);
    counter.signal();
    expect(take(counter)).toBe(MAX);
    expect(counter.readiness()).toBe(OUT);
  });

  it('wakes readers when it is written to or signalled, writers when it is read', () => {
    const counter = new EventFd(0, 0);
    const reader = new Told(counter, IN);
    const writer = new Told(counter, OUT);
    add(counter, 1n);
    counter.signal();
    expect([reader.look(), writer.look()]).toEqual([[IN, IN], []]);
    take(counter);
    expect([reader.look(), writer.look()]).toEqual([[], [OUT]]);
    take(counter);
    expect(writer.look()).toEqual([]);
  });
});
