/** The public surface of uring/abi: Linux's numbers, and the limits of this kernel. */
export { ERRNO, type ErrnoName, errnoName, errnoText, fail, type Res } from './errno.ts';
export {
  AT,
  COPYFILE,
  DT,
  FADV,
  FSYNC,
  MADV,
  O,
  RESOLVE,
  RWF,
  S_IF,
  SEEK,
  STATX,
  SYNC_RANGE,
} from './files.ts';
export {
  ASYNC_CANCEL,
  CQE_FLAG,
  ENTER,
  MSG_RING_FLAG,
  NOP_FLAG,
  POLL_FLAG,
  SETUP,
  SQ_FLAG,
  SQE_FLAG,
  TIMEOUT_FLAG,
  URING_CMD_FLAG,
} from './flags.ts';
export { FUTEX_BITSET_MATCH_ANY, FUTEX2 } from './futex.ts';
export { EFD, PIPE_FDS, PIPE_FDS_BYTES, SPLICE_F } from './ipc.ts';
export { CQE_BYTES, RING_STATE, SQE_BYTES } from './layout.ts';
export * as limits from './limits.ts';
export {
  ACCEPT,
  AF,
  IPPROTO,
  MSG,
  MSGHDR,
  MSGHDR_BYTES,
  NOTIF_USAGE_ZC_COPIED,
  RECVMSG_OUT,
  RECVMSG_OUT_BYTES,
  RECVSEND,
  SHUT,
  SOCK,
  SOCKADDR_IN,
  SOCKADDR_IN_BYTES,
  SOCKADDR_IN6,
  SOCKADDR_IN6_BYTES,
  SOCKADDR_UN,
  SOCKADDR_UN_BYTES_MAX,
  SOCKNAME_PEER,
} from './net.ts';
export { EMBEDDER_OP_FIRST, OP, OWN_OP_FIRST } from './opcodes.ts';
export { POLL } from './poll.ts';
export {
  IOVEC,
  IOVEC_BYTES,
  RESTRICTION,
  RESTRICTION_BYTES,
  SCRATCH_BYTES,
  TIMESPEC,
  TIMESPEC_BYTES,
} from './records.ts';
export {
  CLOCK,
  CLONE_BUFFERS,
  FILE_INDEX_ALLOC,
  FILES,
  FIXED_FD,
  PBUF_RING,
  REGISTER,
  RESTRICTION_KIND,
} from './register.ts';
export { CLD, P, SIG, SIGINFO, SIGINFO_BYTES, W } from './wait.ts';
export { XATTR } from './xattr.ts';
