/**
 * Goal: a ring served by an executor thread keeps the promises of its door: results, blocking and
 *       asynchronous waits, ownership, closing, and one bad neighbour more or less.
 * Method: real threads; every wait is for a completion, a word or an event.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { fail } from '../../src/abi/errno.ts';
import { NOP_FLAG, SETUP, TIMEOUT_FLAG } from '../../src/abi/flags.ts';
import { CONTROL, SQE } from '../../src/abi/layout.ts';
import type { Ring } from '../../src/client/ring.ts';
import { IoUringManager, type KernelEvent } from '../../src/manager/manager.ts';
import { ProcessMemory } from '../../src/ring/memory.ts';
import { FAULT } from './fault-operations.ts';

const events: KernelEvent[] = [];
const manager = new IoUringManager({
  operationModules: [new URL('./fault-operations.ts', import.meta.url)],
  onEvent: (event) => events.push(event),
});
/** Rings with work that nobody had rung for: of honest processes, each is a lost wake-up. */
const rescues = (): number => manager.stats().executors[0]!.rescues;
const pids = { next: 1 };

afterAll(() => manager.close());

const smallMemory = (): ProcessMemory => ProcessMemory.reserve(1 << 16);
const newRing = (sqEntries = 8): Ring =>
  manager.createRing(pids.next++, { sqEntries, memory: smallMemory() });

function nop(ring: Ring, userData: number, res = 0): void {
  const sqe = ring.getSqe();
  ring.prepNop(sqe);
  ring.words[sqe + SQE.opFlags] = NOP_FLAG.INJECT_RESULT;
  ring.words[sqe + SQE.len] = res;
  ring.sqeSetData(sqe, userData);
}

function timeout(ring: Ring, userData: number, ms: number, count = 0, flags = 0): void {
  const at = 4096 + 16 * userData;
  ring.memory.setU64(at, Math.floor(ms / 1000));
  ring.memory.setU64(at + 8, (ms % 1000) * 1e6);
  const sqe = ring.getSqe();
  ring.prepTimeout(sqe, at, count, flags);
  ring.sqeSetData(sqe, userData);
}

function reap(ring: Ring): [userData: number, res: number][] {
  const found: [number, number][] = [];
  const count = ring.forEachCqe((cqe) => found.push([ring.cqeGetData(cqe), ring.cqeRes(cqe)]));
  ring.cqAdvance(count);
  return found;
}

