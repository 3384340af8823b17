/**
 * Goal: processes live on the executors they were put on, share memory when they are told to, and
 *       keep their numbers apart; what the kernel did can be read; a kernel has several managers.
 * Method: NOPs and TIMEOUTs on executor threads; every wait is for a completion or an event.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { IoUringManager } from '../../src/manager/manager.ts';
import type { KernelStats } from '../../src/manager/stats.ts';
import { SyscallSubmissionEntry as Entry } from '../../src/manager/submission-entry.ts';
import { ProcessMemory } from '../../src/ring/memory.ts';

const manager = new IoUringManager({ executors: 2 });
const pids = { next: 1 };

afterAll(() => manager.close());

const code = (name: string) => expect.objectContaining({ name: 'KernelError', code: name });

function newPid(): number {
  const pid = pids.next++;
  manager.createRing(pid, { sqEntries: 8 });
  return pid;
}

/** Counts are kept behind the completions: looks until `isThere`. */
async function statsOf(
  of: IoUringManager,
  isThere: (operations: KernelStats['operations']) => boolean,
): Promise<KernelStats['operations']> {
  for (;;) {
    const { operations } = of.stats();
    if (isThere(operations)) return operations;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('processes', () => {
  it('are spread over the executors, and stay where they were put', async () => {
    await using own = new IoUringManager({ executors: 3 });
    for (let pid = 1; pid <= 6; pid++) own.createRing(pid, { sqEntries: 1 });
    expect(own.stats().executors.map(({ rings }) => rings)).toEqual([2, 2, 2]);
    await own.destroyRing(2);
    own.createRing(7, { sqEntries: 1 });
    expect(own.stats().executors.map(({ rings }) => rings)).toEqual([2, 2, 2]);
    own.createRing(8, { sqEntries: 1, executor: 2 });
    own.createRing(8, { sqEntries: 1 });
    expect(own.stats().executors.map(({ rings }) => rings)).toEqual([2, 2, 4]);
    expect(() => own.createRing(8, { executor: 1 })).toThrow(RangeError);
  });

  it('are lanes of one submitter when they share its memory', () => {
    const memory = ProcessMemory.reserve(1 << 20);
    const lanes = [0, 1].map((executor) =>
      manager.createRing(pids.next++, { sqEntries: 8, memory, executor }),
    );
    for (const lane of lanes) {
      lane.prepTimeout(lane.getSqe(), 8192, 0, 0); // the timespec of 0 that one memory holds
      lane.submitAndWait(1);
      expect(lane.memory.bytes.buffer).toBe(memory.bytes.buffer);
      expect(lane.cqeRes(lane.peekCqe())).toBe(-62);
    }
  });

  it('have descriptors of files from below, and of rings from above but for the first', () => {
    const pid = newPid();
    const rings = [1, 2].map(() => manager.createRing(pid, { sqEntries: 8 }));
    expect(manager.ringsOf(pid)[0]!.fd).toBe(3);
    expect(rings.map(({ fd }) => fd)).toEqual([65_535, 65_534]);
  });
});

describe('statistics', () => {
  it('tell of every operation how often it ran, and how long it took', async () => {
    await using own = new IoUringManager({ executors: 2 });
    for (const pid of [1, 2]) {
      own.createRing(pid, { sqEntries: 64 });
      const nops = Array.from({ length: 50 }, () => Entry.nop(pid));
      for (const seq of own.submitBatch(pid, nops)) own.waitCompletion(pid, seq);
      own.waitCompletion(pid, own.submit(pid, Entry.timeout(pid, 20)));
    }
    const { NOP, TIMEOUT, ...others } = await statsOf(
      own,
      (stats) => stats['TIMEOUT']?.count === 2,
    );
    expect(NOP?.count).toBe(100);
    expect(TIMEOUT).toMatchObject({ count: 2, timed: 2 });
    expect(TIMEOUT?.p50Ns).toBeGreaterThanOrEqual(20e6);
    expect(TIMEOUT?.meanNs).toBeGreaterThanOrEqual(20e6);
    expect(others).toEqual({});
  });
});

describe('a second manager', () => {
  it('of the same kernel has its own processes, rings and numbers', async () => {
    const other = IoUringManager.attach(manager.createHandle());
    const pid = newPid();
    expect(() => other.submit(pid, Entry.nop(pid))).toThrow(code('ESRCH'));
    other.createRing(pid, { sqEntries: 8 });
    const seq = other.submit(pid, Entry.timeout(pid, 1, 5));
    expect(await other.completion(pid, seq)).toMatchObject({ seq, userData: 5, status: 'ETIME' });
    expect(manager.reapCompletions(pid)).toEqual([]);
    expect(await other.cleanupProcessRings(pid)).toBe(1);
    await other.close();
    expect(() => other.createRing(pid)).toThrow(code('ESHUTDOWN'));
  });
});
