/**
 * Goal: every request that a channel took has one completion, handed out once, to whoever asks for
 *       its number, in any order; what does not fit is not taken; and its memory comes back.
 * Method: a channel on a ring of an inline kernel in virtual time, with two operations of the
 *         test's own: GROW writes a file's worth of bytes as READ_FILE does, HOLD pends until it is
 *         released.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { createInlineRing } from '../../../src/client/inline-ring.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { PENDING } from '../../../src/kernel/operation.ts';
import { Process } from '../../../src/kernel/process.ts';
import type { Request } from '../../../src/kernel/request.ts';
import { Channel } from '../../../src/manager/channel.ts';
import type { SyscallCompletionEntry } from '../../../src/manager/completion-entry.ts';
import { copyOut, type Plan } from '../../../src/manager/plan.ts';
import { Staging } from '../../../src/manager/staging.ts';
import { SyscallSubmissionEntry as Entry } from '../../../src/manager/submission-entry.ts';
import { op, type SqeWords } from '../../../src/ops/define.ts';
import { prepRw } from '../../../src/ops/encode.ts';
import { operations, operationTable } from '../../../src/ops/table.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const GROW = 224;
const HOLD = 225;
const PID = 1;
const STAGING_BYTES = 1 << 18;

function encode(this: SqeWords, sqe: number): void {
  prepRw(GROW, this.words, sqe, -1, 0, 0, 0);
}

const rows = (held: Request[]) => [
  ...Object.values(operations),
  op({
    code: GROW,
    name: 'GROW',
    does: 'Fills `len` bytes at `addr` at most; the result is `off`, as if of a file of that size.',
    encode,
    run: ({ ring, addrLow, len, offLow }) => {
      ring.process.memory.bytes.fill(7, addrLow, addrLow + Math.min(len, offLow));
      return offLow;
    },
  }),
  op({
    code: HOLD,
    name: 'HOLD',
    does: 'Ends when it is released.',
    encode,
    run: (request) => {
      held.push(request);
      return PENDING;
    },
  }),
];

/** What a file of `sizeBytes` reads as, with room for `roomBytes` at first. */
const growPlan = (sizeBytes: number, roomBytes: number): Plan => ({
  parts: [roomBytes],
  encode: (ring, sqe, at) => prepRw(GROW, ring.words, sqe, -1, at[0]!, roomBytes, sizeBytes),
  decode: (res, at, memory) => copyOut(memory, at[0]!, res),
  enlarge: (res) => (res > roomBytes ? growPlan(sizeBytes, res) : undefined),
});

const entry = (operation: string, plan: Plan, userData = 0) =>
  new Entry({ pid: PID, operation, userData, plan });
const grow = (sizeBytes: number, roomBytes = sizeBytes) =>
  entry('grow', growPlan(sizeBytes, roomBytes));
const hold = (userData = 0, roomBytes = 0) =>
  entry(
    'hold',
    {
      parts: [roomBytes],
      encode: (ring, sqe, at) => prepRw(HOLD, ring.words, sqe, -1, at[0]!, roomBytes, 0),
    },
    userData,
  );

function world({ sqEntries = 8, inFlightMax = 64 } = {}) {
  const held: Request[] = [];
  const report = (error: unknown): never => {
    throw error;
  };
  const table = operationTable(rows(held));
  const kernel = new InlineKernel({ clock: new VirtualClock(), report, rows: 256, table });
  const memory = ProcessMemory.reserve((1 << 20) + STAGING_BYTES);
  const ring = createInlineRing(kernel, new Process(PID, memory), sqEntries);
  const staging = new Staging(memory, STAGING_BYTES);
  const numbers = { last: 0 };
  const nextSeq = (): number => ++numbers.last;
  const channel = new Channel({ ring, staging, inFlightMax, nextSeq });
  /** Ends a held request; the CQE is there when the kernel was entered again. */
  const release = (at: number, res: number): void => {
    kernel.machine.complete(held[at]!, res, 0);
    kernel.turn();
  };
  return { channel, ring, staging, release };
}

const brief = (found: readonly SyscallCompletionEntry[]) =>
  found.map(({ seq, status, result }) => [seq, status, result]);

