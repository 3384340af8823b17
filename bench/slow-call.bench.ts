/** Question: do quick requests keep their rate while a slow call of the host is in flight? */
import { constants } from 'node:fs';
import { join } from 'node:path';
import { IoUringManager, type Ring } from '../src/index.ts';
import type { Contender, Context, Limit, Question } from './harness.ts';
import { FILE_BYTES, makeFolder } from './workers/files.ts';
import { Flight, sumBelow } from './workers/flight.ts';
import { openOn } from './workers/open-on.ts';
import { clock, warmUp } from './workers/race.ts';
import { encodeSlow } from './workers/slow-operations.ts';

/** NOPs between two looks at the slow call. */
const NOPS_PER_LOOK = 10_000;
/** How long the scripted call takes: many looks. */
const SLOW_MS = 20;
/** Where the process of the slow call has its data. */
const DATA_AT = 4096;
const SILENCE_MAX_MS = 10_000;

const ALONE = 'nothing else';
const SCRIPTED = `a call of ${SLOW_MS} ms`;
const FSYNC = 'fsync of a growing file';

interface Width {
  /** NOPs in flight. */
  readonly window: number;
  /** Looks of a full round. */
  readonly looks: number;
  readonly bar?: Limit;
}

const WIDTHS: readonly Width[] = [
  { window: 64, looks: 200, bar: { min: 0.5, stretch: 0.8 } },
  { window: 1, looks: 10 },
];

/** A ring that has one slow call in flight, from begin() to end(), as far as renew() sees to it. */
class SlowLane {
  readonly #ring: Ring;
  readonly #prepare: (ring: Ring) => number;
  #pending = 0;
  #beganMs = 0;
  /** How long each took until it was seen to have ended, in milliseconds. */
  readonly tookMs: number[] = [];

  /** `prepare` writes the entries of one call, the slow one last, and says how many they are. */
  constructor(ring: Ring, prepare: (ring: Ring) => number) {
    this.#ring = ring;
    this.#prepare = prepare;
  }

  begin(): void {
    this.#beganMs = performance.now();
    this.#pending = this.#prepare(this.#ring);
    this.#ring.submit();
  }

  /** Begins the next call if this one has ended. */
  renew(): void {
    if (this.#ring.cqReady() < this.#pending) return;
    this.#reap();
    this.begin();
  }

  end(): void {
    const first = this.#ring.waitCqes(this.#pending, SILENCE_MAX_MS);
    if (first < 0) throw new Error(`a slow call does not end (${first})`);
    this.#reap();
  }

  #reap(): void {
    this.tookMs.push(performance.now() - this.#beganMs);
    const ring = this.#ring;
    const count = ring.forEachCqe((cqe) => {
      if (ring.cqeRes(cqe) < 0) throw new Error(`a slow call ended with ${ring.cqeRes(cqe)}`);
    });
    ring.cqAdvance(count);
  }
}

/** Calls whose length is known: no disk has a say in it. */
const scripted = (ring: Ring): SlowLane =>
  new SlowLane(ring, () => {
    encodeSlow(ring, ring.getSqe(), SLOW_MS);
    return 1;
  });

/** Calls as programs make them; how slow they are is up to the disk. */
function fsyncs(ring: Ring, folder: string): SlowLane {
  const fd = openOn(ring, join(folder, 'growing'), constants.O_RDWR | constants.O_CREAT);
  return new SlowLane(ring, () => {
    ring.prepWrite(ring.getSqe(), fd, DATA_AT, FILE_BYTES, -1);
    ring.prepFsync(ring.getSqe(), fd, 0);
    return 2;
  });
}

/** Keeps NOPs in flight, and a slow call beside them; ns per NOP. */
function fly(flight: Flight, lane: SlowLane | undefined, { window, looks }: Width): number {
  lane?.begin();
  let sumNs = 0;
  for (let look = 0; look < looks; look++) {
    sumNs += flight.fly({ total: NOPS_PER_LOOK, window });
    lane?.renew();
  }
  lane?.end();
  return sumNs / looks;
}

interface Rings {
  readonly flight: Flight;
  readonly lanes: ReadonlyMap<string, SlowLane | undefined>;
}

async function askWidth(context: Context, { flight, lanes }: Rings, full: Width): Promise<void> {
  const { window, bar } = full;
  const width = { window, looks: context.count(full.looks) };
  await warmUp(() => flight.fly({ total: NOPS_PER_LOOK, window }));
  const contenders = [...lanes].map(([name, lane]): Contender => {
    const run = async () => {
      const { result: value, coresBusy } = await clock(() => fly(flight, lane, width));
      context.checksum(width.looks * sumBelow(NOPS_PER_LOOK));
      return { value, coresBusy };
    };
    return { name, run };
  });
  const comparison = await context.interleave(contenders);
  context.table(`NOPs, ${window} in flight, beside`, comparison);
  if (bar === undefined) return;
  for (const slow of [SCRIPTED, FSYNC])
    context.bar({
      ...bar,
      name: `Rate of NOPs beside ${slow}, of that beside ${ALONE}`,
      value: comparison.speedup(slow, ALONE),
    });
}

async function run(context: Context): Promise<void> {
  const operationModules = [new URL('./workers/slow-operations.ts', import.meta.url)];
  const manager = new IoUringManager({ operationModules });
  context.defer(() => manager.close());
  await manager.ready;
  const flight = new Flight(manager.createRing(1));
  const lanes = new Map([
    [ALONE, undefined],
    [SCRIPTED, scripted(manager.createRing(2))],
    [FSYNC, fsyncs(manager.createRing(3), makeFolder(context))],
  ]);
  for (const width of WIDTHS) await askWidth(context, { flight, lanes }, width);
  for (const [name, lane] of lanes) {
    if (lane === undefined) continue;
    const sumMs = lane.tookMs.reduce((a, b) => a + b, 0);
    const meanMs = sumMs / lane.tookMs.length;
    context.note(`${name}: ${lane.tookMs.length} times, ${meanMs.toFixed(1)} ms on the average`);
  }
}

export const question: Question = {
  name: 'slow-call',
  asks: 'do quick requests keep their rate while a slow call of the host is in flight?',
  readsAs:
    'the host answers in the event loop of the executor, which turns between batches and does ' +
    'not spin meanwhile: what that takes is what the NOPs lose.',
  run,
};
