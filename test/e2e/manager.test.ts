/**
 * Goal: a manager on real executors keeps the promises of its door: requests by number, in any
 *       order, blocking or awaited; limits that are errors and lose nothing; rings that end.
 * Method: NOPs and TIMEOUTs on executor threads; every wait is for a completion or an event.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { KernelError } from '../../src/client/error.ts';
import { IoUringManager } from '../../src/manager/manager.ts';
import { SyscallSubmissionEntry as Entry } from '../../src/manager/submission-entry.ts';
import { ProcessMemory } from '../../src/ring/memory.ts';

const manager = new IoUringManager({ executors: 2 });
const pids = { next: 1 };
const LONG_MS = 60_000;

afterAll(async () => {
  const rescues = manager.stats().executors.map((executor) => executor.rescues);
  await manager.close();
  expect(rescues).toEqual([0, 0]);
});

function newPid(options: Parameters<IoUringManager['createRing']>[1] = {}): number {
  const pid = pids.next++;
  manager.createRing(pid, { sqEntries: 8, ...options });
  return pid;
}

const code = (name: string) => expect.objectContaining({ name: 'KernelError', code: name });

describe('requests by number', () => {
  it('are waited for in any order', () => {
    const pid = newPid();
    const late = manager.submit(pid, Entry.timeout(pid, 20, 1));
    const soon = manager.submit(pid, Entry.timeout(pid, 1, 2));
    const nop = manager.submit(pid, Entry.nop(pid, 3));
    const found = [late, nop, soon].map((seq) => manager.waitCompletion(pid, seq));
    expect(found.map(({ seq }) => seq)).toEqual([late, nop, soon]);
    expect(found.map(({ userData }) => userData)).toEqual([1, 3, 2]);
    expect(found.map(({ status }) => status)).toEqual(['ETIME', 'ok', 'ETIME']);
  });

  it('are awaited in any order, beside those that a thread blocks for', async () => {
    const pid = newPid();
    const batch = [30, 1, 15, 0].map((ms) => Entry.timeout(pid, ms, ms));
    const seqs = manager.submitBatch(pid, batch) as [number, number, number, number];
    const awaited = [seqs[0], seqs[1], seqs[3]].map((seq) => manager.completion(pid, seq));
    expect(manager.waitCompletion(pid, seqs[2]).userData).toBe(15);
    expect((await Promise.all(awaited)).map(({ userData }) => userData)).toEqual([30, 1, 0]);
  });

  it('are reaped in the order in which they completed', async () => {
    const pid = newPid();
    const seqs = manager.submitBatch(
      pid,
      [20, 10, 1].map((ms) => Entry.timeout(pid, ms)),
    );
    await manager.completion(pid, manager.submit(pid, Entry.timeout(pid, 40)));
    const reaped = manager.reapCompletions(pid, 2).concat(manager.reapCompletions(pid));
    expect(reaped.map(({ seq }) => seq)).toEqual(seqs.toReversed());
  });

  it('are given up when the time is up', async () => {
    const pid = newPid();
    const seq = manager.submit(pid, Entry.timeout(pid, LONG_MS));
    expect(() => manager.waitCompletion(pid, seq, 1)).toThrow(code('ETIME'));
    await manager.destroyRing(pid);
  });

  it('complete once each, through a ring far smaller than they are many', async () => {
    const pid = newPid({ sqEntries: 4 });
    const seqs: number[] = [];
    const found: number[] = [];
    while (found.length < 3000) {
      const nops = Array.from({ length: Math.min(7, 3000 - seqs.length) }, () => Entry.nop(pid));
      seqs.push(...manager.submitBatch(pid, nops));
      found.push(...manager.reapCompletions(pid).map(({ seq }) => seq));
    }
    expect(found).toEqual(seqs);
  });
});

describe('limits', () => {
  it('are EAGAIN, and nothing is lost by meeting them', () => {
    const pid = newPid({ inFlightMax: 2 });
    const seqs = manager.submitBatch(pid, Array(3).fill(Entry.nop(pid)));
    expect(seqs).toHaveLength(2);
    expect(() => manager.submit(pid, Entry.nop(pid))).toThrow(code('EAGAIN'));
    for (const seq of seqs) manager.waitCompletion(pid, seq);
    expect(manager.submit(pid, Entry.nop(pid))).toBeGreaterThan(seqs[1]!);
  });

  it('of memory are ENOMEM where none was kept for the manager', () => {
    const pid = newPid({ memory: ProcessMemory.reserve(1 << 16) });
    const seq = manager.submit(pid, Entry.nop(pid)); // needs none
    expect(manager.waitCompletion(pid, seq).status).toBe('ok');
    expect(() => manager.submit(pid, Entry.timeout(pid, 1))).toThrow(code('ENOMEM'));
  });

  it('of memory leave the ring what the manager did not keep', () => {
    const memory = ProcessMemory.reserve(1 << 20);
    const pid = newPid({ memory, stagingBytes: 1 << 18 });
    expect(manager.ringsOf(pid)[0]!.memory.sizeBytes).toBe((1 << 20) - (1 << 18));
    const seq = manager.submit(pid, Entry.timeout(pid, 1));
    expect(manager.waitCompletion(pid, seq).status).toBe('ETIME');
  });
});

describe('an error', () => {
  it('is ESRCH for a pid that nobody made a ring for', async () => {
    const entry = Entry.nop(999);
    expect(() => manager.submit(999, entry)).toThrow(code('ESRCH'));
    expect(() => manager.submitBatch(999, [])).toThrow(code('ESRCH'));
    expect(() => manager.reapCompletions(999)).toThrow(code('ESRCH'));
    expect(() => manager.waitCompletion(999, 1)).toThrow(code('ESRCH'));
    await expect(manager.completion(999, 1)).rejects.toThrow(code('ESRCH'));
  });

  it('is EINVAL for an entry of another process, and none of its batch is submitted', () => {
    const pid = newPid();
    const batch = [Entry.nop(pid), Entry.nop(pid + 1)];
    expect(() => manager.submitBatch(pid, batch)).toThrow(code('EINVAL'));
    expect(manager.submitBatch(pid, [])).toEqual([]);
    expect(manager.reapCompletions(pid)).toEqual([]);
  });

  it('is ENOENT for a number that was never given', async () => {
    const pid = newPid();
    expect(() => manager.waitCompletion(pid, 1)).toThrow(code('ENOENT'));
    const seq = manager.submit(pid, Entry.nop(pid));
    await expect(manager.completion(pid, seq + 1)).rejects.toThrow(code('ENOENT'));
  });

  it.each([
    ['an executor that is not there', { executor: 2 }],
    ['half an executor', { executor: 0.5 }],
    ['a staging beyond the memory', { memory: ProcessMemory.reserve(1 << 16), stagingBytes: 1e6 }],
    ['a staging below a page', { memory: ProcessMemory.reserve(1 << 16), stagingBytes: 100 }],
    ['an inFlightMax of 0', { inFlightMax: 0 }],
  ])('is RangeError for %s, and makes no process', (_, options) => {
    const pid = pids.next++;
    expect(() => manager.createRing(pid, options)).toThrow(RangeError);
    expect(() => manager.submit(pid, Entry.nop(pid))).toThrow(code('ESRCH'));
  });
});

describe('the ring that a manager submits on', () => {
  it('is the one that was made for the process', () => {
    const pid = newPid();
    manager.waitCompletion(pid, manager.submit(pid, Entry.nop(pid)));
    expect(manager.ringsOf(pid)).toHaveLength(1);
    expect(() => manager.ringsOf(pid)[0]!.getSqe()).toThrow(code('EEXIST'));
  });

  it('is one of its own when the creator uses the first', () => {
    const pid = pids.next++;
    const ring = manager.createRing(pid, { sqEntries: 8 });
    ring.prepNop(ring.getSqe());
    manager.waitCompletion(pid, manager.submit(pid, Entry.nop(pid)));
    expect(manager.ringsOf(pid)).toHaveLength(2);
    expect(ring.submitAndWait(1)).toBe(1);
    expect(ring.cqReady()).toBe(1);
  });

  it('is one of its own when somebody left completions in the first', () => {
    const pid = newPid();
    const [ring] = manager.ringsOf(pid);
    const last = manager.submit(newPid(), Entry.nop(pid + 1));
    const sqe = ring!.getSqe();
    ring!.prepNop(sqe);
    ring!.sqeSetData(sqe, last + 1); // the number that the next request gets
    ring!.submitAndWait(1);
    ring!.detach();
    const seq = manager.submit(pid, Entry.timeout(pid, 1));
    expect(seq).toBe(last + 1);
    expect(manager.waitCompletion(pid, seq).status).toBe('ETIME');
  });

  it('is one of its own when the process runs on another thread, even before it does', async () => {
    const pid = pids.next++;
    const { handle } = manager.createRing(pid, { sqEntries: 8 });
    const seq = manager.submit(pid, Entry.timeout(pid, 1));
    const worker = new Worker(new URL('./workers/attach.ts', import.meta.url), {
      workerData: handle,
    });
    const [first] = await once(worker, 'message');
    expect(first).toEqual({ attached: true, res: 7 });
    worker.postMessage('detach');
    expect(manager.waitCompletion(pid, seq).status).toBe('ETIME');
    await once(worker, 'exit');
  });
});

describe('the end of a ring', () => {
  it('settles what is awaited with ECANCELED, and forgets the rest', async () => {
    const pid = newPid();
    const [first, second] = manager.submitBatch(pid, Array(2).fill(Entry.timeout(pid, LONG_MS)));
    const awaited = manager.completion(pid, first!);
    const outcome = expect(awaited).rejects.toThrow(KernelError);
    await manager.destroyRing(pid);
    await outcome;
    await expect(awaited).rejects.toThrow(code('ECANCELED'));
    expect(() => manager.waitCompletion(pid, second!)).toThrow(code('ESRCH'));
  });

  it('leaves the other rings of the process to the manager', async () => {
    const pid = newPid();
    manager.createRing(pid, { sqEntries: 8 });
    const seq = manager.submit(pid, Entry.timeout(pid, LONG_MS));
    await manager.destroyRing(pid);
    expect(() => manager.waitCompletion(pid, seq)).toThrow(code('ENOENT'));
    const next = manager.submit(pid, Entry.nop(pid));
    expect(manager.waitCompletion(pid, next).seq).toBe(next);
    expect(await manager.cleanupProcessRings(pid)).toBe(1);
  });

  it('is ECANCELED for whoever awaits when the kernel closes, and ESHUTDOWN after', async () => {
    const own = new IoUringManager();
    own.createRing(1);
    const awaited = own.completion(1, own.submit(1, Entry.timeout(1, LONG_MS)));
    const outcome = expect(awaited).rejects.toThrow(code('ECANCELED'));
    await own.close();
    await outcome;
    expect(() => own.submit(1, Entry.nop(1))).toThrow(code('ESHUTDOWN'));
  });

  it('keeps no program alive that took by hand what it awaited', async () => {
    const path = new URL('./programs/manager-exits.ts', import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: 20_000 });
    expect(stdout).toBe('the same true\n');
  });
});
