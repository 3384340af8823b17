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

/** The two words of a 64-bit number, the lower one first. */
export const U64 = { low: 0, high: 4 } as const;

/** struct iovec: u64 base, u64 length in bytes. */
export const IOVEC_BYTES = 16;
export const IOVEC = { base: 0, len: 8 } as const;

/** struct open_how: u64 O_ flags, u64 mode, u64 RESOLVE_ flags. */
export const OPEN_HOW_BYTES = 24;
export const OPEN_HOW = { flags: 0, mode: 8, resolve: 16 } as const;

/** struct statx, without what this kernel leaves zero. */
export const STATX_BYTES = 256;
export const STATX_FIELD = {
  mask: 0,
  blksize: 4,
  nlink: 16,
  uid: 20,
  gid: 24,
  mode: 28,
  ino: 32,
  size: 40,
  blocks: 48,
  atime: 64,
  btime: 80,
  ctime: 96,
  mtime: 112,
  rdevMajor: 128,
  rdevMinor: 132,
  devMajor: 136,
  devMinor: 140,
} as const;
/** struct statx_timestamp: s64 seconds, u32 nanoseconds, and as many bytes unused. */
export const STATX_TIME = { sec: 0, nsec: 8 } as const;

/**
 * struct linux_dirent64: u64 inode, s64 position behind it, u16 bytes of the record, u8 DT_ type,
 * then the name and a NUL; records are padded to DIRENT_ALIGN bytes.
 */
export const DIRENT = { ino: 0, off: 8, reclen: 16, type: 18, name: 19 } as const;
export const DIRENT_ALIGN = 8;

/** struct io_uring_rsrc_register (FILES2, BUFFERS2): how many, RSRC_REGISTER flags, where, tags. */
export const RSRC_REGISTER_BYTES = 32;
export const RSRC_REGISTER = { nr: 0, flags: 4, resv2: 8, data: 16, tags: 24 } as const;

/** struct io_uring_rsrc_update2 (FILES_UPDATE2, BUFFERS_UPDATE): offset, where, tags, how many. */
export const RSRC_UPDATE2_BYTES = 32;
export const RSRC_UPDATE2 = { offset: 0, resv: 4, data: 8, tags: 16, nr: 24, resv2: 28 } as const;

/** struct io_uring_rsrc_update (FILES_UPDATE): its beginning. */
export const RSRC_UPDATE_BYTES = 16;

/** A descriptor in a list of them, s32; and a tag, u64. */
export const FD_BYTES = 4;
export const TAG_BYTES = 8;

/** struct io_uring_file_index_range (FILE_ALLOC_RANGE): u32 first slot, u32 slots. */
export const FILE_INDEX_RANGE_BYTES = 16;
export const FILE_INDEX_RANGE = { off: 0, len: 4, resv: 8 } as const;

/** struct io_uring_clone_buffers (CLONE_BUFFERS): u32 each. */
export const CLONE_BUFFERS_BYTES = 32;
export const CLONE_BUFFERS_FIELD = {
  srcFd: 0,
  flags: 4,
  srcOff: 8,
  dstOff: 12,
  nr: 16,
  pad: 20,
} as const;

/** struct io_uring_buf_reg (PBUF_RING): u64 address, u32 entries, u16 group, u16 flags. */
export const BUF_REG_BYTES = 40;
export const BUF_REG = { ringAddr: 0, ringEntries: 8, bgid: 12, flags: 14, resv: 16 } as const;

/** struct io_uring_buf_status (PBUF_STATUS): u32 group, u32 head. */
export const BUF_STATUS_BYTES = 40;
export const BUF_STATUS = { bufGroup: 0, head: 4, resv: 8 } as const;

/**
 * struct io_uring_buf, an entry of a buffer ring, as a shift: u64 address, u32 bytes, u16 id. In
 * entry 0 the upper half of the word of the id is the ring's tail.
 */
export const BUF_SHIFT = 4;
export const BUF = { addr: 0, len: 8, bid: 12 } as const;
export const BUF_TAIL_SHIFT = 16;

/** struct io_uring_restriction. */
export const RESTRICTION_BYTES = 16;
export const RESTRICTION = { kind: 0, value: 2 } as const;

/** struct io_uring_getevents_arg. */
export const GETEVENTS_ARG_BYTES = 24;
export const GETEVENTS_ARG = { sigmask: 0, sigmaskBytes: 8, minWaitUs: 12, timespec: 16 } as const;
/** Bytes of a signal mask; none is ever delivered here. */
export const SIGSET_BYTES = 8;

/** struct io_uring_sync_cancel_reg. */
export const SYNC_CANCEL_BYTES = 64;
export const SYNC_CANCEL = {
  userData: 0,
  fd: 8,
  flags: 12,
  timeoutSec: 16,
  timeoutNsec: 24,
  opcode: 32,
  pad: 33,
} as const;

/** struct io_uring_clock_register. */
export const CLOCK_REGISTER_BYTES = 16;
export const CLOCK_REGISTER = { clockid: 0, resv: 4 } as const;

/** struct io_uring_params, as far as a resize reads it. */
export const PARAMS_BYTES = 120;
export const PARAMS = { sqEntries: 0, cqEntries: 4, flags: 8 } as const;

/** struct io_uring_rsrc_update, as REGISTER_RING_FDS reads it. */
export const RING_FD_UPDATE_BYTES = 16;
export const RING_FD_UPDATE = { offset: 0, resv: 4, data: 8 } as const;

/** Bytes that hold the record of any register call. */
export const SCRATCH_BYTES = 128;
