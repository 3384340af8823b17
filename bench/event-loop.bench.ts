/** Question: how long does reading 10,000 files keep the event loop of the main thread waiting? */
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from '../src/doors/open.ts';
import { IoUringManager } from '../src/index.ts';
import { median } from './harness/statistics.ts';
import type { Contender, Context, Question } from './harness.ts';
import { compute } from './workers/compute.ts';
import { type FileSet, makeFiles } from './workers/files.ts';
import { readByPromise, readInLoop } from './workers/node-reads.ts';
import { type Clocked, clock, quiet, type Work, warmUp } from './workers/race.ts';
import { SlotFlight } from './workers/slot-flight.ts';

const FILES = 10_000;
const WINDOW = 64;
const COMPUTE_MS = 1000;

/** The loop's delay is what a timer of so many milliseconds comes too late; the default is 10. */
const RESOLUTION_MS = 1;
/** Milliseconds of timers before the work: a delay is seen from one timer to the next. */
const MARGIN_MS = 5;

interface Watched extends Clocked {
  readonly p99Ms: number;
  readonly maxMs: number;
}

const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

/** Does work and tells how late timers were meanwhile. */
async function watch(work: Work): Promise<Watched> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  await sleep(MARGIN_MS);
  const clocked = await clock(work); // which lets timers fire in the end
  delays.disable();
  return { ...clocked, p99Ms: late(delays.percentile(99)), maxMs: late(delays.max) };
}

async function askDelays(context: Context, { paths, weight }: FileSet): Promise<void> {
  const uring = await open();
  context.defer(() => uring.close());
  const byPromise = (read: (path: string) => Promise<Uint8Array>): Promise<number> =>
    readByPromise(paths, WINDOW, read);
  const seen = new Map<string, Watched[]>();
  const contender = async (name: string, work: Work): Promise<Contender> => {
    const rounds: Watched[] = [];
    seen.set(name, rounds);
    await warmUp(work);
    const run = async () => {
      const watched = await watch(work);
      const { result, p99Ms: value, coresBusy } = watched;
      if (result !== weight) throw new Error(`${name}: ${result} came home, not ${weight}`);
      context.checksum(result);
      rounds.push(watched);
      return { value, coresBusy };
    };
    return { name, run };
  };
  const comparison = await context.interleave(
    [
      await contender('Uring.readFile', () => byPromise((path) => uring.readFile(path))),
      await contender('fs.promises.readFile', () => byPromise((path) => readFile(path))),
      await contender('openSync, readSync, closeSync', () => readInLoop(paths)),
      await contender('nothing', () => sleep(context.count(50), weight)),
    ],
    { unit: 'ms' },
  );
  context.table(`Delay of the event loop, p99, while ${paths.length} files are read`, comparison);
  for (const [name, [, ...rounds]] of seen) {
    const maxMs = median(rounds.map((round) => round.maxMs)).toFixed(1);
    const tookMs = median(rounds.map((round) => round.wallNs / 1e6)).toFixed(0);
    context.note(`${name}: ${maxMs} ms at most, and ${tookMs} ms altogether`);
  }
}

/** How many of the files are read by the time that main has computed for a while. */
async function askBusyMain(context: Context, { paths, weight }: FileSet): Promise<void> {
  const manager = new IoUringManager();
  context.defer(() => manager.close());
  await manager.ready;
  const ring = manager.createRing(1, { sqEntries: paths.length });
  const flight = new SlotFlight(ring, paths.length);
  const durationMs = context.count(COMPUTE_MS);
  const ready: number[] = [];
  const result = flight.readFiles(paths, () => {
    ring.submit();
    context.checksum(compute(durationMs));
    ready.push(ring.cqReady());
  });
  if (result !== weight) throw new Error(`${result} came home, not ${weight}`);
  context.bar({
    name: `Files read through a ring while main computed for ${durationMs} ms`,
    value: (ready[0]! * 100) / paths.length,
    unit: ' %',
    min: 100,
  });
  await quiet();
  let resolved = 0;
  const reads = paths.map((path) => readFile(path).then(() => resolved++));
  context.checksum(compute(durationMs));
  await new Promise((resume) => setImmediate(resume));
  const share = (resolved * 100) / paths.length;
  context.note(`... through fs.promises, one turn of the event loop later: ${share.toFixed(0)} %`);
  await Promise.all(reads);
}

async function run(context: Context): Promise<void> {
  const files = makeFiles(context, { count: context.count(FILES) });
  await askDelays(context, files);
  await askBusyMain(context, files);
}

export const question: Question = {
  name: 'event-loop',
  asks: 'how long does reading 10,000 files keep the event loop of the main thread waiting?',
  readsAs:
    'what a timer comes too late: a loop of synchronous calls holds it for all of its time, the ' +
    'door for a batch of results; executors go on while main computes, Promises cannot.',
  run,
};
