/** What each operation would need permission for: where a check of permissions begins. */
import type { OP } from '../abi/opcodes.ts';

// Nothing checks these yet: a process may do whatever its mounts allow. They stand apart from the
// rows, so that the whole list is read at one glance, and none is granted by being forgotten.

/** A kind of permission. */
export type Right =
  /** To see what files hold, what they are, and which names directories have. */
  | 'file:read'
  /** To change files and names. */
  | 'file:write'
  /** To make sockets, and to speak through them. */
  | 'net'
  /** To meet other processes: pipes, shared words, children, other rings. */
  | 'ipc';

const NONE = [] as const;
const READS = ['file:read'] as const;
const WRITES = ['file:write'] as const;
const BOTH = ['file:read', 'file:write'] as const;
const NET = ['net'] as const;
const IPC = ['ipc'] as const;

/** By the name of the operation. */
export const RIGHTS: Partial<Record<keyof typeof OP | (string & {}), readonly Right[]>> = {
  NOP: NONE,
  READV: READS,
  WRITEV: WRITES,
  FSYNC: WRITES,
  READ_FIXED: READS,
  WRITE_FIXED: WRITES,
  POLL_ADD: NONE,
  POLL_REMOVE: NONE,
  SYNC_FILE_RANGE: WRITES,
  SENDMSG: NET,
  RECVMSG: NET,
  TIMEOUT: NONE,
  TIMEOUT_REMOVE: NONE,
  ACCEPT: NET,
  ASYNC_CANCEL: NONE,
  LINK_TIMEOUT: NONE,
  CONNECT: NET,
  FALLOCATE: WRITES,
  OPENAT: BOTH,
  CLOSE: NONE,
  FILES_UPDATE: NONE,
  STATX: READS,
  READ: READS,
  WRITE: WRITES,
  FADVISE: NONE,
  MADVISE: NONE,
  SEND: NET,
  RECV: NET,
  OPENAT2: BOTH,
  SPLICE: BOTH,
  PROVIDE_BUFFERS: NONE,
  REMOVE_BUFFERS: NONE,
  TEE: IPC,
  SHUTDOWN: NET,
  RENAMEAT: WRITES,
  UNLINKAT: WRITES,
  MKDIRAT: WRITES,
  SYMLINKAT: WRITES,
  LINKAT: WRITES,
  MSG_RING: IPC,
  FSETXATTR: WRITES,
  SETXATTR: WRITES,
  FGETXATTR: READS,
  GETXATTR: READS,
  SOCKET: NET,
  URING_CMD: NONE,
  SEND_ZC: NET,
  SENDMSG_ZC: NET,
  READ_MULTISHOT: READS,
  WAITID: IPC,
  FUTEX_WAIT: IPC,
  FUTEX_WAKE: IPC,
  FUTEX_WAITV: IPC,
  FIXED_FD_INSTALL: NONE,
  FTRUNCATE: WRITES,
  BIND: NET,
  LISTEN: NET,
  READV_FIXED: READS,
  WRITEV_FIXED: WRITES,
  PIPE: IPC,
  READ_FILE: READS,
  WRITE_FILE: WRITES,
  LSEEK: NONE,
  GETDENTS: READS,
  COPY_FILE: BOTH,
  HASH: NONE,
  HASH_FILE: READS,
  DUP: NONE,
  SOCKETPAIR: IPC,
  GETSOCKNAME: NET,
  EVENTFD: IPC,
};

/** What an operation would need; undefined for one that is not in the list. */
export const rightsOf = (name: string): readonly Right[] | undefined => RIGHTS[name];
