/** Sends and receives as a struct msghdr says: SENDMSG, SENDMSG_ZC and RECVMSG. */
import { fail, type Res } from '../../abi/errno.ts';
import { SQE } from '../../abi/layout.ts';
import { RECVSEND } from '../../abi/net.ts';
import { OP } from '../../abi/opcodes.ts';
import type { KernelCalls, Outcome } from '../../kernel/operation.ts';
import type { Request } from '../../kernel/request.ts';
import { op, type SqeWords } from '../define.ts';
import { prepRw } from '../encode.ts';
import { receiveErrors, sendErrors } from './errors.ts';
import { Message } from './msghdr.ts';
import {
  attemptToReceive,
  checkMultishot,
  type Incoming,
  isIncomplete,
  isMultishot,
  selects,
} from './receiving.ts';
import {
  abandonZeroCopy,
  attemptToSend,
  attemptZeroCopy,
  isShort,
  isShortZeroCopy,
  type Outgoing,
  oweNotification,
  undone,
} from './sending.ts';

const { POLL_FIRST, MULTISHOT, ZC_REPORT_USAGE } = RECVSEND;

const messageOf = (request: Request): Message => request.state as Message;

/** Bytes of all segments. An adopted request has none, and an errno. */
const asked = (request: Request): number =>
  (request.state as Message | undefined)?.iovecs.asked ?? 0;

/** The header at sqe.addr, and sqe.ioprio. */
function prepare(request: Request, known: number): Res {
  if ((request.ioprio & ~known) !== 0) return fail('EINVAL');
  const message = new Message(request.ring.process.memory);
  request.state = message;
  request.progress = 0;
  request.shotsLeft = Number.POSITIVE_INFINITY;
  return message.copy(request.addrLow, request.addrHigh);
}

const prepareToSend = (request: Request, known: number): Res =>
  prepare(request, known) || messageOf(request).copyName();

const OUTGOING: Outgoing = {
  fill: (request, segments) => messageOf(request).fill(segments, request.progress),
  to: (request) => messageOf(request).to,
};

const SENDING = {
  reads: ['addr', 'off', 'fileIndex'],
  zero: ['off', 'fileIndex'],
  flags: -1,
  errors: sendErrors,
  cancel: 'queue',
  ioprio: true,
} as const;

const attemptSendmsg = (request: Request, kernel: KernelCalls): Outcome =>
  attemptToSend(request, kernel, OUTGOING);

/** SENDMSG: res = bytes. */
export const sendmsg = op({
  ...SENDING,
  code: OP.SENDMSG,
  name: 'SENDMSG',
  does: 'Sends through the socket `fd` what the struct msghdr at `addr` says; res is the bytes.',
  /** io_uring_prep_sendmsg */
  encode(this: SqeWords, sqe: number, fd: number, msg: number, flags: number) {
    prepRw(OP.SENDMSG, this.words, sqe, fd, msg, 1, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: (request) => prepareToSend(request, POLL_FIRST),
  run: attemptSendmsg,
  resume: (request, _res, kernel) => attemptSendmsg(request, kernel),
  undone,
  isFailure: (request, res) => isShort(request, res, asked(request)),
});

/** A field that it does not use is refused after the notification is owed, as in Linux. */
function prepareZeroCopy(request: Request): Res {
  const refused = oweNotification(request);
  if (refused !== 0) return refused;
  if ((request.offLow | request.offHigh | request.fileIndex) !== 0) return fail('EINVAL');
  return prepareToSend(request, POLL_FIRST | ZC_REPORT_USAGE);
}

/** SENDMSG_ZC: res = bytes, then a notification. */
export const sendmsgZc = op({
  ...SENDING,
  code: OP.SENDMSG_ZC,
  name: 'SENDMSG_ZC',
  does:
    'SENDMSG through TCP or UDP that completes twice, as SEND_ZC does; `off` and `file_index` ' +
    'must be zero.',
  /** io_uring_prep_sendmsg_zc */
  encode(this: SqeWords, sqe: number, fd: number, msg: number, flags: number) {
    prepRw(OP.SENDMSG_ZC, this.words, sqe, fd, msg, 1, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  reads: ['addr', 'off', 'fileIndex', 'addr3'],
  zero: ['addr3', 'pad'],
  prepare: prepareZeroCopy,
  run: (request, kernel) => attemptZeroCopy(request, kernel, OUTGOING),
  resume: (request, _res, kernel) => attemptZeroCopy(request, kernel, OUTGOING),
  undone,
  abandoned: abandonZeroCopy,
  isFailure: (request, res) => isShortZeroCopy(request, res, asked(request)),
});

// --- receiving ---

const INCOMING: Incoming = {
  fill: (request, segments) => messageOf(request).fill(segments, request.progress),
  wanted: (request) => messageOf(request).iovecs.asked,
  headBytes: (request) => messageOf(request).headBytes,
  putHead: (request, received, at, count) => messageOf(request).putHead(received, at, count),
  tell: (request, received) => messageOf(request).tell(received),
};

/** A selected buffer takes the place of the only segment, whose length bounds it (M4). */
function prepareToReceive(request: Request): Res {
  const res = prepare(request, POLL_FIRST | MULTISHOT) || checkMultishot(request);
  if (res !== 0) return res;
  return selects(request) && messageOf(request).count > 1 ? fail('EINVAL') : 0;
}

function attemptRecvmsg(request: Request, kernel: KernelCalls): Outcome {
  const refused = isMultishot(request) ? 0 : messageOf(request).checkName();
  return refused !== 0 ? refused : attemptToReceive(request, kernel, INCOMING);
}

/** Bytes that MSG_WAITALL waits for. */
const awaited = (request: Request): number =>
  selects(request) ? (messageOf(request)?.takenLength ?? 0) : asked(request);

/** RECVMSG: res = bytes; of a multishot one with the head of its buffer. */
export const recvmsg = op({
  code: OP.RECVMSG,
  name: 'RECVMSG',
  does:
    'Receives through the socket `fd` as the struct msghdr at `addr` says, which is told the ' +
    'address of the sender and the flags of the message; res is the bytes. With RECV_MULTISHOT ' +
    'in `ioprio` it goes on, and each provided buffer begins with a struct io_uring_recvmsg_out.',
  reads: ['addr', 'off', 'fileIndex'],
  zero: ['off', 'fileIndex'],
  flags: -1,
  errors: [...receiveErrors, 'EMSGSIZE'],
  cancel: 'queue',
  ioprio: true,
  bufferSelect: true,
  /** io_uring_prep_recvmsg */
  encode(this: SqeWords, sqe: number, fd: number, msg: number, flags: number) {
    prepRw(OP.RECVMSG, this.words, sqe, fd, msg, 1, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: prepareToReceive,
  run: attemptRecvmsg,
  resume: (request, _res, kernel) => attemptRecvmsg(request, kernel),
  undone,
  isFailure: (request, res) => isIncomplete(request, res, awaited(request)),
});
