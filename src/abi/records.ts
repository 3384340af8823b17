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

/** struct io_uring_rsrc_register (BUFFERS2): how many, RSRC_REGISTER flags, where, tags. */
export const RSRC_REGISTER_BYTES = 32;
export const RSRC_REGISTER = { nr: 0, flags: 4, resv2: 8, data: 16, tags: 24 } as const;

/** struct io_uring_rsrc_update2 (BUFFERS_UPDATE): from which entry on, where, tags, how many. */
export const RSRC_UPDATE2_BYTES = 32;
export const RSRC_UPDATE2 = { offset: 0, resv: 4, data: 8, tags: 16, nr: 24, resv2: 28 } as const;
