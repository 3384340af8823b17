/**
 * Goal: a door takes any number of calls at once: small rings and little memory make them wait, and
 *       none is lost, mixed up or left in memory; contexts and the event loop survive it.
 * Method: thousands of calls on rings of four entries over a few pages of memory, on every kernel;
 *         an executor that is replaced again and again under load; a folder mounted elsewhere.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { readdirSync } from 'node:fs';
import * as promises from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { open } from '../../../src/doors/open.ts';
import { Uring } from '../../../src/doors/uring.ts';
import { IoUringManager } from '../../../src/manager/manager.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { KERNELS, playground, sharedGround } from './kernels.ts';

const CALLS = 3000;
const FILES = 50;

/** Writes FILES files that contain their own number, of different sizes. */
async function writeFiles(folder: string): Promise<void> {
  const write = (i: number): Promise<void> =>
    promises.writeFile(`${folder}/${i}`, `${i};`.repeat(1 + i * 100));
  await Promise.all(Array.from({ length: FILES }, (_, i) => write(i)));
}

describe.each(KERNELS)('load on $kind', ({ options }) => {
  const ground = sharedGround(options);

  beforeAll(() => writeFiles(ground.folder));

  it('serves thousands of calls through four entries and sixteen pages', async () => {
    const small = { ...options, entries: 4, memoryBytes: 17 * 4096 };
    await using ground = await playground(small);
    const { uring, folder } = ground;
    await writeFiles(folder);
    const read = async (i: number): Promise<boolean> => {
      const text = await uring.readFile(String(i % FILES), 'latin1');
      return text === `${i % FILES};`.repeat(1 + (i % FILES) * 100);
    };
    const right = await Promise.all(Array.from({ length: CALLS }, (_, i) => read(i)));
    expect(right.filter((isRight) => isRight)).toHaveLength(CALLS);
    const { usedBytes, peakBytes, capacityBytes } = uring.stats();
    expect(usedBytes).toBe(0);
    expect(peakBytes).toBeLessThanOrEqual(capacityBytes);
  });

  it('keeps every context apart', async () => {
    const context = new AsyncLocalStorage<number>();
    const inContext = (i: number): Promise<boolean> =>
      context.run(i, async () => {
        await ground.uring.stat('.');
        const first = context.getStore();
        await ground.uring.readdir('.');
        return first === i && context.getStore() === i;
      });
    const kept = await Promise.all(Array.from({ length: 200 }, (_, i) => inContext(i)));
    expect(kept.every((isKept) => isKept)).toBe(true);
  });

  it('lets the event loop turn while calls follow each other without a pause', async () => {
    let turns = 0;
    let over = false;
    const count = (): void => {
      turns++;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    for (let i = 0; i < 200; i++) await ground.uring.stat('.');
    over = true;
    expect(turns).toBeGreaterThan(100);
  });

  it('keeps files on the lane that opened them', async () => {
    const { uring } = ground;
    const numbers = Array.from({ length: FILES }, (_, i) => i);
    const handles = await Promise.all(numbers.map((i) => uring.open(String(i))));
    const first = await Promise.all(
      handles.map((handle) => handle.read(Buffer.alloc(3), 0, 3, 0).then((read) => read.buffer)),
    );
    expect(first.map((bytes) => Number.parseInt(bytes.toString(), 10))).toEqual(numbers);
  });

  it('aborts what has not begun, and the rest goes on', async () => {
    await using ground = await playground({ ...options, entries: 4 });
    const { uring, folder } = ground;
    await writeFiles(folder);
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 400 }, (_, i) =>
      uring.readFile(String(i % FILES), i % 2 === 0 ? { signal } : {}),
    );
    await calls[1];
    controller.abort();
    const results = await Promise.allSettled(calls);
    const failed = results.filter(({ status }) => status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    for (const failure of failed) expect(failure).toMatchObject({ reason: { code: 'ABORT_ERR' } });
    expect(
      results.filter((_, i) => i % 2 === 1).every(({ status }) => status === 'fulfilled'),
    ).toBe(true);
  });

  it('leaves nothing open', async () => {
    const before = readdirSync('/proc/self/fd').length;
    {
      await using ground = await playground(options);
      const { uring, folder } = ground;
      await writeFiles(folder);
      await uring.open('1');
      await uring.opendir('.');
      await Promise.all(Array.from({ length: 100 }, (_, i) => uring.readFile(String(i % FILES))));
    }
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });
});

