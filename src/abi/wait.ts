/** Waiting for children: whom, for what, and what is told of them (wait.h, siginfo.h). */

/** P_*: what the number of a WAITID names (idtype_t). */
export const P = {
  ALL: 0,
  PID: 1,
  PGID: 2,
  PIDFD: 3,
} as const;

/** W*: what to wait for, and how (the options of waitid(2)). */
export const W = {
  NOHANG: 0x0000_0001,
  STOPPED: 0x0000_0002,
  EXITED: 0x0000_0004,
  CONTINUED: 0x0000_0008,
  /** Leave the child as it is, to be waited for again. */
  NOWAIT: 0x0100_0000,
  /** __WNOTHREAD, __WALL, __WCLONE: of threads and clones, which no child is here. */
  NOTHREAD: 0x2000_0000,
  ALL: 0x4000_0000,
  CLONE: 0x8000_0000,
} as const;

/** CLD_*: what became of a child (si_code). */
export const CLD = {
  EXITED: 1,
  KILLED: 2,
  DUMPED: 3,
  TRAPPED: 4,
  STOPPED: 5,
  CONTINUED: 6,
} as const;

/** SIG*: the signals that are told of. */
export const SIG = {
  KILL: 9,
  TERM: 15,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
} as const;

/** siginfo_t of a SIGCHLD: s32 fields, of which waitid(2) writes these. */
export const SIGINFO_BYTES = 128;
export const SIGINFO = { signo: 0, errno: 4, code: 8, pid: 16, uid: 20, status: 24 } as const;
