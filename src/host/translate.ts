/** What differs between Node's file calls and Linux's: numbers of errors and flags, records. */
import { ERRNO, fail, type Res } from '../abi/errno.ts';
import { DT, O } from '../abi/files.ts';
import type { NodeDirent, NodeFs, NodeStats } from './node-fs.ts';

/** Linux's numbers by libuv's names, one of which Linux spells otherwise. */
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(ERRNO),
  ['ENOTSUP', ERRNO.EOPNOTSUPP],
]);

/** Linux's number, negative, for what a call threw or called back with. */
export function errnoOf(error: unknown): Res {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return fail('EIO');
  const number = NUMBERS.get(code);
  if (number !== undefined) return -number;
  // Numbers that libuv has no name for are the host's own: those of Linux on Linux.
  const unnamed = /^Unknown system error (-\d+)$/.exec(code);
  if (unnamed !== null) return Number(unnamed[1]);
  // Node refused an argument before any call: a position beyond 2^53, a NUL in a path.
  return code.startsWith('ERR_') ? fail('EINVAL') : fail('EIO');
}

/** Flags that open(2) has everywhere, by their names in `constants`. */
const EVERYWHERE: readonly (readonly [linux: number, name: string])[] = [
  [O.WRONLY, 'O_WRONLY'],
  [O.RDWR, 'O_RDWR'],
  [O.CREAT, 'O_CREAT'],
  [O.EXCL, 'O_EXCL'],
  [O.TRUNC, 'O_TRUNC'],
  [O.APPEND, 'O_APPEND'],
];
/** Those that some hosts lack; they change no result there, so they are left out. */
const WHERE_KNOWN: readonly (readonly [linux: number, name: string])[] = [
  [O.NOCTTY, 'O_NOCTTY'],
  [O.NONBLOCK, 'O_NONBLOCK'],
  [O.DSYNC, 'O_DSYNC'],
  [O.SYNC & ~O.DSYNC, 'O_SYNC'],
  [O.DIRECT, 'O_DIRECT'],
  [O.DIRECTORY, 'O_DIRECTORY'],
  [O.NOFOLLOW, 'O_NOFOLLOW'],
  [O.NOATIME, 'O_NOATIME'],
];
/** Node closes on exec and takes large files anyway. */
const IMPLIED = O.CLOEXEC | O.LARGEFILE;
/** Bits that change what is opened; only Linux has them, and `constants` does not list them. */
const LINUX_ONLY = O.PATH | (O.TMPFILE & ~O.DIRECTORY);

/** Translates O_ flags of Linux on x86-64 to the host's; -EINVAL for what it cannot do. */
export function flagTranslation(constants: NodeFs['constants']): (flags: number) => Res {
  const named = [...EVERYWHERE, ...WHERE_KNOWN].map(
    ([linux, name]) => [linux, Number(constants[name] ?? 0)] as const,
  );
  const isLinux = constants['O_NOATIME'] !== undefined;
  // O_SYNC's number includes O_DSYNC's, on Linux.
  const same = named.every(([linux, host]) => (host & ~O.DSYNC) === (linux & ~O.DSYNC));
  if (same && isLinux) return (flags) => flags;
  return (flags) => {
    if ((flags & LINUX_ONLY) !== 0 && !isLinux) return fail('EINVAL');
    let left = flags & ~IMPLIED;
    let host = left & LINUX_ONLY;
    left &= ~LINUX_ONLY;
    for (const [linux, number] of named) {
      if ((left & linux) === 0) continue;
      host |= number;
      left &= ~linux;
    }
    return left === 0 ? host : fail('EINVAL');
  };
}

/** st_* as plain numbers, filled in place. */
export type StatInto = { -readonly [K in keyof NodeStats]: number };

/** One name in a directory, and its DT_ number. */
export interface Entry {
  readonly name: Uint8Array;
  readonly type: number;
}

/** Copies a Stats object into the kernel's record of one; 0. */
export function copyStats(stats: NodeStats, into: StatInto): Res {
  into.mode = stats.mode;
  into.dev = stats.dev;
  into.ino = stats.ino;
  into.nlink = stats.nlink;
  into.uid = stats.uid;
  into.gid = stats.gid;
  into.rdev = stats.rdev;
  into.size = stats.size;
  into.blksize = stats.blksize;
  into.blocks = stats.blocks;
  into.atimeMs = stats.atimeMs;
  into.mtimeMs = stats.mtimeMs;
  into.ctimeMs = stats.ctimeMs;
  into.birthtimeMs = stats.birthtimeMs;
  return 0;
}

/** The DT_ number of a directory entry. */
function entryType(entry: NodeDirent): number {
  if (entry.isFile()) return DT.REG;
  if (entry.isDirectory()) return DT.DIR;
  if (entry.isSymbolicLink()) return DT.LNK;
  if (entry.isFIFO()) return DT.FIFO;
  if (entry.isSocket()) return DT.SOCK;
  if (entry.isCharacterDevice()) return DT.CHR;
  if (entry.isBlockDevice()) return DT.BLK;
  return DT.UNKNOWN;
}

/** Fills `into` from its start, as readlink(2) does: what does not fit is cut off. */
export function copyTarget(target: Uint8Array, into: Uint8Array): Res {
  const n = Math.min(target.length, into.length);
  into.set(n === target.length ? target : target.subarray(0, n));
  return n;
}

/** Appends what a directory holds; how many names that is. */
export function appendEntries(found: readonly NodeDirent[], into: Entry[]): Res {
  for (const entry of found) into.push({ name: entry.name, type: entryType(entry) });
  return found.length;
}
