/** What operations on files ask of the kernel: paths through mounts, and the files they open. */
import type { Res } from '../abi/errno.ts';
import type { HostEntry, HostStat } from './host.ts';
import type { OpenFile } from './open-file.ts';
import type { KernelCalls, Outcome } from './operation.ts';
import type { Request } from './request.ts';
import type { Resource } from './resource.ts';

// Every method that returns an Outcome either ends now, with a count or 0 or -errno, or returns
// PENDING: then the operation's resume() is called with that same number in a later turn. Which of
// the two it is depends on the mount's recent latency and on IOSQE_ASYNC, and is nobody else's
// business. What a method writes (`into`, the memory, request.file) is written before its number is
// known to the caller.

/** A path argument: the private copy of its bytes, and where a relative one begins. */
export interface PathArg {
  /** An open directory; undefined is the root of the process's mounts (AT_FDCWD). */
  readonly base: FileObject | undefined;
  readonly bytes: Uint8Array;
}

/** How to open: struct open_how. */
export interface OpenHow {
  /** O_ flags. */
  readonly flags: number;
  /** Permission bits of a file that is created. */
  readonly mode: number;
  /** RESOLVE_ flags. */
  readonly resolve: number;
}

/**
 * Where a write goes that is to append, whatever its file was opened with (RWF_APPEND); and one
 * that moves the position of the file there as well.
 */
export const AT_END = -2;
export const AT_END_MOVING = -3;

/** An open file of a mount. A position of -1 is the file's own position; AT_END is for writes. */
export interface FileObject extends OpenFile {
  /** O_ flags it was opened with. */
  readonly flags: number;
  readonly isDirectory: boolean;
  /** It has no positions: a device, a FIFO, a socket. */
  readonly isStream: boolean;
  /** Bytes from the start: where reads and writes at -1 go. */
  position: number;
  /** Moves bytes between it and memory[at, at + length); EBADF for the wrong mode, EISDIR. */
  read(r: Request, k: KernelCalls, bytes: Uint8Array, at: number, n: number, pos: number): Outcome;
  write(r: Request, k: KernelCalls, bytes: Uint8Array, at: number, n: number, pos: number): Outcome;
  readv(r: Request, k: KernelCalls, views: readonly Uint8Array[], pos: number): Outcome;
  writev(r: Request, k: KernelCalls, views: readonly Uint8Array[], pos: number): Outcome;
  sync(r: Request, k: KernelCalls, dataOnly: boolean): Outcome;
  truncate(r: Request, k: KernelCalls, length: number): Outcome;
  stat(r: Request, k: KernelCalls, into: HostStat): Outcome;
  /** Reads its names into `into`: all of them, once; EBADF or ENOTDIR when it is no directory. */
  list(r: Request, k: KernelCalls, into: HostEntry[]): Outcome;
}

/** The mounts of a kernel as one tree. Paths are resolved by Linux's rules. */
export interface FileSystem {
  /** A pass of the machine is over: what was found on the way of paths may be elsewhere now. */
  endPass(): void;
  /** Opens a file; on 0 it is request.file, held once. */
  open(r: Request, k: KernelCalls, path: PathArg, how: OpenHow): Outcome;
  /** stat(2) of a path, or lstat(2) unless it follows a symlink in the last place. */
  stat(r: Request, k: KernelCalls, path: PathArg, follow: boolean, into: HostStat): Outcome;
  rename(r: Request, k: KernelCalls, from: PathArg, to: PathArg): Outcome;
  /** unlink(2), or rmdir(2). */
  remove(r: Request, k: KernelCalls, path: PathArg, directory: boolean): Outcome;
  mkdir(r: Request, k: KernelCalls, path: PathArg, mode: number): Outcome;
  symlink(r: Request, k: KernelCalls, target: Uint8Array, path: PathArg): Outcome;
  /** linkat(2); follows a symlink at `existing` when told to. */
  link(r: Request, k: KernelCalls, existing: PathArg, path: PathArg, follow: boolean): Outcome;
  /** Fused open of a regular file for reading, transfer and close stay on one descriptor: the same
   * as open(), without the status check that a later read makes (see READ_FILE). */
  openToRead(r: Request, k: KernelCalls, path: PathArg): Outcome;
}

/** Registered buffers of one ring (SEMANTICS L). */
export interface RegisteredBuffers {
  /** Whether [addr, addr + len) lies wholly in buffer `index`; false for a bad or empty one. */
  covers(index: number, addrLow: number, addrHigh: number, length: number): boolean;
  /** Whether there is a buffer `index`; false for an empty one. */
  has(index: number): boolean;
  /** What tells of a tagged buffer, held by requests in flight that use it (K8). */
  nodeOf(index: number): Resource | undefined;
}

/**
 * A call that the host's pool carries out: begins it, and has `done` called with its result, once;
 * before it returns when it fails without the host.
 */
export type SlowCall = (done: (res: Res) => void) => void;
