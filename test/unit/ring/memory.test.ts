/**
 * Goal: no address outside the mapped range is ever approved; values are little-endian at any
 *       alignment; words carry what was written before them to another thread, and wake it.
 * Method: properties against BigInt and DataView references, memories of every kind, a real worker.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MEMORY_DEFAULT_BYTES,
  MEMORY_MAX_BYTES,
  NULL_PAGE_BYTES,
} from '../../../src/abi/limits.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

/** Beyond the addresses that a process can have. */
const USER_END = 1n << 47n;
const SIZE = 2 * NULL_PAGE_BYTES + 3;
/** The types of this project know no WebAssembly; every engine that runs it does. */
const { Memory: WasmMemory } = Reflect.get(globalThis, 'WebAssembly') as {
  Memory: new (facts: {
    initial: number;
    maximum: number;
    shared: boolean;
  }) => { buffer: SharedArrayBuffer };
};

const index = fc.integer({ min: NULL_PAGE_BYTES, max: SIZE - 8 });

describe('the address space', () => {
  it('has its default size, and no other size later', () => {
    const memory = ProcessMemory.reserve();
    expect(memory.sizeBytes).toBe(MEMORY_DEFAULT_BYTES);
    const growing = new SharedArrayBuffer(SIZE, { maxByteLength: 2 * SIZE });
    const adopted = ProcessMemory.adopt(growing);
    growing.grow(2 * SIZE);
    expect(adopted.sizeBytes).toBe(SIZE);
    expect(adopted.at(SIZE, 0, 1)).toBe(-1);
  });

  it.each([0, -1, 1.5, NULL_PAGE_BYTES, MEMORY_MAX_BYTES + 1, Number.NaN, 4097.5, Infinity])(
    'refuses to be %d bytes',
    (bytes) => {
      expect(() => ProcessMemory.reserve(bytes)).toThrow(RangeError);
    },
  );

  it('adopts a Wasm memory, and refuses one that is all NULL page', () => {
    const wasm = new WasmMemory({ initial: 1, maximum: 2, shared: true });
    const memory = ProcessMemory.adopt(wasm.buffer);
    memory.setU32(5000, 7);
    expect(new Uint8Array(wasm.buffer)[5000]).toBe(7);
    expect(() => ProcessMemory.adopt(new ArrayBuffer(NULL_PAGE_BYTES))).toThrow(RangeError);
  });

  it('refuses every address once an adopted buffer is detached, and still does not throw', () => {
    const buffer = new ArrayBuffer(SIZE);
    const memory = ProcessMemory.adopt(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    expect(memory.at(NULL_PAGE_BYTES, 0, 1)).toBe(-1);
    expect(memory.u32(NULL_PAGE_BYTES)).toBe(0);
    memory.setU32(NULL_PAGE_BYTES, 1);
    memory.storeRelease(NULL_PAGE_BYTES, 1);
    expect(memory.loadAcquire(NULL_PAGE_BYTES)).toBe(0);
    expect(memory.compareWord(NULL_PAGE_BYTES, 0)).toBe(false);
    expect(memory.wakeWord(NULL_PAGE_BYTES, 1)).toBe(0);
  });

  it('is the same memory for whoever attaches its handle', () => {
    const memory = ProcessMemory.reserve(SIZE);
    const other = ProcessMemory.attach(structuredClone(memory.handle));
    other.setU8(SIZE - 1, 42);
    expect(memory.u8(SIZE - 1)).toBe(42);
    expect(other.sizeBytes).toBe(SIZE);
  });
});

describe('an address', () => {
  const memory = ProcessMemory.reserve(SIZE);

  it('is approved exactly when its whole range is mapped, or empty', () => {
    const edge = fc.oneof(
      fc.integer({ min: -1, max: 1 }),
      fc.integer({ min: NULL_PAGE_BYTES - 2, max: NULL_PAGE_BYTES + 2 }),
      fc.integer({ min: SIZE - 2, max: SIZE + 2 }),
      fc.integer(),
    );
    const high = fc.constantFrom(0, 0, 0, 1, 0x7fff, 0x8000, -1);
    fc.assert(
      fc.property(edge, high, edge, (low, addrHigh, length) => {
        const addr = (BigInt(addrHigh >>> 0) << 32n) | BigInt(low >>> 0);
        const end = addr + BigInt(length >>> 0);
        const inside = end <= BigInt(SIZE) && (length === 0 || addr >= BigInt(NULL_PAGE_BYTES));
        const empty = length === 0 && addr < USER_END;
        expect(memory.at(low, addrHigh, length)).toBe(inside ? Number(addr) : empty ? 0 : -1);
      }),
      { numRuns: 2000 },
    );
  });

  it('is NULL in the first page, except for an empty range', () => {
    expect(memory.at(0, 0, 0)).toBe(0);
    expect(memory.at(0, 0, 1)).toBe(-1);
    expect(memory.at(NULL_PAGE_BYTES - 1, 0, 2)).toBe(-1);
    expect(memory.at(NULL_PAGE_BYTES, 0, SIZE - NULL_PAGE_BYTES)).toBe(NULL_PAGE_BYTES);
    expect(memory.at(SIZE, 0, 0)).toBe(SIZE);
    expect([memory.at(SIZE + 1, 0, 0), memory.at(0, 0x7fff, 0)]).toEqual([0, 0]);
    expect(memory.at(0, 0x8000, 0)).toBe(-1);
  });

  it('does not wrap: a length of 2^32 - 1 leaves every range', () => {
    expect(memory.at(NULL_PAGE_BYTES, 0, -1)).toBe(-1);
    expect(memory.at(-1, 0, 2)).toBe(-1);
  });
});

describe('a value', () => {
  const memory = ProcessMemory.reserve(SIZE);
  const view = new DataView(memory.handle.buffer);

  it('is little-endian at any alignment', () => {
    fc.assert(
      fc.property(index, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), (at, bits) => {
        view.setBigUint64(at, bits, true);
        expect(memory.u8(at)).toBe(view.getUint8(at));
        expect(memory.u16(at)).toBe(view.getUint16(at, true));
        expect(memory.u32(at)).toBe(view.getUint32(at, true));
        expect(memory.i32(at)).toBe(view.getInt32(at, true));
        expect(memory.s64(at)).toBe(Number(view.getBigInt64(at, true)));
      }),
    );
  });

  it('is written within its own bytes, modulo its width', () => {
    const value = fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(index, value, (at, written) => {
        view.setBigUint64(at, 0xaaaa_aaaa_aaaa_aaaan, true);
        memory.setU32(at, written);
        expect(view.getUint32(at, true)).toBe(written >>> 0);
        memory.setU16(at, written);
        memory.setU8(at + 2, written);
        expect(view.getUint16(at, true)).toBe(written & 0xffff);
        expect(view.getUint8(at + 2)).toBe(written & 0xff);
        expect(view.getUint32(at + 4, true)).toBe(0xaaaa_aaaa);
      }),
    );
  });

  it('of 64 bits comes back exactly up to 2^53, and to the nearest double beyond', () => {
    fc.assert(
      fc.property(index, fc.maxSafeInteger(), (at, written) => {
        memory.setU64(at, written);
        expect(memory.s64(at)).toBe(written === 0 ? 0 : written);
        expect(view.getBigInt64(at, true)).toBe(BigInt(written));
      }),
    );
    for (const exact of [2 ** 63, 2 ** 64 - 2 ** 11, -(2 ** 63)]) {
      memory.setU64(NULL_PAGE_BYTES, exact);
      expect(view.getBigUint64(NULL_PAGE_BYTES, true)).toBe(BigInt.asUintN(64, BigInt(exact)));
    }
    view.setBigInt64(NULL_PAGE_BYTES, 2n ** 63n - 1n, true);
    expect(memory.s64(NULL_PAGE_BYTES)).toBe(2 ** 63);
  });

  it('may be read and written unaligned up to the last byte', () => {
    memory.setU32(SIZE - 4, 0x0403_0201);
    expect([...memory.bytes.subarray(SIZE - 4)]).toEqual([1, 2, 3, 4]);
    expect(memory.u32(SIZE - 4)).toBe(0x0403_0201);
  });
});

