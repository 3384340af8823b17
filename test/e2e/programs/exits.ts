/** A program that boots a kernel, uses a ring, and ends: nothing of ours may keep it alive. */
import { IoUringManager } from '../../../src/index.ts';

const manager = new IoUringManager({ executors: 2 });
const ring = manager.createRing(1);
ring.prepNop(ring.getSqe());
await ring.submitAndWaitAsync(1);
console.log(`res ${ring.cqeRes(ring.peekCqe())}`);
