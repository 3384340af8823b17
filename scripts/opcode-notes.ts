/** What docs/opcodes.md says of operations beside what their rows say. */
import * as files from '../src/abi/files.ts';
import * as flags from '../src/abi/flags.ts';
import { XATTR } from '../src/abi/xattr.ts';

/** Operations of Linux without a row here, and why. */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  EPOLL_CTL: 'There is no epoll here: POLL_ADD, multishot too, tells what files are ready for.',
  EPOLL_WAIT: 'There is no epoll here: POLL_ADD, multishot too, tells what files are ready for.',
  RECV_ZC: 'It takes what a network card wrote into a queue that is registered with the ring.',
};

/** Operations that have a row in order to refuse as Linux does, and why. */
export const REFUSING: Readonly<Record<string, string>> = {
  FSETXATTR: 'Node has no calls for extended attributes.',
  SETXATTR: 'Node has no calls for extended attributes.',
  FGETXATTR: 'Node has no calls for extended attributes.',
  GETXATTR: 'Node has no calls for extended attributes.',
  URING_CMD: 'No file here has commands.',
};

const NEVER = 'no error of its own breaks a chain, and with `CQE_SKIP_SUCCESS` none is posted (D7)';
const BAD_FD = 'only `-EBADF` breaks a chain, or is posted with `CQE_SKIP_SUCCESS` (D7)';
const SHORT = 'an error, or any count but the one asked for (D6)';
const WAITALL = 'an error; with `MSG_WAITALL` also a count below the one asked for (D6)';

const list = (rule: string, names: string): [string, string][] =>
  names.split(' ').map((name) => [name, rule]);

/** What is a failure, of operations for which it is not just a negative result. */
export const FAILURES: ReadonlyMap<string, string> = new Map([
  ...list(NEVER, 'FSYNC SYNC_FILE_RANGE FALLOCATE FTRUNCATE STATX MADVISE SHUTDOWN'),
  ...list(NEVER, 'MKDIRAT UNLINKAT RENAMEAT SYMLINKAT LINKAT SETXATTR GETXATTR'),
  ...list(BAD_FD, 'FSETXATTR FGETXATTR'),
  ...list(SHORT, 'READ WRITE READV WRITEV READ_FIXED WRITE_FIXED READV_FIXED WRITEV_FIXED'),
  ...list(SHORT, 'SPLICE TEE READ_MULTISHOT'),
  ...list(WAITALL, 'SEND RECV SENDMSG RECVMSG SEND_ZC SENDMSG_ZC'),
  ['TIMEOUT', 'an error; `-ETIME` too, unless TIMEOUT_ETIME_SUCCESS is set (D6)'],
]);

type Group = Readonly<Record<string, number>>;
const { AT, FADV, FSYNC, MADV, O, RENAME, RWF, SYNC_RANGE } = files;
const pick = (group: Group, ...names: string[]): Group =>
  Object.fromEntries(names.map((name) => [name, group[name]!]));

/** Names of what op_flags holds, and the word before them. */
export const FLAG_NAMES: Readonly<Record<string, readonly [prefix: string, group: Group]>> = {
  NOP: ['NOP', flags.NOP_FLAG],
  READ: ['RWF', RWF],
  WRITE: ['RWF', RWF],
  READV: ['RWF', RWF],
  WRITEV: ['RWF', RWF],
  READ_FIXED: ['RWF', RWF],
  WRITE_FIXED: ['RWF', RWF],
  READV_FIXED: ['RWF', RWF],
  WRITEV_FIXED: ['RWF', RWF],
  READ_MULTISHOT: ['RWF', RWF],
  FSYNC: ['FSYNC', FSYNC],
  SYNC_FILE_RANGE: ['SYNC_FILE_RANGE', SYNC_RANGE],
  TIMEOUT: ['TIMEOUT', flags.TIMEOUT_FLAG],
  TIMEOUT_REMOVE: ['TIMEOUT', flags.TIMEOUT_FLAG],
  LINK_TIMEOUT: ['TIMEOUT', flags.TIMEOUT_FLAG],
  OPENAT: ['O', O],
  STATX: ['AT', pick(AT, 'SYMLINK_NOFOLLOW', 'NO_AUTOMOUNT', 'EMPTY_PATH', 'STATX_FORCE_SYNC')],
  UNLINKAT: ['AT', pick(AT, 'REMOVEDIR')],
  LINKAT: ['AT', pick(AT, 'SYMLINK_FOLLOW', 'EMPTY_PATH')],
  RENAMEAT: ['RENAME', RENAME],
  FADVISE: ['POSIX_FADV', FADV],
  MADVISE: ['MADV', MADV],
  FSETXATTR: ['XATTR', XATTR],
  SETXATTR: ['XATTR', XATTR],
  URING_CMD: ['URING_CMD', flags.URING_CMD_FLAG],
  COPY_FILE: ['COPYFILE', files.COPYFILE],
};
