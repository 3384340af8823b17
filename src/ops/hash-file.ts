/** Digests of files: HASH_FILE. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE } from '../abi/layout.ts';
import { HASH_BUFFERS_KEPT, INLINE_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import type { HostHash } from '../kernel/host.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { highWord, prepRw } from './encode.ts';
import { pathErrors } from './errors.ts';
import { FileStatus } from './file-status.ts';
import { type Algorithm, readAlgorithm } from './hash.ts';
import { heldFile } from './held.ts';
import { isFixedFile } from './operand.ts';
import { Path } from './path.ts';

// Its steps are those of READ_FILE, into a buffer of the kernel: read until the end; when there was
// nothing to read, or one slice is full, look at the status once, because what is no regular file
// has no end or none that counts. A file that ends within its first slice is hashed in one call of
// the host, a longer one slice by slice.

// As in encode.ts: constants of this module are compiled into the code.
const SLICE = INLINE_BYTES_MAX;
/** Bytes of the count in front of the digest. */
const COUNT_BYTES = 8;
const NOTHING = new Uint8Array(0);

/** What the result that comes next is of; an index of STEPS. */
const STAGE = { OPEN: 0, READ: 1, STATUS: 2, TURN: 3 } as const;
const STEPS = [opened, bytesRead, statusKnown, nextSlice] as const;

/** A path, and the digest of what it names in the making. */
class FileHashing extends Path implements Algorithm {
  name = '';
  digestBytes = 0;
  /** Where slices are read into, and the bytes of the current one. */
  slice: Uint8Array = NOTHING;
  filled = 0;
  /** Made when a first slice is full. */
  hash: HostHash | undefined;
  status: FileStatus | undefined;
}

const hashingOf = (request: Request): FileHashing => request.state as FileHashing;

function prepare(request: Request, kernel: KernelCalls): Res {
  if (isFixedFile(request)) return fail('EBADF');
  const hashing = new FileHashing();
  request.state = hashing;
  const { addrLow, addrHigh, ring } = request;
  const res = hashing.copy(ring.process.memory, addrLow, addrHigh);
  return res !== 0 ? res : readAlgorithm(request, kernel, hashing);
}

function run(request: Request, kernel: KernelCalls): Outcome {
  const hashing = hashingOf(request);
  const { process } = request.ring;
  const res = hashing.begin(process, request.fd);
  if (res !== 0) return res;
  const room = COUNT_BYTES + hashing.digestBytes;
  if (process.memory.at(request.offLow, request.offHigh, room) < 0) return fail('EFAULT');
  request.stage = STAGE.OPEN;
  request.progress = 0;
  const outcome = kernel.files.openToRead(request, kernel, hashing);
  if (outcome !== PENDING) return opened(request, outcome, kernel);
  hashing.hold();
  return PENDING;
}

function opened(request: Request, res: Res, kernel: KernelCalls): Outcome {
  const hashing = hashingOf(request);
  hashing.drop();
  if (res < 0) return res;
  return nextSlice(request, 0, kernel);
}

/** Fills the slice as far as the file goes. */
function read(request: Request, kernel: KernelCalls): Outcome {
  const hashing = hashingOf(request);
  const file = heldFile(request);
  const { slice } = hashing;
  for (;;) {
    const { filled } = hashing;
    if (filled === SLICE) return sliceFull(request, kernel);
    const outcome = file.read(request, kernel, slice, filled, SLICE - filled, request.progress);
    if (outcome === PENDING) return PENDING;
    if (outcome <= 0) return ended(request, outcome, kernel);
    hashing.filled += outcome;
    request.progress += outcome;
  }
}

function bytesRead(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res <= 0) return ended(request, res, kernel);
  hashingOf(request).filled += res;
  request.progress += res;
  return read(request, kernel);
}

/** A read found the end, or an error. */
function ended(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res < 0) return over(request, kernel, res === fail('ESPIPE') ? fail('ENXIO') : res);
  return request.progress === 0 ? askStatus(request, kernel) : finish(request, kernel);
}

