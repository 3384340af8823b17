/** Question: what does waiting cost those who wait, and those who do not? */

import { SQE_FLAG, TIMEOUT_FLAG } from '../src/abi/flags.ts';
import { POLL } from '../src/abi/poll.ts';
import {
  createInlineRing,
  HostClock,
  InlineKernel,
  IoUringManager,
  Process,
  ProcessMemory,
  type Ring,
} from '../src/index.ts';
import type { Context, Question } from './harness.ts';
import { Flight, parked, sumBelow } from './workers/flight.ts';

/** Requests that wait beside the one that is measured. */
const CROWD = 100_000;
const POLLS = 1_000;
const CHAIN = 8;
const TIMESPEC_AT = 8192;
const FDS_AT = 8448;
const HOUR_SEC = 3600;
/** user_data of what is measured; the crowd's begins behind. */
const PROBE = 1;

/** An inline ring on which `crowd` TIMEOUTs wait for hours, each a moment after the one before. */
function inlineRing(crowd: number): Ring {
  const rows = 2 ** 18;
  const clock = new HostClock(() => {});
  const kernel = new InlineKernel({ clock, report: console.error, rows });
  const process = new Process(1, ProcessMemory.reserve(1 << 16));
  const ring = createInlineRing(kernel, process, 256, { inFlightMax: rows });
  for (let i = 0; i < crowd; i++) {
    ring.memory.setU64(TIMESPEC_AT, HOUR_SEC + ((i * 7919) % crowd));
    const sqe = ring.getSqe();
    ring.prepTimeout(sqe, TIMESPEC_AT, 0, 0);
    ring.sqeSetData(sqe, PROBE + 1 + i);
    ring.submit();
  }
  ring.memory.setU64(TIMESPEC_AT, HOUR_SEC / 2);
  return ring;
}

/** Reaps what is there; how many CQEs. */
function reap(ring: Ring): number {
  const count = ring.cqReady();
  ring.cqAdvance(count);
  return count;
}

/** Arms a TIMEOUT and takes it back, by a removal or by a cancel: nanoseconds for both. */
function armAndTakeBack(ring: Ring, total: number, byCancel: boolean): number {
  const startMs = performance.now();
  let seen = 0;
  for (let i = 0; i < total; i++) {
    const [arm, take] = [ring.getSqe(), ring.getSqe()];
    ring.prepTimeout(arm, TIMESPEC_AT, 0, 0);
    ring.sqeSetData(arm, PROBE);
    if (byCancel) ring.prepAsyncCancel(take, PROBE, 0);
    else ring.prepTimeoutRemove(take, PROBE, 0);
    ring.submit();
    seen += reap(ring);
  }
  if (seen !== 2 * total) throw new Error(`${seen} completions of ${2 * total}`);
  return ((performance.now() - startMs) * 1e6) / total;
}

/** Arms TIMEOUTs that expire at once: nanoseconds for each, expiry included. */
function expire(ring: Ring, total: number): number {
  ring.memory.setU64(TIMESPEC_AT, 0);
  const startMs = performance.now();
  let seen = 0;
  for (let i = 0; i < total; i += 64) {
    for (let j = 0; j < 64; j++)
      ring.prepTimeout(ring.getSqe(), TIMESPEC_AT, 0, TIMEOUT_FLAG.ETIME_SUCCESS);
    ring.submit();
    ring.waitCqes(64, 0);
    seen += reap(ring);
  }
  ring.memory.setU64(TIMESPEC_AT, HOUR_SEC / 2);
  if (seen < total) throw new Error(`${seen} expiries of ${total}`);
  return ((performance.now() - startMs) * 1e6) / seen;
}

async function crowds(context: Context): Promise<void> {
  const [alone, crowd] = [inlineRing(0), inlineRing(CROWD)];
  const total = context.count(200_000);
  const questions = [
    ['A TIMEOUT armed and removed', (ring: Ring) => armAndTakeBack(ring, total, false)],
    ['A TIMEOUT armed and cancelled by its user_data', (ring) => armAndTakeBack(ring, total, true)],
    ['A TIMEOUT that expires', (ring) => expire(ring, total)],
  ] as const satisfies readonly (readonly [string, (ring: Ring) => number])[];
  for (const [title, measure] of questions) {
    const timed = (name: string, ring: Ring) => ({
      name,
      run: () => {
        context.checksum(total);
        return measure(ring);
      },
    });
    const comparison = await context.interleave([
      timed('alone', alone),
      // log2(100,000) is 17: a heap may cost so many steps, a scan 100,000.
      { ...timed(`beside ${CROWD} that wait`, crowd), bar: { max: 17 } },
    ]);
    context.table(title, comparison);
  }
}

/** Polls of an empty pipe on a ring of another process of the same executor. */
function pollAround(manager: IoUringManager, polls: number): void {
  const ring = manager.createRing(2, { sqEntries: 1024, cqEntries: 2048 });
  ring.prepPipe(ring.getSqe(), FDS_AT, 0);
  ring.submitAndWait(1);
  reap(ring);
  const reader = ring.memory.i32(FDS_AT);
  for (let i = 0; i < polls; i++) ring.prepPollAdd(ring.getSqe(), reader, POLL.IN);
  ring.submit();
}

async function bystanders(context: Context): Promise<void> {
  const settle = async (polls: number) => {
    const manager = new IoUringManager();
    context.defer(() => manager.close());
    await manager.ready;
    if (polls > 0) pollAround(manager, polls);
    return { manager, flight: new Flight(manager.createRing(1)) };
  };
  const [alone, beside] = [await settle(0), await settle(POLLS)];
  const total = context.count(2_000_000);
  const timed = (name: string, { manager, flight }: typeof alone) => ({
    name,
    run: async () => {
      const ns = flight.fly({ total, window: 64 });
      context.checksum(sumBelow(total));
      await parked(manager);
      return ns;
    },
  });
  const comparison = await context.interleave([
    timed('alone', alone),
    { ...timed(`beside ${POLLS} polls`, beside), bar: { max: 1.05 } },
  ]);
  context.table('NOPs, 64 in flight', comparison);
}

/** NOPs in batches of 64, each tied to the next within chains of `length`: nanoseconds for each. */
function chained(ring: Ring, total: number, length: number): number {
  const startMs = performance.now();
  let seen = 0;
  for (let i = 0; i < total; i += 64) {
    for (let j = 1; j <= 64; j++) {
      const sqe = ring.getSqe();
      ring.prepNop(sqe);
      if (j % length !== 0) ring.sqeSetFlags(sqe, SQE_FLAG.IO_LINK);
    }
    ring.submit();
    seen += reap(ring);
  }
  if (seen < total) throw new Error(`${seen} completions of ${total}`);
  return ((performance.now() - startMs) * 1e6) / seen;
}

async function chains(context: Context): Promise<void> {
  const ring = inlineRing(0);
  const total = context.count(1_000_000);
  const timed = (name: string, length: number) => ({
    name,
    run: () => {
      context.checksum(total);
      return chained(ring, total, length);
    },
  });
  const comparison = await context.interleave([
    timed('single', 1),
    timed(`chains of ${CHAIN}`, CHAIN),
    timed('chains of 64', 64),
  ]);
  context.table('A NOP on one thread, 64 in a batch', comparison);
}

export const question: Question = {
  name: 'life-cycle',
  asks: 'what does waiting cost those who wait, and those who do not?',
  readsAs:
    'beside many it is steps of a heap, not a scan; bystanders pay nothing; links a row each.',
  run: async (context) => {
    await crowds(context);
    await bystanders(context);
    await chains(context);
  },
};
