// An executor is killed with a request pending: that one is answered, and a successor serves.
import assert from 'node:assert/strict';
import { Allocator, IoUringManager } from 'uring';
import { errnoName, TIMESPEC, TIMESPEC_BYTES } from 'uring/abi';

const manager = new IoUringManager({ executors: 1 });
await manager.ready;
const ring = manager.createRing(1, { sqEntries: 8 });

/** @param {number} cqe */
function take(cqe) {
  assert.ok(cqe > 0, `the wait ended with ${cqe}`);
  const completion = { userData: ring.cqeGetData(cqe), res: ring.cqeRes(cqe) };
  ring.cqeSeen();
  return completion;
}

const timespec = new Allocator(ring.memory).allocate(TIMESPEC_BYTES);
ring.memory.setU64(timespec + TIMESPEC.sec, 3600);
ring.memory.setU64(timespec + TIMESPEC.nsec, 0);
const pending = ring.getSqe();
ring.prepTimeout(pending, timespec, 0, 0);
ring.sqeSetData(pending, 1);
const behind = ring.getSqe(); // its completion shows that the executor took the TIMEOUT too
ring.prepNop(behind);
ring.sqeSetData(behind, 2);
ring.submit();
assert.deepEqual(take(ring.waitCqe()), { userData: 2, res: 0 });

manager.replaceExecutor(0);
const { userData, res } = take(await ring.waitCqeAsync());
assert.deepEqual([userData, errnoName(res)], [1, 'EOWNERDEAD']);

const after = ring.getSqe();
ring.prepNop(after);
ring.sqeSetData(after, 3);
ring.submit();
assert.deepEqual(take(ring.waitCqe()), { userData: 3, res: 0 });
const { adoptions, adoptedRows } = manager.stats().executors[0] ?? {};
assert.deepEqual({ adoptions, adoptedRows }, { adoptions: 2, adoptedRows: 1 });
await manager.close();

console.log(process.version, 'recovery: EOWNERDEAD for what was pending, then served again');
