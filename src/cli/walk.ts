/** The regular files under paths, in an order that depends on nothing but their names. */
import { stat } from 'node:fs/promises';
import { type ByteString, joinPath, toBytes } from './byte-string.ts';
import type { Engine, Entry } from './engine.ts';
import { Lister, type Listing } from './listing.ts';

/** A file to be summed, or what could not be looked at, with the reason. */
export type Found =
  | { readonly path: ByteString; readonly error?: undefined }
  | { readonly path: ByteString; readonly error: unknown };

/** Neither a file nor a directory; opening one could wait for ever. */
class NotRegular extends Error {
  readonly code = 'ENOTREG';
  constructor() {
    super('not a regular file');
  }
}

/** An argument's kind; symlinks are followed here and nowhere else. */
async function kindOf(path: ByteString): Promise<Entry['kind']> {
  const status = await stat(toBytes(path));
  return status.isFile() ? 'file' : status.isDirectory() ? 'directory' : 'other';
}

/**
 * Depth first, arguments in their order, names sorted by their bytes. It holds the names of the
 * directories between the argument and where it is, and of a bounded number that come next. Below
 * an argument symlinks, FIFOs, sockets and devices are passed over, as by `find -type f`.
 */
export async function* walk(
  paths: readonly ByteString[],
  list: Engine['list'],
): AsyncGenerator<Found, void, void> {
  for (const argument of paths) {
    const levels: Listing[] = [];
    const lister = new Lister(list);
    try {
      const kind = await kindOf(argument);
      if (kind === 'other') throw new NotRegular();
      if (kind === 'file') yield { path: argument };
      else levels.push(await lister.ask(argument));
    } catch (error) {
      yield { path: argument, error };
    }
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const entry = level.take();
      if (entry === undefined) levels.pop();
      else if (entry.kind === 'file') yield { path: joinPath(level.path, entry.name) };
      else if (entry.kind === 'directory') {
        try {
          levels.push(await level.enter(entry.name));
        } catch (error) {
          yield { path: joinPath(level.path, entry.name), error };
        }
      }
    }
  }
}
