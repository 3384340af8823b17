/** The operations that values can describe, each as a function from its values to a plan. */
import { AT } from '../abi/files.ts';
import { OPEN_HOW, OPEN_HOW_BYTES, STATX_BYTES, TIMESPEC_BYTES } from '../abi/records.ts';
import type { OpenHow } from '../kernel/file-system.ts';
import type { operations } from '../ops/table.ts';
import { copyIn, copyOut, type Plan, room, terminated } from './plan.ts';
import {
  HASHED_SIZE_BYTES,
  iovecsBytes,
  readDigest,
  readEntries,
  readStatus,
  splitOut,
  writeIovecs,
  writeTimespec,
} from './records.ts';

// Arguments are those of the prep functions, in liburing's order, where a value stands for what an
// address points to, and none for where a result is written. Whole-file operations take no
// directory: their paths begin at the root. Rows whose arguments are addresses that the caller must
// know (MADVISE, registered buffers) are missing: those are for the Ring door. Comments say what
// the result is, where it is not the operation's number.

/** A path, or the name of a digest: a string, or any bytes but NUL. */
export type PathBytes = string | Uint8Array;

/** Bytes that READ_FILE gets room for at first; a longer file is read again, with enough. */
export const READ_FILE_FIRST_BYTES = 64 * 1024;
/** Bytes of a digest at most: more than any algorithm of node:crypto has unless asked to. */
const DIGEST_ROOM_BYTES = 256;

const pathPart = (path: PathBytes): Uint8Array => terminated('a path', path);
const namePart = (algorithm: PathBytes): Uint8Array => terminated('an algorithm', algorithm);

/** An operation that needs nothing in memory. */
const inline = (encode: Plan['encode']): Plan => ({ parts: [], encode });

function readFilePlan(path: Uint8Array, roomBytes: number): Plan {
  return {
    parts: [path, roomBytes],
    encode: (ring, sqe, at) => ring.prepReadFile(sqe, AT.FDCWD, at[0]!, at[1]!, roomBytes),
    decode: (res, at, memory) => copyOut(memory, at[1]!, res),
    // At least twice the room: a file that grows all the time ends at what the staging can hold.
    enlarge: (res) =>
      res > roomBytes ? readFilePlan(path, Math.max(res, 2 * roomBytes)) : undefined,
  };
}

