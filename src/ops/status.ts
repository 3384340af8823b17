/** Tells of a file: STATX. */
import { fail, type Res } from '../abi/errno.ts';
import { AT, S_IF, STATX } from '../abi/files.ts';
import { SQE } from '../abi/layout.ts';
import { PAGE_BYTES } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { STATX_BYTES, STATX_FIELD, STATX_TIME } from '../abi/records.ts';
import type { HostStat } from '../kernel/host.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { pathErrors } from './errors.ts';
import { FileStatus } from './file-status.ts';
import { dropState, keep } from './held.ts';
import { isFixedFile } from './operand.ts';
import { Path } from './path.ts';
import { pipeOf } from './splicing.ts';

const KNOWN_FLAGS = AT.SYMLINK_NOFOLLOW | AT.NO_AUTOMOUNT | AT.EMPTY_PATH | AT.STATX_SYNC_TYPE;
const CURRENT_DIRECTORY = new TextEncoder().encode('.');
const MS_PER_SEC = 1000;
const NS_PER_MS = 1e6;
const NSEC_MAX = 999_999_999;
/** Permissions of what has no name. */
const SOCKET_MODE = 0o777;
const OWNER_MODE = 0o600;

/** A path, and what the host told of what it names. */
class Asking extends Path {
  readonly status = new FileStatus();
}

const askingOf = (request: Request): Asking => request.state as Asking;

function prepare(request: Request): Res {
  if (isFixedFile(request)) return fail('EBADF');
  const asking = new Asking();
  request.state = asking;
  const { addrLow, addrHigh, opFlags, ring } = request;
  return asking.copy(ring.process.memory, addrLow, addrHigh, (opFlags & AT.EMPTY_PATH) !== 0);
}

function run(request: Request, kernel: KernelCalls): Outcome {
  const { opFlags } = request;
  if ((request.len & STATX.RESERVED) !== 0 || (opFlags & ~KNOWN_FLAGS) !== 0) return fail('EINVAL');
  if ((opFlags & AT.STATX_SYNC_TYPE) === AT.STATX_SYNC_TYPE) return fail('EINVAL');
  const outcome = ask(request, kernel);
  return outcome === PENDING ? PENDING : answer(request, outcome);
}

function ask(request: Request, kernel: KernelCalls): Outcome {
  const asking = askingOf(request);
  if (asking.bytes.length === 0) {
    if (request.fd !== AT.FDCWD) return askDescriptor(request, kernel, asking);
    asking.bytes = CURRENT_DIRECTORY;
  }
  const res = asking.begin(request.ring.process, request.fd);
  if (res !== 0) return res;
  const follow = (request.opFlags & AT.SYMLINK_NOFOLLOW) === 0;
  const outcome = kernel.files.stat(request, kernel, asking, follow, asking.status);
  if (outcome === PENDING) asking.hold();
  return outcome;
}

/** AT_EMPTY_PATH: the descriptor itself; one opened with O_PATH will do. */
function askDescriptor(request: Request, kernel: KernelCalls, { status }: Asking): Outcome {
  const open: OpenFile | undefined = request.ring.process.descriptors.get(request.fd);
  if (open === undefined) return fail('EBADF');
  const { file } = open;
  if (file === undefined) return tellOfNameless(open, status);
  const outcome = file.stat(request, kernel, status);
  return outcome === PENDING ? keep(request, file) : outcome;
}

/**
 * What Linux keeps in file systems without names: pipes (pipefs), sockets (sockfs), and eventfds
 * and rings (anon_inodefs), whose type is none. Here they have no numbers, users and times.
 */
function tellOfNameless(open: OpenFile, status: FileStatus): Res {
  if (open.socket !== undefined) status.mode = S_IF.SOCK | SOCKET_MODE;
  else status.mode = (pipeOf(open) === undefined ? 0 : S_IF.FIFO) | OWNER_MODE;
  status.nlink = 1;
  status.blksize = PAGE_BYTES;
  return 0;
}

