/** Question: what does READ_FILE of a small file cost on a ring, against one thread's own calls? */
import { IoUringManager } from '../src/index.ts';
import type { Context, Question } from './harness.ts';
import { makeFiles } from './workers/files.ts';
import { readInLoop, readInLoopBySize } from './workers/node-reads.ts';
import { Race } from './workers/race.ts';
import { SlotFlight, spinning } from './workers/slot-flight.ts';

const FILES = 5000;
const WINDOW = 64;

async function run(context: Context): Promise<void> {
  const { paths, weight } = makeFiles(context, { count: context.count(FILES) });
  const manager = new IoUringManager();
  context.defer(() => manager.close());
  await manager.ready;
  const flight = new SlotFlight(manager.createRing(1, { sqEntries: WINDOW }), WINDOW);
  const race = new Race(context, { total: paths.length, expected: weight });
  const comparison = await context.interleave([
    race.contender('openSync, readSync, closeSync', () => readInLoop(paths)),
    race.contender('Ring', () => flight.readFiles(paths), { bar: { max: 1.25, stretch: 1.1 } }),
    race.contender('Ring, submitter spinning', () => flight.readFiles(paths, spinning)),
    race.contender('openSync, fstatSync, readSync, closeSync', () => readInLoopBySize(paths)),
  ]);
  context.table(`READ_FILE of 4 KiB, ${WINDOW} in flight, one executor`, comparison);
  context.note(`rescues ${manager.stats().executors[0]!.rescues}`);
}

export const question: Question = {
  name: 'read-file',
  asks: "what does READ_FILE of a small file cost on a ring, against one thread's own calls?",
  readsAs:
    'an executor makes one call more, the read that finds the end; what is above is the kernel.',
  run,
};
