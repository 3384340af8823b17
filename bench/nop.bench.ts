/** Question: what does a NOP cost through two threads, by how many are in flight? */
import { IoUringManager } from '../src/index.ts';
import type { Comparison, Context, Limit, Question, Ratio } from './harness.ts';
import { Flight, parked, sumBelow } from './workers/flight.ts';

/** Long enough that nobody sleeps within a round, short enough to be asleep before the next. */
const SPIN_NS = 1_000_000;
/** Twice the widest window. */
const SQ_ENTRIES = 2048;
/** What native io_uring needs per NOP where none can run. */
const NATIVE_BATCHED_NS = 33;

const RING = 'Ring';
const NATIVE = 'native io_uring';

interface Width {
  readonly window: number;
  /** NOPs of a full round. */
  readonly total: number;
  readonly bar?: Limit;
  /** Stands for the native ring where none can run. */
  readonly nativeNs?: number;
}

const BATCHED = { bar: { max: 0.5, stretch: 0.3 }, nativeNs: NATIVE_BATCHED_NS };
const WIDTHS: readonly Width[] = [
  { window: 1, total: 100_000, bar: { max: 0.8, stretch: 0.5 } },
  { window: 8, total: 500_000 },
  { window: 64, total: 2_000_000, ...BATCHED },
  { window: 1024, total: 2_000_000, ...BATCHED },
];

/** The ratio to the native ring, or to what stands for it; undefined when there is neither. */
function toNative(
  comparison: Comparison,
  nativeNs: number | undefined,
): Ratio | number | undefined {
  const measured = comparison.ratio(RING, NATIVE);
  const ringNs = comparison.median(RING);
  if (measured !== undefined) return measured;
  return ringNs === undefined || nativeNs === undefined ? undefined : ringNs / nativeNs;
}

async function askWidth(
  context: Context,
  manager: IoUringManager,
  { window, total: full, bar, nativeNs }: Width,
): Promise<void> {
  const { native } = context;
  const flight = new Flight(manager.createRing(window, { sqEntries: SQ_ENTRIES }));
  const total = context.count(full);
  const run = async (): Promise<number> => {
    const ns = flight.fly({ total, window });
    context.checksum(sumBelow(total));
    await parked(manager); // the rivals get both cores
    return ns;
  };
  flight.fly({ total: context.count(1_000_000), window }); // compiled on both sides
  await parked(manager);
  const comparison = await context.interleave([
    native?.contender(NATIVE, 'nop', { window, total }),
    { name: RING, run },
    native?.contender('C, two threads', 'spsc', { window, total }),
  ]);
  context.table(`NOPs, ${window} in flight`, comparison);
  if (bar === undefined) return;
  const value = toNative(comparison, nativeNs);
  context.bar({ ...bar, name: `NOPs, ${window} in flight: ${RING} / ${NATIVE}`, value });
}

async function run(context: Context): Promise<void> {
  const manager = new IoUringManager({ spinMaxNs: SPIN_NS });
  context.defer(() => manager.close());
  await manager.ready;
  for (const width of WIDTHS) await askWidth(context, manager, width);
  context.note(`rescues ${manager.stats().executors[0]!.rescues}`);
}

export const question: Question = {
  name: 'nop',
  asks: 'what does a NOP cost through two threads, by how many are in flight?',
  readsAs:
    'one at a time is two cache misses each way; from 64 on, what both threads do per entry.',
  run,
};
