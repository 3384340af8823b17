/** Time as an operation: TIMEOUT, LINK_TIMEOUT, TIMEOUT_REMOVE. */
import { fail, type Res } from '../abi/errno.ts';
import { CQE_FLAG, SQE_FLAG, TIMEOUT_FLAG } from '../abi/flags.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { TIMESPEC, TIMESPEC_BYTES } from '../abi/records.ts';
import type { Clock } from '../kernel/clock.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';

const { ABS, BOOTTIME, REALTIME, ETIME_SUCCESS, MULTISHOT } = TIMEOUT_FLAG;
const { UPDATE, LINK_TIMEOUT_UPDATE } = TIMEOUT_FLAG;
const UPDATES = UPDATE | LINK_TIMEOUT_UPDATE;
const FLAGS = ABS | BOOTTIME | REALTIME | ETIME_SUCCESS | MULTISHOT;
const TWO_CLOCKS = BOOTTIME | REALTIME;
const NS_PER_SEC = 1e9;

/** Where a timespec lies, and TIMEOUT_FLAG bits. */
interface TimeAt {
  readonly low: number;
  readonly high: number;
  readonly flags: number;
}

/** The moment on the monotonic clock that an absolute timespec of some clock means (G3). */
function momentNs(flags: number, sec: number, nsec: number, clock: Clock): number {
  if ((flags & REALTIME) !== 0) {
    const now = clock.realtime();
    return clock.now() + (sec - now.sec) * NS_PER_SEC + (nsec - now.nsec);
  }
  const ahead = (flags & BOOTTIME) !== 0 ? clock.suspendedNs() : 0;
  return sec * NS_PER_SEC + nsec - ahead;
}

/**
 * Reads a timespec, once (A8), as a span from now on or, with ABS, as a moment of a clock: into
 * request.timeNs. 0, -EFAULT, or -EINVAL for a negative part.
 */
function readTime(request: Request, clock: Clock, at: TimeAt): Res {
  const { memory } = request.ring.process;
  const first = memory.at(at.low, at.high, TIMESPEC_BYTES);
  if (first < 0) return fail('EFAULT');
  const sec = memory.s64(first + TIMESPEC.sec);
  const nsec = memory.s64(first + TIMESPEC.nsec);
  if (sec < 0 || nsec < 0) return fail('EINVAL');
  const absolute = (at.flags & ABS) !== 0;
  request.timeNs = absolute ? momentNs(at.flags, sec, nsec, clock) : sec * NS_PER_SEC + nsec;
  return 0;
}

/** G1: what a TIMEOUT refuses; and its timespec. */
function prepare(request: Request, { clock }: KernelCalls): Res {
  const { opFlags: flags, addrLow: low, addrHigh: high } = request;
  if (request.len !== 1) return fail('EINVAL');
  if ((flags & TWO_CLOCKS) === TWO_CLOCKS) return fail('EINVAL');
  if ((flags & MULTISHOT) !== 0 && (flags & ABS) !== 0) return fail('EINVAL');
  const count = request.offLow >>> 0; // Linux reads 32 bits of off
  request.shotsLeft = (flags & MULTISHOT) === 0 || count === 0 ? Number.POSITIVE_INFINITY : count;
  return readTime(request, clock, { low, high, flags });
}

/** H3: a LINK_TIMEOUT stands behind a request that it can bound, and counts nothing. */
function prepareLink(request: Request, kernel: KernelCalls): Res {
  if (request.offLow !== 0) return fail('EINVAL');
  const failure = prepare(request, kernel);
  if (failure !== 0) return failure;
  const { chainTail } = request.ring;
  const follows = chainTail !== undefined && chainTail.operation.code !== OP.LINK_TIMEOUT;
  return follows ? 0 : fail('EINVAL');
}

/** From now on, or at its moment. */
const startOf = (flags: number, clock: Clock): number => ((flags & ABS) !== 0 ? 0 : clock.now());

/** Arms the clock, and the count unless `off` numbers firings (G2, G4). */
function run(request: Request, kernel: KernelCalls): Outcome {
  kernel.armDeadline(request, startOf(request.opFlags, kernel.clock) + request.timeNs);
  const multishot = (request.opFlags & MULTISHOT) !== 0;
  if (!multishot && request.offLow !== 0) kernel.armCount(request, request.offLow >>> 0);
  return PENDING;
}

/** The deadline passed (res -ETIME), or the completions were counted (res 0). */
function due(request: Request, kernel: KernelCalls, byCount: boolean): void {
  if (byCount) {
    kernel.complete(request, 0, 0);
    return;
  }
  kernel.countTimeout(request);
  const again = (request.opFlags & MULTISHOT) !== 0 && request.shotsLeft > 1;
  if (again && kernel.postMore(request, fail('ETIME'), CQE_FLAG.MORE)) {
    request.shotsLeft--;
    kernel.armDeadline(request, kernel.clock.now() + request.timeNs); // as Linux: from now on
    return;
  }
  kernel.complete(request, fail('ETIME'), 0);
}

