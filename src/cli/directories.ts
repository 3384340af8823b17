/** The names in directories of the host: at once while it is quick, else by Node's pool. */
import { type Dirent, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { type ByteString, toBytes } from './byte-string.ts';
import type { Names } from './engine.ts';

// A listing from the host's cache takes less time than handing it to the pool and back does: on a
// tree with 7 names in a directory 16 us, all on this thread, where readdir() by the pool takes 8
// on this thread and 20 on another. But one that waits for a disk would keep this thread from all
// else, and in the pool several wait side by side. So listings are made at once until they are
// slow; then the next ones go to the pool.

const OPTIONS = { withFileTypes: true, encoding: 'latin1' } as const;

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
      return sorted(await readdir(toBytes(path), OPTIONS));
    }
    if (this.#nowMs() >= this.#turnEndsMs) {
      await nextTurn();
      this.#turnEndsMs = this.#nowMs() + TURN_MS;
    }
    const startMs = this.#nowMs();
    const entries = readdirSync(toBytes(path), OPTIONS);
    this.#judge(this.#nowMs() - startMs - entries.length * NAME_MS);
    return sorted(entries);
  };

  #judge(tookMs: number): void {
    const timeMs = Math.min(Math.max(tookMs, 0), TIME_MAX_MS);
    this.#smoothedMs += (timeMs - this.#smoothedMs) / SMOOTHED_OVER;
    if (this.#smoothedMs <= SLOW_MS) return;
    this.#smoothedMs = 0;
    this.#pooled = POOLED_LISTINGS;
  }
}

/** Sorted by kind; a name is a small string, where an entry is an object of its own. */
function sorted(entries: readonly Dirent[]): Names {
  const names: Names = { files: [], directories: [] };
  for (const entry of entries) {
    if (entry.isFile()) names.files.push(entry.name);
    else if (entry.isDirectory()) names.directories.push(entry.name);
  }
  return names;
}
