/** MSG_RING: a completion, or a registered file, for another ring (SEMANTICS P). */
import { fail, type Res } from '../abi/errno.ts';
import { MSG_COMMAND, MSG_RING_FLAG } from '../abi/flags.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import type { MessageTarget, OpenFile } from '../kernel/open-file.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { openOf } from './operand.ts';

const { CQE_SKIP, FLAGS_PASS } = MSG_RING_FLAG;

/** What of an entry makes a message. */
export type Message = Pick<
  Request,
  'opFlags' | 'fileIndex' | 'offLow' | 'offHigh' | 'len' | 'addr3Low'
>;

/** P1: {off len} for the target. */
export function sendData(message: Message, target: MessageTarget): Res {
  const { opFlags: flags, fileIndex, offLow, offHigh, len } = message;
  const passes = (flags & FLAGS_PASS) !== 0;
  if (message.addr3Low !== 0 || (flags & ~FLAGS_PASS) !== 0) return fail('EINVAL');
  if (!passes && fileIndex !== 0) return fail('EINVAL');
  if (target.isDisabled) return fail('EBADFD');
  return target.send(offLow, offHigh, len, passes ? fileIndex : 0) ? 0 : fail('EOVERFLOW');
}

/** P2: the file in slot `addr3` goes where file_index says, and {off slot} tells of it. */
function sendFile(request: Request, target: MessageTarget): Res {
  const { ring, opFlags: flags, addr3Low: slot, fileIndex, offLow, offHigh } = request;
  if (request.len !== 0) return fail('EINVAL');
  if (target.files === ring.files) return fail('EINVAL');
  if (target.isDisabled) return fail('EBADFD');
  const open: OpenFile | undefined = ring.files.get(slot);
  if (open === undefined) return fail('EBADF');
  open.hold();
  const res = target.files.install(open, fileIndex);
  if (res < 0) open.drop();
  if (res < 0 || (flags & CQE_SKIP) !== 0) return res;
  return target.send(offLow, offHigh, res, 0) ? res : fail('EOVERFLOW');
}

function run(request: Request): Res {
  const open = openOf(request);
  if (open === undefined) return fail('EBADF');
  const { messages: target } = open;
  if (target === undefined) return fail('EBADFD');
  const { addrLow: command } = request; // Linux reads 32 bits of addr and of addr3
  if (command === MSG_COMMAND.DATA) return sendData(request, target);
  if (command === MSG_COMMAND.SEND_FD) return sendFile(request, target);
  return fail('EINVAL');
}

/** MSG_RING: res = 0, or the slot that was allocated for a file. */
export const msgRing = op({
  code: OP.MSG_RING,
  name: 'MSG_RING',
  does:
    'Posts {user_data `off`, res `len`} on the ring `fd`; or, with MSG_SEND_FD in `addr`, puts ' +
    'the file in slot `addr3` where `file_index` says in the table of that ring.',
  reads: ['addr', 'off', 'fileIndex', 'addr3'],
  zero: ['bufIndex'],
  flags: CQE_SKIP | FLAGS_PASS,
  prepare: ({ personality }) => (personality === 0 ? 0 : fail('EINVAL')),
  errors: ['EBADF', 'EBADFD', 'EOVERFLOW', 'ENXIO', 'ENFILE'],
  /** io_uring_prep_msg_ring_cqe_flags: `flags` are MSG_RING_FLAG, `cqeFlags` the flags to post. */
  encode(
    this: SqeWords,
    sqe: number,
    fd: number,
    len: number,
    data: number,
    flags: number,
    cqeFlags = 0,
  ) {
    prepRw(OP.MSG_RING, this.words, sqe, fd, MSG_COMMAND.DATA, len, data);
    this.words[sqe + SQE.opFlags] = cqeFlags === 0 ? flags : flags | FLAGS_PASS;
    this.words[sqe + SQE.fileIndex] = cqeFlags;
  },
  run,
});