describe('a channel', () => {
  it('numbers requests as they come and tells what became of each', () => {
    const { channel } = world();
    const seqs = channel.submit([Entry.nop(PID, 70), grow(3), Entry.nop(PID, 72)]);
    expect(seqs).toEqual([1, 2, 3]);
    const found = channel.reap(Number.POSITIVE_INFINITY);
    const grown = Uint8Array.of(7, 7, 7);
    expect(brief(found).flat()).toEqual([1, 'ok', 0, 2, 'ok', grown, 3, 'ok', 0]);
    expect(found.map(({ userData }) => userData)).toEqual([70, 0, 72]);
  });

  it('tells an error by its name and its number', () => {
    const { channel, release } = world();
    channel.submit([hold()]);
    release(0, fail('ENOENT'));
    expect(brief(channel.reap(1))).toEqual([[1, 'ENOENT', -2]]);
  });

  it('hands completions out in the order in which they completed, as many as asked for', () => {
    const { channel, release } = world();
    channel.submit([hold(), hold(), hold()]);
    for (const at of [2, 0, 1]) release(at, at);
    const steps = [2, 2, 2].map((max) => channel.reap(max).map(({ seq, result }) => [seq, result]));
    expect(steps.map((step) => step.flat())).toEqual([[3, 2, 1, 0], [2, 1], []]);
    expect(channel.reap(2)).toEqual([]);
    expect(channel.reap(2)).toEqual([]);
  });

  it('finds any request by its number, whatever else completed before', () => {
    const { channel, release } = world();
    channel.submit([hold(), hold(), hold()]);
    for (const at of [0, 1, 2]) release(at, 10 + at);
    expect(channel.wait(2, 0).result).toBe(11);
    expect(channel.wait(3, 0).result).toBe(12);
    expect(brief(channel.reap(9))).toEqual([[1, 'ok', 10]]);
  });

  it('knows no number that it never gave, or whose completion was handed out', () => {
    const { channel } = world();
    channel.submit([Entry.nop(PID)]);
    const unknown = expect.objectContaining({ code: 'ENOENT' });
    expect(() => channel.wait(2, 0)).toThrow(unknown);
    channel.wait(1, 0);
    expect(() => channel.wait(1, 0)).toThrow(unknown);
    expect(() => channel.completion(1)).toThrow(unknown);
  });

  it('gives up waiting when the time is up, and the request goes on', () => {
    const { channel, release } = world();
    channel.submit([hold()]);
    expect(() => channel.wait(1, 0)).toThrow(expect.objectContaining({ code: 'ETIME' }));
    release(0, 5);
    expect(channel.wait(1, 0).result).toBe(5);
  });
});

describe('a Promise of a completion', () => {
  it('is the same however often it is asked for, and takes the completion', async () => {
    const { channel, release } = world();
    channel.submit([hold(8)]);
    const promise = channel.completion(1);
    expect(channel.completion(1)).toBe(promise);
    release(0, 5);
    expect(channel.reap(9)).toEqual([]);
    expect(await promise).toMatchObject({ seq: 1, userData: 8, status: 'ok', result: 5 });
  });

  it('resolves at once for what completed before', async () => {
    const { channel } = world();
    channel.submit([Entry.nop(PID)]);
    expect(await channel.completion(1)).toMatchObject({ seq: 1, status: 'ok' });
    expect(channel.reap(9)).toEqual([]);
  });

  it('resolves with what a blocking wait for the same request returns', async () => {
    const { channel, release } = world();
    channel.submit([hold()]);
    const promise = channel.completion(1);
    release(0, 5);
    expect(channel.wait(1, 0)).toBe(await promise);
  });

  it('rejects with ECANCELED when the channel ends', async () => {
    const { channel } = world();
    channel.submit([hold()]);
    const promise = channel.completion(1);
    channel.end();
    await expect(promise).rejects.toMatchObject({ code: 'ECANCELED' });
  });
});

