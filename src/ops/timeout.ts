/** TIMEOUT: completes when time has passed, or when enough other requests have completed. */
import { fail, type Res } from '../abi/errno.ts';
import { CQE_FLAG, TIMEOUT_FLAG } from '../abi/flags.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { TIMESPEC, TIMESPEC_BYTES } from '../abi/records.ts';
import type { Clock } from '../kernel/clock.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';

const { ABS, BOOTTIME, REALTIME, ETIME_SUCCESS, MULTISHOT } = TIMEOUT_FLAG;
const TWO_CLOCKS = BOOTTIME | REALTIME;
const NS_PER_SEC = 1e9;

/** The moment on the monotonic clock that an absolute timespec of some clock means (G3). */
function momentNs(flags: number, sec: number, nsec: number, clock: Clock): number {
  if ((flags & REALTIME) !== 0) {
    const now = clock.realtime();
    return clock.now() + (sec - now.sec) * NS_PER_SEC + (nsec - now.nsec);
  }
  const ahead = (flags & BOOTTIME) !== 0 ? clock.suspendedNs() : 0;
  return sec * NS_PER_SEC + nsec - ahead;
}

/** G1: what a TIMEOUT refuses; and the timespec, read once (A8). */
function prepare(request: Request, { clock }: KernelCalls): Res {
  const flags = request.opFlags;
  if (request.len !== 1) return fail('EINVAL');
  if ((flags & TWO_CLOCKS) === TWO_CLOCKS) return fail('EINVAL');
  if ((flags & MULTISHOT) !== 0 && (flags & ABS) !== 0) return fail('EINVAL');
  const { memory } = request.ring.process;
  const at = memory.at(request.addrLow, request.addrHigh, TIMESPEC_BYTES);
  if (at < 0) return fail('EFAULT');
  const sec = memory.s64(at + TIMESPEC.sec);
  const nsec = memory.s64(at + TIMESPEC.nsec);
  if (sec < 0 || nsec < 0) return fail('EINVAL');
  const absolute = (flags & ABS) !== 0;
  request.timeNs = absolute ? momentNs(flags, sec, nsec, clock) : sec * NS_PER_SEC + nsec;
  const count = request.offLow >>> 0; // Linux reads 32 bits of off
  request.shotsLeft = (flags & MULTISHOT) === 0 || count === 0 ? Number.POSITIVE_INFINITY : count;
  return 0;
}

/** Arms the clock, and the count unless `off` numbers firings (G2, G4). */
function run(request: Request, kernel: KernelCalls): Outcome {
  const startNs = (request.opFlags & ABS) !== 0 ? 0 : kernel.clock.now();
  kernel.armDeadline(request, startNs + request.timeNs);
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

/** TIMEOUT: {ETIME} when the time passed, {0} when `count` completions were posted before. */
export const timeout = op({
  code: OP.TIMEOUT,
  name: 'TIMEOUT',
  does: 'Completes after the timespec at `addr` (-ETIME), or after `off` other completions (0).',
  reads: ['addr', 'off'],
  zero: ['bufIndex', 'fileIndex'],
  flags: ABS | BOOTTIME | REALTIME | ETIME_SUCCESS | MULTISHOT,
  errors: ['ETIME', 'ECANCELED', 'EFAULT'],
  cancel: 'queue',
  uncounted: true,
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
