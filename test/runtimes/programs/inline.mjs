// A ring on an inline kernel: a batch of NOPs, then an hour that takes no time.
import assert from 'node:assert/strict';
import {
  Allocator,
  createInlineRing,
  InlineKernel,
  NONE,
  Process,
  ProcessMemory,
  VirtualClock,
} from 'uring';
import { errnoName, TIMESPEC, TIMESPEC_BYTES } from 'uring/abi';

const clock = new VirtualClock();
const kernel = new InlineKernel({
  clock,
  report: (error) => {
    throw error;
  },
});
const memory = ProcessMemory.reserve(1 << 20);
const ring = createInlineRing(kernel, new Process(1, memory), 8);

for (let userData = 1; userData <= 8; userData++) {
  const sqe = ring.getSqe();
  assert.notEqual(sqe, NONE);
  ring.prepNop(sqe);
  ring.sqeSetData(sqe, userData);
}
assert.equal(ring.getSqe(), NONE);
assert.equal(ring.submitAndWait(8), 8);
/** @type {number[]} */
const seen = [];
ring.cqAdvance(ring.forEachCqe((cqe) => seen.push(ring.cqeGetData(cqe), ring.cqeRes(cqe))));
assert.deepEqual(seen, [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0]);

const startNs = clock.now();
const timespec = new Allocator(memory).allocate(TIMESPEC_BYTES);
memory.setU64(timespec + TIMESPEC.sec, 3600);
memory.setU64(timespec + TIMESPEC.nsec, 0);
ring.prepTimeout(ring.getSqe(), timespec, 0, 0);
assert.equal(ring.submitAndWait(1), 1);
assert.equal(errnoName(ring.cqeRes(ring.peekCqe())), 'ETIME');
assert.equal(clock.now() - startNs, 3600e9);

console.log(process.version, 'inline: 8 NOPs, a TIMEOUT of a virtual hour');
