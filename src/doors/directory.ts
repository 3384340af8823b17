/** Directories: their names as a list or as a stream. */
import { AT, DT, O } from '../abi/files.ts';
import { DIRENT, DIRENT_ALIGN } from '../abi/records.ts';
import type { EncodingOption } from './arguments.ts';
import type { Descriptor } from './descriptor.ts';
import { dirClosedError } from './errors.ts';
import { getdents } from './fd-calls.ts';
import type { Lanes } from './lanes.ts';
import { openDescriptor } from './open-file.ts';
import type { ReadDirectoryOptions } from './options.ts';
import { childOf, type Path } from './path.ts';
import { lstat, PathCall } from './path-calls.ts';
import { FileKind, kindOfMode } from './stats.ts';

/** Bytes of records that are asked for at a time. */
const CHUNK_BYTES = 32 * 1024;
const NAME_BYTES_MAX = 255;
/** Room for one record with the longest name. */
const CHUNK_BYTES_MIN = Math.ceil((DIRENT.name + NAME_BYTES_MAX + 1) / DIRENT_ALIGN) * DIRENT_ALIGN;

/** A name in a directory and what it stands for. */
export class Dirent<N extends string | Buffer = string> extends FileKind {
  readonly name: N;
  /** The path the directory was opened with. */
  readonly parentPath: string | Buffer;
  readonly #type: number;

  constructor(name: N, parentPath: string | Buffer, type: number) {
    super();
    this.name = name;
    this.parentPath = parentPath;
    this.#type = type;
  }

  protected get kind(): number {
    return this.#type;
  }
}

/** One record: its name, still bytes, and its DT_ type. */
export interface Entry {
  readonly name: Buffer;
  readonly type: number;
}

const DOT = 0x2e;
const isDots = (name: Buffer): boolean =>
  name.length <= 2 && name[0] === DOT && name[name.length - 1] === DOT;

/** The entries in GETDENTS records, without `.` and `..`. */
function* entriesIn(records: Buffer): Generator<Entry> {
  for (let at = 0; at < records.length; at += records.readUInt16LE(at + DIRENT.reclen)) {
    const start = at + DIRENT.name;
    const name = records.subarray(start, records.indexOf(0, start));
    const type = records.readUInt8(at + DIRENT.type);
    if (!isDots(name)) yield { name, type };
  }
}

/** An open directory that gives its entries in chunks. */
export class DirectoryReader implements AsyncDisposable {
  readonly #lanes: Lanes;
  readonly #descriptor: Descriptor;
  readonly path: Path;
  readonly #chunkBytes: number;

  private constructor(lanes: Lanes, path: Path, descriptor: Descriptor) {
    this.#lanes = lanes;
    this.path = path;
    this.#descriptor = descriptor;
    this.#chunkBytes = Math.max(CHUNK_BYTES_MIN, Math.min(CHUNK_BYTES, lanes.staging.pieceBytes));
  }

  /** Opens it; errors say that `syscall` failed. */
  static async open(lanes: Lanes, path: Path, syscall: string): Promise<DirectoryReader> {
    const parts = { path, flags: O.RDONLY | O.DIRECTORY, syscall };
    return new DirectoryReader(lanes, path, await openDescriptor(lanes, parts));
  }

  get closed(): boolean {
    return this.#descriptor.closed;
  }

  /** Entries that follow those it gave before, with their types; none at the end. */
  async next(): Promise<Entry[]> {
    const records = await this.#descriptor.start(getdents(this.#chunkBytes));
    const entries = [...entriesIn(records)];
    if (entries.length === 0) return records.length === 0 ? [] : this.next(); // dots alone
    const typed = entries.map((entry) => (entry.type === DT.UNKNOWN ? this.#ask(entry) : entry));
    return Promise.all(typed);
  }

  close(): Promise<void> {
    return this.#descriptor.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The file system did not say what it is. */
  async #ask({ name }: Entry): Promise<Entry> {
    const flags = AT.SYMLINK_NOFOLLOW;
    const call = new PathCall(lstat, childOf(this.path, name), { flags });
    const { mode } = await this.#lanes.start(call);
    return { name, type: kindOfMode(mode) };
  }
}

/** A decoder of names. */
const decoder = (encoding: EncodingOption): ((name: Buffer) => string | Buffer) => {
  if (encoding === 'buffer') return (name) => name;
  const decoding = encoding ?? 'utf8';
  return (name) => name.toString(decoding);
};

const shown = ({ given }: Path): string | Buffer =>
  typeof given === 'string' ? given : Buffer.from(given);

/** All names of a directory, in the order of its file system. */
export function readNames(
  lanes: Lanes,
  path: Path,
  { encoding, withFileTypes }: ReadDirectoryOptions,
): Promise<(string | Buffer | Dirent<string | Buffer>)[]> {
  const decode = decoder(encoding);
  const parent = shown(path);
  return lanes.job(async () => {
    await using reader = await DirectoryReader.open(lanes, path, 'scandir');
    const all: (string | Buffer | Dirent<string | Buffer>)[] = [];
    for (let entries = await reader.next(); entries.length > 0; entries = await reader.next())
      for (const { name, type } of entries)
        all.push(withFileTypes ? new Dirent(decode(name), parent, type) : decode(name));
    return all;
  });
}

/**
 * An open directory: `for await` gives its entries one by one, with memory for one chunk of them,
 * and closes it at the end. One reader at a time.
 */
export class Dir<N extends string | Buffer = string> implements AsyncDisposable {
  readonly #reader: DirectoryReader;
  readonly #decode: (name: Buffer) => string | Buffer;
  #entries: Entry[] = [];
  #next = 0;

  constructor(reader: DirectoryReader, encoding: EncodingOption) {
    this.#reader = reader;
    this.#decode = decoder(encoding);
  }

  /** The path it was opened with. */
  get path(): string | Buffer {
    return shown(this.#reader.path);
  }

  /** The next entry, or null after the last one. */
  async read(): Promise<Dirent<N> | null> {
    if (this.#reader.closed) throw dirClosedError();
    if (this.#next === this.#entries.length) {
      this.#entries = await this.#reader.next();
      this.#next = 0;
    }
    const entry = this.#entries[this.#next];
    if (entry === undefined) return null;
    this.#next++;
    return new Dirent(this.#decode(entry.name) as N, this.path, entry.type);
  }

  /** Throws ERR_DIR_CLOSED when it is closed already. */
  async close(): Promise<void> {
    if (this.#reader.closed) throw dirClosedError();
    await this.#reader.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Dirent<N>, void> {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry;
    } finally {
      await this.#reader.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.close();
  }
}
