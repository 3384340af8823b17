/** A program whose main thread computes and blocks while an executor dies and recovers. */
import { Worker } from 'node:worker_threads';
import { IoUringManager } from '../../../src/index.ts';

const manager = new IoUringManager();
await manager.ready;
const stop = new SharedArrayBuffer(4);
const { handle } = manager.createRing(1, { sqEntries: 64 });
const worker = new Worker(new URL('../workers/load.ts', import.meta.url), {
  workerData: { handle, stop, window: 32 },
});
const report = new Promise((resolve) => worker.once('message', resolve));
const completed = (): number => manager.stats().executors[0]!.completed;
const ring = manager.createRing(2);

/** Computes until the other process completed that many more; the event loop never turns. */
function computeUntil(more: number): void {
  const goal = completed() + more;
  while (completed() < goal);
}

while (completed() === 0) await new Promise((resolve) => setImmediate(resolve));
computeUntil(2000);
manager.replaceExecutor(0);
const adoptions = manager.stats().executors[0]!.adoptions;
while (manager.stats().executors[0]!.adoptions === adoptions); // main computes all the while
ring.prepNop(ring.getSqe());
ring.submitAndWait(1); // main blocks
computeUntil(2000);
Atomics.store(new Int32Array(stop), 0, 1);
const { strange, lost } = (await report) as { strange: number; lost: number };
console.log(`strange ${strange} lost ${lost} res ${ring.cqeRes(ring.peekCqe())}`);
