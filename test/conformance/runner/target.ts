/** What a scenario runs on, and real time as it passes for those that need it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Res } from '../../../src/abi/errno.ts';
import type { SetupParams } from '../../../src/kernel/setup.ts';
import type { ProcessMemory } from '../../../src/ring/memory.ts';
import type { Region } from '../../../src/ring/region.ts';
import type { RawRing } from './raw-ring.ts';

/** A wait for something that must come gives up after this, in milliseconds. */
export const GIVE_UP_MS = 3000;

/** A ring that was set up. */
export interface MadeRing {
  readonly fd: number;
  readonly region: Region;
}

/** The arguments of io_uring_enter(2), and which task calls. */
export interface EnterArguments {
  readonly fd: number;
  readonly toSubmit: number;
  readonly minComplete: number;
  readonly flags: number;
  readonly task: number;
  /** With EXT_ARG: address and size of the record. */
  readonly argAddr?: number;
  readonly argSize?: number;
}

/** The arguments of io_uring_register(2), and which task calls. */
export interface RegisterArguments {
  readonly fd: number;
  readonly number: number;
  readonly addr: bigint;
  readonly count: number;
  readonly task: number;
}

/** One process, on a kernel of its own or of its kind. */
export interface Target {
  readonly memory: ProcessMemory;
  /** The folder of the host that is the process's current directory. */
  readonly folder: string;
  setup(entries: number, params: SetupParams & { task?: number }): Promise<MadeRing | Res>;
  closeRing(fd: number): Promise<void>;
  /** The SQ tail of a ring moved, and nobody is to enter: a poller may look. */
  published(ring: RawRing): void;
  /** Submits; in poll mode it returns when everything published was consumed, or -ETIME. */
  enter(ring: RawRing, call: EnterArguments): Promise<Res>;
  register(call: RegisterArguments): Promise<Res>;
  /** The memory of a ring that was resized. */
  regionOf(fd: number): Region;
  /** Until `count` CQEs are there, entering with GETEVENTS, or for GIVE_UP_MS. */
  waitFor(ring: RawRing, count: number, task: number): Promise<void>;
  /** The same without entering: in enter mode they are there or not. */
  settle(ring: RawRing, count: number): Promise<void>;
  /** Enters with GETEVENTS and without waiting. */
  flush(ring: RawRing, task: number): Promise<void>;
  pass(ms: number): Promise<void>;
  /** Milliseconds of the monotonic clock, and of the realtime clock. */
  nowMs(): { monotonic: number; realtime: number };
  /** The process exits; throws what went wrong in the kernel and showed nowhere else. */
  end(): Promise<void>;
}

/** Lets real time pass. */
export const passRealTime = async (ms: number): Promise<void> => {
  await sleep(ms);
};

/** Looks every millisecond; false when `limitMs` passed before it held. */
export async function until(holds: () => boolean, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > endMs) return false;
    await sleep(1);
  }
  return true;
}

/** What `work` gives, or undefined when it takes longer; it is left to itself then. */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const late = sleep(limitMs, undefined, { signal: over.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    work.catch(() => {}); // nobody looks any more
  }
}
