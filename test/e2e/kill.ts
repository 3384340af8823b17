/** Kills executors in every way there is while processes keep them busy; used by both suites. */
import { readdirSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { fail } from '../../src/abi/errno.ts';
import { IoUringManager, type KernelEvent } from '../../src/manager/manager.ts';
import { prepRw } from '../../src/ops/encode.ts';
import { FAULT } from './fault-operations.ts';

export const KINDS = ['terminate', 'throw', 'exit', 'memory'] as const;

/** What one loaded process counted. */
export interface LoadReport {
  readonly submitted: number;
  readonly completed: number;
  readonly died: number;
  readonly cancelled: number;
  readonly strange: number;
  readonly lost: number;
}

export interface KillReport {
  readonly loads: readonly LoadReport[];
  readonly replaced: readonly KernelEvent[];
  readonly faultResults: readonly number[];
  readonly threadsBefore: number;
  readonly threadsAfter: number;
  readonly filesBefore: number;
  readonly filesAfter: number;
  readonly rescues: number;
}

const threads = (): number => readdirSync('/proc/self/task').length;
const files = (): number => readdirSync('/proc/self/fd').length;

/** Lets `kills` executors die, one after the other, under the load of two processes. */
export async function killUnderLoad(kills: number): Promise<KillReport> {
  const replaced: KernelEvent[] = [];
  let onReplaced = (): void => {};
  const manager = new IoUringManager({
    operationModules: [new URL('./fault-operations.ts', import.meta.url)],
    resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8 },
    onEvent: (event) => {
      replaced.push(event);
      onReplaced();
    },
  });
  await manager.ready;
  const stop = new SharedArrayBuffer(4);
  const loads = [1, 2].map((pid) => startLoad(manager, pid, stop));
  const ring = manager.createRing(3);
  await underLoad(manager); // both loads have their threads by then
  const threadsBefore = threads();
  const filesBefore = files();
  const faultResults: number[] = [];
  for (let i = 0; i < kills; i++) {
    await underLoad(manager);
    const kind = KINDS[i % KINDS.length]!;
    const next = new Promise<void>((resolve) => {
      onReplaced = resolve;
    });
    if (kind === 'terminate') manager.replaceExecutor(0);
    else {
      const sqe = ring.getSqe();
      prepRw(FAULT[kind], ring.words, sqe, -1, 0, 0, 0);
      faultResults.push(await resultOf(ring));
    }
    await next;
  }
  const threadsAfter = threads();
  const filesAfter = files();
  Atomics.store(new Int32Array(stop), 0, 1);
  const reports = await Promise.all(loads.map(({ report }) => report));
  const { rescues } = manager.stats().executors[0]!;
  await manager.close();
  return {
    loads: reports,
    replaced,
    faultResults,
    threadsBefore,
    threadsAfter,
    filesBefore,
    filesAfter,
    rescues,
  };
}

/** Completions of the loaded processes between two deaths, at least. */
const COMPLETED_BETWEEN = 2000;

/** Resolves when the processes are at work again: the counters are all there is to see it by. */
async function underLoad(manager: IoUringManager): Promise<void> {
  const completed = (): number => manager.stats().executors[0]!.completed;
  const goal = completed() + COMPLETED_BETWEEN;
  while (completed() < goal) await new Promise((resolve) => setImmediate(resolve));
}

type Ring = ReturnType<IoUringManager['createRing']>;

async function resultOf(ring: Ring): Promise<number> {
  await ring.submitAndWaitAsync(1);
  const res = ring.cqeRes(ring.peekCqe());
  ring.cqeSeen();
  return res;
}

function startLoad(manager: IoUringManager, pid: number, stop: SharedArrayBuffer) {
  const { handle } = manager.createRing(pid, { sqEntries: 64 });
  const worker = new Worker(new URL('./workers/load.ts', import.meta.url), {
    workerData: { handle, stop, window: 48 },
  });
  const report = new Promise<LoadReport>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { worker, report };
}

/** A fault's own request either completed before its thread died, or died with it. */
export const isFaultResult = (res: number): boolean => res === 0 || res === fail('EOWNERDEAD');
