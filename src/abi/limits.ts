/** Every bound of the system, named with its unit: beyond one is an error, no surprise. */

/** SQ entries of one ring: io_uring's IORING_MAX_ENTRIES. */
export const SQ_ENTRIES_MAX = 32_768;

/** CQ entries of one ring: io_uring's IORING_MAX_CQ_ENTRIES. */
export const CQ_ENTRIES_MAX = 65_536;

/**
 * Rings one executor serves: a doorbell has three levels of 32 bits. Slot 0 is the supervisor's
 * bell.
 */
export const RINGS_PER_EXECUTOR_MAX = 32 * 32 * 32;

/** Executor threads of one kernel. */
export const EXECUTORS_MAX = 64;

/** Request rows of one executor's ledger. Untouched rows cost address space only. */
export const LEDGER_ROWS_MAX = 1 << 18;

/**
 * Rows one ring may hold unless its creator says otherwise: the smallest quota, and the factor over
 * its CQ.
 */
export const IN_FLIGHT_MIN = 4096;
export const IN_FLIGHT_PER_CQ_ENTRY = 2;

/**
 * SQEs taken before their head is committed and they run: half of what is there, so that submitter
 * and executor overlap, within these bounds. A chain may exceed them, never be cut by them.
 */
export const TAKE_MIN = 32;
export const TAKE_MAX = 256;

/** SQEs one ring may have served in one turn before the next ring is looked at. */
export const TURN_BUDGET = 4096;

/** Turns that found work before an executor's event loop gets its turn. */
export const TURNS_PER_SLICE = 1024;
/** Spins that found work before it does. */
export const ROUNDS_PER_EVENT_TURN = 64;

/** Rings that a spinning executor looks at without being rung for. */
export const HOT_RINGS_MAX = 4;
/** Looks at the hot rings in vain before a look at the doorbell and the clock. */
export const LOOKS_PER_BELL = 256;
/** Hot rings served, or entries of theirs, before the doorbell gets its turn all the same. */
export const SERVES_PER_BELL = 64;
export const ENTRIES_PER_BELL = 4096;

/** Open descriptors of one process. */
export const DESCRIPTORS_MAX = 1 << 16;

/** Bytes of process memory below the first mapped address, so that 0 is NULL. */
export const NULL_PAGE_BYTES = 4096;

/** Bytes of process memory unless its creator says otherwise; untouched pages cost nothing. */
export const MEMORY_DEFAULT_BYTES = 256 * 1024 * 1024;

/** Bytes of process memory at most: an address must fit an int32 index of bytes. */
export const MEMORY_MAX_BYTES = 0x7fff_ffff;

/** Nanoseconds an executor or a waiter looks for work before it parks, unless told otherwise. */
export const SPIN_DEFAULT_NS = 50_000;

/**
 * Milliseconds between two sweeps, and so the longest sleep. A sweep looks at rings whether they
 * rang or not: it bounds what somebody who clears the doorbell bits of others can cost them.
 */
export const PARK_SLICE_MS = 50;
/** Rings one sweep looks at, so that it stays short; where there are more, several sweeps do. */
export const SWEEP_RINGS_MAX = 1024;

/** Threads of one executor that may die in a row without a turn served; one more is the last. */
export const BOOT_FAILURES_MAX = 3;

/** Milliseconds one replacement executor may take from its start to its first turn. */
export const BOOT_TIMEOUT_MS = 10_000;

/** Opcodes that one PROBE can tell of. */
export const PROBE_OPS_MAX = 256;
