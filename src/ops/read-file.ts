/** A whole file in one request: READ_FILE. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE_FLAG } from '../abi/flags.ts';
import { SQE_SHIFT } from '../abi/layout.ts';
import { INLINE_BYTES_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { pathErrors } from './errors.ts';
import { FileStatus } from './file-status.ts';
import { heldFile } from './held.ts';
import { isFixedFile } from './operand.ts';
import { pathOf, preparePath } from './path.ts';

// Its steps. A small file costs an open, two reads and a close: the second read finds the end, for
// less than a question about the size would cost, and is right about files that have none (/proc).
//
//   opened    -> read          until the end, or until the memory is full
//   end found -> res           the bytes read; when there were none, only after a look at its type
//   full      -> status        is there more? then res is the size; if the size is no use, the rest
//                              is read into nowhere and counted
//
// What is no regular file is told by its errno (directories: EISDIR, what cannot seek: ESPIPE) or
// by its status.

// As in encode.ts: constants of this module are compiled into the code.
const SLICE = INLINE_BYTES_MAX;
const SELECT = SQE_FLAG.BUFFER_SELECT << SQE_SHIFT.flags;
const SIZE_MAX = 0x7fff_ffff;

/** What the result that comes next is of; an index of STEPS. */
const STAGE = { OPEN: 0, READ: 1, STATUS: 2, COUNT: 3 } as const;
const STEPS = [opened, bytesRead, statusKnown, bytesCounted] as const;

function run(request: Request, kernel: KernelCalls): Outcome {
  const path = pathOf(request);
  const { process } = request.ring;
  const res = path.begin(process, request.fd);
  if (res !== 0) return res;
  if ((request.head & SELECT) !== 0) return fail('ENOBUFS'); // no ring has provided buffers
  if (process.memory.at(request.offLow, request.offHigh, request.len) < 0) return fail('EFAULT');
  request.stage = STAGE.OPEN;
  request.progress = 0;
  const outcome = kernel.files.openToRead(request, kernel, path);
  if (outcome !== PENDING) return opened(request, outcome, kernel);
  path.hold();
  return PENDING;
}

function opened(request: Request, res: Res, kernel: KernelCalls): Outcome {
  pathOf(request).drop();
  if (res < 0) return res;
  request.stage = STAGE.READ;
  return read(request, kernel);
}

function read(request: Request, kernel: KernelCalls): Outcome {
  const file = heldFile(request);
  const { bytes } = request.ring.process.memory;
  const at = request.offLow >>> 0;
  const length = request.len >>> 0;
  for (;;) {
    const done = request.progress;
    const left = length - done;
    if (left === 0) return askStatus(request, kernel);
    const outcome = file.read(request, kernel, bytes, at + done, Math.min(left, SLICE), done);
    if (outcome === PENDING) return PENDING;
    if (outcome <= 0) return ended(request, outcome, kernel);
    if (outcome === SLICE && left > SLICE) return kernel.again(request, outcome);
    request.progress = done + outcome;
  }
}

function bytesRead(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res <= 0) return ended(request, res, kernel);
  request.progress += res;
  return read(request, kernel);
}

/** A read found the end, or an error. */
function ended(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res < 0) return res === fail('ESPIPE') ? fail('ENXIO') : res;
  return request.progress > 0 ? request.progress : askStatus(request, kernel);
}

function askStatus(request: Request, kernel: KernelCalls): Outcome {
  const status = new FileStatus();
  request.state = status;
  request.stage = STAGE.STATUS;
  const outcome = heldFile(request).stat(request, kernel, status);
  return outcome === PENDING ? PENDING : statusKnown(request, outcome, kernel);
}

/** Nothing was read, or the memory is full. */
function statusKnown(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res < 0) return res;
  const { size, refusal } = request.state as FileStatus;
  const { progress } = request;
  if (refusal !== 0) return refusal;
  if (progress === 0 && request.len !== 0) return 0; // its end was at its start
  if (size > SIZE_MAX) return fail('EFBIG');
  if (size > progress || (size === progress && size > 0)) return size;
  request.stage = STAGE.COUNT;
  request.state = new Uint8Array(SLICE);
  return count(request, kernel);
}

/** Its size says less than was read: the rest is read to be counted. */
function count(request: Request, kernel: KernelCalls): Outcome {
  const nowhere = request.state as Uint8Array;
  const outcome = heldFile(request).read(request, kernel, nowhere, 0, SLICE, request.progress);
  return outcome === PENDING ? PENDING : kernel.again(request, outcome);
}

function bytesCounted(request: Request, res: Res, kernel: KernelCalls): Outcome {
  if (res < 0) return res;
  if (res === 0) return request.progress;
  request.progress += res;
  return request.progress > SIZE_MAX ? fail('EFBIG') : count(request, kernel);
}

/** READ_FILE: res = the size of the file. */
export const readFile = op({
  code: OP.READ_FILE,
  name: 'READ_FILE',
  does:
    'Reads the regular file that the path at `addr` names, beginning at the directory `fd`, into ' +
    'the `len` bytes at `off`. res is the size of the file: when it exceeds `len`, what was read ' +
    'is only its beginning. Files without a size (/proc) are read to their end.',
  zero: ['opFlags', 'bufIndex', 'fileIndex'],
  flags: -1,
  errors: [...pathErrors, 'EFBIG', 'EISDIR', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENXIO'],
  bufferSelect: true,
  repeatable: true,
  /** The path, and the `len` bytes at `addr` that take the file. */
  encode(this: SqeWords, sqe: number, dfd: number, path: number, addr: number, len: number) {
    prepRw(OP.READ_FILE, this.words, sqe, dfd, path, len, addr);
  },
  prepare: (request) => (isFixedFile(request) ? fail('EBADF') : preparePath(request)),
  run,
  resume: (request, res, kernel) => STEPS[request.stage]!(request, res, kernel),
});
