/** Directories of a tree, listed before the walk comes to them. */
import { type ByteString, joinPath } from './byte-string.ts';
import type { Engine, Names } from './engine.ts';

// A listing may wait behind the files that were asked for before it, so a walk that asks when it
// comes to a directory would let the files run out each time. So directories are asked for in the
// order in which the walk will come to them: those of a directory as soon as it is listed itself.
// The first of them always, since the walk comes to it next; the others as long as few are held.

/** Directories that are asked for, or listed and not entered yet. */
const AHEAD_MAX = 128;

/** What a promise becomes, for whoever looks at it without awaiting it. */
export class Outcome<T> {
  value: T | undefined;
  error: unknown;
  /** Whether it is known. */
  isKnown = false;
  /** Resolves when it is. */
  readonly known: Promise<void>;

  constructor(promise: Promise<T>) {
    this.known = promise.then(
      (value) => {
        this.value = value;
        this.isKnown = true;
      },
      (error: unknown) => {
        this.error = error;
        this.isKnown = true;
      },
    );
  }
}

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
  ask(path: ByteString): Outcome<Listing> {
    this.#ahead++;
    return new Outcome(this.#begin(path));
  }

  async #begin(path: ByteString): Promise<Listing> {
    const listing = new Listing(path, await this.#list(path), this);
    listing.askAhead();
    return listing;
  }

  /** The walk has come to a directory that was asked for. */
  entered(): void {
    this.#ahead--;
  }
}

/** A directory that is listed: its names in order, from the next one on. */
export class Listing {
  readonly path: ByteString;
  // Sorted, because byte strings compare as their bytes do. A name is in one of the two.
  readonly #files: readonly ByteString[];
  readonly #directories: readonly ByteString[];
  readonly #lister: Lister;
  #nextFile = 0;
  #nextDirectory = 0;
  /** Where the search for directories to be asked for goes on. */
  #ahead = 0;
  readonly #asked = new Map<ByteString, Outcome<Listing>>();

  constructor(path: ByteString, { files, directories }: Names, lister: Lister) {
    this.path = path;
    this.#files = files.sort();
    this.#directories = directories.sort();
    this.#lister = lister;
  }

  /** The next name if it is a file's: moves on behind it. */
  takeFile(): ByteString | undefined {
    const file = this.#files[this.#nextFile];
    const directory = this.#directories[this.#nextDirectory];
    if (file === undefined || (directory !== undefined && directory < file)) return undefined;
    this.#nextFile++;
    return file;
  }

  /** The next name when takeFile() has none: a directory's, or undefined at the end. */
  takeDirectory(): ByteString | undefined {
    return this.#directories[this.#nextDirectory++];
  }

  /** What is in one of its directories; the one that takeDirectory() returned last. */
  enter(name: ByteString): Outcome<Listing> {
    this.#ahead = Math.max(this.#ahead, this.#nextDirectory);
    const asked = this.#asked.get(name) ?? this.#lister.ask(joinPath(this.path, name));
    this.#asked.delete(name);
    return asked;
  }

  /** That directory is listed, or will not be. */
  entered(): void {
    this.#lister.entered();
    this.askAhead();
  }

  /** Asks for its next directories, as many as may be ahead. */
  askAhead(): void {
    for (; this.#ahead < this.#directories.length; this.#ahead++) {
      if (this.#asked.size > 0 && !this.#lister.mayAsk) return;
      const name = this.#directories[this.#ahead]!;
      this.#asked.set(name, this.#lister.ask(joinPath(this.path, name)));
    }
  }
}