describe('a ring on an executor thread', () => {
  it('completes a batch in order with the results asked for', () => {
    const ring = newRing();
    for (const userData of [1, 2, 3]) nop(ring, userData, 10 * userData);
    expect(ring.submitAndWait(3)).toBe(3);
    expect(reap(ring)).toEqual([[1, 10], [2, 20], [3, 30]]); // biome-ignore format: a table
    ring.queueExit();
  });

  it('carries 64 opaque bits of user data', () => {
    const ring = newRing();
    const sqe = ring.getSqe();
    ring.prepNop(sqe);
    ring.sqeSetData64(sqe, 0x8000_0000_0000_0001n);
    ring.submitAndWait(1);
    expect(ring.cqeGetData64(ring.peekCqe())).toBe(0x8000_0000_0000_0001n);
    ring.queueExit();
  });

  it('wakes a blocked and an awaiting reaper when a timeout expires', async () => {
    const ring = newRing();
    timeout(ring, 1, 5);
    ring.submit();
    ring.waitCqe();
    expect(reap(ring)).toEqual([[1, fail('ETIME')]]);
    timeout(ring, 2, 5);
    await ring.submitAndWaitAsync(4); // three more than can come: the expiry wakes it (B6)
    expect(reap(ring)).toEqual([[2, fail('ETIME')]]);
    ring.queueExit();
  });

  it('ends a timeout by its count after the completions it counted', () => {
    const ring = newRing();
    timeout(ring, 9, 60_000, 2);
    nop(ring, 1);
    nop(ring, 2);
    ring.submitAndWait(3);
    expect(reap(ring)).toEqual([[1, 0], [2, 0], [9, 0]]); // biome-ignore format: a table
    ring.queueExit();
  });

  it('fires a multishot timeout as often as it was asked to', () => {
    const ring = newRing();
    timeout(ring, 1, 1, 3, TIMEOUT_FLAG.MULTISHOT);
    ring.submit();
    const flags: number[] = [];
    while (flags.length < 3) {
      ring.waitCqe();
      const count = ring.forEachCqe((cqe) => flags.push(ring.cqeFlags(cqe)));
      ring.cqAdvance(count);
    }
    expect(flags).toEqual([2, 2, 0]);
    ring.queueExit();
  });

  it('gives up waiting when the time is up', async () => {
    const ring = newRing();
    expect(ring.waitCqe(5)).toBe(fail('ETIME'));
    expect(await ring.waitCqeAsync(5)).toBe(fail('ETIME'));
    ring.queueExit();
  });

  it('keeps what does not fit the CQ, in order, and goes on submitting', () => {
    const ring = newRing(4);
    for (let i = 0; i < 40; i++) {
      while (ring.sqSpaceLeft() === 0) ring.sqringWait();
      nop(ring, i);
      ring.submit();
    }
    const found: [number, number][] = [];
    while (found.length < 40) {
      ring.waitCqe();
      found.push(...reap(ring));
    }
    expect(found.map(([userData]) => userData)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    ring.queueExit();
  });

  it('answers calls, refuses unknown ones, and tells which operations there are', () => {
    const ring = newRing();
    expect(ring.registerProbe(8192, 64)).toBe(0);
    expect(ring.memory.u16(8192 + 16 + 2)).toBe(1); // NOP
    expect(ring.memory.u16(8192 + 16 + 8 * 29 + 2)).toBe(0); // EPOLL_CTL
    expect(ring.registerProbe(8192, 64)).toBe(fail('EINVAL')); // not zero any more
    expect(ring.register(999, 0, 0)).toBe(fail('EINVAL'));
    ring.queueExit();
  });

  it('serves a disabled ring only after it was enabled', () => {
    const ring = manager.createRing(pids.next++, {
      flags: SETUP.R_DISABLED,
      memory: smallMemory(),
    });
    nop(ring, 1);
    ring.submit();
    expect(ring.waitCqe(5)).toBe(fail('ETIME'));
    expect(ring.enableRings()).toBe(0);
    expect(ring.enableRings()).toBe(fail('EBADFD'));
    expect(ring.waitCqe()).toBeGreaterThan(0);
    ring.queueExit();
  });

  it('survives a throw inside an operation and reports it', async () => {
    const ring = newRing();
    const sqe = ring.getSqe();
    ring.prepNop(sqe);
    ring.words[sqe + SQE.head] = FAULT.bug;
    nop(ring, 2);
    await ring.submitAndWaitAsync(2);
    expect(reap(ring)).toEqual([[0, fail('EIO')], [2, 0]]); // biome-ignore format: a table
    while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(events[0]).toMatchObject({ type: 'bug', executor: 0 });
    ring.queueExit();
  });
});

describe('ownership of a ring', () => {
  it('lets one thread in and turns the second away with EEXIST', async () => {
    const ring = newRing();
    const worker = new Worker(new URL('./workers/attach.ts', import.meta.url), {
      workerData: ring.handle,
    });
    const [first] = await once(worker, 'message');
    expect(first).toEqual({ attached: true, res: 7 });
    expect(() => ring.getSqe()).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    worker.postMessage('detach');
    await once(worker, 'exit');
    nop(ring, 1);
    expect(ring.submitAndWait(1)).toBe(1);
    ring.queueExit();
  });
});

describe('the end of a ring', () => {
  it('frees its slot and tells whoever waits on it', async () => {
    await using own = new IoUringManager();
    const ring = own.createRing(1, { memory: smallMemory() });
    timeout(ring, 1, 60_000);
    const waiting = ring.submitAndWaitAsync(1);
    expect(own.stats().executors[0]!.rings).toBe(1);
    await own.destroyRing(1);
    expect(await waiting).toBe(1); // entries submitted; the CQE went with the ring
    expect(ring.waitCqe()).toBe(fail('EBADFD'));
    expect(own.stats().executors[0]!.rings).toBe(0);
    await expect(own.destroyRing(1)).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('takes all rings of a process at once', async () => {
    const pid = pids.next++;
    const rings = [1, 2, 3].map(() => manager.createRing(pid, { memory: smallMemory() }));
    expect(rings.map((ring) => ring.fd)).toEqual([3, 65535, 65534]);
    expect(await manager.cleanupProcessRings(pid)).toBe(3);
    expect(await manager.cleanupProcessRings(pid)).toBe(0);
  });

  it('refuses sizes that Linux refuses', () => {
    expect(() => manager.createRing(1, { sqEntries: 0 })).toThrow(/^EINVAL: invalid argument/);
    expect(() => manager.createRing(1, { sqEntries: 8, cqEntries: 4 })).toThrow(
      expect.objectContaining({ code: 'EINVAL', errno: -22, syscall: 'io_uring_setup' }),
    );
  });
});

describe('a hostile process', () => {
  it('comes after processes that nobody had to rescue', () => {
    expect(rescues()).toBe(0);
  });

  it('retires its own ring with indices that cannot be, and nobody else', () => {
    const [bad, good] = [newRing(), newRing()];
    nop(bad, 1);
    bad.submit();
    bad.waitCqe();
    bad.cqeSeen();
    Atomics.store(bad.words, CONTROL.sqTail, 1_000_000);
    while (bad.register(999, 0, 0) !== fail('EBADFD')); // a call is answered before the SQ is read
    nop(bad, 2);
    bad.submit();
    expect(bad.waitCqe()).toBe(fail('EBADFD'));
    nop(good, 1);
    expect(good.submitAndWait(1)).toBe(1);
    expect(reap(good)).toEqual([[1, 0]]);
    good.queueExit();
  });

  it('costs a neighbour at most one sweep by clearing every doorbell bit', () => {
    const ring = newRing();
    const doorbell = new Int32Array(ring.handle.doorbell);
    nop(ring, 1);
    // What a submitter whose bell is erased leaves behind: a tail that nobody rang for.
    Atomics.store(ring.words, CONTROL.sqTail, 1);
    doorbell.fill(0, 32);
    expect(ring.waitCqe(10_000)).toBeGreaterThan(0);
    ring.queueExit();
  });

  it('changes nothing for its neighbour by scribbling over all of its ring', async () => {
    const [bad, good] = [newRing(), newRing()];
    const random = (seed: number): number => Math.imul(seed ^ 0x5bd1e995, 0x27d4eb2d);
    for (let round = 1; round <= 200; round++) {
      for (let at = 0; at < bad.words.length; at += 7)
        bad.words[at] = at === CONTROL.submitterClaim ? 1 : random(round * 1000 + at);
      new Int32Array(bad.handle.doorbell)[32 + (round % 64)] = -1;
      nop(good, round);
      expect(good.submitAndWait(1, 10_000)).toBe(1);
      expect(reap(good)).toEqual([[round, 0]]);
    }
    await manager.destroyRing(bad.handle.pid);
    good.queueExit();
  });
});
