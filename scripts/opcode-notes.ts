/** What docs/opcodes.md says of operations beside what their rows say. */
import * as files from '../src/abi/files.ts';
import * as flags from '../src/abi/flags.ts';
import { EFD, SPLICE_F } from '../src/abi/ipc.ts';
import { MSG, SOCK, SOCKNAME_PEER } from '../src/abi/net.ts';
import { POLL } from '../src/abi/poll.ts';
import { FIXED_FD } from '../src/abi/register.ts';
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
const BAD_FD =
  'only the `-EBADF` of `fd` itself breaks a chain, or is posted with `CQE_SKIP_SUCCESS` (D7)';
const SHORT = 'an error, or any count but the one asked for (D6)';
const WAITALL = 'an error; with `MSG_WAITALL` also a count below the one asked for (D6)';

const list = (rule: string, names: string): [string, string][] =>
  names.split(' ').map((name) => [name, rule]);

/** What is a failure, of operations for which it is not just a negative result. */
export const FAILURES: ReadonlyMap<string, string> = new Map([
  ...list(NEVER, 'STATX MADVISE'),
  ...list(NEVER, 'MKDIRAT UNLINKAT RENAMEAT SYMLINKAT LINKAT SETXATTR GETXATTR'),
  ...list(BAD_FD, 'FSYNC SYNC_FILE_RANGE FALLOCATE FTRUNCATE FSETXATTR FGETXATTR'),
  ['SHUTDOWN', 'only `-EBADF` and `-ENOTSOCK`: there is no socket to shut down (D7)'],
  ...list(SHORT, 'READ WRITE READV WRITEV READ_FIXED WRITE_FIXED READV_FIXED WRITEV_FIXED'),
  ...list(SHORT, 'SPLICE TEE'),
  ...list(WAITALL, 'SEND RECV SENDMSG RECVMSG SEND_ZC SENDMSG_ZC'),
  ['LINK_TIMEOUT', 'nothing: with `CQE_SKIP_SUCCESS` it posts nothing (F4)'],
  ['TIMEOUT', 'an error; `-ETIME` too, unless TIMEOUT_ETIME_SUCCESS is set (D6)'],
]);

type Group = Readonly<Record<string, number>>;
const { AT, COPYFILE, FADV, FSYNC, MADV, O, RENAME, RWF, SYNC_RANGE } = files;
const pick = (group: Group, ...names: string[]): Group =>
  Object.fromEntries(names.map((name) => [name, group[name]!]));
const all = (names: string, prefix: string, group: Group): [string, [string, Group]][] =>
  names.split(' ').map((name) => [name, [prefix, group]]);

/** Names of what op_flags holds, and how they begin. */
export const FLAG_NAMES: ReadonlyMap<string, readonly [prefix: string, group: Group]> = new Map([
  ...all('NOP', 'NOP_', flags.NOP_FLAG),
  ...all('READ WRITE READV WRITEV READ_FIXED WRITE_FIXED READV_FIXED WRITEV_FIXED', 'RWF_', RWF),
  ...all('FSYNC', 'FSYNC_', FSYNC),
  ...all('SYNC_FILE_RANGE', 'SYNC_FILE_RANGE_', SYNC_RANGE),
  ...all('TIMEOUT TIMEOUT_REMOVE LINK_TIMEOUT', 'TIMEOUT_', flags.TIMEOUT_FLAG),
  ...all('ASYNC_CANCEL', 'ASYNC_CANCEL_', flags.ASYNC_CANCEL),
  ...all('POLL_ADD POLL_REMOVE', 'POLL', POLL),
  ...all('MSG_RING', 'MSG_RING_', flags.MSG_RING_FLAG),
  ...all('OPENAT', 'O_', O),
  ...all('PIPE', 'O_', pick(O, 'NONBLOCK', 'CLOEXEC')),
  ...all('EVENTFD', 'EFD_', EFD),
  ...all('SPLICE TEE', 'SPLICE_F_', SPLICE_F),
  ...all('ACCEPT', 'SOCK_', pick(SOCK, 'NONBLOCK', 'CLOEXEC')),
  ...all('SEND RECV SENDMSG RECVMSG SEND_ZC SENDMSG_ZC', 'MSG_', MSG),
  ...all('GETSOCKNAME', 'SOCKNAME_', { PEER: SOCKNAME_PEER }),
  ...all('FIXED_FD_INSTALL', 'FIXED_FD_', FIXED_FD),
  ...all('STATX', 'AT_', pick(AT, 'SYMLINK_NOFOLLOW', 'NO_AUTOMOUNT', 'EMPTY_PATH')),
  ...all('UNLINKAT', 'AT_', pick(AT, 'REMOVEDIR')),
  ...all('LINKAT', 'AT_', pick(AT, 'SYMLINK_FOLLOW', 'EMPTY_PATH')),
  ...all('RENAMEAT', 'RENAME_', RENAME),
  ...all('FADVISE', 'POSIX_FADV_', FADV),
  ...all('MADVISE', 'MADV_', MADV),
  ...all('FSETXATTR SETXATTR', 'XATTR_', XATTR),
  ...all('URING_CMD', 'URING_CMD_', flags.URING_CMD_FLAG),
  ...all('COPY_FILE', 'COPYFILE_', COPYFILE),
]);
