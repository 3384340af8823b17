/** Numbers of io_uring_register(2) calls, as in Linux 6.18. */

/** IORING_REGISTER_*: what a register call does. */
export const REGISTER = {
  BUFFERS: 0,
  UNREGISTER_BUFFERS: 1,
  FILES: 2,
  UNREGISTER_FILES: 3,
  EVENTFD: 4,
  UNREGISTER_EVENTFD: 5,
  FILES_UPDATE: 6,
  EVENTFD_ASYNC: 7,
  PROBE: 8,
  PERSONALITY: 9,
  UNREGISTER_PERSONALITY: 10,
  RESTRICTIONS: 11,
  ENABLE_RINGS: 12,
  FILES2: 13,
  FILES_UPDATE2: 14,
  BUFFERS2: 15,
  BUFFERS_UPDATE: 16,
  IOWQ_AFF: 17,
  UNREGISTER_IOWQ_AFF: 18,
  IOWQ_MAX_WORKERS: 19,
  RING_FDS: 20,
  UNREGISTER_RING_FDS: 21,
  PBUF_RING: 22,
  UNREGISTER_PBUF_RING: 23,
  SYNC_CANCEL: 24,
  FILE_ALLOC_RANGE: 25,
  PBUF_STATUS: 26,
  CLOCK: 29,
  CLONE_BUFFERS: 30,
  SEND_MSG_RING: 31,
  RESIZE_RINGS: 33,
} as const;

/** IORING_RSRC_REGISTER_*: how FILES2 and BUFFERS2 register. */
export const RSRC_REGISTER_FLAG = {
  /** All entries are empty. */
  SPARSE: 1,
} as const;

/** In place of slot + 1 in sqe.file_index, or of an offset: any slot that is free. */
export const FILE_INDEX_ALLOC = -1;

/** IORING_REGISTER_FILES_*: what stands for no descriptor in a list of them. */
export const FILES = {
  /** The slot is to be empty. */
  EMPTY: -1,
  /** The slot stays as it is. */
  SKIP: -2,
} as const;

/** IORING_FIXED_FD_*: how FIXED_FD_INSTALL installs (sqe.install_fd_flags). */
export const FIXED_FD = {
  /** The descriptor survives execve(2). */
  NO_CLOEXEC: 1,
} as const;

/** IORING_REGISTER_SRC_*, IORING_REGISTER_DST_*: how CLONE_BUFFERS clones. */
export const CLONE_BUFFERS = {
  /** The source is named by its index among the registered rings, not by its descriptor. */
  SRC_REGISTERED: 1,
  /** A table that is there is replaced. */
  DST_REPLACE: 2,
} as const;

/** IOU_PBUF_RING_*: what a ring of provided buffers is like. */
export const PBUF_RING = {
  /** The kernel allocates its memory. */
  MMAP: 1,
  /** Buffers are consumed in pieces. */
  INC: 2,
} as const;

/** Calls of ours that Linux makes with other system calls. */
export const CONTROL_CALL = {
  /** close(2) of the ring's descriptor. */
  CLOSE: 192,
} as const;

/** IORING_RESTRICTION_*: what one record of a list of restrictions allows. */
export const RESTRICTION_KIND = {
  REGISTER_OP: 0,
  SQE_OP: 1,
  SQE_FLAGS_ALLOWED: 2,
  SQE_FLAGS_REQUIRED: 3,
} as const;

/** CLOCK_*: clocks that waits can go by. */
export const CLOCK = {
  REALTIME: 0,
  MONOTONIC: 1,
  BOOTTIME: 7,
} as const;
