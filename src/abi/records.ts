/** Byte map of the records in process memory that SQEs and calls point to (x86-64). */

/** struct __kernel_timespec: s64 seconds, s64 nanoseconds. */
export const TIMESPEC_BYTES = 16;
export const TIMESPEC = { sec: 0, nsec: 8 } as const;

/** struct io_uring_probe: a head, then one entry per opcode. */
export const PROBE_HEAD_BYTES = 16;
export const PROBE_HEAD = { lastOp: 0, opsLen: 1 } as const;
export const PROBE_ENTRY_BYTES = 8;
export const PROBE_ENTRY = { op: 0, flags: 2 } as const;
/** IO_URING_OP_SUPPORTED. */
export const PROBE_SUPPORTED = 1;
