/** Control calls on a ring itself: personalities, notices, the clock of waits, rules, workers. */
import { fail, type Res } from '../../abi/errno.ts';
import { RING_STATE } from '../../abi/layout.ts';
import { RECORD } from '../../abi/private.ts';
import { CLOCK_REGISTER, CLOCK_REGISTER_BYTES, FD_BYTES } from '../../abi/records.ts';
import { CLOCK, REGISTER } from '../../abi/register.ts';
import { EventFd } from '../../kernel/ipc/eventfd.ts';
import { Restrictions } from '../../kernel/restrictions.ts';
import type { Call } from '../../ring/call.ts';
import type { KernelRing } from '../kernel-ring.ts';
import type { Machine } from '../machine.ts';
import { Notices } from '../notices.ts';

type RingCall = (machine: Machine, ring: KernelRing, call: Call) => Res;

const isNull = ({ addrLow, addrHigh }: Call): boolean => (addrLow | addrHigh) === 0;

/** PERSONALITY takes no argument: res = its number. */
const registerPersonality: RingCall = (_, { personalities }, call) =>
  !isNull(call) || call.count !== 0 ? fail('EINVAL') : personalities.register();

const unregisterPersonality: RingCall = (_, { personalities }, call) =>
  isNull(call) ? personalities.unregister(call.count) : fail('EINVAL');

/** EVENTFD, EVENTFD_ASYNC: a descriptor at `addr` (C9). */
function registerEventfd(ring: KernelRing, call: Call, asyncOnly: boolean): Res {
  if (call.count !== 1) return fail('EINVAL');
  if (ring.notices !== undefined) return fail('EBUSY');
  const { memory, descriptors } = ring.process;
  const at = memory.at(call.addrLow, call.addrHigh, FD_BYTES);
  if (at < 0) return fail('EFAULT');
  const open = descriptors.get(memory.i32(at));
  if (open === undefined) return fail('EBADF');
  if (!(open instanceof EventFd)) return fail('EINVAL');
  ring.notices = new Notices(open, asyncOnly);
  return 0;
}

const unregisterEventfd: RingCall = (_, ring, call) => {
  if (!isNull(call) || call.count !== 0) return fail('EINVAL');
  if (ring.notices === undefined) return fail('ENXIO');
  ring.notices.remove();
  ring.notices = undefined;
  return 0;
};

/** CLOCK: what absolute waits go by; nr_args is 0 (B8). */
const registerClock: RingCall = (_, ring, call) => {
  if (isNull(call) || call.count !== 0) return fail('EINVAL');
  const { memory } = ring.process;
  const at = memory.at(call.addrLow, call.addrHigh, CLOCK_REGISTER_BYTES);
  if (at < 0) return fail('EFAULT');
  const clock = memory.u32(at + CLOCK_REGISTER.clockid);
  for (let byte = CLOCK_REGISTER.resv; byte < CLOCK_REGISTER_BYTES; byte++)
    if (memory.u8(at + byte) !== 0) return fail('EINVAL');
  if (clock !== CLOCK.MONOTONIC && clock !== CLOCK.BOOTTIME) return fail('EINVAL');
  ring.waitsBootTime = clock === CLOCK.BOOTTIME;
  return 0;
};

/** RESTRICTIONS: before the ring is enabled, and once (S1). They hold from then on. */
const registerRestrictions: RingCall = ({ ledger, table }, ring, call) => {
  if (ring.state !== RING_STATE.DISABLED) return fail('EBADFD');
  if (ring.awaitedRestrictions !== undefined) return fail('EBUSY');
  const list = { low: call.addrLow, high: call.addrHigh, count: call.count };
  const hasOperation = (opcode: number): boolean => table[opcode] !== undefined;
  const restrictions = Restrictions.read(ring.process.memory, list, hasOperation);
  if (typeof restrictions === 'number') return restrictions;
  ring.awaitedRestrictions = restrictions;
  ledger.words[ring.record + RECORD.restricted] = 1;
  return 0;
};

/** ENABLE_RINGS: a ring made with R_DISABLED begins to take entries. */
const enableRings: RingCall = (machine, ring, call) => {
  if (!isNull(call) || call.count !== 0) return fail('EINVAL');
  const res = machine.enable(ring);
  if (res === 0) ring.restrictions = ring.awaitedRestrictions;
  return res;
};

/** Bounded and unbounded workers: two u32. */
const WORKER_KINDS = 2;
const U32_BYTES = 4;
const INT_MAX = 0x7fff_ffff;

/**
 * IOWQ_MAX_WORKERS: notes the numbers asked for, and gives back those before (U1). They change
 * nothing: the host's pool is shared, and limited by its own number of threads.
 */
const maxWorkers: RingCall = (_, { process, workersMax }, call) => {
  if (isNull(call) || call.count !== WORKER_KINDS) return fail('EINVAL');
  const { memory } = process;
  const at = memory.at(call.addrLow, call.addrHigh, WORKER_KINDS * U32_BYTES);
  if (at < 0) return fail('EFAULT');
  const asked = [memory.u32(at), memory.u32(at + U32_BYTES)] as const;
  if (asked.some((count) => count > INT_MAX)) return fail('EINVAL');
  for (const [kind, count] of asked.entries()) {
    memory.setU32(at + kind * U32_BYTES, workersMax[kind as 0 | 1]);
    if (count !== 0) workersMax[kind as 0 | 1] = count;
  }
  return 0;
};

/** IOWQ_AFF: a mask of processors for workers. Threads of the host's pool cannot be bound. */
const setAffinity: RingCall = (_, { process }, call) => {
  if (isNull(call) || call.count === 0) return fail('EINVAL');
  return process.memory.at(call.addrLow, call.addrHigh, call.count) < 0 ? fail('EFAULT') : 0;
};

const clearAffinity: RingCall = (_machine, _ring, call) =>
  isNull(call) && call.count === 0 ? 0 : fail('EINVAL');

/** By the number of the call, to be merged into the table of control calls. */
export const RING_CALLS: ReadonlyMap<number, RingCall> = new Map<number, RingCall>([
  [REGISTER.EVENTFD, (_, ring, call) => registerEventfd(ring, call, false)],
  [REGISTER.EVENTFD_ASYNC, (_, ring, call) => registerEventfd(ring, call, true)],
  [REGISTER.UNREGISTER_EVENTFD, unregisterEventfd],
  [REGISTER.PERSONALITY, registerPersonality],
  [REGISTER.UNREGISTER_PERSONALITY, unregisterPersonality],
  [REGISTER.RESTRICTIONS, registerRestrictions],
  [REGISTER.ENABLE_RINGS, enableRings],
  [REGISTER.CLOCK, registerClock],
  [REGISTER.IOWQ_MAX_WORKERS, maxWorkers],
  [REGISTER.IOWQ_AFF, setAffinity],
  [REGISTER.UNREGISTER_IOWQ_AFF, clearAffinity],
]);
