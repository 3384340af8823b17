/**
 * Goal: enter() on the inline kernel returns, waits and fails as Linux's does where the recorded
 *       scenarios do not reach: rules B, C, F, G and A7, and the doors' way of using them.
 * Method: one process on one thread, in virtual time.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { ENTER, NOP_FLAG, SETUP, SQE_FLAG, TIMEOUT_FLAG } from '../../../src/abi/flags.ts';
import { CONTROL, SQE } from '../../../src/abi/layout.ts';
import { createInlineRing } from '../../../src/client/inline-ring.ts';
import type { Ring } from '../../../src/client/ring.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Process } from '../../../src/kernel/process.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

type Params = NonNullable<Parameters<typeof createInlineRing>[3]>;

function world(entries = 8, params: Params = {}) {
  const clock = new VirtualClock({ startNs: 1e12 });
  const report = (error: unknown) => {
    throw error;
  };
  const kernel = new InlineKernel({ clock, report, rows: 64 });
  const process = new Process(1, ProcessMemory.reserve(1 << 16));
  const ring = createInlineRing(kernel, process, entries, params);
  return { clock, kernel, process, ring };
}

function nop(ring: Ring, userData: number, flags = 0): void {
  const sqe = ring.getSqe();
  ring.prepNop(sqe);
  ring.sqeSetFlags(sqe, flags);
  ring.sqeSetData(sqe, userData);
}

function bad(ring: Ring, userData: number): void {
  nop(ring, userData, 0x80);
}

function timeout(ring: Ring, userData: number, ns: number, count = 0, flags = 0): void {
  const at = 4096 + 16 * userData;
  ring.memory.setU64(at, Math.floor(ns / 1e9));
  ring.memory.setU64(at + 8, ns % 1e9);
  const sqe = ring.getSqe();
  ring.prepTimeout(sqe, at, count, flags);
  ring.sqeSetData(sqe, userData);
}

function reap(ring: Ring): [number, number][] {
  const found: [number, number][] = [];
  const count = ring.forEachCqe((cqe) => found.push([ring.cqeGetData(cqe), ring.cqeRes(cqe)]));
  ring.cqAdvance(count);
  return found;
}

describe('submission', () => {
  it('stops after a bad entry and takes the rest with the next submit', () => {
    const { ring } = world();
    nop(ring, 1);
    bad(ring, 2);
    nop(ring, 3);
    expect([ring.submit(), ring.sqReady()]).toEqual([2, 1]);
    expect([ring.submit(), ring.sqReady()]).toEqual([1, 0]);
    expect(reap(ring).map(([userData]) => userData)).toEqual([1, 2, 3]);
  });

  it('does not wait when it stopped early (B4)', () => {
    const { clock, ring } = world();
    timeout(ring, 1, 60e9);
    bad(ring, 2);
    nop(ring, 3);
    expect(ring.submitAndWait(3)).toBe(2);
    expect(clock.now()).toBe(1e12);
  });

  it('answers EAGAIN when no row is free, and goes on when some are', () => {
    const { ring } = world(8, { inFlightMax: 2 });
    for (const userData of [1, 2, 3]) timeout(ring, userData, 1e6);
    expect(ring.submit()).toBe(2);
    expect(ring.submit()).toBe(fail('EAGAIN'));
    ring.waitCqes(2);
    expect(reap(ring)).toHaveLength(2);
    expect(ring.submit()).toBe(1);
  });

  it('counts an index out of range as dropped and ends the batch (A7)', () => {
    const { ring } = world(4, { sqArray: true });
    nop(ring, 1);
    nop(ring, 2);
    ring.words[CONTROL_ARRAY] = 99;
    expect(ring.submit()).toBe(0);
    expect(ring.words[CONTROL.sqDropped]).toBe(1);
    expect(ring.submit()).toBe(1);
    expect(reap(ring)).toEqual([[2, 0]]);
  });

  it('belongs to one task when the ring says so (R1)', () => {
    const { kernel, process, ring } = world(8, { flags: SETUP.SINGLE_ISSUER });
    const call = { fd: ring.fd, toSubmit: 1, minComplete: 0, flags: 0 };
    expect(kernel.enter(process, { ...call, task: 2 })).toBe(fail('EEXIST'));
    expect(kernel.enter(process, { ...call, toSubmit: 0, task: 2 })).toBe(0);
  });
});

/** First word of the index array, behind the control block. */
const CONTROL_ARRAY = Math.max(...Object.values(CONTROL)) + 32;