/** By the names of their rows. Every function has a fixed number of arguments. */
export const plans = {
  nop: () => inline((ring, sqe) => ring.prepNop(sqe)),

  /** Ends with status 'ETIME' after `ms` milliseconds: that is its success, as in Linux. */
  timeout(ms: number): Plan {
    if (!(ms >= 0 && ms <= Number.MAX_SAFE_INTEGER))
      throw new RangeError(`a timeout must be 0 or more milliseconds, not ${ms}`);
    return {
      parts: [TIMESPEC_BYTES],
      encode: (ring, sqe, at, memory) => {
        writeTimespec(memory, at[0]!, ms);
        ring.prepTimeout(sqe, at[0]!, 0, 0);
      },
    };
  },

  /** Result: the bytes read, none at the end of the file. Offset -1 is the file's position. */
  read: (fd: number, length: number, offset: number): Plan => ({
    parts: [room(length)],
    encode: (ring, sqe, at) => ring.prepRead(sqe, fd, at[0]!, length, offset),
    decode: (res, at, memory) => copyOut(memory, at[0]!, res),
  }),

  write(fd: number, data: Uint8Array, offset: number): Plan {
    const bytes = copyIn(data);
    return {
      parts: [bytes],
      encode: (ring, sqe, at) => ring.prepWrite(sqe, fd, at[0]!, bytes.length, offset),
    };
  },

  /** Result: for each length, the bytes that were read into it. */
  readv(fd: number, lengths: readonly number[], offset: number): Plan {
    const plan: Plan = {
      parts: [iovecsBytes(lengths.length), ...lengths.map(room)],
      encode: (ring, sqe, at, memory) => {
        writeIovecs(plan, at, memory);
        ring.prepReadv(sqe, fd, at[0]!, plan.parts.length - 1, offset);
      },
      decode: (res, at, memory) => splitOut(plan, res, at, memory),
    };
    return plan;
  },

  writev(fd: number, data: readonly Uint8Array[], offset: number): Plan {
    const plan: Plan = {
      parts: [iovecsBytes(data.length), ...data.map(copyIn)],
      encode: (ring, sqe, at, memory) => {
        writeIovecs(plan, at, memory);
        ring.prepWritev(sqe, fd, at[0]!, plan.parts.length - 1, offset);
      },
    };
    return plan;
  },

  /** `dfd`: a directory that a relative path begins at, or AT_FDCWD. Result: a descriptor. */
  openat: (dfd: number, path: PathBytes, flags: number, mode: number): Plan => ({
    parts: [pathPart(path)],
    encode: (ring, sqe, at) => ring.prepOpenat(sqe, dfd, at[0]!, flags, mode),
  }),

  /** Result: a descriptor. */
  openat2(dfd: number, path: PathBytes, { flags, mode, resolve }: OpenHow): Plan {
    return {
      parts: [pathPart(path), OPEN_HOW_BYTES],
      encode: (ring, sqe, at, memory) => {
        const how = at[1]!;
        memory.setU64(how + OPEN_HOW.flags, flags);
        memory.setU64(how + OPEN_HOW.mode, mode);
        memory.setU64(how + OPEN_HOW.resolve, resolve);
        ring.prepOpenat2(sqe, dfd, at[0]!, how);
      },
    };
  },

  close: (fd: number) => inline((ring, sqe) => ring.prepClose(sqe, fd)),

  fsync: (fd: number, flags: number) => inline((ring, sqe) => ring.prepFsync(sqe, fd, flags)),

  syncFileRange: (fd: number, length: number, offset: number, flags: number) =>
    inline((ring, sqe) => ring.prepSyncFileRange(sqe, fd, length, offset, flags)),

  /** Result: a FileStatus. */
  statx: (dfd: number, path: PathBytes, flags: number, mask: number): Plan => ({
    parts: [pathPart(path), STATX_BYTES],
    encode: (ring, sqe, at) => ring.prepStatx(sqe, dfd, at[0]!, flags, mask, at[1]!),
    decode: (_, at, memory) => readStatus(memory, at[1]!),
  }),

  fallocate: (fd: number, mode: number, offset: number, length: number) =>
    inline((ring, sqe) => ring.prepFallocate(sqe, fd, mode, offset, length)),

  ftruncate: (fd: number, length: number) =>
    inline((ring, sqe) => ring.prepFtruncate(sqe, fd, length)),

  fadvise: (fd: number, offset: number, length: number, advice: number) =>
    inline((ring, sqe) => ring.prepFadvise(sqe, fd, offset, length, advice)),

  renameat(olddfd: number, from: PathBytes, newdfd: number, to: PathBytes, flags: number): Plan {
    return {
      parts: [pathPart(from), pathPart(to)],
      encode: (ring, sqe, at) => ring.prepRenameat(sqe, olddfd, at[0]!, newdfd, at[1]!, flags),
    };
  },

  unlinkat: (dfd: number, path: PathBytes, flags: number): Plan => ({
    parts: [pathPart(path)],
    encode: (ring, sqe, at) => ring.prepUnlinkat(sqe, dfd, at[0]!, flags),
  }),

  mkdirat: (dfd: number, path: PathBytes, mode: number): Plan => ({
    parts: [pathPart(path)],
    encode: (ring, sqe, at) => ring.prepMkdirat(sqe, dfd, at[0]!, mode),
  }),

  symlinkat: (target: PathBytes, newdfd: number, path: PathBytes): Plan => ({
    parts: [pathPart(target), pathPart(path)],
    encode: (ring, sqe, at) => ring.prepSymlinkat(sqe, at[0]!, newdfd, at[1]!),
  }),

  linkat(olddfd: number, from: PathBytes, newdfd: number, to: PathBytes, flags: number): Plan {
    return {
      parts: [pathPart(from), pathPart(to)],
      encode: (ring, sqe, at) => ring.prepLinkat(sqe, olddfd, at[0]!, newdfd, at[1]!, flags),
    };
  },

  /** Result: the whole file. It is read twice when it is longer than READ_FILE_FIRST_BYTES. */
  readFile: (path: PathBytes) => readFilePlan(pathPart(path), READ_FILE_FIRST_BYTES),

  /** `flags`: O_ flags beside O_WRONLY, usually O_CREAT | O_TRUNC. */
  writeFile(path: PathBytes, data: Uint8Array, flags: number, mode: number): Plan {
    const bytes = copyIn(data);
    return {
      parts: [pathPart(path), bytes],
      encode: (ring, sqe, at) =>
        ring.prepWriteFile(sqe, AT.FDCWD, at[0]!, at[1]!, bytes.length, flags, mode),
    };
  },

  /** Result: the new position. */
  lseek: (fd: number, offset: number, whence: number) =>
    inline((ring, sqe) => ring.prepLseek(sqe, fd, offset, whence)),

  /** Result: DirectoryEntry[], as many as `length` bytes of records hold; none at the end. */
  getdents: (fd: number, length: number): Plan => ({
    parts: [room(length)],
    encode: (ring, sqe, at) => ring.prepGetdents(sqe, fd, at[0]!, length),
    decode: (res, at, memory) => readEntries(memory, at[0]!, res),
  }),

  copyFile: (from: PathBytes, to: PathBytes, flags: number, mode: number): Plan => ({
    parts: [pathPart(from), pathPart(to)],
    encode: (ring, sqe, at) =>
      ring.prepCopyFile(sqe, AT.FDCWD, at[0]!, AT.FDCWD, at[1]!, flags, mode),
  }),

  /** Result: the digest. */
  hash(algorithm: PathBytes, data: Uint8Array): Plan {
    const bytes = copyIn(data);
    return {
      parts: [namePart(algorithm), bytes, DIGEST_ROOM_BYTES],
      encode: (ring, sqe, at) => ring.prepHash(sqe, at[0]!, at[1]!, bytes.length, at[2]!),
      decode: (res, at, memory) => copyOut(memory, at[2]!, res),
    };
  },

  /** Result: a FileDigest. */
  hashFile: (algorithm: PathBytes, path: PathBytes): Plan => ({
    parts: [namePart(algorithm), pathPart(path), HASHED_SIZE_BYTES + DIGEST_ROOM_BYTES],
    encode: (ring, sqe, at) => ring.prepHashFile(sqe, at[0]!, AT.FDCWD, at[1]!, at[2]!),
    decode: (res, at, memory) => readDigest(memory, at[2]!, res),
  }),
} satisfies { readonly [K in keyof typeof operations]?: (...values: never[]) => Plan };
