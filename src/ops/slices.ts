/** Transfers between a file and memory: at once, or in slices between which others have turns. */
import { fail, type Res } from '../abi/errno.ts';
import { O, RWF } from '../abi/files.ts';
import { SETUP, SQE_FLAG } from '../abi/flags.ts';
import { SQE_SHIFT } from '../abi/layout.ts';
import { FILE_POSITION_MAX, INLINE_BYTES_MAX } from '../abi/limits.ts';
import { AT_END, AT_END_MOVING, type FileObject } from '../kernel/file-system.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import type { Segments } from '../kernel/segments.ts';
import { highWord } from './encode.ts';
import { heldFile, keep } from './held.ts';
import { positionOf } from './operand.ts';

// A transfer of more than one slice
//   Slices follow each other in order; a short one ends the request, and an error after some bytes
//   gives the bytes so far, as a signal would on Linux.
//   At -1 it takes its whole span of the file position at once, so that a second transfer at -1
//   continues behind it and not inside it; what it did not use it gives back if nobody moved on.
//   A write with O_APPEND or RWF_APPEND is one slice whatever its length: appends of several
//   requests must not tear (SEMANTICS O3).

// As in encode.ts: constants of this module are compiled into the code.
const SLICE = INLINE_BYTES_MAX;
const POSITION_MAX = FILE_POSITION_MAX;
const { DSYNC, SYNC, HIPRI, NOWAIT, APPEND, NOAPPEND } = RWF;
const { IOPOLL } = SETUP;
const ASYNC = SQE_FLAG.ASYNC << SQE_SHIFT.flags;

/** One kind of transfer: which way the bytes go, and which bytes they are. */
export interface Transfer {
  readonly writes: boolean;
  /** Bytes the request asks for; and all of them, those that are not mapped too. */
  readonly bytesOf: (request: Request) => number;
  readonly askedOf: (request: Request) => number;
  /** Fills segments with what it asks for, for a channel. */
  readonly fill: (request: Request, segments: Segments) => void;
  /** Moves bytes [from, from + count) of what it asks for, at `position` of the file. */
  readonly move: (
    request: Request,
    kernel: KernelCalls,
    file: FileObject,
    from: number,
    count: number,
    position: number,
  ) => Outcome;
}

/** What a request is at. */
const STAGE = {
  /** One call moves everything. */
  WHOLE: 0,
  SLICED: 1,
  /** The same, at a span of the file position that it took. */
  SPAN: 2,
  /** The bytes were written, and are being made durable (RWF_SYNC, RWF_DSYNC). */
  SYNC: 3,
} as const;

/**
 * What RWF_ flags refuse: -EINVAL, -EOPNOTSUPP, -EAGAIN, or 0. DSYNC, SYNC and APPEND are honoured;
 * others would need calls that the host does not have, and Linux too refuses them where a file
 * system cannot. NOAPPEND is one of these, if its file was opened with O_APPEND. NOWAIT is one for
 * all but regular files, whose bytes count as cached: what is cached is the host's secret.
 */
export function checkFlags(request: Request, file: FileObject, writes: boolean): Res {
  const { opFlags: flags } = request;
  if ((request.ring.flags & IOPOLL) !== 0) return fail('EOPNOTSUPP'); // no file here is polled
  let known = DSYNC | SYNC | HIPRI | APPEND;
  if ((file.flags & O.APPEND) === 0) known |= NOAPPEND;
  if (!file.isStream && !file.isDirectory) known |= NOWAIT;
  if ((flags & ~known) !== 0) return fail('EOPNOTSUPP');
  const both = APPEND | NOAPPEND;
  if ((flags & HIPRI) !== 0 || (flags & both) === both) return fail('EINVAL');
  return writes && (flags & NOWAIT) !== 0 ? refuseToWait(request, file) : 0;
}

/**
 * A write to a regular file may wait for the file system, so io_write() of Linux does not begin one
 * that must not; a worker (IOSQE_ASYNC) may wait, and does not look at the flag.
 */
function refuseToWait(request: Request, file: FileObject): Res {
  if ((request.head & ASYNC) !== 0) return 0;
  return (file.flags & O.ACCMODE) === O.RDONLY ? fail('EBADF') : fail('EAGAIN');
}

/** Where the request begins: RWF_APPEND wins over sqe.off, if that is a position at all (O1). */
function startOf(request: Request, writes: boolean): number {
  const position = positionOf(request);
  if (!writes || (request.opFlags & APPEND) === 0 || position < -1) return position;
  return position === -1 ? AT_END_MOVING : AT_END;
}

