/** Question: how much JS heap does an operation on a Ring allocate, on either thread? */
import { IoUringManager, prepRw, type Ring } from '../src/index.ts';
import type { Comparison, Context, Question } from './harness.ts';
import { Flight, sumBelow } from './workers/flight.ts';
import { HeapMeter, WEIGH } from './workers/heap-operations.ts';

const OPERATIONS_FULL = 1_000_000;
const WINDOW = 64;
/** Flights before the first round: enough for the last optimisation of both threads. */
const WARM_UPS = 2;
const BYTES_PER_OP_MAX = 0.5;

interface Sides {
  readonly submitter: number;
  readonly executor: number;
}

/** Asks the executor's thread to begin or end its weighing; what it answers. */
function weigh(ring: Ring, opcode: number): number {
  const sqe = ring.getSqe();
  prepRw(opcode, ring.words, sqe, -1, 0, 0, 0);
  ring.submitAndWait(1);
  const res = ring.cqeRes(ring.peekCqe());
  ring.cqeSeen();
  if (res < 0) throw new Error(`the scales failed: ${res}`);
  return res;
}

/** Bytes per operation that each thread allocated during one flight. */
function flightWeight(ring: Ring, flight: Flight, total: number): Sides {
  const meter = new HeapMeter();
  weigh(ring, WEIGH.begin);
  meter.begin();
  flight.fly({ total, window: WINDOW });
  const submitterBytes = meter.end();
  const executorBytes = weigh(ring, WEIGH.end);
  return { submitter: Math.max(0, submitterBytes) / total, executor: executorBytes / total };
}

async function run(context: Context): Promise<void> {
  const manager = new IoUringManager({
    operationModules: [new URL('./workers/heap-operations.ts', import.meta.url)],
  });
  context.defer(() => manager.close());
  await manager.ready;
  const ring = manager.createRing(1);
  const flight = new Flight(ring);
  for (let i = 0; i < WARM_UPS; i++) flightWeight(ring, flight, OPERATIONS_FULL);
  const total = context.count(OPERATIONS_FULL);
  const parks = (): number => manager.stats().executors[0]!.parks;
  const parksBefore = parks();
  const side = (name: string, of: keyof Sides) => ({
    name,
    run: () => {
      context.checksum(sumBelow(total));
      return flightWeight(ring, flight, total)[of];
    },
  });
  const comparison = await context.interleave(
    [side('submitter', 'submitter'), side('executor', 'executor')],
    { unit: 'bytes/op' },
  );
  context.table(`JS heap of a NOP, ${WINDOW} in flight, ${total} weighed together`, comparison);
  for (const name of ['submitter', 'executor']) bar(context, comparison, name);
  // Each sleep is followed by a turn of the event loop, which makes garbage of its own.
  const flights = 2 * (context.rounds + 1);
  const sleeps = (parks() - parksBefore) / (flights * total);
  context.note(`the executor slept ${sleeps.toFixed(4)} times per NOP`);
}

function bar(context: Context, comparison: Comparison, name: string): void {
  const value = comparison.median(name);
  context.bar({ name: `JS heap per NOP, ${name}`, value, max: BYTES_PER_OP_MAX, unit: ' B' });
}

export const question: Question = {
  name: 'heap',
  asks: 'how much JS heap does an operation on a Ring allocate, on either thread?',
  readsAs: 'a fraction of a byte, from turns of the event loop; 16 and more is one object per NOP.',
  run,
};
