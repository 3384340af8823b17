/** What became of a request, as values: status, and what its result means. */
import type { ErrnoName } from '../abi/errno.ts';

/** What STATX tells of a file, under the names of `fs.Stats`; times in milliseconds since 1970. */
export interface FileStatus {
  /** STATX bits of the fields that were filled. */
  readonly mask: number;
  readonly dev: number;
  readonly ino: number;
  /** Type and permission bits. */
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  /** Bytes, and the blocks of 512 bytes they occupy. */
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
}

/** One name that GETDENTS found. */
export interface DirectoryEntry {
  readonly ino: number;
  /** Where a listing that goes on behind it begins. */
  readonly off: number;
  /** DT number of its type. */
  readonly type: number;
  /** Any bytes but NUL and slash. */
  readonly name: Uint8Array;
}

/** What HASH_FILE found: the digest, and of how many bytes. */
export interface FileDigest {
  readonly sizeBytes: number;
  readonly digest: Uint8Array;
}

/** What a request brings home. Bytes are private copies: no later request changes them. */
export type SyscallResult =
  | number
  | Uint8Array
  | readonly Uint8Array[]
  | readonly DirectoryEntry[]
  | FileStatus
  | FileDigest;

/**
 * One completion. An error is no exception here: `status` is its errno's name and `result` the
 * negative number, as a CQE has it. With status 'ok' the result is what the constructor of the
 * submission entry says.
 */
export class SyscallCompletionEntry {
  /** What submit() returned. */
  readonly seq: number;
  /** What the submission entry carried. */
  readonly userData: number;
  /** 'ok', or an errno's name such as 'ENOENT'. */
  readonly status: 'ok' | ErrnoName;
  readonly result: SyscallResult;

  constructor(parts: Pick<SyscallCompletionEntry, 'seq' | 'userData' | 'status' | 'result'>) {
    this.seq = parts.seq;
    this.userData = parts.userData;
    this.status = parts.status;
    this.result = parts.result;
  }
}
