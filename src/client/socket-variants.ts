/** The variants of socket operations that liburing has prep functions for. */
import { SQE, SQE_SHIFT } from '../abi/layout.ts';
import { ACCEPT, RECVSEND } from '../abi/net.ts';
import { FILE_INDEX_ALLOC } from '../abi/register.ts';
import { highWord } from '../ops/encode.ts';
import { PrepareFunctions } from './prepare.ts';

// As in submission.ts: constants of this module are compiled into the code.
const HEAD = SQE.head;
const OFF_LOW = SQE.offLow;
const OFF_HIGH = SQE.offHigh;
const BUFFER = SQE.bufPersonality;
const FILE_INDEX = SQE.fileIndex;
const IOPRIO_SHIFT = SQE_SHIFT.ioprio;
const ALLOC = FILE_INDEX_ALLOC;

/** slot + 1 for sqe.file_index; FILE_INDEX_ALLOC stays what it is. */
export const fileIndexOf = (slot: number): number => (slot === ALLOC ? ALLOC : slot + 1);

/** Names, order of arguments and effects are liburing's; see the man page of each. */
export abstract class SocketVariants extends PrepareFunctions {
  /** The region's words; what prep functions write. */
  abstract readonly words: Int32Array;

  // --- sockets and connections ---

  /** SOCKET into a slot. */
  prepSocketDirect(
    sqe: number,
    domain: number,
    type: number,
    protocol: number,
    slot: number,
    flags: number,
  ): void {
    this.prepSocket(sqe, domain, type, protocol, flags);
    this.words[sqe + FILE_INDEX] = fileIndexOf(slot);
  }

  /** SOCKET into a free slot. */
  prepSocketDirectAlloc(
    sqe: number,
    domain: number,
    type: number,
    protocol: number,
    flags: number,
  ): void {
    this.prepSocketDirect(sqe, domain, type, protocol, ALLOC, flags);
  }

  /** ACCEPT into a slot. */
  prepAcceptDirect(
    sqe: number,
    fd: number,
    addr: number,
    addrlen: number,
    flags: number,
    slot: number,
  ): void {
    this.prepAccept(sqe, fd, addr, addrlen, flags);
    this.words[sqe + FILE_INDEX] = fileIndexOf(slot);
  }

  /** ACCEPT that goes on, with a completion for each connection. */
  prepMultishotAccept(sqe: number, fd: number, addr: number, addrlen: number, flags: number): void {
    this.prepAccept(sqe, fd, addr, addrlen, flags);
    this.words[sqe + HEAD]! |= ACCEPT.MULTISHOT << IOPRIO_SHIFT;
  }

  /** The same into free slots. */
  prepMultishotAcceptDirect(
    sqe: number,
    fd: number,
    addr: number,
    addrlen: number,
    flags: number,
  ): void {
    this.prepMultishotAccept(sqe, fd, addr, addrlen, flags);
    this.words[sqe + FILE_INDEX] = ALLOC;
  }

  // --- sending and receiving ---

  /** RECV that goes on; it needs BUFFER_SELECT and a group (sqeSetBufGroup). */
  prepRecvMultishot(sqe: number, fd: number, addr: number, len: number, flags: number): void {
    this.prepRecv(sqe, fd, addr, len, flags);
    this.words[sqe + HEAD]! |= RECVSEND.MULTISHOT << IOPRIO_SHIFT;
  }

  /** RECVMSG that goes on; it needs BUFFER_SELECT and a group. */
  prepRecvmsgMultishot(sqe: number, fd: number, msg: number, flags: number): void {
    this.prepRecvmsg(sqe, fd, msg, flags);
    this.words[sqe + HEAD]! |= RECVSEND.MULTISHOT << IOPRIO_SHIFT;
  }

  /** SEND of provided buffers, as many as `len` says (0: all); it needs BUFFER_SELECT. */
  prepSendBundle(sqe: number, fd: number, len: number, flags: number): void {
    this.prepSend(sqe, fd, 0, len, flags);
    this.words[sqe + HEAD]! |= RECVSEND.BUNDLE << IOPRIO_SHIFT;
  }

  /** SEND to the address at `destAddr`, `addrLen` bytes long. */
  prepSendto(
    sqe: number,
    fd: number,
    addr: number,
    len: number,
    flags: number,
    destAddr: number,
    addrLen: number,
  ): void {
    this.prepSend(sqe, fd, addr, len, flags);
    this.prepSendSetAddr(sqe, destAddr, addrLen);
  }

  /** Gives a prepared SEND or SEND_ZC the address it goes to. */
  prepSendSetAddr(sqe: number, destAddr: number, addrLen: number): void {
    this.words[sqe + OFF_LOW] = destAddr;
    this.words[sqe + OFF_HIGH] = highWord(destAddr);
    this.words[sqe + FILE_INDEX] = addrLen; // sqe.addr_len: the lower half of the word
  }

  /** SEND_ZC from the registered buffer `bufIndex`. */
  prepSendZcFixed(
    sqe: number,
    fd: number,
    addr: number,
    len: number,
    flags: number,
    zcFlags: number,
    bufIndex: number,
  ): void {
    this.prepSendZc(sqe, fd, addr, len, flags, zcFlags | RECVSEND.FIXED_BUF);
    this.words[sqe + BUFFER] = bufIndex;
  }
}
