/** The Promise door: file calls in the manner of node:fs/promises, through rings. */
import { AT } from '../abi/files.ts';
import {
  asBuffer,
  checkSignal,
  decodingOf,
  type EncodingOption,
  refuseOption,
  toBoolean,
  toFlags,
  toMode,
  toObject,
  toOptions,
} from './arguments.ts';
import { copyFile } from './copy-file.ts';
import { Dir, DirectoryReader, type Dirent, readNames } from './directory.ts';
import type { FileHandle } from './file-handle.ts';
import {
  encoded,
  type FileSum,
  HashCall,
  HashFileCall,
  type HashSource,
  toAlgorithm,
} from './hash.ts';
import type { Lanes } from './lanes.ts';
import type { BufferLease } from './lease.ts';
import { LiveDoor } from './live-door.ts';
import { FILE_MODE, openFile } from './open-file.ts';
import type {
  CallOptions,
  HashOptions,
  MakeDirectoryOptions,
  NameOptions,
  ReadDirectoryOptions,
  ReadFileOptions,
  RemoveOptions,
  WriteFileOptions,
} from './options.ts';
import type { PathLike } from './path.ts';
import { lstat, mkdir, PathCall, rename, stat, TwoPathCall } from './path-calls.ts';
import { readInPieces, readLease, readOwn } from './read-file.ts';
import type { Stats } from './stats.ts';
import { makeTree, remove } from './tree.ts';
import { type FileData, writeFile } from './write-file.ts';

const DIRECTORY_MODE = 0o777;

type Digest = Promise<Buffer | string>;
type TextOut = HashOptions & { readonly encoding: BufferEncoding };
type BytesOut = HashOptions & { readonly encoding?: 'buffer' | null | undefined };
type TextNames = NameOptions & { readonly encoding?: BufferEncoding | null | undefined };
type ByteNames = NameOptions & { readonly encoding: 'buffer' };

/**
 * File calls as node:fs/promises has them, with its arguments, results and errors, served by the
 * executors of a kernel. Calls made in one tick are submitted together. When rings or memory are
 * full, calls wait; none is refused for that. Buffers that calls resolve with are the caller's own;
 * leases are shared memory until their disposal. See open().
 */
export class Uring extends LiveDoor {
  // --- whole files ---

  /** The bytes of a file, or its text when an encoding is given. */
  readFile(
    path: PathLike,
    options?: (ReadFileOptions & { readonly encoding?: 'buffer' | null | undefined }) | null,
  ): Promise<Buffer>;
  readFile(
    path: PathLike,
    options: BufferEncoding | (ReadFileOptions & { readonly encoding: BufferEncoding }),
  ): Promise<string>;
  readFile(path: PathLike, options?: EncodingOption | ReadFileOptions): Promise<Buffer | string>;
  readFile(path: PathLike, options?: EncodingOption | ReadFileOptions): Promise<Buffer | string> {
    return this.attempt((lanes) => {
      const { encoding, flag, signal } = toOptions<ReadFileOptions>(options);
      const parts = { lanes, guess: this.guess, signal: checkSignal(signal) };
      const decoding = decodingOf(encoding);
      const from = this.path(path);
      if (flag === undefined) return readOwn(from, { ...parts, delivery: decoding ?? 'bytes' });
      const whole = readInPieces(lanes, from, toFlags(flag), parts.signal);
      return decoding === undefined ? whole : whole.then((bytes) => bytes.toString(decoding));
    }, options);
  }

  /** The bytes of a file without a copy: `using file = await uring.readFileLease(path)`. */
  readFileLease(path: PathLike, options?: CallOptions | null): Promise<BufferLease> {
    return this.attempt((lanes) => {
      const signal = checkSignal(toObject(options).signal);
      return readLease(this.path(path), { lanes, guess: this.guess, signal });
    }, options);
  }

