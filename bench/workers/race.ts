/** Rival ways to do the same work: each timed alone, and checked by what it brings home. */
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../harness/statistics.ts';
import type { Contender, Context, Limit } from '../harness.ts';

/** How long the process is watched, and the share of a core that an idle one may use meanwhile. */
const WATCH_MS = 2;
const IDLE_CORES = 0.2;
/** How long a contender runs before its first round that counts. */
const WARM_UP_MS = 500;
/** A process that computes for so long after its work will not stop: the question fails. */
const BUSY_MAX_MS = 10_000;

/** Resolves when no thread of this process computes: executors are parked, pools are empty. */
export async function quiet(): Promise<void> {
  const untilMs = performance.now() + BUSY_MAX_MS;
  while (performance.now() < untilMs) {
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    await sleep(WATCH_MS);
    const wallUs = (performance.now() - startMs) * 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    if (user + system < IDLE_CORES * wallUs) return;
  }
  throw new Error('the process does not come to rest');
}

/** What one round of a contender does: a number that proves it, the same for all. */
export type Work = () => number | Promise<number>;

/** Repeats work until the compilers of all threads have had their say. */
export async function warmUp(work: Work): Promise<void> {
  const untilMs = performance.now() + WARM_UP_MS;
  do await work();
  while (performance.now() < untilMs);
}

/** What work came to. */
export interface Clocked {
  readonly result: number;
  readonly wallNs: number;
  /** Processor seconds per second of wall time, all threads. */
  readonly coresBusy: number;
  /** Microseconds of the calling thread's processor time; undefined before Node 23.9. */
  readonly ownUs: number | undefined;
}

/** Does work, and returns when no thread computes any more: the next has all cores. */
export async function clock(work: Work): Promise<Clocked> {
  const ownBefore = process.threadCpuUsage?.();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const result = await work();
  const wallNs = (performance.now() - startMs) * 1e6;
  const cpu = process.cpuUsage(cpuBefore);
  const own = ownBefore && process.threadCpuUsage(ownBefore);
  await quiet();
  const coresBusy = ((cpu.user + cpu.system) * 1000) / wallNs;
  return { result, wallNs, coresBusy, ownUs: own && own.user + own.system };
}

export interface RaceParts {
  /** Operations of one round, unless the contender says otherwise. */
  readonly total: number;
  /** What the work of a round must return. */
  readonly expected: number;
}

/** One set of contenders. */
export class Race {
  readonly #context: Context;
  readonly #parts: RaceParts;
  /** Microseconds of the calling thread's processor time per operation, by contender. */
  readonly #ownUs = new Map<string, number[]>();

  constructor(context: Context, parts: RaceParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** A contender that leaves all cores to the next one. */
  contender(
    name: string,
    work: Work,
    options: Partial<RaceParts & { bar: Limit }> = {},
  ): Contender {
    const { total = this.#parts.total, expected = this.#parts.expected, bar } = options;
    const ownUs: number[] = [];
    this.#ownUs.set(name, ownUs);
    let warm = false;
    const run = async () => {
      if (!warm) await warmUp(work);
      warm = true;
      const { result, wallNs, coresBusy, ownUs: own } = await clock(work);
      if (result !== expected) throw new Error(`${name}: ${result} came home, not ${expected}`);
      this.#context.checksum(result);
      if (own !== undefined) ownUs.push(own / total);
      return { value: wallNs / total, coresBusy };
    };
    return { name, run, ...(bar && { bar }) };
  }

  /**
   * The median of the calling thread's processor time, in microseconds per operation; undefined
   * where the runtime cannot tell (Node before 23.9). The first round compiled, and is not counted.
   */
  ownUs(name: string): number | undefined {
    const [, ...samples] = this.#ownUs.get(name) ?? [];
    return samples.length === 0 ? undefined : median(samples);
  }
}
