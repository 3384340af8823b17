/** The part of `node:fs` that a host is made of, so that what speaks like it can stand in. */

/** A path: bytes without a NUL, or a string of them. */
export type Path = Uint8Array | string;

/** What is read of a Stats object. */
export interface NodeStats {
  readonly mode: number;
  readonly dev: number;
  readonly ino: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
}

/** What is read of a Dirent object. */
export interface NodeDirent {
  readonly name: Uint8Array;
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}

type Views = readonly Uint8Array[];
/** null: the file's own position. */
type Position = number | null;
type Ended = (error: Error | null) => void;
type Told<T> = (error: Error | null, result: T) => void;

export const AS_BYTES = { encoding: 'buffer' } as const;
export const AS_ENTRIES = { encoding: 'buffer', withFileTypes: true } as const;

/** Calls that end before they return, or throw. */
export interface SyncFs {
  openSync(path: Path, flags: number, mode: number): number;
  closeSync(fd: number): void;
  readSync(fd: number, bytes: Uint8Array, at: number, n: number, position: Position): number;
  writeSync(fd: number, bytes: Uint8Array, at: number, n: number, position: Position): number;
  readvSync(fd: number, views: Views, position: Position): number;
  writevSync(fd: number, views: Views, position: Position): number;
  fstatSync(fd: number): NodeStats;
  statSync(path: Path): NodeStats;
  lstatSync(path: Path): NodeStats;
  fsyncSync(fd: number): void;
  fdatasyncSync(fd: number): void;
  ftruncateSync(fd: number, length: number): void;
  renameSync(from: Path, to: Path): void;
  unlinkSync(path: Path): void;
  rmdirSync(path: Path): void;
  mkdirSync(path: Path, mode: number): void;
  symlinkSync(target: Path, path: Path): void;
  linkSync(existing: Path, path: Path): void;
  readlinkSync(path: Path, options: typeof AS_BYTES): Uint8Array;
  readdirSync(path: Path, options: typeof AS_ENTRIES): readonly NodeDirent[];
}

/** The same calls in a pool of threads. */
export interface CallbackFs {
  open(path: Path, flags: number, mode: number, done: Told<number>): void;
  close(fd: number, done: Ended): void;
  read(fd: number, b: Uint8Array, at: number, n: number, p: Position, done: Told<number>): void;
  write(fd: number, b: Uint8Array, at: number, n: number, p: Position, done: Told<number>): void;
  readv(fd: number, views: Views, position: Position, done: Told<number>): void;
  writev(fd: number, views: Views, position: Position, done: Told<number>): void;
  fstat(fd: number, done: Told<NodeStats>): void;
  stat(path: Path, done: Told<NodeStats>): void;
  lstat(path: Path, done: Told<NodeStats>): void;
  fsync(fd: number, done: Ended): void;
  fdatasync(fd: number, done: Ended): void;
  ftruncate(fd: number, length: number, done: Ended): void;
  rename(from: Path, to: Path, done: Ended): void;
  unlink(path: Path, done: Ended): void;
  rmdir(path: Path, done: Ended): void;
  mkdir(path: Path, mode: number, done: Ended): void;
  symlink(target: Path, path: Path, done: Ended): void;
  link(existing: Path, path: Path, done: Ended): void;
  readlink(path: Path, options: typeof AS_BYTES, done: Told<Uint8Array>): void;
  readdir(path: Path, options: typeof AS_ENTRIES, done: Told<readonly NodeDirent[]>): void;
}

export interface NodeFs extends SyncFs, CallbackFs {
  /** Flag bits by name, as the host numbers them. */
  readonly constants: Readonly<Record<string, unknown>>;
}
