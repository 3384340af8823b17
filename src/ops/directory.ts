/** Reads the names of a directory: GETDENTS. */
import { fail, type Res } from '../abi/errno.ts';
import { INLINE_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { DIRENT, DIRENT_ALIGN } from '../abi/records.ts';
import type { FileObject } from '../kernel/file-system.ts';
import type { HostEntry } from '../kernel/host.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { heldFile, keep } from './held.ts';
import { fileOf } from './operand.ts';

// The position of an open directory counts names. They are read when it is 0, and kept with the
// open directory until it is 0 again: a program that takes them bit by bit sees each name once,
// whatever is made or removed meanwhile, and the host lists the directory once.

/** The names of open directories, by the open directory: they are forgotten with it. */
const NAMES = new WeakMap<FileObject, readonly HostEntry[]>();

/** The host does not tell the numbers of what it lists; 0 would mark an unused record. */
const UNKNOWN_INODE = 0xffff_ffff;

const recordBytes = ({ name }: HostEntry): number =>
  (DIRENT.name + name.length + 1 + (DIRENT_ALIGN - 1)) & -DIRENT_ALIGN;

/** Writes one struct linux_dirent64 of `spanBytes`; `next` is the position behind it. */
function writeRecord(
  memory: ProcessMemory,
  at: number,
  { entry, next, spanBytes }: { entry: HostEntry; next: number; spanBytes: number },
): void {
  memory.bytes.fill(0, at, at + spanBytes);
  memory.setU64(at + DIRENT.ino, UNKNOWN_INODE);
  memory.setU64(at + DIRENT.off, next);
  memory.setU16(at + DIRENT.reclen, spanBytes);
  memory.setU8(at + DIRENT.type, entry.type);
  memory.bytes.set(entry.name, at + DIRENT.name);
}

/** Writes the records that fit, from the position on, and moves it behind them. */
function give(request: Request, file: FileObject, names: readonly HostEntry[]): Res {
  const { memory } = request.ring.process;
  const room = Math.min(request.len >>> 0, INLINE_BYTES_MAX);
  const start = memory.at(request.addrLow, request.addrHigh, room);
  if (start < 0) return fail('EFAULT');
  let used = 0;
  let next = file.position;
  for (; next < names.length; next++) {
    const entry = names[next]!;
    const spanBytes = recordBytes(entry);
    if (used + spanBytes > room) break;
    writeRecord(memory, start + used, { entry, next: next + 1, spanBytes });
    used += spanBytes;
  }
  if (used === 0 && next < names.length) return fail('EINVAL');
  file.position = next;
  return used;
}

function run(request: Request, kernel: KernelCalls): Outcome {
  const file = fileOf(request, fail('ENOTDIR'));
  if (typeof file === 'number') return file;
  if (!file.isDirectory) return fail('ENOTDIR');
  const known = file.position === 0 ? undefined : NAMES.get(file);
  if (known !== undefined) return give(request, file, known);
  const names: HostEntry[] = [];
  request.state = names;
  const outcome = file.list(request, kernel, names);
  return outcome === PENDING ? keep(request, file) : listed(request, outcome, file);
}

function listed(request: Request, res: Res, file: FileObject): Res {
  if (res < 0) return res;
  const names = request.state as readonly HostEntry[];
  NAMES.set(file, names);
  return give(request, file, names);
}

/** GETDENTS: res = bytes of records, 0 at the end. */
export const getdents = op({
  code: OP.GETDENTS,
  name: 'GETDENTS',
  does:
    'Writes the next names of the directory `fd` as linux_dirent64 records into the `len` bytes ' +
    'at `addr`; res is how many bytes, 0 at the end. "." and ".." are left out, and every d_ino ' +
    'is 2^32-1: unknown. LSEEK to 0 begins again.',
  reads: ['addr'],
  zero: ['off', 'opFlags', 'bufIndex', 'fileIndex'],
  flags: -1,
  errors: ['EBADF', 'EFAULT', 'EINVAL', 'EIO', 'ENOENT', 'ENOTDIR'],
  /** As getdents64(2); EINVAL when `len` is too short for the next name. */
  encode(this: SqeWords, sqe: number, fd: number, addr: number, len: number) {
    prepRw(OP.GETDENTS, this.words, sqe, fd, addr, len, 0);
  },
  run,
  resume: (request, res) => listed(request, res, heldFile(request)),
});