/** What is wrong with a transfer whose memory is not mapped: Linux looks at the file first. */
export function badMemory(request: Request, open: OpenFile, writes: boolean): Res {
  const { file, channel } = open;
  const { flags } = file ?? channel ?? { flags: undefined };
  if (flags === undefined) return fail('EINVAL'); // a ring
  const wrongMode = writes ? O.RDONLY : O.WRONLY;
  if ((flags & O.PATH) !== 0 || (flags & O.ACCMODE) === wrongMode) return fail('EBADF');
  const refused = file === undefined ? 0 : checkFlags(request, file, writes);
  if (refused !== 0) return refused;
  return file?.isDirectory === true ? fail('EISDIR') : fail('EFAULT');
}

/** Begins a transfer whose memory is good. */
export function transfer(
  request: Request,
  kernel: KernelCalls,
  file: FileObject,
  kind: Transfer,
): Outcome {
  const refused = checkFlags(request, file, kind.writes);
  if (refused !== 0) return refused;
  const position = startOf(request, kind.writes);
  if (position < AT_END_MOVING) return position;
  request.stage = STAGE.WHOLE;
  request.progress = 0;
  const total = kind.bytesOf(request);
  if (position > POSITION_MAX) return beyondEnd(request, kernel, file, kind);
  const appends = kind.writes && ((file.flags & O.APPEND) !== 0 || position < -1);
  if (total > SLICE && !appends) return beginSlices(request, kernel, file, kind);
  const outcome = kind.move(request, kernel, file, 0, total, position);
  return outcome === PENDING ? keep(request, file) : end(request, outcome, kernel, kind, file);
}

/** Goes on with it. */
export function resumeTransfer(
  request: Request,
  res: Res,
  kernel: KernelCalls,
  kind: Transfer,
): Outcome {
  const file = heldFile(request);
  if (request.stage === STAGE.SYNC) return res < 0 ? res : request.progress;
  if (request.stage === STAGE.WHOLE) return end(request, res, kernel, kind, file);
  const total = kind.bytesOf(request);
  const asked = Math.min(SLICE, total - request.progress);
  if (res > 0) request.progress += res;
  if (res === asked && request.progress < total) return nextSlice(request, kernel, file, kind);
  if (request.stage === STAGE.SPAN) giveBack(request, file, total);
  return end(request, request.progress > 0 ? request.progress : res, kernel, kind, file);
}

/** No file reaches there: a read finds its end, a write is too far. */
function beyondEnd(
  request: Request,
  kernel: KernelCalls,
  file: FileObject,
  kind: Transfer,
): Outcome {
  if (kind.writes && kind.bytesOf(request) > 0) {
    const refused = badMemory(request, file, true);
    return refused === fail('EFAULT') ? fail('EFBIG') : refused;
  }
  const outcome = kind.move(request, kernel, file, 0, 0, 0); // only asks whether it may
  return outcome === PENDING ? keep(request, file) : outcome;
}

function beginSlices(
  request: Request,
  kernel: KernelCalls,
  file: FileObject,
  kind: Transfer,
): Outcome {
  keep(request, file);
  request.stage = STAGE.SLICED;
  if (positionOf(request) === -1) {
    request.stage = STAGE.SPAN;
    request.offLow = file.position | 0; // where its span begins
    request.offHigh = highWord(file.position);
    file.position += kind.bytesOf(request);
  }
  return nextSlice(request, kernel, file, kind);
}

/** One slice; other rings have a turn before the next one, if there will be one. */
function nextSlice(
  request: Request,
  kernel: KernelCalls,
  file: FileObject,
  kind: Transfer,
): Outcome {
  const { progress } = request;
  const left = kind.bytesOf(request) - progress;
  const count = Math.min(SLICE, left);
  const outcome = kind.move(request, kernel, file, progress, count, positionOf(request) + progress);
  if (outcome === PENDING) return PENDING;
  const isLast = count === left || outcome < count;
  return isLast ? resumeTransfer(request, outcome, kernel, kind) : kernel.again(request, outcome);
}

/** The file position goes back to the last byte moved, unless somebody took it from there. */
function giveBack(request: Request, file: FileObject, total: number): void {
  const start = positionOf(request);
  if (file.position === start + total) file.position = start + request.progress;
}

/** The bytes have moved: what a write with RWF_SYNC or RWF_DSYNC still owes. */
function end(
  request: Request,
  res: Res,
  kernel: KernelCalls,
  kind: Transfer,
  file: FileObject,
): Outcome {
  if ((request.opFlags & (DSYNC | SYNC)) === 0 || !kind.writes || res <= 0) return res;
  request.stage = STAGE.SYNC;
  request.progress = res;
  const outcome = file.sync(request, kernel, (request.opFlags & SYNC) === 0);
  if (outcome === PENDING) return keep(request, file);
  return outcome < 0 ? outcome : res;
}
