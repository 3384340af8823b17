/** Question: what do 10,000 idle rings cost the busy ring beside them? */
import { IoUringManager, ProcessMemory } from '../src/index.ts';
import type { Context, Question } from './harness.ts';
import { Flight, parked, sumBelow } from './workers/flight.ts';

const IDLE_RINGS = 10_000;
/** Finding a descriptor number for a ring costs more the more its process has. */
const PROCESSES = 20;
const BUSY_PID = 1 + PROCESSES;

interface Neighbourhood {
  readonly manager: IoUringManager;
  readonly busy: Flight;
}

/** A kernel with that many idle rings; its busy ring is attached last, so it works when all are. */
async function settle(context: Context, idleRings: number): Promise<Neighbourhood> {
  const manager = new IoUringManager();
  context.defer(() => manager.close());
  await manager.ready;
  const memories = Array.from({ length: PROCESSES }, () => ProcessMemory.reserve(1 << 16));
  for (let i = 0; i < idleRings; i++) {
    const pid = i % PROCESSES;
    manager.createRing(1 + pid, { sqEntries: 1, memory: memories[pid]! });
  }
  const busy = new Flight(manager.createRing(BUSY_PID, { sqEntries: 128 }));
  busy.flyBlocking({ total: context.count(200_000), window: 64 });
  await parked(manager);
  return { manager, busy };
}

async function run(context: Context): Promise<void> {
  const alone = await settle(context, 0);
  const startMs = performance.now();
  const crowd = await settle(context, IDLE_RINGS);
  const createdMs = performance.now() - startMs;
  context.note(`${IDLE_RINGS} rings were created and attached in ${Math.round(createdMs)} ms`);
  for (const [window, full] of [
    [1, 100_000],
    [64, 2_000_000],
  ] as const) {
    const total = context.count(full);
    const timed = (name: string, { manager, busy }: Neighbourhood) => ({
      name,
      run: async () => {
        const ns = busy.fly({ total, window });
        context.checksum(sumBelow(total));
        await parked(manager); // or it would spin under the other's round
        return ns;
      },
    });
    const beside = timed(`beside ${IDLE_RINGS} idle rings`, crowd);
    const comparison = await context.interleave([
      timed('alone', alone),
      { ...beside, bar: { max: 1.05, stretch: 1.02 } },
    ]);
    context.table(`NOPs of the busy ring, ${window} in flight`, comparison);
  }
  const { rings, rescues } = crowd.manager.stats().executors[0]!;
  context.note(`${rings} rings at the end, ${rescues} rescues`);
}

export const question: Question = {
  name: 'idle-rings',
  asks: 'what do 10,000 idle rings cost the busy ring beside them?',
  readsAs: 'nothing, but for the sweep over all rings now and then.',
  run,
};
