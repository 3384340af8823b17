/** The prep functions that liburing has as variants of others, with other flags or fields. */

import { AT } from '../abi/files.ts';
import { ASYNC_CANCEL, MSG_COMMAND, MSG_RING_FLAG, POLL_FLAG, TIMEOUT_FLAG } from '../abi/flags.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { FILE_INDEX_ALLOC } from '../abi/register.ts';
import { highWord, prepRw } from '../ops/encode.ts';
import { fileIndexOf, SocketVariants } from './socket-variants.ts';

// As in submission.ts: constants of this module are compiled into the code.
const OFF_LOW = SQE.offLow;
const OFF_HIGH = SQE.offHigh;
const LEN = SQE.len;
const OP_FLAGS = SQE.opFlags;
const FILE_INDEX = SQE.fileIndex;
const ADDR3_LOW = SQE.addr3Low;
const ADDR3_HIGH = SQE.addr3High;
const ALLOC = FILE_INDEX_ALLOC;
const CWD = AT.FDCWD;

/** Names, order of arguments and effects are liburing's; see the man page of each. */
export abstract class Variants extends SocketVariants {
  // --- polls, timeouts, cancels ---

  /** POLL_ADD that completes at each wake-up. */
  prepPollMultishot(sqe: number, fd: number, pollMask: number): void {
    this.prepPollAdd(sqe, fd, pollMask, POLL_FLAG.ADD_MULTI);
  }

  /** POLL_REMOVE that changes a poll; `flags` are POLL_UPDATE_ and POLL_ADD_MULTI bits. */
  prepPollUpdate(
    sqe: number,
    oldUserData: number,
    newUserData: number,
    pollMask: number,
    flags: number,
  ): void {
    this.prepPollRemove(sqe, oldUserData);
    this.words[sqe + OFF_LOW] = newUserData;
    this.words[sqe + OFF_HIGH] = highWord(newUserData);
    this.words[sqe + LEN] = flags;
    this.words[sqe + OP_FLAGS] = pollMask;
  }

  /** TIMEOUT_REMOVE that gives a TIMEOUT the timespec at `addr`. */
  prepTimeoutUpdate(sqe: number, addr: number, userData: number, flags: number): void {
    this.prepTimeoutRemove(sqe, userData, flags | TIMEOUT_FLAG.UPDATE);
    this.words[sqe + OFF_LOW] = addr;
    this.words[sqe + OFF_HIGH] = highWord(addr);
  }

  /** ASYNC_CANCEL of the request with that user_data; `flags` are ASYNC_CANCEL bits. */
  prepCancel64(sqe: number, userData: number, flags: number): void {
    this.prepAsyncCancel(sqe, userData, flags);
  }

  /** The same: here user_data is a number, never a pointer. */
  prepCancel(sqe: number, userData: number, flags: number): void {
    this.prepAsyncCancel(sqe, userData, flags);
  }

  /** ASYNC_CANCEL of what works on the open file of `fd`; with CANCEL_FD_FIXED it is a slot. */
  prepCancelFd(sqe: number, fd: number, flags: number): void {
    this.prepAsyncCancel(sqe, 0, flags | ASYNC_CANCEL.FD);
    this.words[sqe + SQE.fd] = fd;
  }

  // --- registered files ---

  /** OPENAT into the slot `slot` of the registered files, or into a free one (FILE_INDEX_ALLOC). */
  prepOpenatDirect(
    sqe: number,
    dfd: number,
    path: number,
    flags: number,
    mode: number,
    slot: number,
  ): void {
    this.prepOpenat(sqe, dfd, path, flags, mode);
    this.words[sqe + FILE_INDEX] = fileIndexOf(slot);
  }

  /** OPENAT2 into a slot. */
  prepOpenat2Direct(sqe: number, dfd: number, path: number, how: number, slot: number): void {
    this.prepOpenat2(sqe, dfd, path, how);
    this.words[sqe + FILE_INDEX] = fileIndexOf(slot);
  }

