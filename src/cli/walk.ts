/** The regular files under paths, in an order that depends on nothing but their names. */
import { stat } from 'node:fs/promises';
import { type ByteString, joinPath, toBytes } from './byte-string.ts';
import type { Engine } from './engine.ts';
import { Lister, type Listing, Outcome } from './listing.ts';

/** A file to be summed, or what could not be looked at, with the reason. */
export interface Found {
  readonly path: ByteString;
  readonly error?: unknown;
}

/** What a walk comes to: a file, or a promise to be awaited before the next step. */
export type Step = Found | Promise<void>;

/** Neither a file nor a directory; opening one could wait for ever. */
class NotRegular extends Error {
  readonly code = 'ENOTREG';
  constructor() {
    super('not a regular file');
  }
}

/** Whether an argument is a directory; symlinks are followed here and nowhere else. */
async function isDirectory(path: ByteString): Promise<boolean> {
  const status = await stat(toBytes(path));
  if (!status.isFile() && !status.isDirectory()) throw new NotRegular();
  return status.isDirectory();
}

/**
 * Depth first, arguments in their order, names sorted by their bytes. It holds the names of the
 * directories between the argument and where it is, and of a bounded number that come next. Below
 * an argument symlinks, FIFOs, sockets and devices are passed over, as by `find -type f`.
 *
 * It is no asynchronous generator, which would cost three promises for each file.
 */
export function* walk(
  paths: readonly ByteString[],
  list: Engine['list'],
): Generator<Step, void, void> {
  for (const argument of paths) {
    const looked = new Outcome(isDirectory(argument));
    yield looked.known;
    if (looked.error !== undefined) yield { path: argument, error: looked.error };
    else if (looked.value === false) yield { path: argument };
    else yield* walkDirectory(argument, list);
  }
}

function* walkDirectory(path: ByteString, list: Engine['list']): Generator<Step, void, void> {
  const root = new Lister(list).ask(path);
  yield root.known;
  if (root.value === undefined) {
    yield { path, error: root.error };
    return;
  }
  const levels: Listing[] = [root.value];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    for (let file = level.takeFile(); file !== undefined; file = level.takeFile())
      yield { path: joinPath(level.path, file) };
    const name = level.takeDirectory();
    if (name === undefined) {
      levels.pop();
      continue;
    }
    const entered = level.enter(name);
    if (!entered.isKnown) yield entered.known;
    level.entered();
    if (entered.value !== undefined) levels.push(entered.value);
    else yield { path: joinPath(level.path, name), error: entered.error };
  }
}