/** Writes the record, if there is something to tell. */
function answer(request: Request, res: Res): Res {
  if (res < 0) return res;
  const { memory } = request.ring.process;
  const at = memory.at(request.offLow, request.offHigh, STATX_BYTES);
  if (at < 0) return fail('EFAULT');
  writeStatx(memory, at, askingOf(request).status);
  return 0;
}

/** Major and minor number of a device, as makedev(3) of glibc packs them into st_dev. */
const majorOf = (dev: number): number =>
  ((dev >>> 8) & 0xfff) | (Math.floor(dev / 2 ** 32) & ~0xfff);
const minorOf = (dev: number): number => (dev & 0xff) | (Math.floor(dev / 2 ** 12) & 0xffff_ff00);

function writeStatx(memory: ProcessMemory, at: number, status: HostStat): void {
  const field = STATX_FIELD;
  const knowsBirth = status.birthtimeMs > 0;
  memory.bytes.fill(0, at, at + STATX_BYTES);
  memory.setU32(at + field.mask, STATX.BASIC_STATS | (knowsBirth ? STATX.BTIME : 0));
  memory.setU32(at + field.blksize, status.blksize);
  memory.setU32(at + field.nlink, status.nlink);
  memory.setU32(at + field.uid, status.uid);
  memory.setU32(at + field.gid, status.gid);
  memory.setU16(at + field.mode, status.mode);
  memory.setU64(at + field.ino, status.ino);
  memory.setU64(at + field.size, status.size);
  memory.setU64(at + field.blocks, status.blocks);
  writeTime(memory, at + field.atime, status.atimeMs);
  if (knowsBirth) writeTime(memory, at + field.btime, status.birthtimeMs);
  writeTime(memory, at + field.ctime, status.ctimeMs);
  writeTime(memory, at + field.mtime, status.mtimeMs);
  memory.setU32(at + field.rdevMajor, majorOf(status.rdev));
  memory.setU32(at + field.rdevMinor, minorOf(status.rdev));
  memory.setU32(at + field.devMajor, majorOf(status.dev));
  memory.setU32(at + field.devMinor, minorOf(status.dev));
}

/** As exact as the host's milliseconds are: doubles, so to about 200 ns. */
function writeTime(memory: ProcessMemory, at: number, timeMs: number): void {
  const sec = Math.floor(timeMs / MS_PER_SEC);
  const nsec = Math.round((timeMs - sec * MS_PER_SEC) * NS_PER_MS);
  memory.setU64(at + STATX_TIME.sec, sec);
  memory.setU32(at + STATX_TIME.nsec, Math.min(nsec, NSEC_MAX));
}

/** STATX: res = 0, and struct statx is filled. */
export const statx = op({
  code: OP.STATX,
  name: 'STATX',
  does:
    'statx(2): writes the struct statx of the file that the path at `addr` names, beginning at ' +
    'the directory `fd`, to `off`; AT_ flags in `op_flags`, STATX_ mask in `len`. What was found ' +
    'is in stx_mask: the basic fields, and the time of birth where the host knows it. Of a pipe, ' +
    'a socket, an eventfd or a ring (AT_EMPTY_PATH) it is mode, links and block size.',
  reads: ['addr', 'off'],
  zero: ['bufIndex', 'fileIndex'],
  flags: -1,
  errors: pathErrors,
  repeatable: true,
  /** io_uring_prep_statx: `mask` of STATX_, `flags` of AT_, `statxAddr` of a struct statx. */
  encode(
    this: SqeWords,
    sqe: number,
    dfd: number,
    path: number,
    flags: number,
    mask: number,
    statxAddr: number,
  ) {
    prepRw(OP.STATX, this.words, sqe, dfd, path, mask, statxAddr);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare,
  run,
  resume: (request, res) => answer(request, dropState(request, res)),
  isFailure: () => false, // D7
});