  /** Replaces the contents of a file, or makes it. */
  writeFile(
    path: PathLike,
    data: FileData,
    options?: BufferEncoding | WriteFileOptions | null,
  ): Promise<void> {
    return this.attempt((lanes) => this.#write(lanes, path, data, options, 'w'), options);
  }

  /** Adds to the end of a file, or makes it. */
  appendFile(
    path: PathLike,
    data: FileData,
    options?: BufferEncoding | WriteFileOptions | null,
  ): Promise<void> {
    return this.attempt((lanes) => this.#write(lanes, path, data, options, 'a'), options);
  }

  /**
   * Copies a file; `mode` holds COPYFILE_ flags. A new file gets the permission bits of the source,
   * less the umask.
   */
  copyFile(from: PathLike, to: PathLike, mode = 0, options?: CallOptions): Promise<void> {
    const begin = (lanes: Lanes): Promise<void> =>
      copyFile(lanes, this.path(from, 'src'), this.path(to, 'dest'), mode);
    return this.attempt(begin, options);
  }

  /**
   * The digest of bytes, or of the file at a string or URL. `algorithm` is one that
   * crypto.getHashes() lists; else ERR_CRYPTO_INVALID_DIGEST.
   */
  hash(source: HashSource, algorithm: string, options?: BytesOut | null): Promise<Buffer>;
  hash(source: HashSource, algorithm: string, options: TextOut): Promise<string>;
  hash(source: HashSource, algorithm: string, options?: HashOptions | null): Digest;
  hash(source: HashSource, algorithm: string, options?: HashOptions | null): Digest {
    if (!ArrayBuffer.isView(source)) return this.hashFile(source, algorithm, options);
    return this.attempt((lanes) => {
      const { encoding, signal } = toObject<HashOptions>(options);
      const call = new HashCall(toAlgorithm(algorithm), asBuffer(source), checkSignal(signal));
      return encoded(lanes.start(call), encoding);
    }, options);
  }

  /** The digest of a file whose path may be bytes. */
  hashFile(path: PathLike, algorithm: string, options?: BytesOut | null): Promise<Buffer>;
  hashFile(path: PathLike, algorithm: string, options: TextOut): Promise<string>;
  hashFile(path: PathLike, algorithm: string, options?: HashOptions | null): Digest;
  hashFile(path: PathLike, algorithm: string, options?: HashOptions | null): Digest {
    return this.attempt((lanes) => {
      const { encoding, signal } = toObject<HashOptions>(options);
      const from = this.path(path);
      const call = new HashFileCall(toAlgorithm(algorithm), from, checkSignal(signal));
      const found = lanes.start(call);
      return encoded(
        found.then(({ digest }) => digest),
        encoding,
      );
    }, options);
  }

  /** The digest of a file and how many bytes went into it. */
  sumFile(path: PathLike, algorithm: string, options?: CallOptions): Promise<FileSum> {
    return this.attempt((lanes) => {
      const { signal } = toObject<CallOptions>(options);
      const from = this.path(path);
      return lanes.start(new HashFileCall(toAlgorithm(algorithm), from, checkSignal(signal)));
    }, options);
  }

  // --- open files ---

  /** Opens a file; `flags` as in node:fs, `mode` for one that is created. */
  open(
    path: PathLike,
    flags: string | number = 'r',
    mode?: number | string | null,
    options?: CallOptions,
  ): Promise<FileHandle> {
    return this.attempt((lanes) => {
      const parts = { flags: toFlags(flags), mode: toMode(mode, FILE_MODE) };
      return openFile(lanes, { path: this.path(path), ...parts });
    }, options);
  }

  // --- directories and names ---

  /** The names in a directory, in the order of its file system. For large ones see opendir(). */
  readdir(
    path: PathLike,
    options?:
      | BufferEncoding
      | (ReadDirectoryOptions & TextNames & { withFileTypes?: false })
      | null,
  ): Promise<string[]>;
  readdir(
    path: PathLike,
    options: ReadDirectoryOptions & TextNames & { withFileTypes: true },
  ): Promise<Dirent[]>;
  readdir(
    path: PathLike,
    options: 'buffer' | (ByteNames & { withFileTypes?: false }),
  ): Promise<Buffer[]>;
  readdir(path: PathLike, options: ByteNames & { withFileTypes: true }): Promise<Dirent<Buffer>[]>;
  readdir(
    path: PathLike,
    options?: EncodingOption | ReadDirectoryOptions,
  ): Promise<(string | Buffer | Dirent<string | Buffer>)[]> {
    return this.attempt((lanes) => {
      const given = toOptions<ReadDirectoryOptions>(options);
      refuseOption(given, 'recursive');
      return readNames(lanes, this.path(path), given);
    }, options);
  }

  /** Opens a directory whose entries come one by one: `for await (const entry of dir)`. */
  opendir(path: PathLike, options?: BufferEncoding | TextNames | null): Promise<Dir>;
  opendir(path: PathLike, options: 'buffer' | ByteNames): Promise<Dir<Buffer>>;
  opendir(path: PathLike, options?: EncodingOption | NameOptions): Promise<Dir<string | Buffer>> {
    return this.attempt(async (lanes) => {
      const given = toOptions<NameOptions>(options);
      refuseOption(given, 'recursive');
      return new Dir(await DirectoryReader.open(lanes, this.path(path), 'opendir'), given.encoding);
    }, options);
  }

  /** The status of what a path names, at the end of its symlinks. */
  stat(path: PathLike, options?: CallOptions | null): Promise<Stats> {
    return this.attempt((lanes) => {
      const signal = checkSignal(toObject(options).signal);
      refuseOption(options, 'bigint');
      return lanes.start(new PathCall(stat, this.path(path), { signal }));
    }, options);
  }

  /** The same of a symlink itself. */
  lstat(path: PathLike, options?: CallOptions | null): Promise<Stats> {
    return this.attempt((lanes) => {
      const parts = { flags: AT.SYMLINK_NOFOLLOW, signal: checkSignal(toObject(options).signal) };
      refuseOption(options, 'bigint');
      return lanes.start(new PathCall(lstat, this.path(path), parts));
    }, options);
  }

  /** Makes a directory; with `recursive` resolves with the first one it made, if any. */
  mkdir(
    path: PathLike,
    options?: MakeDirectoryOptions | number | string | null,
  ): Promise<string | undefined> {
    return this.attempt(async (lanes) => {
      const isObject = typeof options === 'object' && options !== null;
      const given: MakeDirectoryOptions = isObject ? options : { mode: options ?? undefined };
      const recursive = toBoolean(given.recursive, 'options.recursive');
      const mode = toMode(given.mode, DIRECTORY_MODE);
      const made = this.path(path);
      if (!recursive) return lanes.start(new PathCall(mkdir, made, { mode })).then(nothing);
      const first = await makeTree(lanes, made, mode);
      return first && Buffer.from(first.given as string).toString();
    }, options);
  }

  /** Removes a file, or with `recursive` a directory and all below it. */
  rm(path: PathLike, options?: RemoveOptions | null): Promise<void> {
    return this.attempt((lanes) => {
      const { recursive, force } = toObject<RemoveOptions>(options);
      return remove(lanes, this.path(path), {
        recursive: toBoolean(recursive, 'options.recursive'),
        force: toBoolean(force, 'options.force'),
      });
    }, options);
  }

  /** Gives a file or directory another name, in place of what has it. */
  rename(from: PathLike, to: PathLike, options?: CallOptions): Promise<void> {
    return this.attempt((lanes) => {
      const paths = [this.path(from, 'oldPath'), this.path(to, 'newPath')] as const;
      return lanes.start(new TwoPathCall(rename, ...paths));
    }, options);
  }

  #write(
    lanes: Lanes,
    path: PathLike,
    data: FileData,
    options: BufferEncoding | WriteFileOptions | null | undefined,
    defaultFlag: string,
  ): Promise<void> {
    const { encoding, mode, flag, flush, signal } = toOptions<WriteFileOptions>(options);
    return writeFile(this.path(path), data, {
      lanes,
      encoding: encoding ?? 'utf8',
      flags: toFlags(flag ?? defaultFlag),
      mode: toMode(mode, FILE_MODE),
      flush: toBoolean(flush, 'options.flush'),
      signal: checkSignal(signal),
    });
  }
}

const nothing = (): undefined => undefined;
