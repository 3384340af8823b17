/**
 * Goal: what was not submitted can be taken back, what was cannot; the death of an executor, the
 *       end of a ring and of a door settle every call, once, and repeat none that must not be.
 * Method: a door over real rings whose kernel's end the test plays, entry by entry.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { OP } from '../../../src/abi/opcodes.ts';
import { DATA, door, serve } from './scripted-kernel.ts';

describe('aborting', () => {
  const reason = new Error('not needed');

  it('takes back what is not submitted', async () => {
    const { uring, kernel } = door();
    const controller = new AbortController();
    const read = uring.readFile('/a', { signal: controller.signal });
    controller.abort(reason);
    await expect(read).rejects.toMatchObject({
      name: 'AbortError',
      code: 'ABORT_ERR',
      cause: reason,
    });
    expect(await kernel.pending()).toEqual([]);
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('takes back what waits for room in the ring, and the others keep their order', async () => {
    const { uring, kernel } = door({ entries: 1 });
    const controller = new AbortController();
    const { signal } = controller;
    const reads = Array.from({ length: 6 }, (_, i) =>
      uring.readFile(`/${i}`, i === 3 ? { signal } : {}),
    );
    const results = Promise.allSettled(reads);
    await kernel.pending();
    controller.abort(reason);
    const seen: string[] = [];
    for (let served = 0; served < 5; served++) {
      seen.push(...(await kernel.pending()).map(({ addr }) => kernel.textAt(addr)));
      await serve(kernel);
    }
    expect(seen).toEqual(['/0', '/1', '/2', '/4', '/5']);
    expect((await results).map(({ status }) => status)).toEqual([
      ...Array(3).fill('fulfilled'),
      'rejected',
      ...Array(2).fill('fulfilled'),
    ]);
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('takes back what waits for memory', async () => {
    const { uring, kernel } = door({ memoryBytes: 16 * 4096, entries: 64 });
    const controller = new AbortController();
    const reads = Array.from({ length: 64 }, (_, i) => uring.readFile(`/${i}`));
    const last = uring.readFile('/last', { signal: controller.signal });
    controller.abort(reason);
    await expect(last).rejects.toMatchObject({ code: 'ABORT_ERR' });
    let served = 0;
    while (served < reads.length) served += await serve(kernel);
    await Promise.all(reads);
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('submits nothing for a signal that is aborted already', async () => {
    const { uring, kernel } = door();
    const signal = AbortSignal.abort(reason);
    await expect(uring.readFile('/a', { signal })).rejects.toMatchObject({ cause: reason });
    expect(await kernel.pending()).toEqual([]);
  });
});

describe('the death of an executor', () => {
  const DIED = fail('EOWNERDEAD');

  it('repeats once what can be repeated', async () => {
    const { uring, kernel } = door();
    const status = uring.stat('/a').catch((error: unknown) => error);
    await kernel.answer(DIED);
    const [again] = await kernel.pending();
    expect([again?.opcode, kernel.textAt(again?.addr ?? 0)]).toEqual([OP.STATX, '/a']);
    await kernel.answer(DIED);
    expect(await status).toMatchObject({ code: 'EOWNERDEAD', syscall: 'stat' });
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('repeats a read at a position, and no read that moves the position', async () => {
    const { uring, kernel } = door();
    const opening = uring.open('/a');
    await kernel.answer(7);
    const file = await opening;
    const there = file.read(Buffer.alloc(8), 0, 8, 0);
    const here = file.read(Buffer.alloc(8)).catch((error: unknown) => error);
    await kernel.answer(DIED, DIED);
    expect(await here).toMatchObject({ code: 'EOWNERDEAD', syscall: 'read' });
    expect((await kernel.pending()).map(({ opcode }) => opcode)).toEqual([OP.READ]);
    await kernel.answer(8);
    expect((await there).bytesRead).toBe(8);
  });

  it('does not repeat what may have happened', async () => {
    const { uring, kernel } = door();
    const made = uring.mkdir('/a').catch((error: unknown) => error);
    await kernel.answer(DIED);
    expect(await made).toMatchObject({ code: 'EOWNERDEAD', path: '/a' });
    expect(await kernel.pending()).toEqual([]);
  });

  it('repeats what had not begun, whatever it is', async () => {
    const { uring, kernel } = door();
    const made = uring.mkdir('/a');
    await kernel.answer(fail('ECANCELED'));
    await kernel.answer(0);
    expect(await made).toBeUndefined();
  });

  it('ends every call with ECANCELED when the ring itself is gone', async () => {
    const { uring, kernel } = door({ entries: 1 });
    const calls = [1, 2, 3, 4].map((i) => uring.stat(`/${i}`));
    const results = Promise.allSettled(calls);
    await kernel.pending();
    kernel.end();
    for (const result of await results)
      expect(result).toMatchObject({ reason: { code: 'ECANCELED', syscall: 'stat' } });
    await expect(uring.stat('/later')).rejects.toMatchObject({ code: 'ECANCELED' });
  });

  it('never uses memory again that a ring which is gone may still write to', async () => {
    const { uring, kernel } = door({ entries: 1 });
    const read = uring.readFile('/a').catch(() => undefined);
    const waiting = uring.readFile('/b').catch(() => undefined);
    await kernel.pending();
    const { usedBytes } = uring.stats();
    kernel.end();
    await Promise.all([read, waiting]);
    expect(uring.stats().usedBytes).toBe(usedBytes / 2);
  });
});

describe('close', () => {
  it('ends the kernel even when a file cannot be closed', async () => {
    const { uring, kernel, closes } = door();
    const opening = uring.open('/a');
    await kernel.answer(7);
    await opening;
    const closing = uring.close().catch((error: unknown) => error);
    await kernel.answer(fail('EIO'));
    expect(await closing).toMatchObject({ code: 'EIO', syscall: 'close' });
    expect(closes()).toBe(1);
  });

  it('waits for what is under way, closes what is open, and refuses what comes later', async () => {
    const { uring, kernel, closes } = door();
    const opening = uring.open('/a');
    await kernel.answer(7);
    await opening;
    const read = uring.readFile('/a');
    const closing = uring.close();
    await expect(uring.readFile('/b')).rejects.toMatchObject({ code: 'ERR_URING_CLOSED' });
    await serve(kernel);
    expect(await read).toEqual(DATA);
    expect((await kernel.pending()).map(({ opcode }) => opcode)).toEqual([OP.CLOSE]);
    expect(closes()).toBe(0);
    await kernel.answer(0);
    await closing;
    await uring.close();
    expect(closes()).toBe(1);
    expect(uring.stats().usedBytes).toBe(0);
  });
});
