/** Question: what does Uring.readFile cost, 64 in flight, and how much of it on the main thread? */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { open } from '../src/doors/open.ts';
import type { Uring } from '../src/doors/uring.ts';
import type { Comparison, Context, Limit, Question } from './harness.ts';
import { FILE_BYTES, type FileSet, makeFiles, weigh } from './workers/files.ts';
import { inFlight } from './workers/in-flight.ts';
import { readByCallback, readByPromise } from './workers/node-reads.ts';
import { poolOf } from './workers/pool.ts';
import { Race } from './workers/race.ts';

const FILES = 5000;
const WINDOW = 64;
const FILES_PER_TASK = 64;

/** Tasks that each thread of a pool is given, so that it never waits for the next. */
const TASKS_PER_THREAD = 2;
const CORES = availableParallelism();

const URING = 'Uring.readFile';
const PROMISES = 'fs.promises.readFile';
const CALLBACK = 'fs.readFile';
const PISCINA = `piscina, ${FILES_PER_TASK} files per task`;
const WIDE_URING = `${URING}, an executor per core`;
const WIDE_PISCINA = `${PISCINA}, a thread per core`;
const PACKED = `${WIDE_PISCINA}, in one piece`;

/** Node 26 reads whole files in one task of its pool. */
const PROMISES_BAR: Limit =
  Number.parseInt(process.versions.node, 10) >= 26 ? { min: 1.2 } : { min: 2.5, stretch: 4 };

const sum = (weights: readonly number[]): number => weights.reduce((a, b) => a + b, 0);

/** The files of a packed answer, as Buffers that a program could use. */
const unpack = (packed: Uint8Array): Buffer[] =>
  Array.from({ length: packed.length / FILE_BYTES }, (_, index) =>
    Buffer.from(packed.buffer as ArrayBuffer, index * FILE_BYTES, FILE_BYTES),
  );

/** Reads by tasks of many files; a thread has one and the next. */
function readByTasks(
  paths: readonly string[],
  threads: number,
  task: (paths: readonly string[]) => Promise<readonly Uint8Array[]>,
): Promise<number> {
  const total = Math.ceil(paths.length / FILES_PER_TASK);
  return inFlight({ total, window: TASKS_PER_THREAD * threads }, async (index) => {
    const from = index * FILES_PER_TASK;
    const files = await task(paths.slice(from, from + FILES_PER_TASK));
    return sum(files.map((bytes) => weigh(bytes)));
  });
}

async function uringOf(context: Context, executors: number): Promise<Uring> {
  const uring = await open({ executors });
  context.defer(() => uring.close());
  return uring;
}

async function race(context: Context, { paths, weight }: FileSet): Promise<[Race, Comparison]> {
  const uring = await uringOf(context, 1);
  const wideUring = await uringOf(context, CORES);
  const many = poolOf(context, 'readMany', { threads: 1 });
  const wideMany = poolOf(context, 'readMany', { threads: CORES });
  const packed = poolOf(context, 'readPacked', { threads: CORES });
  const unpacked = async (some: readonly string[]) => unpack(await packed(some));
  const rivals = new Race(context, { total: paths.length, expected: weight });
  const comparison = await context.interleave([
    rivals.contender(URING, () => readByPromise(paths, WINDOW, (path) => uring.readFile(path))),
    rivals.contender(PROMISES, () => readByPromise(paths, WINDOW, (path) => readFile(path))),
    rivals.contender(CALLBACK, () => readByCallback(paths, WINDOW)),
    rivals.contender(PISCINA, () => readByTasks(paths, 1, many)),
    rivals.contender(WIDE_URING, () =>
      readByPromise(paths, WINDOW, (path) => wideUring.readFile(path)),
    ),
    rivals.contender(WIDE_PISCINA, () => readByTasks(paths, CORES, wideMany)),
    rivals.contender(PACKED, () => readByTasks(paths, CORES, unpacked)),
  ]);
  return [rivals, comparison];
}

/** Against whom each is set, as many threads against as many. */
const BARS: readonly (Limit & { readonly name: string; readonly rival: string })[] = [
  { name: URING, rival: PROMISES, ...PROMISES_BAR },
  { name: URING, rival: CALLBACK, min: 1 },
  { name: URING, rival: PISCINA, min: 1 },
  { name: WIDE_URING, rival: WIDE_PISCINA, min: 1 },
];

async function run(context: Context): Promise<void> {
  const files = makeFiles(context, { count: context.count(FILES) });
  const [rivals, comparison] = await race(context, files);
  context.table(`Files of 4 KiB, ${WINDOW} in flight`, comparison);
  for (const { name, rival, ...limit } of BARS)
    context.bar({
      ...limit,
      name: `${name}, times as fast as ${rival}`,
      value: comparison.speedup(name, rival),
    });
  context.bar({
    name: `${URING}, main-thread CPU per file`,
    value: rivals.ownUs(URING),
    unit: ' us',
    max: 2.5,
    stretch: 1.5,
  });
  for (const { name } of comparison.contenders)
    context.note(
      `${name}: ${rivals.ownUs(name)?.toFixed(2) ?? '?'} us of main-thread CPU per file`,
    );
}

export const question: Question = {
  name: 'door-read-file',
  asks: 'what does Uring.readFile cost, 64 in flight, and how much of it on the main thread?',
  readsAs:
    'the door adds a Promise, a copy and a turn of the event loop to what READ_FILE costs, while ' +
    'the executor reads on; in one piece is what a pool reaches that knows the size of its files.',
  run,
};