describe('waiting', () => {
  it('is a deadlock when nothing can complete', () => {
    const { ring } = world();
    expect(ring.waitCqe()).toBe(fail('EDEADLK'));
    expect(ring.sqringWait()).toBe(0);
  });

  it('moves virtual time to the deadline and no further', () => {
    const { clock, ring } = world();
    timeout(ring, 1, 5e6);
    expect(ring.submitAndWait(1)).toBe(1);
    expect(clock.now()).toBe(1e12 + 5e6);
    expect(reap(ring)).toEqual([[1, fail('ETIME')]]);
  });

  it('gives up at its own time', () => {
    const { clock, ring } = world();
    timeout(ring, 1, 60e9);
    ring.submit();
    expect(ring.waitCqe(20)).toBe(fail('ETIME'));
    expect(clock.now()).toBe(1e12 + 20e6);
  });

  it('is for its own flags only', () => {
    const { kernel, process, ring } = world();
    const call = { fd: ring.fd, toSubmit: 0, minComplete: 0, flags: 0 };
    expect(kernel.enter(process, { ...call, flags: 1 << 20 })).toBe(fail('EINVAL'));
    expect(kernel.enter(process, { ...call, fd: 999 })).toBe(fail('EBADF'));
    const other = process.descriptors.install({ hold: () => {}, drop: () => {} });
    expect(kernel.enter(process, { ...call, fd: other })).toBe(fail('EOPNOTSUPP'));
    expect(kernel.enter(process, { ...call, flags: ENTER.GETEVENTS })).toBe(0);
  });

  it('ends when the reaper lies about its index', () => {
    const { ring } = world();
    timeout(ring, 1, 60e9);
    ring.submit();
    ring.words[CONTROL.cqHead] = 1000;
    expect(ring.waitCqe()).toBe(fail('EBADFD'));
    nop(ring, 2);
    expect(ring.submit()).toBe(fail('EBADFD'));
  });
});

describe('timeouts', () => {
  it('fire once per look at the clock, however short their period', () => {
    const { ring } = world();
    timeout(ring, 1, 0, 0, TIMEOUT_FLAG.MULTISHOT);
    nop(ring, 2);
    ring.submit();
    ring.waitCqes(2);
    expect(reap(ring)).toEqual([[2, 0], [1, fail('ETIME')]]); // biome-ignore format: a table
  });

  it('count silent requests for nothing (B10) and expire in silence when asked to', () => {
    const { ring } = world();
    const silent = SQE_FLAG.CQE_SKIP_SUCCESS;
    timeout(ring, 1, 60e9, 1);
    nop(ring, 2, silent);
    ring.submit();
    expect(ring.cqReady()).toBe(0);
    nop(ring, 3);
    ring.submit();
    expect(reap(ring)).toEqual([[3, 0], [1, 0]]); // biome-ignore format: a table
  });

  it('do not count each other (G2)', () => {
    const { ring } = world();
    timeout(ring, 1, 60e9, 1);
    timeout(ring, 2, 1e6);
    ring.submitAndWait(1);
    expect(reap(ring)).toEqual([[2, fail('ETIME')]]);
    nop(ring, 3);
    ring.submit();
    expect(reap(ring)).toEqual([[3, 0], [1, 0]]); // biome-ignore format: a table
  });

  it('take the largest times without moving', () => {
    const { ring } = world();
    const sqe = ring.getSqe();
    ring.memory.setU64(8192, 2 ** 63 - 1024);
    ring.memory.setU64(8200, 2 ** 63 - 1024);
    ring.prepTimeout(sqe, 8192, 0, 0);
    ring.submit();
    expect(ring.waitCqe(5)).toBe(fail('ETIME'));
  });
});

