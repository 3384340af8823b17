/** Records in the memory of a process, as a manager writes and reads them for its callers. */
import type { Res } from '../abi/errno.ts';
import { DIRENT, IOVEC, IOVEC_BYTES, STATX_FIELD, STATX_TIME, TIMESPEC } from '../abi/records.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { DirectoryEntry, FileDigest, FileStatus } from './completion-entry.ts';
import { type Addresses, bytesOf, copyOut, type Plan } from './plan.ts';

/** Writes a span of time as the struct __kernel_timespec at an address. */
export function writeTimespec(memory: ProcessMemory, at: number, ms: number): void {
  const sec = Math.floor(ms / 1000);
  memory.setU64(at + TIMESPEC.sec, sec);
  memory.setU64(at + TIMESPEC.nsec, Math.round((ms - sec * 1000) * 1e6));
}

/** Bytes of that many struct iovec. */
export const iovecsBytes = (count: number): number => count * IOVEC_BYTES;

/** Writes one struct iovec for each part from the second on, into the first. */
export function writeIovecs({ parts }: Plan, at: Addresses, memory: ProcessMemory): void {
  for (let i = 1; i < parts.length; i++) {
    const iovec = at[0]! + (i - 1) * IOVEC_BYTES;
    memory.setU64(iovec + IOVEC.base, at[i]!);
    memory.setU64(iovec + IOVEC.len, bytesOf(parts[i]!));
  }
}

/** What the parts from the second on hold of `res` bytes that filled them in order. */
export function splitOut({ parts }: Plan, res: Res, at: Addresses, memory: ProcessMemory) {
  const found: Uint8Array[] = [];
  let left = res;
  for (let i = 1; i < parts.length; i++) {
    const bytes = Math.min(left, bytesOf(parts[i]!));
    found.push(copyOut(memory, at[i]!, bytes));
    left -= bytes;
  }
  return found;
}

/** The device number that glibc's makedev() makes of its halves; exact below 2^53. */
function deviceNumber(major: number, minor: number): number {
  const high = (major >>> 12) * 2 ** 44 + (minor >>> 8) * 2 ** 20;
  return high + (major & 0xfff) * 2 ** 8 + (minor & 0xff);
}

function timeMs(memory: ProcessMemory, at: number): number {
  return memory.s64(at + STATX_TIME.sec) * 1000 + memory.u32(at + STATX_TIME.nsec) / 1e6;
}

/** The struct statx at an address. */
export function readStatus(memory: ProcessMemory, at: number): FileStatus {
  const F = STATX_FIELD;
  return {
    mask: memory.u32(at + F.mask),
    dev: deviceNumber(memory.u32(at + F.devMajor), memory.u32(at + F.devMinor)),
    ino: memory.s64(at + F.ino),
    mode: memory.u16(at + F.mode),
    nlink: memory.u32(at + F.nlink),
    uid: memory.u32(at + F.uid),
    gid: memory.u32(at + F.gid),
    rdev: deviceNumber(memory.u32(at + F.rdevMajor), memory.u32(at + F.rdevMinor)),
    size: memory.s64(at + F.size),
    blksize: memory.u32(at + F.blksize),
    blocks: memory.s64(at + F.blocks),
    atimeMs: timeMs(memory, at + F.atime),
    mtimeMs: timeMs(memory, at + F.mtime),
    ctimeMs: timeMs(memory, at + F.ctime),
    birthtimeMs: timeMs(memory, at + F.btime),
  };
}

/** The struct linux_dirent64 records in `bytes` bytes; none behind one that cannot be. */
export function readEntries(memory: ProcessMemory, start: number, bytes: number): DirectoryEntry[] {
  const found: DirectoryEntry[] = [];
  const end = start + bytes;
  for (let at = start; at + DIRENT.name < end; ) {
    const next = at + memory.u16(at + DIRENT.reclen);
    if (next <= at + DIRENT.name || next > end) break; // whoever shares the memory wrote there
    const name = copyOut(memory, at + DIRENT.name, next - at - DIRENT.name);
    const ino = memory.s64(at + DIRENT.ino);
    const off = memory.s64(at + DIRENT.off);
    const length = name.indexOf(0);
    const type = memory.u8(at + DIRENT.type);
    found.push({ ino, off, type, name: length === -1 ? name : name.subarray(0, length) });
    at = next;
  }
  return found;
}

/** HASH_FILE writes the bytes it hashed as a u64, then the digest. */
export const HASHED_SIZE_BYTES = 8;

/** What HASH_FILE wrote at an address, with a digest of so many bytes. */
export const readDigest = (memory: ProcessMemory, at: number, digestBytes: number): FileDigest => ({
  sizeBytes: memory.s64(at),
  digest: copyOut(memory, at + HASHED_SIZE_BYTES, digestBytes),
});
