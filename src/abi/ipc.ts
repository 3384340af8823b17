/** Flags of pipes, of moving bytes between them, and of eventfds, as in Linux on x86-64. */

/** EFD_*: how an eventfd counts (eventfd.h); NONBLOCK and CLOEXEC are O_ flags. */
export const EFD = {
  /** A read takes 1 from the counter, instead of all. */
  SEMAPHORE: 1,
  NONBLOCK: 0o4000,
  CLOEXEC: 0o2000000,
} as const;

/** SPLICE_F_*: how SPLICE and TEE move bytes (sqe.splice_flags). */
export const SPLICE_F = {
  /** A wish without effect, as in Linux. */
  MOVE: 1,
  /** EAGAIN instead of waiting for a pipe. */
  NONBLOCK: 2,
  /** More will follow. */
  MORE: 4,
  /** For vmsplice(2). */
  GIFT: 8,
  /** splice_fd_in is a slot of registered files. */
  FD_IN_FIXED: 0x8000_0000 | 0,
} as const;

/** What PIPE writes to memory: an s32 for the end that is read from, one for the other. */
export const PIPE_FDS_BYTES = 8;
export const PIPE_FDS = { reader: 0, writer: 4 } as const;