  /** OPENAT from the current directory. */
  prepOpen(sqe: number, path: number, flags: number, mode: number): void {
    this.prepOpenat(sqe, CWD, path, flags, mode);
  }

  /** The same into a slot. */
  prepOpenDirect(sqe: number, path: number, flags: number, mode: number, slot: number): void {
    this.prepOpenatDirect(sqe, CWD, path, flags, mode, slot);
  }

  /** CLOSE of a slot. */
  prepCloseDirect(sqe: number, slot: number): void {
    this.prepClose(sqe, 0);
    this.words[sqe + FILE_INDEX] = slot + 1;
  }

  /** PIPE into `slot` and the next one, or into two free ones. */
  prepPipeDirect(sqe: number, fds: number, flags: number, slot: number): void {
    this.prepPipe(sqe, fds, flags, slot);
  }

  // --- vectors ---

  /** READV with RWF_ flags. */
  prepReadv2(
    sqe: number,
    fd: number,
    iovecs: number,
    count: number,
    off: number,
    flags: number,
  ): void {
    this.prepReadv(sqe, fd, iovecs, count, off);
    this.words[sqe + OP_FLAGS] = flags;
  }

  /** WRITEV with RWF_ flags. */
  prepWritev2(
    sqe: number,
    fd: number,
    iovecs: number,
    count: number,
    off: number,
    flags: number,
  ): void {
    this.prepWritev(sqe, fd, iovecs, count, off);
    this.words[sqe + OP_FLAGS] = flags;
  }

  // --- messages ---

  /** MSG_RING whose completion on the other ring has the flags `cqeFlags`. */
  prepMsgRingCqeFlags(
    sqe: number,
    fd: number,
    len: number,
    data: number,
    flags: number,
    cqeFlags: number,
  ): void {
    this.prepMsgRing(sqe, fd, len, data, flags | MSG_RING_FLAG.FLAGS_PASS, cqeFlags);
  }

  /** MSG_RING that puts the file in slot `sourceFd` into slot `targetFd` of the ring `fd`. */
  prepMsgRingFd(
    sqe: number,
    fd: number,
    sourceFd: number,
    targetFd: number,
    data: number,
    flags: number,
  ): void {
    const { words } = this;
    prepRw(OP.MSG_RING, words, sqe, fd, MSG_COMMAND.SEND_FD, 0, data);
    words[sqe + ADDR3_LOW] = sourceFd;
    words[sqe + ADDR3_HIGH] = highWord(sourceFd);
    words[sqe + OP_FLAGS] = flags;
    words[sqe + FILE_INDEX] = fileIndexOf(targetFd);
  }

  /** The same into a free slot. */
  prepMsgRingFdAlloc(sqe: number, fd: number, sourceFd: number, data: number, flags: number): void {
    this.prepMsgRingFd(sqe, fd, sourceFd, ALLOC, data, flags);
  }

  // --- names, from the current directory ---

  /** UNLINKAT; `flags` is 0 or AT_REMOVEDIR. */
  prepUnlink(sqe: number, path: number, flags: number): void {
    this.prepUnlinkat(sqe, CWD, path, flags);
  }

  /** RENAMEAT without flags. */
  prepRename(sqe: number, oldpath: number, newpath: number): void {
    this.prepRenameat(sqe, CWD, oldpath, CWD, newpath, 0);
  }

  /** MKDIRAT */
  prepMkdir(sqe: number, path: number, mode: number): void {
    this.prepMkdirat(sqe, CWD, path, mode);
  }

  /** SYMLINKAT */
  prepSymlink(sqe: number, target: number, linkpath: number): void {
    this.prepSymlinkat(sqe, target, CWD, linkpath);
  }

  /** LINKAT */
  prepLink(sqe: number, oldpath: number, newpath: number, flags: number): void {
    this.prepLinkat(sqe, CWD, oldpath, CWD, newpath, flags);
  }
}
