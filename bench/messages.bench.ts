/** Question: what does a postMessage round trip cost, and what does a piscina task? */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Context, Question } from './harness.ts';

interface PoolTuning {
  readonly concurrentTasksPerWorker?: number;
  readonly atomics?: 'disabled';
}

type Flight = (work: { total: number; window: number }) => Promise<number>;

/** Sends 0, 1, ... to an echoing worker, `window` in flight; returns ns per message. */
function postFlight(worker: Worker, context: Context): Flight {
  return ({ total, window }) =>
    new Promise((resolve) => {
      let sent = 0;
      let returned = 0;
      let sum = 0;
      const startMs = performance.now();
      const receive = (value: number): void => {
        sum += value;
        if (sent < total) worker.postMessage(sent++);
        if (++returned < total) return;
        worker.off('message', receive);
        context.checksum(sum);
        resolve(((performance.now() - startMs) * 1e6) / total);
      };
      worker.on('message', receive);
      while (sent < Math.min(window, total)) worker.postMessage(sent++);
    });
}

/** Runs echoing tasks, `window` in flight; returns ns per task. */
function taskFlight(pool: Piscina<number, number>, context: Context): Flight {
  return async ({ total, window }) => {
    let sent = 0;
    let sum = 0;
    const lane = async (): Promise<void> => {
      while (sent < total) sum += await pool.run(sent++);
    };
    const startMs = performance.now();
    await Promise.all(Array.from({ length: window }, lane));
    const elapsedMs = performance.now() - startMs;
    context.checksum(sum);
    return (elapsedMs * 1e6) / total;
  };
}

/** One thread, like the worker beside it: the price of a task, not the number of cores. */
function echoPool(context: Context, tuning: PoolTuning = {}): Piscina<number, number> {
  const pool = new Piscina<number, number>({
    filename: new URL('./workers/echo-task.ts', import.meta.url).href,
    name: 'echo',
    minThreads: 1,
    maxThreads: 1,
    ...tuning,
  });
  context.defer(() => pool.destroy());
  return pool;
}

async function run(context: Context): Promise<void> {
  const { native } = context;
  const worker = new Worker(new URL('./workers/echo.ts', import.meta.url));
  context.defer(() => worker.terminate());
  await once(worker, 'online');
  const post = postFlight(worker, context);
  const task = taskFlight(echoPool(context), context);
  // By default a thread is given one task at a time, and sleeps before the next: these settings
  // hand it whole batches, and are the rival to beat.
  const tuned = echoPool(context, { concurrentTasksPerWorker: 64, atomics: 'disabled' });
  const tunedTask = taskFlight(tuned, context);
  const posts = context.count(4_000);
  const tasks = context.count(2_000);
  const rounds = context.count(4_000);
  const nops = context.count(200_000);
  const comparison = await context.interleave([
    { name: 'postMessage, 1 at a time', run: () => post({ total: posts, window: 1 }) },
    { name: 'postMessage, 1000 in flight', run: () => post({ total: posts * 5, window: 1000 }) },
    { name: 'piscina, 1 at a time', run: () => task({ total: tasks, window: 1 }) },
    { name: 'piscina, 64 in flight', run: () => task({ total: tasks, window: 64 }) },
    { name: 'piscina tuned, 64 in flight', run: () => tunedTask({ total: tasks, window: 64 }) },
    native?.contender('C, futex ping-pong', 'futex', { total: rounds }),
    native?.contender('C, io_uring nop, window 1', 'nop', { total: nops }),
  ]);
  context.table('Messages between two threads, per round trip', comparison);
}

export const question: Question = {
  name: 'messages',
  asks: 'what does a postMessage round trip and a piscina task cost?',
  readsAs:
    'one at a time is two wake-ups, near the futex; in flight, what serialising and queues cost.',
  run,
};
