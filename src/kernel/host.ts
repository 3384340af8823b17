/** What the kernel asks of its host: file calls, each synchronous or handed to a pool. */
import type { Res } from '../abi/errno.ts';

/** A path as the host takes it: bytes without a NUL, or a string of them. */
export type HostPath = Uint8Array | string;

/** What the kernel reads of a file's status. Filled in place, so that asking allocates nothing. */
export interface HostStat {
  /** st_mode: type and permission bits. */
  mode: number;
  dev: number;
  ino: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  /** Bytes, and the blocks of 512 bytes they occupy. */
  size: number;
  blksize: number;
  blocks: number;
  /** Milliseconds since 1970, with fractions. */
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  birthtimeMs: number;
}

/** One name in a directory. */
export interface HostEntry {
  readonly name: Uint8Array;
  /** DT_ number of the entry's type, 0 when the host does not say. */
  readonly type: number;
}

/**
 * The calls. Each answers a count, a descriptor or 0, or -errno with Linux's numbers; none throws.
 * Flags and modes are Linux's (src/abi/files.ts); bytes move between a file and `bytes[at, at +
 * length)`, at `position` in the file; -1 is the position that the host keeps for the descriptor.
 */
export interface HostCalls {
  open(path: HostPath, flags: number, mode: number): Res;
  close(fd: number): Res;
  read(fd: number, bytes: Uint8Array, at: number, length: number, position: number): Res;
  write(fd: number, bytes: Uint8Array, at: number, length: number, position: number): Res;
  readv(fd: number, views: readonly Uint8Array[], position: number): Res;
  writev(fd: number, views: readonly Uint8Array[], position: number): Res;
  fstat(fd: number, into: HostStat): Res;
  /** stat(2), or lstat(2) unless it follows a symlink in the last place. */
  stat(path: HostPath, follow: boolean, into: HostStat): Res;
  fsync(fd: number): Res;
  fdatasync(fd: number): Res;
  ftruncate(fd: number, length: number): Res;
  rename(from: HostPath, to: HostPath): Res;
  unlink(path: HostPath): Res;
  rmdir(path: HostPath): Res;
  mkdir(path: HostPath, mode: number): Res;
  symlink(target: HostPath, path: HostPath): Res;
  link(existing: HostPath, path: HostPath): Res;
  /** Fills `into` from its start with the target; its length in bytes. */
  readlink(path: HostPath, into: Uint8Array): Res;
  /** Appends the names of a directory to `into`; how many. */
  readdir(path: HostPath, into: HostEntry[]): Res;
}

/** A host's file system. */
export interface HostFiles extends HostCalls {
  /**
   * The same call on the host's thread pool; `done` gets its result in a later turn of the event
   * loop, unless the call throws: then nothing was begun.
   */
  later<K extends keyof HostCalls>(
    call: K,
    args: Parameters<HostCalls[K]>,
    done: (res: Res) => void,
  ): void;
}

/** A running digest. */
export interface HostHash {
  update(bytes: Uint8Array, at: number, length: number): void;
  /** Writes the digest and ends it; its length in bytes. */
  digest(into: Uint8Array, at: number): number;
}

/** A host's digests. */
export interface HostDigests {
  /** Memory that files are hashed from, while no request uses it; theirs to fill. */
  readonly slices: Uint8Array[];
  /** Bytes of that algorithm's digest, or -EINVAL where the host does not have it. */
  digestBytes(algorithm: string): Res;
  create(algorithm: string): HostHash;
  /** The digest of one range in one call; its length in bytes. */
  once(
    algorithm: string,
    bytes: Uint8Array,
    at: number,
    length: number,
    into: Uint8Array,
    intoAt: number,
  ): Res;
}
