/**
 * Goal: every call is submitted once and answered once, in any order; full rings and full memory
 *       make calls wait and lose none; memory is lent, copied and freed as promised.
 * Method: a door over real rings whose kernel's end the test plays, entry by entry.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { OP } from '../../../src/abi/opcodes.ts';
import { DATA, door, type ScriptedKernel, serve } from './scripted-kernel.ts';

describe('submission', () => {
  it('submits the calls of one tick together', async () => {
    const { uring, kernel } = door();
    const reads = ['/a', '/b', '/c'].map((path) => uring.readFile(path));
    expect(kernel.batches).toEqual([]);
    const pending = await kernel.pending();
    expect(kernel.batches).toEqual([3]);
    expect(pending.map(({ addr }) => kernel.textAt(addr))).toEqual(['/a', '/b', '/c']);
    await serve(kernel);
    expect(await Promise.all(reads)).toEqual([DATA, DATA, DATA]);
  });

  it('answers calls in whatever order they complete', async () => {
    const { uring, kernel } = door();
    const settled: string[] = [];
    const made = ['/a', '/b', '/c'].map((path) =>
      uring.mkdir(path).then(
        () => settled.push(path),
        () => settled.push(`${path} failed`),
      ),
    );
    await kernel.answerAt(2, 0);
    await kernel.answerAt(1, fail('EEXIST'));
    await kernel.answerAt(0, 0);
    await Promise.all(made);
    expect(settled).toEqual(['/c', '/b failed', '/a']);
  });

  it('keeps calls that find the ring full, and submits them as others complete', async () => {
    const { uring, kernel } = door({ entries: 1, memoryBytes: 1 << 22 });
    const reads = Array.from({ length: 100 }, (_, i) => uring.readFile(`/${i}`));
    expect(uring.stats().lanes).toEqual([{ inFlight: 1, waiting: 99 }]);
    let served = 0;
    while (served < reads.length) served += await serve(kernel);
    expect(await Promise.all(reads)).toHaveLength(100);
    expect(Math.max(...kernel.batches)).toBe(1);
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('keeps calls that find the memory full', async () => {
    const { uring, kernel } = door({ memoryBytes: 16 * 4096, entries: 64 });
    const reads = Array.from({ length: 64 }, (_, i) => uring.readFile(`/${i}`));
    expect((await kernel.pending()).length).toBeLessThan(8);
    let served = 0;
    while (served < reads.length) served += await serve(kernel);
    expect(await Promise.all(reads)).toHaveLength(64);
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('gives calls to the lane with the least to do, and calls on a file to its own', async () => {
    const { uring, kernels } = door({ lanes: 3 });
    const [first, second, third] = kernels as [ScriptedKernel, ScriptedKernel, ScriptedKernel];
    const opening = uring.open('/a');
    await first.answer(7);
    const file = await opening;
    void uring.stat('/busy');
    const status = file.stat();
    const others = [uring.mkdir('/b'), uring.mkdir('/c')];
    expect((await first.pending()).map(({ opcode, fd }) => [opcode, fd])).toEqual([
      [OP.STATX, -100],
      [OP.STATX, 7],
    ]);
    expect(await second.pending()).toHaveLength(1);
    expect(await third.pending()).toHaveLength(1);
    await first.answerAt(1, 0);
    expect((await status).size).toBe(0);
    await second.answer(0);
    await third.answer(0);
    await Promise.all(others);
  });

  it('refuses what could never have enough memory', async () => {
    const { uring, kernel } = door({ memoryBytes: 1 << 17 });
    const bytes = Buffer.alloc(1 << 17);
    await expect(uring.hash(bytes, 'sha256')).rejects.toMatchObject({ code: 'ENOMEM' });
    const lease = uring.readFileLease('/large').catch((error: unknown) => error);
    await kernel.answer(1 << 17);
    expect(await lease).toMatchObject({ code: 'ENOMEM' });
    await expect(uring.lease(1 << 17)).rejects.toThrow(RangeError);
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('submits a batch before it returns, and answers it whole', async () => {
    const { uring, kernel } = door();
    const batch = uring.batch((door) => [door.mkdir('/a'), door.mkdir('/b')]);
    expect(uring.stats().lanes).toEqual([{ inFlight: 2, waiting: 0 }]);
    await kernel.answer(0, fail('EEXIST'));
    const [made, failed] = await batch;
    expect(made).toEqual({ status: 'fulfilled', value: undefined });
    expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'EEXIST' } });
  });

  it('keeps the context of each caller', async () => {
    const { uring, kernel } = door();
    const context = new AsyncLocalStorage<string>();
    const inContext = (name: string): Promise<string | undefined> =>
      context.run(name, () => uring.mkdir(`/${name}`).then(() => context.getStore()));
    const both = [inContext('one'), inContext('two')];
    await kernel.answer(0, 0);
    expect(await Promise.all(both)).toEqual(['one', 'two']);
  });
});

describe('reading a file', () => {
  it('asks again with room for all of it when it was larger than guessed', async () => {
    const { uring, kernel } = door();
    const read = uring.readFile('/large');
    const [{ len = 0 } = {}] = await kernel.pending();
    const size = len + 1000;
    await kernel.answer(size);
    const [again] = await kernel.pending();
    expect(again?.len).toBe(size);
    kernel.put(again?.off ?? 0, Buffer.alloc(size, 'x'));
    await kernel.answer(size);
    expect((await read).equals(Buffer.alloc(size, 'x'))).toBe(true);
    const next = uring.readFile('/next');
    expect((await kernel.pending())[0]?.len).toBeGreaterThanOrEqual(size);
    await kernel.answer(0);
    expect(await next).toHaveLength(0);
  });

  it('gives copies that later reads do not change', async () => {
    const { uring, kernel } = door();
    const first = uring.readFile('/a');
    await serve(kernel);
    const copy = await first;
    const second = uring.readFile('/b');
    const [entry] = await kernel.pending();
    kernel.put(entry?.off ?? 0, Buffer.from('CONTENTS'));
    await kernel.answer(DATA.length);
    expect([copy, await second].map(String)).toEqual(['contents', 'CONTENTS']);
  });

  it('lends the memory itself until disposal, and frees it once', async () => {
    const { uring, kernel } = door();
    const read = uring.readFileLease('/a');
    await serve(kernel);
    const lease = await read;
    expect(lease.bytes.equals(DATA)).toBe(true);
    expect(lease.bytes.buffer).toBe(kernel.memory.bytes.buffer);
    expect(uring.stats().usedBytes).toBeGreaterThan(0);
    lease[Symbol.dispose]();
    expect(uring.stats().usedBytes).toBe(0);
    const other = await uring.lease(10);
    lease[Symbol.dispose]();
    expect(uring.stats().usedBytes).toBeGreaterThan(0);
    expect(() => lease.bytes).toThrow(RangeError);
    other[Symbol.dispose]();
  });
});

describe('leases and open files', () => {
  async function opened() {
    const parts = door();
    const opening = parts.uring.open('/a');
    await parts.kernel.answer(7);
    return { ...parts, file: await opening };
  }

  it('reads into a lease where it lies, and into other memory by a copy', async () => {
    const { uring, kernel, file } = await opened();
    using lease = await uring.lease(100);
    const direct = file.read(lease.bytes, 10, 20, 5);
    const copied = file.read(Buffer.alloc(8), null, null, 0);
    const [first, second] = await kernel.pending();
    expect(first).toMatchObject({ addr: lease.bytes.byteOffset + 10, len: 20, off: 5 });
    kernel.put(second?.addr ?? 0, DATA);
    await kernel.answer(20, DATA.length);
    expect((await direct).bytesRead).toBe(20);
    expect((await copied).buffer.toString()).toBe('contents');
  });

  it('keeps the memory of a disposed lease until the request that uses it has ended', async () => {
    const { uring, kernel, file } = await opened();
    const lease = await uring.lease(100);
    const { bytes } = lease;
    const read = file.read(bytes);
    await kernel.pending();
    lease[Symbol.dispose]();
    expect(uring.stats().usedBytes).toBeGreaterThan(0);
    await expect(file.read(bytes)).rejects.toThrow('lease that has ended');
    await kernel.answer(100);
    await read;
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('closes a file when the calls under way have ended, and refuses later ones', async () => {
    const { kernel, file } = await opened();
    const read = file.read(Buffer.alloc(8));
    const closing = file.close();
    await expect(file.stat()).rejects.toMatchObject({ code: 'EBADF', syscall: 'fstat' });
    expect((await kernel.pending()).map(({ opcode }) => opcode)).toEqual([OP.READ]);
    await kernel.answer(0);
    expect((await read).bytesRead).toBe(0);
    expect((await kernel.pending()).map(({ opcode, fd }) => [opcode, fd])).toEqual([[OP.CLOSE, 7]]);
    await kernel.answer(0);
    await closing;
    expect(file.fd).toBe(-1);
  });

  it('moves what is larger than one piece piece by piece, until one falls short', async () => {
    const { uring, kernel, file } = await opened();
    const piece = uring.stats().capacityBytes / 4;
    const read = file.read(Buffer.alloc(3 * piece), 0, 3 * piece, 10);
    expect((await kernel.pending())[0]).toMatchObject({ len: piece, off: 10 });
    await kernel.answer(piece);
    expect((await kernel.pending())[0]).toMatchObject({ len: piece, off: 10 + piece });
    await kernel.answer(5);
    expect((await read).bytesRead).toBe(piece + 5);
  });
});
