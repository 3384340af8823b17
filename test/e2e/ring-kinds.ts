/** The kernels that a ring door has to give the same answers on, and how tests ask through one. */
import * as fs from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import { SCRATCH_BYTES } from '../../src/abi/records.ts';
import { createInlineRing } from '../../src/client/inline-ring.ts';
import type { Ring } from '../../src/client/ring.ts';
import { InlineKernel } from '../../src/executor/inline.ts';
import { HostClock } from '../../src/host/clock.ts';
import { InlineFiles } from '../../src/host/inline-files.ts';
import type { NodeFs } from '../../src/host/node-fs.ts';
import { Process } from '../../src/kernel/process.ts';
import { Mounts } from '../../src/kernel/vfs/mounts.ts';
import { IoUringManager } from '../../src/manager/manager.ts';
import { Allocator } from '../../src/ring/allocator.ts';
import { ProcessMemory } from '../../src/ring/memory.ts';
import { sleepThread } from '../../src/ring/sleep.ts';

/** Rings of one process. */
export interface RingWorld {
  readonly allocator: Allocator;
  readonly memory: ProcessMemory;
  /** A new ring with a scratch area; `flags` are SETUP. */
  ring(entries?: number, flags?: number): Ring;
}

/** One kernel. */
export interface RingKernel extends AsyncDisposable {
  /** A new process without rings. */
  world(): RingWorld;
}

const MEMORY_BYTES = 1 << 20;
/** The number of no register call. */
const NO_CALL = 999;

function worldOf(make: (memory: ProcessMemory, entries: number, flags: number) => Ring): RingWorld {
  const memory = ProcessMemory.reserve(MEMORY_BYTES);
  const allocator = new Allocator(memory);
  const ring = (entries = 8, flags = 0): Ring => {
    const made = make(memory, entries, flags);
    made.scratch = allocator.allocate(SCRATCH_BYTES);
    made.register(NO_CALL, 0, 0); // once this is answered, its executor has the ring
    return made;
  };
  return { allocator, memory, ring };
}

function onExecutor(): RingKernel {
  const manager = new IoUringManager();
  let pid = 0;
  return {
    world: () => {
      const own = ++pid;
      return worldOf((memory, sqEntries, flags) =>
        manager.createRing(own, { memory, sqEntries, flags }),
      );
    },
    [Symbol.asyncDispose]: () => manager.close(),
  };
}

function inline(): RingKernel {
  const clock = new HostClock(sleepThread);
  const files = new InlineFiles(fs as unknown as NodeFs);
  const host = { path: '/', root: '/', jail: 'none', devices: false, files } as const;
  const mounts = new Mounts([host], clock);
  const report = (error: unknown): never => {
    throw error;
  };
  const kernel = new InlineKernel({ clock, files: mounts, report });
  let pid = 0;
  return {
    world: () => {
      let process: Process | undefined;
      const own = ++pid;
      return worldOf((memory, entries, flags) => {
        process ??= new Process(own, memory);
        return createInlineRing(kernel, process, entries, { flags });
      });
    },
    [Symbol.asyncDispose]: async () => mounts.close(),
  };
}

/** Every kernel that has to give the same answers. */
export const RING_KERNELS: readonly { readonly kind: string; boot(): RingKernel }[] = [
  { kind: 'on an executor', boot: onExecutor },
  { kind: 'inline', boot: inline },
];

/** One kernel for the tests of a `describe`; the function makes a new process on it. */
export function sharedKernel(boot: () => RingKernel): () => RingWorld {
  const held: { kernel?: RingKernel } = {};
  beforeAll(() => {
    held.kernel = boot();
  });
  afterAll(() => held.kernel?.[Symbol.asyncDispose]());
  return () => held.kernel!.world();
}

/** What a CQE says. */
export interface Seen {
  readonly data: number;
  readonly res: number;
  readonly more: boolean;
  readonly buffer: number;
}

/** Submits, and waits for `count` completions. */
export function reap(ring: Ring, count: number): Seen[] {
  const seen: Seen[] = [];
  ring.submit();
  while (seen.length < count) {
    ring.waitCqe();
    const ready = ring.forEachCqe((cqe) =>
      seen.push({
        data: ring.cqeGetData(cqe),
        res: ring.cqeRes(cqe),
        more: ring.cqeHasMore(cqe),
        buffer: ring.cqeBufferId(cqe),
      }),
    );
    ring.cqAdvance(ready);
  }
  return seen;
}

/** One request that `prepare` writes: its result. */
export function ask(ring: Ring, prepare: (sqe: number) => void): number {
  const sqe = ring.getSqe();
  prepare(sqe);
  return reap(ring, 1)[0]!.res;
}

/** Prepares one request under a user_data. */
export function add(ring: Ring, data: number, prepare: (sqe: number) => void): number {
  const sqe = ring.getSqe();
  prepare(sqe);
  ring.sqeSetData(sqe, data);
  return sqe;
}

/** A descriptor of a new eventfd. */
export const eventfd = (ring: Ring): number => ask(ring, (sqe) => ring.prepEventfd(sqe, 0, 0));

/** Puts a text and its NUL into memory; where. */
export function putText({ allocator, memory }: RingWorld, text: string): number {
  const bytes = Buffer.from(`${text}\0`);
  const at = allocator.allocate(bytes.length);
  memory.bytes.set(bytes, at);
  return at;
}

/** Puts 32-bit numbers into memory; where. */
export function putWords({ allocator, memory }: RingWorld, values: readonly number[]): number {
  const at = allocator.allocate(4 * values.length);
  for (const [i, value] of values.entries()) memory.setU32(at + 4 * i, value);
  return at;
}

/** Puts 64-bit numbers into memory; where. */
export function putLongs({ allocator, memory }: RingWorld, values: readonly number[]): number {
  const at = allocator.allocate(8 * values.length);
  for (const [i, value] of values.entries()) memory.setU64(at + 8 * i, value);
  return at;
}

/** A timespec of milliseconds. */
export const putTimespec = (world: RingWorld, ms: number): number =>
  putLongs(world, [Math.floor(ms / 1000), (ms % 1000) * 1e6]);

/** An iovec of so many bytes of memory, or of those at `base`. */
export const putIovec = (world: RingWorld, length: number, base?: number): number =>
  putLongs(world, [base ?? world.allocator.allocate(length), length]);
