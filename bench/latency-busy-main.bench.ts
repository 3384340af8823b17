/** Question: do executors go on serving other threads while the main thread computes? */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { IoUringManager } from '../src/index.ts';
import type { Context, Question } from './harness.ts';
import type { Order } from './workers/busy-ring.ts';
import { parked } from './workers/flight.ts';

const WINDOW = 64;
const DURATION_FULL_MS = 1000;

/** Computes without a look at the event loop; something to print. */
function compute(durationMs: number): number {
  const untilMs = performance.now() + durationMs;
  let state = 1;
  while (performance.now() < untilMs) {
    for (let i = 0; i < 10_000; i++) state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
  }
  return state >>> 0;
}

async function run(context: Context): Promise<void> {
  const manager = new IoUringManager();
  context.defer(() => manager.close());
  await manager.ready;
  const worker = new Worker(new URL('./workers/busy-ring.ts', import.meta.url), {
    workerData: manager.createRing(1).handle,
  });
  context.defer(() => worker.terminate());
  const durationMs = context.count(DURATION_FULL_MS);
  const measure = async (onMain: () => number): Promise<number> => {
    worker.postMessage({ durationMs, window: WINDOW } satisfies Order);
    context.checksum(onMain());
    const [ns] = (await once(worker, 'message')) as [number];
    await parked(manager);
    return ns;
  };
  await measure(() => 0);
  const comparison = await context.interleave([
    { name: 'main idle', run: () => measure(() => 0) },
    { name: 'main computing', run: () => measure(() => compute(durationMs)) },
  ]);
  context.table(`NOPs of a worker thread, ${WINDOW} in flight`, comparison);
}

export const question: Question = {
  name: 'latency-busy-main',
  asks: 'do executors go on serving other threads while the main thread computes?',
  readsAs: 'the same on three cores; on two, what is left when three threads share them.',
  run,
};
