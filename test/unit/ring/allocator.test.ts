/**
 * Goal: live allocations are aligned, inside the range and apart; what is freed can be allocated
 *       again, in the end as one piece; a free of nothing throws; who waits is served in turn.
 * Method: fast-check runs allocate and free in any order against a plain list of live allocations.
 */
import { memoryUsage } from 'node:process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Allocator, NULL } from '../../../src/ring/allocator.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const START = 8000; // in the middle of a page: the range uses the whole pages inside
const SPAN = 4 << 20;
const memory = ProcessMemory.reserve(START + SPAN);
const allocator = (sizeBytes = SPAN, track = false): Allocator =>
  new Allocator(memory, { start: START, sizeBytes, track });

type Command = { readonly free: number } | { readonly bytes: number; readonly alignment: number };
const bytes = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: SPAN / 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(4096, 16_384, 1 << 20, (1 << 20) + 1, SPAN) },
);
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ free: fc.nat() }),
  fc.record({ bytes, alignment: fc.constantFrom(1, 16, 16, 16, 64, 512, 4096) }),
);

/** Live allocations by address, kept beside the allocator under test. */
class Live {
  readonly #sizes = new Map<number, number>();

  add(address: number, size: number): void {
    for (const [other, length] of this.#sizes)
      expect(address + size <= other || other + length <= address, 'apart').toBe(true);
    this.#sizes.set(address, Math.max(size, 1));
  }

  takeAny(seed: number): number | undefined {
    const address = [...this.#sizes.keys()][seed % (this.#sizes.size || 1)];
    if (address !== undefined) this.#sizes.delete(address);
    return address;
  }

  addresses(): number[] {
    return [...this.#sizes.keys()].sort((a, b) => a - b);
  }
}

function run(commands: readonly Command[], under: Allocator): Live {
  const live = new Live();
  for (const step of commands) {
    if ('free' in step) {
      const address = live.takeAny(step.free);
      if (address !== undefined) under.free(address);
      continue;
    }
    const address = under.allocate(step.bytes, step.alignment);
    if (address === NULL) continue;
    expect(address % Math.max(step.alignment, 16)).toBe(0);
    expect(address).toBeGreaterThanOrEqual(START);
    expect(address + step.bytes).toBeLessThanOrEqual(START + SPAN);
    live.add(address, step.bytes);
  }
  return live;
}

describe('allocations', () => {
  it('are inside the range, aligned, apart, and all listed while they live', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const under = allocator();
        const live = run(commands, under);
        const leaks = under.leaks();
        expect(leaks.map((leak) => leak.address)).toEqual(live.addresses());
        expect(leaks.reduce((sum, leak) => sum + leak.bytes, 0)).toBe(under.stats.usedBytes);
      }),
      { numRuns: 300 },
    );
  });

  it('leave room for the largest one when all are freed, in any order', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), fc.nat(), (commands, seed) => {
        const under = allocator();
        const live = run(commands, under);
        for (let next = live.takeAny(seed); next !== undefined; next = live.takeAny(seed * 31))
          under.free(next);
        expect(under.stats.usedBytes).toBe(0);
        expect(under.leaks()).toEqual([]);
        expect(under.allocate(under.stats.capacityBytes)).not.toBe(NULL);
      }),
      { numRuns: 300 },
    );
  });

  it('waste at most a quarter beyond 64 bytes and up to 1 MiB', () => {
    const under = allocator();
    for (let size = 65; size <= 1 << 20; size += 1 + (size >> 3)) {
      under.free(under.allocate(size));
      const address = under.allocate(size);
      expect(under.stats.usedBytes).toBeLessThanOrEqual(Math.max(size * 1.25, size + 16));
      under.free(address);
    }
  });

  it('take the shortest free run that is long enough', () => {
    const under = allocator();
    const big = under.allocate(2_000_000);
    const between = under.allocate(16_384);
    const small = under.allocate(1_200_000);
    under.allocate(16_384);
    under.free(big);
    under.free(small);
    expect(under.allocate(1_100_000)).toBe(small);
    expect(under.allocate(1_300_000)).toBe(big);
    under.free(between);
  });

  it('are refused without an exception when there is no room, and fit once some is freed', () => {
    const under = allocator(64 * 1024);
    const made: number[] = [];
    for (let next = under.allocate(100); next !== NULL; next = under.allocate(100)) made.push(next);
    expect(made.length).toBeGreaterThan(500);
    expect([under.allocate(1), under.allocate(10 ** 12)]).toEqual([NULL, NULL]);
    expect(under.stats.usedBytes).toBe(112 * made.length);
    under.free(made[7]!);
    expect(under.stats.peakBytes).toBe(112 * made.length);
    expect(under.allocate(112)).toBe(made[7]);
  });

  it.each([-1, 1.5, Number.NaN, Infinity])('of %d bytes are a RangeError', (size) => {
    expect(() => allocator().allocate(size)).toThrow(RangeError);
  });

  it.each([0, -16, 24, 8192, 1.5, Number.NaN])('at alignment %d are a RangeError', (alignment) => {
    expect(() => allocator().allocate(16, alignment)).toThrow(RangeError);
  });

  it('need at least a page of mapped memory', () => {
    const none = { 4096: 4095, 4097: 8190, 0: 8192, 8192: START + SPAN };
    for (const [start, sizeBytes] of Object.entries(none))
      expect(() => new Allocator(memory, { start: Number(start), sizeBytes })).toThrow(RangeError);
    expect(new Allocator(memory, { start: 4096, sizeBytes: 4096 }).allocate(4096)).toBe(4096);
  });
});

