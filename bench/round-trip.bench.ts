/** Question: what does one round trip cost, spinning, asleep, and on the event loop? */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { IoUringManager } from '../src/index.ts';
import type { Contender, Context, Question } from './harness.ts';
import { Flight, parked, sumBelow } from './workers/flight.ts';
import { PingPong } from './workers/ping-pong.ts';

/** How long the spinning kernel looks for work: longer than any round trip. */
const SPIN_NS = 1_000_000;
/** Sleep is noisy where cores are virtual: many short rounds, so that medians mean something. */
const ROUNDS_FACTOR = 4;

const FUTEX = 'C, futex ping-pong';
const PARKED = 'Ring, both asleep';
/** The same two sleeps and nothing else, in this engine. */
const BARE = 'Atomics.wait, both asleep';

type RoundTrips = (flight: Flight, total: number) => number | Promise<number>;

/** Notes how often the executor slept in a round trip of each contender. */
type Sleeps = Map<string, { sleeps: number; trips: number }>;

/** Rings of one kernel, which is asleep before and after each round. */
async function kernel(
  context: Context,
  { spinMaxNs, slept }: { spinMaxNs: number; slept: Sleeps },
): Promise<(name: string, total: number, trips: RoundTrips) => Contender> {
  const manager = new IoUringManager({ spinMaxNs });
  context.defer(() => manager.close());
  await manager.ready;
  const flight = new Flight(manager.createRing(1, { sqEntries: 8 }));
  const parks = (): number => manager.stats().executors[0]!.parks;
  await parked(manager);
  return (name, total, trips) => {
    const sum = { sleeps: 0, trips: 0 };
    slept.set(name, sum);
    const run = async (): Promise<number> => {
      const before = parks();
      const ns = await trips(flight, total);
      sum.sleeps += parks() - before;
      sum.trips += total;
      context.checksum(sumBelow(total));
      await parked(manager);
      return ns;
    };
    return { name, run };
  };
}

/** The reference; notes how much of its waiting was sleep. */
function futex(context: Context, total: number, asleep: number[]): Contender | undefined {
  const { native } = context;
  if (native === undefined) return undefined;
  const run = async () => {
    const { ns, cores = 0, asleep: share } = await native.measure('futex', { total });
    if (share !== undefined) asleep.push(share);
    return ns === undefined ? undefined : { value: ns, coresBusy: cores };
  };
  return { name: FUTEX, run };
}

async function postMessages(context: Context): Promise<(total: number) => Promise<number>> {
  const worker = new Worker(new URL('./workers/echo.ts', import.meta.url));
  context.defer(() => worker.terminate());
  await once(worker, 'online');
  return (total) =>
    new Promise((resolve) => {
      const startMs = performance.now();
      let sum = 0;
      const receive = (value: number): void => {
        sum += value;
        if (value + 1 < total) {
          worker.postMessage(value + 1);
          return;
        }
        worker.off('message', receive);
        context.checksum(sum);
        resolve(((performance.now() - startMs) * 1e6) / total);
      };
      worker.on('message', receive);
      worker.postMessage(0);
    });
}

function tasks(context: Context): (total: number) => Promise<number> {
  const pool = new Piscina<number, number>({
    filename: new URL('./workers/echo-task.ts', import.meta.url).href,
    name: 'echo',
    minThreads: 1,
    maxThreads: 1,
  });
  context.defer(() => pool.destroy());
  return async (total) => {
    const startMs = performance.now();
    let sum = 0;
    for (let i = 0; i < total; i++) sum += await pool.run(i);
    context.checksum(sum);
    return ((performance.now() - startMs) * 1e6) / total;
  };
}

async function run(context: Context): Promise<void> {
  const asleep: number[] = [];
  const slept: Sleeps = new Map();
  const sleeping = await kernel(context, { spinMaxNs: 0, slept });
  const spinning = await kernel(context, { spinMaxNs: SPIN_NS, slept });
  const blocking: RoundTrips = (flight, total) => flight.flyBlocking({ total, window: 1 });
  const awaiting: RoundTrips = (flight, total) => flight.flyAsync({ total, window: 1 });
  const post = await postMessages(context);
  const task = tasks(context);
  const pingPong = new PingPong();
  context.defer(() => pingPong.close());
  pingPong.play(context.count(500)); // it is up, and compiled
  const total = context.count(500);
  const comparison = await context.interleave(
    [
      futex(context, total, asleep),
      { name: BARE, run: () => pingPong.play(total) },
      sleeping(PARKED, total, blocking),
      spinning('Ring, both spinning', context.count(20_000), blocking),
      sleeping('Ring, awaited, executor asleep', total, awaiting),
      spinning('Ring, awaited, executor spinning', total, awaiting),
      { name: 'postMessage', run: () => post(total) },
      { name: 'piscina task', run: () => task(total) },
    ],
    { rounds: context.rounds * ROUNDS_FACTOR },
  );
  context.table('One round trip', comparison);
  context.bar({
    name: `${PARKED} / ${FUTEX}`,
    value: comparison.ratio(PARKED, FUTEX),
    max: 1.5,
    stretch: 1.2,
  });
  const engine = comparison.ratio(PARKED, BARE);
  if (engine !== undefined) context.note(`${PARKED} / ${BARE}: ${engine.value.toFixed(2)}x`);
  for (const [name, { sleeps, trips }] of slept)
    context.note(`${name}: the executor slept ${(sleeps / trips).toFixed(2)} times per round trip`);
  if (asleep.length === 0) return;
  const mean = asleep.reduce((sum, share) => sum + share, 0) / asleep.length;
  context.note(`${FUTEX}: ${mean.toFixed(2)} of all waits really slept`);
}

export const question: Question = {
  name: 'round-trip',
  asks: 'what does one round trip cost, spinning, asleep, and on the event loop?',
  readsAs: 'asleep is two wake-ups, whoever asks for them; awaited adds turns of two event loops.',
  run,
};
