/** Question: what does a jail add to READ_FILE of files four folders deep? */
import { join } from 'node:path/posix';
import { IoUringManager } from '../src/index.ts';
import { randomSource } from './harness/statistics.ts';
import type { Context, Question } from './harness.ts';
import { makeFiles } from './workers/files.ts';
import { Race } from './workers/race.ts';
import { SlotFlight } from './workers/slot-flight.ts';

const FILES = 5000;
/** Folders on the way to each file. */
const DEPTH = 4;
const WINDOW = 64;

interface Mount {
  readonly root: string;
  readonly jail: 'walk' | 'lexical' | 'none';
}

/** A kernel of which `mount` is the whole tree. */
async function boot(context: Context, mount: Mount): Promise<SlotFlight> {
  const manager = new IoUringManager({ mounts: [{ path: '/', ...mount }] });
  context.defer(() => manager.close());
  await manager.ready;
  return new SlotFlight(manager.createRing(1, { sqEntries: WINDOW }), WINDOW);
}

/** The same in another order, always the same one. */
function shuffle(names: readonly string[]): string[] {
  const random = randomSource(1);
  const keyed = names.map((name) => ({ name, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ name }) => name);
}

async function run(context: Context): Promise<void> {
  const files = makeFiles(context, { count: context.count(FILES), depth: DEPTH });
  const inside = files.names.map((name) => join('/', name));
  const shuffled = shuffle(inside);
  const host = await boot(context, { root: '/', jail: 'none' });
  const plain = await boot(context, { root: files.root, jail: 'none' });
  const lexical = await boot(context, { root: files.root, jail: 'lexical' });
  const walk = await boot(context, { root: files.root, jail: 'walk' });
  const race = new Race(context, { total: inside.length, expected: files.weight });
  const comparison = await context.interleave([
    race.contender('no jail', () => host.readFiles(files.paths)),
    race.contender('jail', () => walk.readFiles(inside), { bar: { max: 1.5, stretch: 1.2 } }),
    race.contender('jail, files in no order', () => walk.readFiles(shuffled)),
    race.contender('lexical jail', () => lexical.readFiles(inside)),
    race.contender('no jail, mounted', () => plain.readFiles(inside)),
  ]);
  context.table(`READ_FILE of 4 KiB, ${DEPTH} folders deep, ${WINDOW} in flight, warm`, comparison);
}

export const question: Question = {
  name: 'jail',
  asks: 'what does a jail add to READ_FILE of files four folders deep?',
  readsAs:
    'a jail opens relative to a folder that it keeps open, and asks once for each folder of a ' +
    'batch whether it still is where it was: little, where files of a folder follow each other.',
  run,
};