describe('what does not fit', () => {
  it('in the SQ is left out, from the first that does not', () => {
    const { channel } = world({ sqEntries: 4 });
    const nops = Array.from({ length: 6 }, () => Entry.nop(PID));
    expect(channel.submit(nops)).toEqual([1, 2, 3, 4]);
    expect(channel.submit(nops.slice(4))).toEqual([5, 6]);
    expect(channel.reap(9)).toHaveLength(6);
  });

  it('in the table is left out until completions are handed out', () => {
    const { channel, release } = world({ inFlightMax: 2 });
    expect(channel.submit([hold(), hold(), hold()])).toEqual([1, 2]);
    release(0, 0);
    expect(channel.submit([hold()])).toEqual([]); // completed, and not asked for
    expect(channel.reap(9)).toHaveLength(1);
    expect(channel.submit([hold(), hold()])).toEqual([3]);
  });

  it('in memory is left out until completions are handed out', () => {
    const { channel, release, staging } = world();
    const half = 0.6 * STAGING_BYTES;
    expect(channel.submit([hold(0, half), hold(0, half), hold()])).toEqual([1]);
    release(0, 0);
    expect(channel.submit([hold(0, half)])).toEqual([]);
    channel.reap(9);
    expect(staging.usedBytes).toBe(0);
    expect(channel.submit([hold(0, half)])).toEqual([2]);
  });

  it('and never will is ENOMEM, and nothing beside it is submitted', () => {
    const { channel } = world();
    const both = [Entry.nop(PID), grow(STAGING_BYTES + 1)];
    expect(() => channel.submit(both)).toThrow(expect.objectContaining({ code: 'ENOMEM' }));
    expect(channel.reap(9)).toEqual([]);
  });
});

describe('a result that did not fit', () => {
  it('is fetched again with as much room as it needs', () => {
    const { channel, staging } = world();
    channel.submit([grow(50_000, 16)]);
    expect(channel.wait(1, 1000).result).toEqual(new Uint8Array(50_000).fill(7));
    expect(staging.usedBytes).toBe(0);
  });

  it('is fetched again however many there are beside it', () => {
    const { channel } = world({ sqEntries: 2 });
    const sizes = [100, 200, 300, 400, 500, 600];
    for (const size of sizes) channel.submit([grow(size, 16)]);
    const lengths = sizes.map((_, i) => (channel.wait(i + 1, 1000).result as Uint8Array).length);
    expect(lengths).toEqual(sizes);
  });

  it('ends with ENOMEM when there will never be room', () => {
    const { channel, staging } = world();
    channel.submit([grow(STAGING_BYTES + 1, 16)]);
    expect(channel.wait(1, 1000)).toMatchObject({ status: 'ENOMEM', result: fail('ENOMEM') });
    expect(staging.usedBytes).toBe(0);
  });

  it('ends with EAGAIN when others have the room', () => {
    const { channel, staging } = world();
    channel.submit([hold(0, 0.6 * STAGING_BYTES), grow(0.6 * STAGING_BYTES, 16)]);
    expect(channel.wait(2, 1000)).toMatchObject({ status: 'EAGAIN' });
    expect(staging.usedBytes).toBeGreaterThan(0); // the held one's
  });
});

describe('the end of a channel', () => {
  it('keeps the memory of its requests until nothing can write there', () => {
    const { channel, staging, release } = world();
    channel.submit([hold(0, 1000), hold(0, 1000)]);
    release(0, 0);
    channel.end();
    expect(staging.usedBytes).toBeGreaterThan(0);
    channel.releaseMemory();
    expect(staging.usedBytes).toBe(0);
  });

  it('takes nothing more, and cancels what did not complete', () => {
    const { channel, ring } = world();
    channel.submit([Entry.nop(PID), hold()]);
    expect(ring.cqReady()).toBe(1);
    expect(() => channel.wait(2, 0)).toThrow(expect.objectContaining({ code: 'ETIME' }));
    channel.end();
    expect(() => channel.wait(2, 0)).toThrow(expect.objectContaining({ code: 'ECANCELED' }));
    expect(() => channel.submit([Entry.nop(PID)])).toThrow(
      expect.objectContaining({ code: 'EBADFD' }),
    );
    expect(channel.wait(1, 0).status).toBe('ok'); // it had completed
  });

  it('comes when the kernel ends the ring', () => {
    const { channel, ring } = world();
    channel.submit([hold()]);
    ring.queueExit();
    expect(() => channel.wait(1, 1000)).toThrow(expect.objectContaining({ code: 'ECANCELED' }));
    expect(() => channel.submit([Entry.nop(PID)])).toThrow(
      expect.objectContaining({ code: 'EBADFD' }),
    );
  });
});
