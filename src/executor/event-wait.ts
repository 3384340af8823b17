/** Waits of enter(): for how many completions, and until when (SEMANTICS B5 to B9). */
import { fail, type Res } from '../abi/errno.ts';
import { ENTER } from '../abi/flags.ts';
import {
  GETEVENTS_ARG,
  GETEVENTS_ARG_BYTES,
  SIGSET_BYTES,
  TIMESPEC,
  TIMESPEC_BYTES,
  U64,
} from '../abi/records.ts';
import type { SleepingClock } from '../kernel/clock.ts';
import { CORRUPT } from '../ring/submission.ts';
import type { KernelRing } from './kernel-ring.ts';

const FOREVER = Number.POSITIVE_INFINITY;
const NS_PER_SEC = 1e9;
const NS_PER_US = 1e3;

/** What a wait is for. Moments are nanoseconds of the monotonic clock. */
export interface EventGoal {
  /** Unreaped CQEs that end it. */
  readonly count: number;
  /** From here on one CQE ends it (min_wait_usec); Infinity: never. */
  readonly anyFromNs: number;
  /** When it gives up. */
  readonly untilNs: number;
  /** What is wrong with its signal mask, which only a call that has to wait looks at; or 0. */
  readonly refused: Res;
}

/** What the caller of enter() says of its wait. */
export interface WaitArguments {
  readonly minComplete: number;
  /** ENTER flags. */
  readonly flags: number;
  readonly untilNs?: number | undefined;
  /** With EXT_ARG: address and size in bytes of a struct io_uring_getevents_arg. */
  readonly argAddr?: number | undefined;
  readonly argSize?: number | undefined;
}

/** A wait without a record: it goes on until it is over, or until `untilNs`. */
const plainGoal = ({ minComplete: count, untilNs = FOREVER }: WaitArguments): EventGoal => ({
  count,
  anyFromNs: FOREVER,
  untilNs,
  refused: 0,
});

/** Reads the record that EXT_ARG names, each part once; or -EINVAL, -EFAULT (B7 to B9). */
export function readGoal(
  ring: KernelRing,
  clock: SleepingClock,
  call: WaitArguments,
): EventGoal | Res {
  if ((call.flags & ENTER.EXT_ARG) === 0) return plainGoal(call);
  const { memory } = ring.process;
  const { argAddr = 0, argSize = 0 } = call;
  if (argSize !== GETEVENTS_ARG_BYTES) return fail('EINVAL');
  const at = memory.at(argAddr | 0, Math.floor(argAddr / 2 ** 32) | 0, GETEVENTS_ARG_BYTES);
  if (at < 0) return fail('EFAULT');
  const minWaitUs = memory.u32(at + GETEVENTS_ARG.minWaitUs);
  const refused = checkSigmask(ring, at);
  const now = clock.now();
  const untilNs = readUntil(ring, clock, { at, isMoment: (call.flags & ENTER.ABS_TIMER) !== 0 });
  if (untilNs < 0) return untilNs;
  const anyFromNs = minWaitUs === 0 ? FOREVER : now + minWaitUs * NS_PER_US;
  return { count: call.minComplete, anyFromNs, untilNs, refused };
}

/** No signal is ever delivered, so a mask changes nothing; but it must be one. */
function checkSigmask({ process: { memory } }: KernelRing, at: number): Res {
  const low = memory.i32(at + GETEVENTS_ARG.sigmask);
  const high = memory.i32(at + GETEVENTS_ARG.sigmask + U64.high);
  if ((low | high) === 0) return 0;
  if (memory.u32(at + GETEVENTS_ARG.sigmaskBytes) !== SIGSET_BYTES) return fail('EINVAL');
  return memory.at(low, high, SIGSET_BYTES) < 0 ? fail('EFAULT') : 0;
}

/** When the timespec of the record says that it is over: from now on, or at a moment (B8). */
function readUntil(
  ring: KernelRing,
  clock: SleepingClock,
  { at, isMoment }: { at: number; isMoment: boolean },
): number {
  const { memory } = ring.process;
  const low = memory.i32(at + GETEVENTS_ARG.timespec);
  const high = memory.i32(at + GETEVENTS_ARG.timespec + U64.high);
  if ((low | high) === 0) return FOREVER;
  const first = memory.at(low, high, TIMESPEC_BYTES);
  if (first < 0) return fail('EFAULT');
  const ns = memory.s64(first + TIMESPEC.sec) * NS_PER_SEC + memory.s64(first + TIMESPEC.nsec);
  const now = clock.now();
  if (!isMoment) return Math.max(now, now + ns);
  return Math.max(0, ring.waitsBootTime ? ns - clock.suspendedNs() : ns);
}

/** What a wait needs of the kernel it waits in. */
export interface WaitingKernel {
  readonly clock: SleepingClock;
  /** Runs what the ring's owner is to run, and moves its backlog. */
  gather(ring: KernelRing): void;
  /** Lets everything go on that can; when the next thing will by itself, Infinity: never. */
  turn(): number;
  /** The ring showed impossible indices. */
  retire(ring: KernelRing): void;
}

/**
 * Until enough CQEs are there, a plain TIMEOUT expired, or the time is up: 0; -ETIME with nothing
 * in the CQ, -EBADFD when the ring ended, -EDEADLK when nothing could ever end the wait.
 */
export function waitForEvents(kernel: WaitingKernel, ring: KernelRing, goal: EventGoal): Res {
  const wanted = Math.min(goal.count, ring.region.geometry.cqEntries);
  const { timeouts } = ring.sink;
  for (;;) {
    kernel.gather(ring);
    if (!ring.alive) return fail('EBADFD');
    const ready = ring.sink.ready();
    if (ready === CORRUPT) {
      kernel.retire(ring);
      continue;
    }
    const now = kernel.clock.now();
    const enough = ready >= wanted || (ready > 0 && now >= goal.anyFromNs);
    if (enough || ring.sink.timeouts !== timeouts) return 0;
    if (goal.refused !== 0) return goal.refused;
    if (now >= goal.untilNs) return ready === 0 ? fail('ETIME') : 0;
    const nextNs = kernel.turn();
    if (nextNs <= now || ring.sink.ready() !== ready || ring.hasDeferred) continue;
    const anyFromNs = goal.anyFromNs > now ? goal.anyFromNs : FOREVER;
    const untilNs = Math.min(nextNs, goal.untilNs, anyFromNs);
    if (untilNs === FOREVER) return fail('EDEADLK');
    kernel.clock.sleepUntil(untilNs);
    kernel.turn();
  }
}
