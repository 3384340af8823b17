/** Question: how long does it take until 32 files are read, as a batch and as single tasks? */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { open } from '../src/doors/open.ts';
import type { Uring } from '../src/doors/uring.ts';
import { IoUringManager } from '../src/index.ts';
import { SyscallSubmissionEntry } from '../src/manager/submission-entry.ts';
import type { Context, Limit, Question } from './harness.ts';
import { makeFiles, weigh } from './workers/files.ts';
import { poolOf } from './workers/pool.ts';
import { Race } from './workers/race.ts';
import { SlotFlight } from './workers/slot-flight.ts';

const BATCH = 32;
/** Batches of a full round. */
const BATCHES = 200;
const PID = 1;

/** Half of the latency saved; four fifths, if it can be. */
const BAR: Limit = { max: 0.5, stretch: 0.2 };

/** Reads all files once; what they weigh. */
type ReadBatch = (paths: readonly string[]) => number | Promise<number>;

const weighAll = (files: readonly Uint8Array[]): number =>
  files.reduce((weight, bytes) => weight + weigh(bytes), 0);

/** One task for each file, all begun before any is awaited. */
const together =
  (read: (path: string) => Promise<Uint8Array>): ReadBatch =>
  async (paths) =>
    weighAll(await Promise.all(paths.map((path) => read(path))));

/** Each begun when the one before it has ended. */
const inTurn =
  (read: (path: string) => Promise<Uint8Array>): ReadBatch =>
  async (paths) => {
    let weight = 0;
    for (const path of paths) {
      const bytes = await read(path);
      weight += weigh(bytes);
    }
    return weight;
  };

const byBatch =
  (uring: Uring): ReadBatch =>
  async (paths) => {
    const results = await uring.batch((door) => paths.map((path) => door.readFile(path)));
    return weighAll(
      results.map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      }),
    );
  };

const bySubmitBatch =
  (manager: IoUringManager): ReadBatch =>
  async (paths) => {
    const entries = paths.map((path) => SyscallSubmissionEntry.readFile(PID, path));
    const seqs = manager.submitBatch(PID, entries);
    const completions = await Promise.all(seqs.map((seq) => manager.completion(PID, seq)));
    return weighAll(completions.map(({ result }) => result as Uint8Array));
  };

async function boot(context: Context): Promise<IoUringManager> {
  const manager = new IoUringManager();
  context.defer(() => manager.close());
  await manager.ready;
  return manager;
}

async function run(context: Context): Promise<void> {
  const { paths, weight } = makeFiles(context, { count: BATCH });
  const uring = await open();
  context.defer(() => uring.close());
  const manager = await boot(context);
  manager.createRing(PID);
  const flight = new SlotFlight((await boot(context)).createRing(PID), BATCH);
  const threads = availableParallelism();
  const task = poolOf(context, 'readOne', { threads });
  const tunedTask = poolOf(context, 'readOne', { threads, tuned: true });
  const total = context.count(BATCHES);
  const race = new Race(context, { total, expected: total * weight });
  const contender = (name: string, read: ReadBatch, bar?: Limit) =>
    race.contender(
      name,
      async () => {
        let sum = 0;
        for (let batch = 0; batch < total; batch++) {
          const files = await read(paths);
          sum += files;
        }
        return sum;
      },
      bar && { bar },
    );
  const comparison = await context.interleave(
    [
      contender(`piscina tuned, ${BATCH} tasks`, together(tunedTask)),
      contender(`piscina, ${BATCH} tasks`, together(task)),
      contender('Uring.batch', byBatch(uring), BAR),
      contender('IoUringManager.submitBatch', bySubmitBatch(manager), BAR),
      contender('Ring, blocking', (some) => flight.readFiles(some)),
      contender('fs.promises.readFile', together(readFile)),
      contender(
        'Uring.readFile, one after the other',
        inTurn((path) => uring.readFile(path)),
      ),
    ],
    { unit: 'ns/batch' },
  );
  context.table(`Until ${BATCH} files of 4 KiB are read`, comparison);
}

export const question: Question = {
  name: 'batch-of-32',
  asks: `how long does it take until ${BATCH} files are read, as a batch and as single tasks?`,
  readsAs:
    'a batch pays for one wake-up each way, single tasks for one each; the reading is equal.',
  run,
};
