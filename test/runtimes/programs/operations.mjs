// An operation of one's own; this file is the module that executors load, and the program.
import assert from 'node:assert/strict';
import { isMainThread } from 'node:worker_threads';
import { IoUringManager, op, prepRw } from 'uring';
import { EMBEDDER_OP_FIRST } from 'uring/abi';

const double = op({
  code: EMBEDDER_OP_FIRST,
  name: 'DOUBLE',
  does: 'Completes with twice `len`.',
  /** @this {import('uring').SqeWords} @param {number} sqe @param {number} len */
  encode(sqe, len) {
    prepRw(EMBEDDER_OP_FIRST, this.words, sqe, -1, 0, len, 0);
  },
  run: (request) => 2 * request.len,
});

export const operations = [double];

if (isMainThread) {
  const manager = new IoUringManager({ operationModules: [new URL(import.meta.url)] });
  const ring = manager.createRing(1, { sqEntries: 1 });
  double.encode.call(ring, ring.getSqe(), 21);
  await ring.submitAndWaitAsync(1);
  const res = ring.cqeRes(ring.peekCqe());
  assert.equal(res, 42);
  await manager.close();
  console.log(process.version, 'operations: one more row in the table, run by an executor thread');
}