describe('free', () => {
  const refusal = expect.objectContaining({ code: 'EINVAL' });

  it('refuses what was freed and not allocated again', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), fc.nat(), (commands, seed) => {
        const under = allocator();
        const live = run(commands, under);
        const freed: number[] = [];
        for (let next = live.takeAny(seed); next !== undefined; next = live.takeAny(seed)) {
          under.free(next);
          freed.push(next);
          for (const address of freed) expect(() => under.free(address)).toThrow(refusal);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('refuses every address but those that live allocations begin at', () => {
    const under = allocator(256 * 1024);
    const live = new Set([100, 5000, 14_000, 30_000].map((size) => under.allocate(size)));
    for (let address = 0; address < START + SPAN; address += address < 100_000 ? 8 : 4096)
      if (!live.has(address)) expect(() => under.free(address)).toThrow(refusal);
    for (const wrong of [-1, 0.5, Number.NaN, Infinity, -Infinity, 2 ** 53])
      expect(() => under.free(wrong)).toThrow(refusal);
    for (const address of live) under.free(address);
  });

  it('leaves no garbage behind a pair of allocate and free', () => {
    const under = allocator();
    const held = Array.from({ length: 64 }, (_, i) => under.allocate(64 * (i + 1)));
    const turn = (): void => {
      for (let i = 0; i < 200_000; i++) {
        under.free(held[i & 63]!);
        held[i & 63] = under.allocate(((i * 7919) & 0x3fff) + 1);
      }
    };
    const growth = Array.from({ length: 6 }, () => {
      const before = memoryUsage().heapUsed;
      turn();
      return Math.abs(memoryUsage().heapUsed - before);
    });
    // Half a byte per pair would be 100 kB; the first turn warms up, and one may meet a collection.
    expect(Math.min(...growth)).toBeLessThan(100_000);
  });
});

describe('waiting for room', () => {
  /** An allocator that is full, and the address that empties it. */
  function full(): { under: Allocator; all: number } {
    const under = allocator(64 * 1024);
    return { under, all: under.allocate(under.stats.capacityBytes) };
  }

  it('ends in the order of the calls, whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 2, maxLength: 12 }),
        async (sizes) => {
          const { under, all } = full();
          const order: number[] = [];
          const waiting = sizes.map(async (size, i) => {
            const address = await under.allocateAsync(size);
            order.push(i);
            under.free(address);
          });
          under.free(all);
          await Promise.all(waiting);
          expect(order).toEqual(sizes.map((_, i) => i));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is not overtaken by a smaller request, waiting or not', async () => {
    const { under, all } = full();
    const served: string[] = [];
    under.free(all);
    const half = under.allocate(30_000);
    const large = under.allocateAsync(50_000).then((at) => served.push('large') && at);
    const small = under.allocateAsync(16).then((at) => served.push('small') && at);
    expect(under.allocate(16)).toBe(NULL);
    under.free(half);
    await Promise.all([large, small]);
    expect(served).toEqual(['large', 'small']);
    expect(under.allocate(16)).not.toBe(NULL);
  });

  it('rejects with the reason of its signal, and lets the next in line go on', async () => {
    const { under, all } = full();
    under.free(all);
    const half = under.allocate(30_000);
    const controller = new AbortController();
    const large = under.allocateAsync(50_000, controller.signal);
    const small = under.allocateAsync(16);
    controller.abort(new Error('no longer wanted'));
    await expect(large).rejects.toThrow('no longer wanted');
    under.free(await small);
    under.free(half);
    expect(under.leaks()).toEqual([]);
    await expect(under.allocateAsync(1, AbortSignal.abort('gone'))).rejects.toBe('gone');
  });

  it('keeps what was granted when the signal aborts afterwards', async () => {
    const { under, all } = full();
    const controller = new AbortController();
    const waiting = under.allocateAsync(16, controller.signal);
    under.free(all);
    controller.abort();
    under.free(await waiting);
  });

  it('rejects at once what can never fit', async () => {
    const { under } = full();
    for (const size of [under.stats.capacityBytes + 1, Infinity, -1, Number.NaN])
      await expect(under.allocateAsync(size)).rejects.toThrow(RangeError);
  });
});

describe('a lease', () => {
  it('ends with its scope, once', () => {
    const under = allocator();
    {
      using lease = under.lease(100);
      expect(lease?.bytes.length).toBe(100);
      expect(lease?.bytes.byteOffset).toBe(lease?.address);
      expect(under.leaks()).toEqual([{ address: lease?.address, bytes: 112 }]);
    }
    const lease = under.lease(100)!;
    lease[Symbol.dispose]();
    const reused = under.allocate(100);
    lease[Symbol.dispose]();
    expect(under.leaks().map((leak) => leak.address)).toEqual([reused]);
  });

  it('is undefined when there is no room', () => {
    expect(allocator(8192).lease(1 << 20)).toBeUndefined();
  });
});

it('tells in development mode where a leak was allocated', async () => {
  const under = allocator(64 * 1024, true);
  const kept = under.allocate(10);
  const all = under.allocate(32_768);
  const waiting = under.allocateAsync(40_000);
  under.free(all);
  await waiting;
  for (const leak of under.leaks()) expect(leak.stack).toContain('allocator.test.ts');
  under.free(kept);
});
