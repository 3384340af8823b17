/** The names in directories of the host: at once while it is quick, else by Node's pool. */
import { type Dirent, opendirSync, readdirSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { type ByteString, toBytes } from './byte-string.ts';
import type { Names } from './engine.ts';

// A listing from the host's cache takes less time than handing it to the pool and back does: on a
// tree with 7 names in a directory 16 us, all on this thread, where readdir() by the pool takes 8
// on this thread and 20 on another. But one that waits for a disk would keep this thread from all
// else, and in the pool several wait side by side. So listings are made at once until they are
// slow; then the next ones go to the pool.

// readdir() has all names of a directory three times at once, and libuv sorts them: 1.4 us each, of
// 50,000. One by one they take 0.4 us each, but 16 us more for every directory.

const OPTIONS = { withFileTypes: true, encoding: 'latin1' } as const;

/** Directories of so many bytes are read name by name; the host knows how many a name takes. */
const LARGE_BYTES = 128 * 1024;
/** Names that Node reads ahead there; above, it is not quicker. */
const READ_AHEAD = 256;

/** What a name may take. */
const NAME_MS = 0.005;
/** Listings are slow when the smoothed rest of their time exceeds this. */
const SLOW_MS = 1;
/** One listing weighs an eighth, and no more however slow: this thread may have lost its core. */
const SMOOTHED_OVER = 8;
const TIME_MAX_MS = 4 * SLOW_MS;
/** Listings that go to the pool before the next try. */
const POOLED_LISTINGS = 256;
/** Time for listings in one turn of the event loop: it has others to serve. */
const TURN_MS = 4;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What the listings of a walk, or of several, go through. */
export class Directories {
  readonly #nowMs: () => number;
  #smoothedMs = 0;
  #pooled = 0;
  #turnEndsMs = 0;

  /** `nowMs`: a monotonic clock. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Whether the next listing goes to the pool. */
  get isSlow(): boolean {
    return this.#pooled > 0;
  }

  /** Symlinks are neither files nor directories, whatever they name. Errors are those of Node. */
  readonly list = async (path: ByteString): Promise<Names> => {
    if (this.isSlow) {
      this.#pooled--;
      return byKind(await readdir(toBytes(path), OPTIONS));
    }
    if (this.#nowMs() >= this.#turnEndsMs) {
      await nextTurn();
      this.#turnEndsMs = this.#nowMs() + TURN_MS;
    }
    const startMs = this.#nowMs();
    const names = listNow(path);
    const count = names.files.length + names.directories.length;
    this.#judge(this.#nowMs() - startMs - count * NAME_MS);
    return names;
  };

  #judge(tookMs: number): void {
    const timeMs = Math.min(Math.max(tookMs, 0), TIME_MAX_MS);
    this.#smoothedMs += (timeMs - this.#smoothedMs) / SMOOTHED_OVER;
    if (this.#smoothedMs <= SLOW_MS) return;
    this.#smoothedMs = 0;
    this.#pooled = POOLED_LISTINGS;
  }
}

function listNow(path: ByteString): Names {
  const bytes = toBytes(path);
  if (statSync(bytes).size < LARGE_BYTES) return byKind(readdirSync(bytes, OPTIONS));
  const dir = opendirSync(bytes, { encoding: 'latin1', bufferSize: READ_AHEAD });
  const names: Names = { files: [], directories: [] };
  try {
    for (let entry = dir.readSync(); entry !== null; entry = dir.readSync()) put(entry, names);
    return names;
  } finally {
    dir.closeSync();
  }
}

/** A name is a small string, where an entry is an object of its own. */
function byKind(entries: readonly Dirent[]): Names {
  const names: Names = { files: [], directories: [] };
  for (const entry of entries) put(entry, names);
  return names;
}

function put(entry: Dirent, { files, directories }: Names): void {
  if (entry.isFile()) files.push(entry.name);
  else if (entry.isDirectory()) directories.push(entry.name);
}