/** A door on a kernel whose executor can be replaced; `died` resolves with its next death. */
function mortalDoor(folder: string) {
  const deaths: (() => void)[] = [];
  const manager = new IoUringManager({
    onEvent: ({ type }) => {
      if (type === 'replaced') for (const tell of deaths.splice(0)) tell();
    },
  });
  const memory = ProcessMemory.reserve();
  const ring = manager.createRing(1, { memory });
  const uring = new Uring(
    { rings: [ring], memory, stats: () => manager.stats(), close: () => manager.close() },
    folder,
  );
  const kill = (): Promise<void> => {
    manager.replaceExecutor(0);
    return new Promise((resolve) => deaths.push(resolve));
  };
  return { uring, kill };
}

describe('the death of executors', () => {
  it('is not seen by calls that can be repeated', async () => {
    await using ground = await playground({});
    await writeFiles(ground.folder);
    const { uring, kill } = mortalDoor(ground.folder);
    let [wrong, calls, over] = [0, 0, false];
    const load = async (first: number): Promise<void> => {
      for (let i = first; !over; i++, calls++) {
        const text = await uring.readFile(String(i % FILES), 'latin1');
        if (Number.parseInt(text, 10) !== i % FILES) wrong++;
      }
    };
    const loads = Array.from({ length: 16 }, (_, i) => load(i));
    for (let kills = 0; kills < 3; kills++) {
      await uring.stat('.');
      await kill();
    }
    over = true;
    await Promise.all(loads);
    expect(wrong).toBe(0);
    expect(calls).toBeGreaterThan(0);
    await uring.close();
    expect(uring.stats().usedBytes).toBe(0);
  });

  it('leaves open files open, where they were', async () => {
    await using ground = await playground({});
    await promises.writeFile(`${ground.folder}/file`, 'contents');
    const { uring, kill } = mortalDoor(ground.folder);
    const file = await uring.open('file');
    await file.read(Buffer.alloc(4));
    const reading = uring.readFile('file'); // keeps the program alive until the next one serves
    await Promise.all([kill(), reading]);
    expect((await file.read(Buffer.alloc(4))).buffer.toString()).toBe('ents');
    await file.close();
    await uring.close();
  });
});

describe.each(KERNELS)('mounts on $kind', ({ options }) => {
  it('are what paths begin in', async () => {
    const folder = await promises.mkdtemp(join(tmpdir(), 'uring-mount-'));
    const mounts = [{ path: '/data', root: folder }];
    const uring = await open({ ...options, mounts, cwd: '/data' });
    await uring.writeFile('file', 'x');
    expect(await promises.readFile(`${folder}/file`, 'utf8')).toBe('x');
    expect(await uring.readFile('/data/file', 'utf8')).toBe('x');
    await expect(uring.readFile(`${folder}/file`)).rejects.toMatchObject({ code: 'ENOENT' });
    await uring.close();
    await promises.rm(folder, { recursive: true });
  });
});

describe('options', () => {
  it.each([
    { lanes: 0 },
    { lanes: 1.5 },
    { executors: 0 },
    { memoryBytes: 1000 },
    { memoryBytes: 2 ** 40 },
    { cwd: 'relative' },
  ])('%o is refused', async (options) => {
    await expect(open(options)).rejects.toThrow(RangeError);
  });

  it.each([false, true])('that no ring can have are refused (inline: %s)', async (inline) => {
    await expect(open({ inline, entries: 0 })).rejects.toMatchObject({ code: 'EINVAL' });
  });
});
