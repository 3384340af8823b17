/** Races: real threads, one for each end, on rings that start just below a wrap of the index. */
import { Worker } from 'node:worker_threads';
import { SETUP } from '../../src/abi/flags.ts';
import { CONTROL } from '../../src/abi/layout.ts';
import { DOORBELL, DOORBELL_BYTES } from '../../src/abi/private.ts';
import { createBoard } from '../../src/ring/park.ts';
import { createRegion, type RegionHandle } from '../../src/ring/region.ts';

export interface RaceRing {
  readonly handle: RegionHandle;
  readonly slot: number;
}

/** What one thread is told. */
export interface EndTask {
  readonly role: 'submitter' | 'executor' | 'reaper';
  readonly rings: readonly RaceRing[];
  readonly doorbell: Int32Array;
  readonly board: Int32Array;
  readonly firstIndex: number;
  /** Entries of each ring. */
  readonly count: number;
}

export interface Race {
  readonly slots: readonly number[];
  readonly entries: number;
  readonly firstIndex: number;
  readonly count: number;
  /** The race has hung when it takes longer; far beyond any honest time. */
  readonly watchdogMs: number;
}

/** The words that tell who waits for whom. */
function describeWords(rings: readonly RaceRing[], doorbell: Int32Array): string {
  const lines = rings.map(({ handle, slot }) => {
    const words = new Int32Array(handle.buffer);
    const values = Object.entries(CONTROL).map(([name, at]) => `${name}=${words[at]}`);
    const leaf = doorbell[DOORBELL.leaf + (slot >>> 5)];
    return `ring ${slot}: ${values.join(' ')} leaf=${leaf}`;
  });
  const { parked, top, summary } = DOORBELL;
  lines.push(`parked=${doorbell[parked]} top=${doorbell[top]} summary=${doorbell[summary]}`);
  return lines.join('\n');
}

/** Settles when the thread is done, and rejects when it fails. */
const runEnd = (task: EndTask, workers: Worker[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const file = new URL('./workers/end.ts', import.meta.url);
    const worker = new Worker(file, { workerData: task });
    workers.push(worker);
    worker.once('message', () => resolve());
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`${task.role} exited with ${code}`)));
  });

/** Runs a race to its end; rejects with the words when it hangs. Returns CQE tails, as counts. */
export async function race({
  slots,
  entries,
  firstIndex,
  count,
  watchdogMs,
}: Race): Promise<number[]> {
  const facts = { sqEntries: entries, cqEntries: entries, flags: SETUP.NO_SQARRAY };
  const rings = slots.map((slot) => ({ handle: createRegion(facts, { firstIndex }), slot }));
  const doorbell = new Int32Array(new SharedArrayBuffer(DOORBELL_BYTES));
  const board = new Int32Array(createBoard(1));
  const common = { doorbell, board, firstIndex, count };
  const workers: Worker[] = [];
  const ends = [
    runEnd({ role: 'executor', rings, ...common }, workers),
    ...rings.flatMap((ring) => [
      runEnd({ role: 'submitter', rings: [ring], ...common }, workers),
      runEnd({ role: 'reaper', rings: [ring], ...common }, workers),
    ]),
  ];
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  const hung = new Promise<never>((_, reject) => {
    watchdog = setTimeout(
      () => reject(new Error(`the race hung\n${describeWords(rings, doorbell)}`)),
      watchdogMs,
    );
  });
  try {
    await Promise.race([Promise.all(ends), hung]);
  } finally {
    clearTimeout(watchdog);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return rings.map(({ handle }) => {
    const tail = new Int32Array(handle.buffer)[CONTROL.cqTail]!;
    return (tail - firstIndex) | 0;
  });
}
