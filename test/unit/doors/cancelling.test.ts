/**
 * Goal: what is in flight is taken back by a cancel in the kernel, and tells how it ended; so do
 *       deadlines; calls of higher priority go first; linked calls go together.
 * Method: a door over real rings whose kernel's end the test plays, entry by entry.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { OP } from '../../../src/abi/opcodes.ts';
import { DATA, door, type ScriptedKernel, serve, turn } from './scripted-kernel.ts';

const opcodes = async (kernel: ScriptedKernel): Promise<number[]> =>
  (await kernel.pending()).map(({ opcode }) => opcode);
const CANCELED = fail('ECANCELED');

describe('aborting what is in flight', () => {
  const reason = new Error('not needed');

  /** A read that is in flight and then aborted: entry 0 is the read, entry 1 its cancel. */
  async function aborted() {
    const { uring, kernel } = door();
    const controller = new AbortController();
    let settled = false;
    const settle = <T>(value: T): T => {
      settled = true;
      return value;
    };
    const read = uring.readFile('/a', { signal: controller.signal }).then(settle, settle);
    const [entry] = await kernel.pending();
    controller.abort(reason);
    const [, cancel] = await kernel.pending();
    expect(cancel).toMatchObject({ opcode: OP.ASYNC_CANCEL, addr: entry?.userData });
    expect(settled).toBe(false);
    expect(uring.stats().usedBytes).toBeGreaterThan(0);
    return { uring, kernel, read, isSettled: () => settled };
  }

  it('rejects with AbortError when the kernel took it back', async () => {
    const { uring, kernel, read, isSettled } = await aborted();
    await kernel.answerAt(1, 0);
    expect(isSettled()).toBe(false); // its memory is the kernel's until its own CQE
    await kernel.answer(CANCELED);
    expect(await read).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('lets it end as it does when it runs already', async () => {
    const { uring, kernel, read } = await aborted();
    await kernel.answerAt(1, fail('EALREADY'));
    await kernel.answer(fail('EIO'));
    expect(await read).toMatchObject({ code: 'EIO', syscall: 'read' });
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('gives its result when it had completed', async () => {
    const { uring, kernel, read } = await aborted();
    await kernel.answer(DATA.length, fail('ENOENT'));
    expect(await read).toHaveLength(DATA.length);
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('does not repeat it when its executor died', async () => {
    const { kernel, read } = await aborted();
    await kernel.answer(fail('EOWNERDEAD'), fail('ENOENT'));
    expect(await read).toMatchObject({ name: 'AbortError' });
    expect(await kernel.pending()).toEqual([]);
  });

  it('keeps cancels that find the ring full', async () => {
    const { uring, kernel } = door({ entries: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const reads = Promise.allSettled([1, 2].map((i) => uring.readFile(`/${i}`, { signal })));
    await kernel.pending();
    await turn();
    expect(await opcodes(kernel)).toEqual([OP.READ_FILE]);
    controller.abort(reason);
    expect(await opcodes(kernel)).toEqual([OP.READ_FILE, OP.ASYNC_CANCEL]);
    await kernel.answer(CANCELED, 0);
    const results = await reads;
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('deadlines', () => {
  it('take back what is queued, and what is in flight', async () => {
    const { uring, kernel } = door({ entries: 1 });
    const [first, second] = [1, 2].map((i) =>
      uring.stat(`/${i}`, { timeout: 1 }).catch((error: unknown) => error),
    );
    const late = { name: 'TimeoutError', code: 'ETIME', errno: -62 };
    expect(await second).toMatchObject(late);
    expect(await opcodes(kernel)).toEqual([OP.STATX]); // it filled the ring until now
    expect(await opcodes(kernel)).toEqual([OP.STATX, OP.ASYNC_CANCEL]);
    await kernel.answer(CANCELED, 0);
    expect(await first).toMatchObject({ ...late, message: 'The operation timed out after 1 ms' });
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('mean nothing to a call that ends before, and nothing to what it opened', async () => {
    const { uring, kernel } = door();
    const opening = uring.open('/a', 'r', undefined, { timeout: 60_000 });
    await kernel.answer(7);
    const file = await opening;
    const status = file.stat();
    await kernel.answer(0);
    await status;
    const closing = file.close();
    await kernel.answer(0);
    await closing;
  });

  it('bound calls on open files, and never their close', async () => {
    const { uring, kernel } = door();
    const opening = uring.open('/a');
    await kernel.answer(7);
    const file = await opening;
    const late = { name: 'TimeoutError' };
    const read = file.read(Buffer.alloc(8), { timeout: 1 }).catch((error: unknown) => error);
    const synced = file.sync({ timeout: 1 }).catch((error: unknown) => error);
    while ((await kernel.pending()).length < 4);
    await kernel.answer(CANCELED, 0, 0, fail('ENOENT'));
    expect(await read).toMatchObject(late);
    expect(await synced).toBeUndefined(); // it could not be stopped any more
    const closing = file.close();
    await kernel.answer(0);
    await closing;
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('are refused when they are none', async () => {
    const { uring } = door();
    for (const timeout of [-1, 1.5, 2 ** 40])
      await expect(uring.stat('/a', { timeout })).rejects.toThrow(RangeError);
    await expect(uring.stat('/a', { timeout: '1' as never })).rejects.toThrow(TypeError);
    await expect(uring.stat('/a', { priority: 0.5 })).rejects.toThrow(RangeError);
    await expect(uring.stat('/a', { signal: 1 as never })).rejects.toThrow(TypeError);
  });
});

describe('priorities', () => {
  it('order what waits for room, and equals keep their order', async () => {
    const { uring, kernel } = door({ entries: 1 });
    const priorities = [0, 0, 5, -1, 0, 5, 9];
    const reads = priorities.map((priority, i) => uring.readFile(`/${i}`, { priority }));
    const seen: string[] = [];
    while (seen.length < reads.length) {
      seen.push(...(await kernel.pending()).map(({ addr }) => kernel.textAt(addr)));
      await serve(kernel);
    }
    await Promise.all(reads);
    expect(seen).toEqual(['/6', '/2', '/5', '/0', '/1', '/4', '/3']);
  });
});

describe('chains', () => {
  it('go to the ring as one submission, or wait until they can', async () => {
    const { uring, kernel } = door({ entries: 4 });
    const reads = Promise.all([1, 2].map((i) => uring.readFile(`/${i}`)));
    const running = uring
      .chain()
      .writeFile('/a', 'x')
      .writeFile('/b', 'y')
      .rename('/b', '/c')
      .run();
    await kernel.pending();
    expect(kernel.batches).toEqual([2]);
    await kernel.answer(DATA.length, DATA.length);
    await reads;
    await kernel.answer(1, 1, 0);
    expect(kernel.batches).toEqual([2, 3]);
    expect(await running).toEqual([undefined, undefined, undefined]);
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('free their memory when all steps have ended, however they end', async () => {
    const { uring, kernel } = door();
    const controller = new AbortController();
    const chain = uring.chain().writeFile('/a', 'x').rename('/a', '/b');
    const results = chain.settle({ signal: controller.signal });
    expect(await opcodes(kernel)).toEqual([OP.WRITE_FILE, OP.RENAMEAT]);
    controller.abort();
    expect((await opcodes(kernel)).slice(2)).toEqual([OP.ASYNC_CANCEL, OP.ASYNC_CANCEL]);
    await kernel.answer(CANCELED);
    expect(uring.stats().usedBytes).toBeGreaterThan(0);
    await kernel.answer(CANCELED, 0, fail('ENOENT'));
    for (const result of await results)
      expect(result).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('are not repeated in part when their executor died', async () => {
    const { uring, kernel } = door();
    const results = uring.chain().sumFile('/a', 'sha256').sumFile('/b', 'sha256').settle();
    await kernel.answer(fail('EOWNERDEAD'), CANCELED);
    expect(await results).toMatchObject([
      { reason: { code: 'EOWNERDEAD' } },
      { reason: { code: 'ECANCELED' } },
    ]);
    expect(await kernel.pending()).toEqual([]);
  });

  it('end with their ring', async () => {
    const { uring, kernel } = door({ entries: 2 });
    const running = [1, 2, 3].map((i) =>
      uring.chain().writeFile(`/${i}`, 'x').rename('/a', '/b').settle(),
    );
    await kernel.pending();
    kernel.end();
    for (const results of await Promise.all(running))
      expect(results).toMatchObject([
        { reason: { code: 'ECANCELED' } },
        { reason: { code: 'ECANCELED' } },
      ]);
  });
});
