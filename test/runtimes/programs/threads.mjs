// Batches of NOPs through an executor thread, waited for by blocking and by awaiting in turn.
import assert from 'node:assert/strict';
import { IoUringManager, NONE } from 'uring';

const BATCH = 64;
const BATCHES = 40;

const manager = new IoUringManager({ executors: 1 });
const ring = manager.createRing(1, { sqEntries: BATCH });

for (let batch = 0; batch < BATCHES; batch++) {
  const first = batch * BATCH;
  for (let i = 0; i < BATCH; i++) {
    const sqe = ring.getSqe();
    assert.notEqual(sqe, NONE);
    ring.prepNop(sqe);
    ring.sqeSetData(sqe, first + i);
  }
  const blocks = batch % 2 === 0;
  const submitted = blocks ? ring.submitAndWait(BATCH) : await ring.submitAndWaitAsync(BATCH);
  assert.equal(submitted, BATCH);
  /** @type {number[]} */
  const seen = [];
  const reaped = ring.forEachCqe((cqe) => {
    assert.equal(ring.cqeRes(cqe), 0);
    seen.push(ring.cqeGetData(cqe));
  });
  ring.cqAdvance(reaped);
  assert.deepEqual(
    seen,
    Array.from({ length: BATCH }, (_, i) => first + i),
  );
}
assert.equal(manager.stats().executors[0]?.rescues, 0);
await manager.close();

console.log(process.version, `threads: ${BATCHES} batches of ${BATCH} NOPs, all answered in order`);