describe('overflow and the end of a ring', () => {
  it('frees no row twice when a ring with a backlog is closed or retired', () => {
    const { kernel, process, ring } = world(2, { cqEntries: 2, flags: SETUP.CQSIZE });
    for (let userData = 1; userData <= 6; userData += 2) {
      nop(ring, userData);
      nop(ring, userData + 1);
      ring.submit();
    }
    ring.cqAdvance(2);
    expect(ring.queueExit()).toBe(0);
    expect(kernel.machine.ledger.rowsBusy).toBe(0);
    const next = createInlineRing(kernel, process, 8);
    timeout(next, 1, 1e6);
    timeout(next, 2, 2e6);
    next.submit();
    expect(kernel.machine.ledger.rowsBusy).toBe(2);
    next.waitCqes(2);
    expect(reap(next)).toHaveLength(1); // the first expiry wakes
  });

  it('moves the backlog only when asked for events (C6)', () => {
    const { ring } = world(4, { cqEntries: 4, flags: SETUP.CQSIZE });
    for (let userData = 1; userData <= 6; userData++) {
      nop(ring, userData);
      ring.submit();
    }
    const { words } = ring;
    words[CONTROL.cqHead] = 4; // reaped, without the door's flush
    nop(ring, 7);
    expect(ring.submit()).toBe(1);
    expect(words[CONTROL.cqTail]).toBe(4);
    ring.waitCqe();
    expect(words[CONTROL.cqTail]).toBe(7);
  });

  it('forgets what a closed ring had waited for', () => {
    const { clock, kernel, ring } = world();
    timeout(ring, 1, 1e6);
    ring.submit();
    ring.queueExit();
    expect(kernel.machine.nextDeadline).toBe(Number.POSITIVE_INFINITY);
    clock.advance(2e6);
    kernel.turn();
    expect(kernel.machine.ledger.rowsBusy).toBe(0);
  });

  it('gives a ring in a slot that was used before a life of its own', () => {
    const { kernel, process, ring } = world();
    nop(ring, 1);
    ring.submit();
    ring.queueExit();
    const next = createInlineRing(kernel, process, 8);
    expect(next.fd).toBe(ring.fd);
    nop(next, 7);
    expect(next.submitAndWait(1)).toBe(1);
    expect(reap(next)).toEqual([[7, 0]]);
  });
});

describe('preparation', () => {
  it.each([
    [
      'an unknown NOP flag',
      (ring: Ring, sqe: number) =>
        ring.words.fill(1 << 9, sqe + SQE.opFlags, sqe + SQE.opFlags + 1),
      'EINVAL',
    ],
    [
      'a personality',
      (ring: Ring, sqe: number) =>
        ring.words.fill(1 << 16, sqe + SQE.bufPersonality, sqe + SQE.bufPersonality + 1),
      'EINVAL',
    ],
    [
      'BUFFER_SELECT',
      (ring: Ring, sqe: number) => ring.sqeSetFlags(sqe, SQE_FLAG.BUFFER_SELECT),
      'EOPNOTSUPP',
    ],
    [
      'a file that is not open',
      (ring: Ring, sqe: number) =>
        ring.words.fill(NOP_FLAG.FILE, sqe + SQE.opFlags, sqe + SQE.opFlags + 1),
      'EBADF',
    ],
    [
      'a fixed buffer that is not there',
      (ring: Ring, sqe: number) =>
        ring.words.fill(NOP_FLAG.FIXED_BUFFER, sqe + SQE.opFlags, sqe + SQE.opFlags + 1),
      'EFAULT',
    ],
  ] as const)('refuses a NOP with %s', (_, spoil, errno) => {
    const { ring } = world();
    const sqe = ring.getSqe();
    ring.prepNop(sqe);
    spoil(ring, sqe);
    ring.submit();
    expect(reap(ring)).toEqual([[0, fail(errno)]]);
  });
});