function sliceFull(request: Request, kernel: KernelCalls): Outcome {
  const { hash } = hashingOf(request);
  return hash === undefined ? askStatus(request, kernel) : addSlice(request, kernel, hash);
}

function askStatus(request: Request, kernel: KernelCalls): Outcome {
  request.stage = STAGE.STATUS;
  const status = new FileStatus();
  hashingOf(request).status = status;
  const outcome = heldFile(request).stat(request, kernel, status);
  return outcome === PENDING ? PENDING : statusKnown(request, outcome, kernel);
}

/** Nothing was read, or the first slice is full. */
function statusKnown(request: Request, res: Res, kernel: KernelCalls): Outcome {
  const hashing = hashingOf(request);
  const refused = res < 0 ? res : (hashing.status as FileStatus).refusal;
  if (refused !== 0) return over(request, kernel, refused);
  if (hashing.filled === 0) return finish(request, kernel);
  const hash = kernel.digests.create(hashing.name);
  hashing.hash = hash;
  return addSlice(request, kernel, hash);
}

/**
 * A full slice; then a turn of the other rings. The buffer is for others meanwhile: one for each
 * large file in flight would be much memory, and none of it in a cache when its turn comes.
 */
function addSlice(request: Request, kernel: KernelCalls, hash: HostHash): Outcome {
  const hashing = hashingOf(request);
  hash.update(hashing.slice, 0, SLICE);
  hashing.filled = 0;
  giveBack(hashing, kernel);
  request.stage = STAGE.TURN;
  return kernel.again(request, 0);
}

function nextSlice(request: Request, _: Res, kernel: KernelCalls): Outcome {
  hashingOf(request).slice = kernel.digests.slices.pop() ?? new Uint8Array(SLICE);
  request.stage = STAGE.READ;
  return read(request, kernel);
}

/** All is read: the count, and the digest behind it. */
function finish(request: Request, kernel: KernelCalls): Outcome {
  const { name, hash, slice, filled } = hashingOf(request);
  const { memory } = request.ring.process;
  const at = request.offLow >>> 0;
  memory.setU64(at, request.progress);
  const digestAt = at + COUNT_BYTES;
  if (hash === undefined) {
    const once = kernel.digests.once(name, slice, 0, filled, memory.bytes, digestAt);
    return over(request, kernel, once);
  }
  hash.update(slice, 0, filled);
  return over(request, kernel, hash.digest(memory.bytes, digestAt));
}

function over(request: Request, kernel: KernelCalls, res: Res): Res {
  giveBack(hashingOf(request), kernel);
  return res;
}

/** The next file may have the buffer. One whose request ended with its ring is left to the GC. */
function giveBack(hashing: FileHashing, { digests }: KernelCalls): void {
  if (digests.slices.length < HASH_BUFFERS_KEPT) digests.slices.push(hashing.slice);
  hashing.slice = NOTHING;
}

/** HASH_FILE: res = bytes of the digest. */
export const hashFile = op({
  code: OP.HASH_FILE,
  name: 'HASH_FILE',
  does:
    'Digests the regular file that the path at `addr` names, beginning at the directory `fd`, by ' +
    'the algorithm whose NUL-terminated name is at `addr3`. It writes the number of bytes of the ' +
    'file (u64) to `off`, and the digest behind it; res is the bytes of the digest.',
  zero: ['len', 'opFlags', 'bufIndex', 'fileIndex'],
  flags: -1,
  errors: [...pathErrors, 'EISDIR', 'EMFILE', 'ENFILE', 'ENXIO'],
  repeatable: true,
  /** Addresses of the algorithm's name, of the path, and of 8 bytes and the digest. */
  encode(
    this: SqeWords,
    sqe: number,
    algorithm: number,
    dfd: number,
    path: number,
    digest: number,
  ) {
    prepRw(OP.HASH_FILE, this.words, sqe, dfd, path, 0, digest);
    this.words[sqe + SQE.addr3Low] = algorithm;
    this.words[sqe + SQE.addr3High] = highWord(algorithm);
  },
  prepare,
  run,
  resume: (request, res, kernel) => STEPS[request.stage]!(request, res, kernel),
});
