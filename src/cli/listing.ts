/** Directories of a tree, listed before the walk comes to them. */
import { type ByteString, joinPath } from './byte-string.ts';
import type { Engine, Entry } from './engine.ts';

// A listing waits behind the files that were asked for before it, so a walk that asks when it comes
// to a directory would let the files run out each time. So directories are asked for in the order
// in which the walk will come to them: those of a directory as soon as it is listed itself. The
// first of them always, since the walk comes to it next; the others as long as few are held.

/** Directories that are asked for, or listed and not entered yet. */
const AHEAD_MAX = 128;

/** Byte strings compare as their bytes do. */
const byName = (a: Entry, b: Entry): number => (a.name < b.name ? -1 : 1);

/** Lists directories, and knows how many are ahead of the walk. */
export class Lister {
  readonly #list: Engine['list'];
  #ahead = 0;

  constructor(list: Engine['list']) {
    this.#list = list;
  }

  get mayAsk(): boolean {
    return this.#ahead < AHEAD_MAX;
  }

  /** Lists a directory for a walk that may come to it later, and begins with those inside. */
  async ask(path: ByteString): Promise<Listing> {
    this.#ahead++;
    const listing = new Listing(path, await this.#list(path), this);
    listing.askAhead();
    return listing;
  }

  /** The walk has come to a directory that was asked for. */
  entered(): void {
    this.#ahead--;
  }
}

/** A directory that is listed: its entries sorted by name, from the next one on. */
export class Listing {
  readonly path: ByteString;
  readonly #entries: readonly Entry[];
  readonly #lister: Lister;
  #next = 0;
  /** Where the search for directories to be asked for goes on. */
  #ahead = 0;
  readonly #asked = new Map<ByteString, Promise<Listing>>();

  constructor(path: ByteString, entries: Entry[], lister: Lister) {
    this.path = path;
    this.#entries = entries.sort(byName);
    this.#lister = lister;
  }

  /** The next entry; undefined behind the last. */
  take(): Entry | undefined {
    return this.#entries[this.#next++];
  }

  /** What is in one of its directories; the one that take() returned last. */
  async enter(name: ByteString): Promise<Listing> {
    this.#ahead = Math.max(this.#ahead, this.#next);
    const asked = this.#asked.get(name) ?? this.#lister.ask(joinPath(this.path, name));
    this.#asked.delete(name);
    try {
      return await asked;
    } finally {
      this.#lister.entered();
      this.askAhead();
    }
  }

  /** Asks for its next directories, as many as may be ahead. */
  askAhead(): void {
    for (; this.#ahead < this.#entries.length; this.#ahead++) {
      const { name, kind } = this.#entries[this.#ahead]!;
      if (kind !== 'directory') continue;
      if (this.#asked.size > 0 && !this.#lister.mayAsk) return;
      const listing = this.#lister.ask(joinPath(this.path, name));
      listing.catch(() => {}); // whoever enters it is told
      this.#asked.set(name, listing);
    }
  }
}
