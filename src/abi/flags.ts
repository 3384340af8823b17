/** Flag bits of rings, entries and completions, as in Linux 6.18's <linux/io_uring.h>. */

/** IORING_SETUP_*: how a ring behaves (io_uring_params.flags). */
export const SETUP = {
  IOPOLL: 1,
  SQPOLL: 2,
  SQ_AFF: 4,
  CQSIZE: 8,
  CLAMP: 16,
  ATTACH_WQ: 32,
  R_DISABLED: 64,
  SUBMIT_ALL: 128,
  COOP_TASKRUN: 256,
  TASKRUN_FLAG: 512,
  SQE128: 1024,
  CQE32: 2048,
  SINGLE_ISSUER: 4096,
  DEFER_TASKRUN: 8192,
  NO_MMAP: 16384,
  REGISTERED_FD_ONLY: 32768,
  NO_SQARRAY: 65536,
  HYBRID_IOPOLL: 131072,
  CQE_MIXED: 262144,
} as const;

/** IOSQE_*: how one request behaves (sqe.flags, 8 bits). */
export const SQE_FLAG = {
  FIXED_FILE: 1,
  IO_DRAIN: 2,
  IO_LINK: 4,
  IO_HARDLINK: 8,
  ASYNC: 16,
  BUFFER_SELECT: 32,
  CQE_SKIP_SUCCESS: 64,
} as const;

/** IORING_ENTER_*: how io_uring_enter(2) behaves. */
export const ENTER = {
  GETEVENTS: 1,
  SQ_WAKEUP: 2,
  SQ_WAIT: 4,
  EXT_ARG: 8,
  REGISTERED_RING: 16,
  ABS_TIMER: 32,
  EXT_ARG_REG: 64,
  NO_IOWAIT: 128,
} as const;

/** IORING_SQ_*: what the kernel tells the submitter (SQ ring flags). */
export const SQ_FLAG = {
  NEED_WAKEUP: 1,
  CQ_OVERFLOW: 2,
  TASKRUN: 4,
} as const;

/** IORING_CQ_*: what the reaper tells the kernel (CQ ring flags). */
export const CQ_FLAG = {
  /** Post without a signal to the registered eventfd. */
  EVENTFD_DISABLED: 1,
} as const;

/** IORING_CQE_F_*: what a completion says beside its result (cqe.flags). */
export const CQE_FLAG = {
  BUFFER: 1,
  MORE: 2,
  SOCK_NONEMPTY: 4,
  NOTIF: 8,
  BUF_MORE: 16,
  SKIP: 32,
} as const;

/** IORING_TIMEOUT_*: how a TIMEOUT counts (sqe.timeout_flags). */
export const TIMEOUT_FLAG = {
  ABS: 1,
  UPDATE: 2,
  BOOTTIME: 4,
  REALTIME: 8,
  ETIME_SUCCESS: 32,
  MULTISHOT: 64,
  LINK_TIMEOUT_UPDATE: 16,
} as const;

/** IORING_NOP_*: what a NOP pretends (sqe.nop_flags). */
export const NOP_FLAG = {
  INJECT_RESULT: 1,
  FILE: 2,
  FIXED_FILE: 4,
  FIXED_BUFFER: 8,
  /** Complete from task work instead of inline. */
  TW: 16,
  CQE32: 32,
} as const;

/** IORING_URING_CMD_*: where a command's bytes are (sqe.uring_cmd_flags). */
export const URING_CMD_FLAG = {
  FIXED: 1,
  MULTISHOT: 2,
} as const;

/** IORING_ASYNC_CANCEL_*: which requests a cancel is for (sqe.cancel_flags). */
export const ASYNC_CANCEL = {
  /** All that match, not the first alone. */
  ALL: 1,
  /** Those that work on the open file of a descriptor. */
  FD: 2,
  /** Every one. */
  ANY: 4,
  /** The descriptor is a slot of registered files. */
  FD_FIXED: 8,
  /** The user_data must match too, beside FD or OP. */
  USERDATA: 16,
  /** Those of one operation. */
  OP: 32,
} as const;

/** IORING_POLL_*: how polls are armed and changed (sqe.len). */
export const POLL_FLAG = {
  ADD_MULTI: 1,
  UPDATE_EVENTS: 2,
  UPDATE_USER_DATA: 4,
  ADD_LEVEL: 8,
} as const;

/** IORING_MSG_*: what a message is (sqe.addr). */
export const MSG_COMMAND = {
  DATA: 0,
  SEND_FD: 1,
} as const;

/** IORING_MSG_RING_*: how a message is posted (sqe.msg_ring_flags). */
export const MSG_RING_FLAG = {
  /** The target gets no CQE. */
  CQE_SKIP: 1,
  /** file_index becomes the flags of the CQE. */
  FLAGS_PASS: 2,
} as const;
