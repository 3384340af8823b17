/** A program whose executors cannot start: the supervisor serves the rings itself. */
import { type ExecutorStats, IoUringManager } from '../../../src/index.ts';

const manager = new IoUringManager({
  operationModules: [new URL('./does-not-exist.ts', import.meta.url)],
  onEvent: (event) => {
    if (event.type === 'replaced') console.log(`inline ${event.inline}`);
  },
});
const ring = manager.createRing(1);
ring.prepNop(ring.getSqe());
ring.submitAndWait(1);
await manager.ready;
console.log(`res ${ring.cqeRes(ring.peekCqe())}`);
const [stats] = manager.stats().executors as [ExecutorStats];
console.log(`rescues ${stats.rescues}`);
