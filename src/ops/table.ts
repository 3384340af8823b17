/** The table of operations: every row, and the row of each opcode. */
import type { Operation } from '../kernel/operation.ts';
import { fadvise, madvise } from './advice.ts';
import { asyncCancel } from './cancel.ts';
import { copyFile } from './copy.ts';
import type { DefinedOperation } from './define.ts';
import { getdents } from './directory.ts';
import { dup } from './dup.ts';
import { eventfd } from './eventfd.ts';
import { filesUpdate } from './files-update.ts';
import { futexWait, futexWaitv, futexWake } from './futex.ts';
import { hash } from './hash.ts';
import { hashFile } from './hash-file.ts';
import { fixedFdInstall } from './install.ts';
import { msgRing } from './msg-ring.ts';
import { linkat, mkdirat, renameat, symlinkat, unlinkat } from './names.ts';
import { accept } from './net/accept.ts';
import { connect, shutdown } from './net/connect.ts';
import { socket, socketpair } from './net/creation.ts';
import { recvmsg, sendmsg, sendmsgZc } from './net/messages.ts';
import { bind, getsockname, listen } from './net/naming.ts';
import { recv } from './net/receive.ts';
import { send, sendZc } from './net/send.ts';
import { nop } from './nop.ts';
import { close, openat, openat2 } from './open.ts';
import { pipe } from './pipe.ts';
import { pollAdd, pollRemove } from './poll.ts';
import { lseek } from './position.ts';
import { provideBuffers, removeBuffers } from './provide-buffers.ts';
import { readFile } from './read-file.ts';
import { readMultishot } from './read-multishot.ts';
import { fallocate, ftruncate } from './space.ts';
import { splice, tee } from './splice.ts';
import { statx } from './status.ts';
import { fsync, syncFileRange } from './sync.ts';
import { linkTimeout, timeout, timeoutRemove } from './timeout.ts';
import { read, readFixed, write, writeFixed } from './transfer.ts';
import { uringCmd } from './uring-cmd.ts';
import { readv, readvFixed, writev, writevFixed } from './vectors.ts';
import { waitid } from './waitid.ts';
import { writeFile } from './write-file.ts';
import { fgetxattr, fsetxattr, getxattr, setxattr } from './xattr.ts';

/** Every operation by the name its prep function carries: `nop` is prepNop. */
export const operations = {
  nop,
  timeout,
  timeoutRemove,
  linkTimeout,
  asyncCancel,
  pollAdd,
  pollRemove,
  msgRing,
  read,
  write,
  readFixed,
  writeFixed,
  readv,
  writev,
  readvFixed,
  writevFixed,
  readMultishot,
  pipe,
  splice,
  tee,
  openat,
  openat2,
  close,
  filesUpdate,
  fixedFdInstall,
  provideBuffers,
  removeBuffers,
  fsync,
  syncFileRange,
  statx,
  fallocate,
  ftruncate,
  fadvise,
  madvise,
  renameat,
  unlinkat,
  mkdirat,
  symlinkat,
  linkat,
  fsetxattr,
  setxattr,
  fgetxattr,
  getxattr,
  uringCmd,
  waitid,
  futexWait,
  futexWake,
  futexWaitv,
  accept,
  connect,
  socket,
  bind,
  listen,
  shutdown,
  send,
  recv,
  sendmsg,
  recvmsg,
  sendZc,
  sendmsgZc,
  socketpair,
  getsockname,
  eventfd,
  dup,
  readFile,
  writeFile,
  lseek,
  getdents,
  copyFile,
  hash,
  hashFile,
} as const satisfies Record<string, DefinedOperation>;

/** The row of each opcode; undefined where there is none. */
export type OperationTable = readonly (Operation | undefined)[];

/** A table of the operations given, ours unless an embedder adds its own. */
export function operationTable(
  rows: readonly Operation[] = Object.values(operations),
): OperationTable {
  const table: (Operation | undefined)[] = new Array(256).fill(undefined);
  for (const row of rows) {
    if (table[row.code] !== undefined) throw new Error(`opcode ${row.code} is taken: ${row.name}`);
    table[row.code] = row;
  }
  return table;
}