describe('a shared word', () => {
  it('is compared as 32 bits', () => {
    const memory = ProcessMemory.reserve(SIZE);
    memory.storeRelease(NULL_PAGE_BYTES, 0xffff_ffff);
    expect(memory.loadAcquire(NULL_PAGE_BYTES)).toBe(-1);
    expect(memory.compareWord(NULL_PAGE_BYTES, 0xffff_ffff)).toBe(true);
    expect(memory.compareWord(NULL_PAGE_BYTES, 0)).toBe(false);
  });

  it('wakes nobody where nobody sleeps, shared or not', () => {
    for (const memory of [ProcessMemory.reserve(SIZE), ProcessMemory.adopt(new ArrayBuffer(SIZE))])
      expect(memory.wakeWord(NULL_PAGE_BYTES, 0x7fff_ffff)).toBe(0);
  });

  it('wakes a thread in Atomics.wait, which then sees what was written before it', async () => {
    const memory = ProcessMemory.reserve(SIZE);
    const { buffer } = memory.handle;
    const sleeper = new Worker(SLEEPER, { eval: true, workerData: { buffer, at: WORD / 4 } });
    const answered = once(sleeper, 'message');
    // Found asleep, and woken for nothing: the word still holds what it waits on.
    while (memory.wakeWord(WORD, 1) === 0) await nextTurn();
    memory.setU32(WORD + 4, 99);
    memory.storeRelease(WORD, 1);
    memory.wakeWord(WORD, 1);
    expect(await answered).toEqual([{ wakes: expect.any(Number), payload: 99 }]);
    await sleeper.terminate();
  });
});

const WORD = NULL_PAGE_BYTES;

/** Sleeps while the word is 0, then tells how often it was woken and what lies beside it. */
const SLEEPER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const words = new Int32Array(workerData.buffer, 0, workerData.at + 2);
  let wakes = 0;
  while (Atomics.load(words, workerData.at) === 0) {
    if (Atomics.wait(words, workerData.at, 0) === 'ok') wakes++;
  }
  parentPort.postMessage({ wakes, payload: words[workerData.at + 1] });`;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
