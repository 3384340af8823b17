/** io_uring_setup(2): what ring a request for one gets, or why it gets none. */
import { fail, type Res } from '../abi/errno.ts';
import { SETUP } from '../abi/flags.ts';
import type { RegionFacts } from '../abi/layout.ts';
import { CQ_ENTRIES_MAX, SQ_ENTRIES_MAX } from '../abi/limits.ts';

/** struct io_uring_params, as far as a simulator reads it. */
export interface SetupParams {
  /** SETUP flags. */
  readonly flags?: number;
  /** CQ entries; read only with CQSIZE. */
  readonly cqEntries?: number;
  /** Milliseconds until an idle SQ poller sleeps; 0 is one second. Read only with SQPOLL. */
  readonly sqThreadIdleMs?: number;
  /** Another ring's descriptor; read only with ATTACH_WQ. */
  readonly wqFd?: number;
  /** Reserved; must be 0. */
  readonly resv?: number;
}

const KNOWN_FLAGS = Object.values(SETUP).reduce((all, flag) => all | flag, 0);
const TASKRUN = SETUP.COOP_TASKRUN | SETUP.DEFER_TASKRUN;

/** Each row: EINVAL when all of `has` are set and none of `lacks` is. SEMANTICS A3. */
const CONTRADICTIONS: readonly { readonly has: number; readonly lacks: number }[] = [
  { has: SETUP.SQ_AFF, lacks: SETUP.SQPOLL },
  { has: SETUP.DEFER_TASKRUN, lacks: SETUP.SINGLE_ISSUER },
  { has: SETUP.DEFER_TASKRUN | SETUP.SQPOLL, lacks: 0 },
  { has: SETUP.COOP_TASKRUN | SETUP.SQPOLL, lacks: 0 },
  { has: SETUP.TASKRUN_FLAG, lacks: TASKRUN },
  { has: SETUP.TASKRUN_FLAG | SETUP.SQPOLL, lacks: 0 },
  { has: SETUP.CQE32 | SETUP.CQE_MIXED, lacks: 0 },
  { has: SETUP.HYBRID_IOPOLL, lacks: SETUP.IOPOLL },
  { has: SETUP.REGISTERED_FD_ONLY, lacks: SETUP.NO_MMAP },
  // A ring in memory that the caller brings: ours is always made by us, because a region is one
  // buffer that can be sent to another thread. Linux wants an address here that we have no use for.
  { has: SETUP.NO_MMAP, lacks: 0 },
];

/** The smallest power of two that is at least `n` (1 to 2^31). */
const powerOfTwoAbove = (n: number): number => (n <= 1 ? 1 : 1 << (32 - Math.clz32(n - 1)));

/** A1: `entries` cut or refused at `max`, then rounded up; 0 stands for EINVAL. */
function sizeOf(entries: number, max: number, clamp: boolean): number {
  if (!Number.isInteger(entries) || entries <= 0) return 0;
  if (entries > max) return clamp ? max : 0;
  return powerOfTwoAbove(entries);
}

/** Checks the flags of a setup or of a resize; 0 or -EINVAL. */
function checkFlags(flags: number): Res {
  if ((flags & ~KNOWN_FLAGS) !== 0) return fail('EINVAL');
  const contradicts = CONTRADICTIONS.some(
    ({ has, lacks }) => (flags & has) === has && (flags & lacks) === 0,
  );
  return contradicts ? fail('EINVAL') : 0;
}

/** The sizes a ring gets (A1, A2), or -EINVAL. */
export function ringSizes(
  entries: number,
  params: SetupParams,
): { sqEntries: number; cqEntries: number } | Res {
  const flags = params.flags ?? 0;
  const clamp = (flags & SETUP.CLAMP) !== 0;
  const sqEntries = sizeOf(entries, SQ_ENTRIES_MAX, clamp);
  if (sqEntries === 0) return fail('EINVAL');
  if ((flags & SETUP.CQSIZE) === 0) return { sqEntries, cqEntries: 2 * sqEntries };
  const cqEntries = sizeOf(params.cqEntries ?? 0, CQ_ENTRIES_MAX, clamp);
  return cqEntries < sqEntries ? fail('EINVAL') : { sqEntries, cqEntries };
}

/** What decides the new ring's region, or a negative errno (A1 to A3). */
export function checkSetup(entries: number, params: SetupParams = {}): RegionFacts | Res {
  if ((params.resv ?? 0) !== 0) return fail('EINVAL');
  const flags = params.flags ?? 0;
  const bad = checkFlags(flags);
  if (bad < 0) return bad;
  const sizes = ringSizes(entries, params);
  return typeof sizes === 'number' ? sizes : { ...sizes, flags };
}