/** H1: the request that it bounds is taken back, if it can be. */
function linkDue(request: Request, kernel: KernelCalls): void {
  const { bounds } = request;
  let res: Res = 0;
  if (bounds !== undefined) {
    bounds.linkTimeout = undefined;
    request.bounds = undefined;
    res = kernel.takeBack(bounds);
  }
  kernel.complete(request, res === 0 ? fail('ETIME') : res, 0);
}

/** G5: what a removal, or an update, refuses; and the new timespec. */
function prepareRemove(request: Request, { clock }: KernelCalls): Res {
  const { opFlags: flags, offLow: low, offHigh: high } = request;
  if ((request.flags & (SQE_FLAG.FIXED_FILE | SQE_FLAG.BUFFER_SELECT)) !== 0) return fail('EINVAL');
  if ((flags & UPDATES) === 0) return flags === 0 ? 0 : fail('EINVAL');
  if ((flags & ~(UPDATES | ABS)) !== 0) return fail('EINVAL');
  // A moment is one of the clock of the TIMEOUT, which is not known yet: kept as it is.
  return readTime(request, clock, { low, high, flags: 0 });
}

function remove(request: Request, kernel: KernelCalls): Res {
  const { ring, opFlags: flags, addrLow: low, addrHigh: high } = request;
  const isLink = (flags & (UPDATE | LINK_TIMEOUT_UPDATE)) === UPDATES;
  const opcode = isLink ? OP.LINK_TIMEOUT : OP.TIMEOUT;
  const found = kernel.findPending(ring, { low, high, opcode });
  if (found === undefined) return fail('ENOENT');
  if ((flags & UPDATE) === 0) return kernel.takeBack(found);
  kernel.dropCount(found);
  found.offLow = 0; // and it is not counted again
  found.shotsLeft = Number.POSITIVE_INFINITY; // nor are its firings, as in Linux
  found.timeNs = request.timeNs;
  const { clock } = kernel;
  const [sec, nsec] = [Math.floor(request.timeNs / NS_PER_SEC), request.timeNs % NS_PER_SEC];
  const moment = (flags & ABS) !== 0 ? momentNs(found.opFlags, sec, nsec, clock) : undefined;
  kernel.armDeadline(found, moment ?? clock.now() + request.timeNs);
  return 0;
}

/** TIMEOUT: {ETIME} when the time passed, {0} when `count` completions were posted before. */
export const timeout = op({
  code: OP.TIMEOUT,
  name: 'TIMEOUT',
  does: 'Completes after the timespec at `addr` (-ETIME), or after `off` other completions (0).',
  reads: ['addr', 'off'],
  zero: ['bufIndex', 'fileIndex'],
  flags: FLAGS,
  errors: ['ETIME', 'ECANCELED', 'EFAULT'],
  cancel: 'queue',
  /** io_uring_prep_timeout: `addr` of a timespec, completions to count (0: none), TIMEOUT_FLAG. */
  encode(this: SqeWords, sqe: number, addr: number, count: number, flags: number) {
    prepRw(OP.TIMEOUT, this.words, sqe, -1, addr, 1, count);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare,
  run,
  due,
  isFailure: (request, res) =>
    res < 0 && !(res === fail('ETIME') && (request.opFlags & ETIME_SUCCESS) !== 0),
});

/** LINK_TIMEOUT: takes back the request before it in its chain when that takes too long. */
export const linkTimeout = op({
  code: OP.LINK_TIMEOUT,
  name: 'LINK_TIMEOUT',
  does:
    'Bounds the request before it in its chain: when the timespec at `addr` has passed since ' +
    'that one began, it is cancelled and res is -ETIME; else res is -ECANCELED.',
  reads: ['addr', 'off'],
  zero: ['bufIndex', 'fileIndex'],
  flags: FLAGS,
  errors: ['ETIME', 'ECANCELED', 'EFAULT', 'EALREADY', 'ENOENT'],
  cancel: 'queue',
  /** io_uring_prep_link_timeout: `addr` of a timespec, TIMEOUT_FLAG. */
  encode(this: SqeWords, sqe: number, addr: number, flags: number) {
    prepRw(OP.LINK_TIMEOUT, this.words, sqe, -1, addr, 1, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: prepareLink,
  run,
  due: linkDue,
  isFailure: () => false,
});

/** TIMEOUT_REMOVE: takes a TIMEOUT back by its user_data, or changes when it expires. */
export const timeoutRemove = op({
  code: OP.TIMEOUT_REMOVE,
  name: 'TIMEOUT_REMOVE',
  does:
    'Takes back the TIMEOUT with the user_data `addr`; or, with TIMEOUT_UPDATE, has it expire by ' +
    'the timespec at `off` (TIMEOUT_ABS: at that moment) and not by a count any more.',
  reads: ['addr', 'off'],
  zero: ['bufIndex', 'len', 'fileIndex'],
  flags: -1,
  errors: ['ENOENT', 'EFAULT'],
  /** io_uring_prep_timeout_remove */
  encode(this: SqeWords, sqe: number, userData: number, flags: number) {
    prepRw(OP.TIMEOUT_REMOVE, this.words, sqe, -1, userData, 0, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: prepareRemove,
  run: remove,
});
