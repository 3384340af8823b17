/** Control calls that do what requests do, at once: SYNC_CANCEL, SEND_MSG_RING. */
import { fail, type Res } from '../../abi/errno.ts';
import { ASYNC_CANCEL, MSG_COMMAND, MSG_RING_FLAG } from '../../abi/flags.ts';
import { SQE, SQE_BYTES, SQE_SHIFT } from '../../abi/layout.ts';
import { OP } from '../../abi/opcodes.ts';
import { SYNC_CANCEL, SYNC_CANCEL_BYTES, U64 } from '../../abi/records.ts';
import { REGISTER } from '../../abi/register.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { Process } from '../../kernel/process.ts';
import { cancelledFile, checkCancelFlags } from '../../ops/cancel.ts';
import { type Message, sendData } from '../../ops/msg-ring.ts';
import type { Call } from '../../ring/call.ts';
import type { KernelRing } from '../kernel-ring.ts';
import type { Machine } from '../machine.ts';

type RequestCall = (machine: Machine, ring: KernelRing, call: Call) => Res;

/**
 * SYNC_CANCEL: struct io_uring_sync_cancel_reg (I5). A request that the host carries out right now
 * is -EALREADY: nobody may wait for it here, so the timeout of the record is never needed.
 */
const syncCancel: RequestCall = (machine, ring, { addrLow, addrHigh, count }) => {
  if ((addrLow | addrHigh) === 0 || count !== 1) return fail('EINVAL');
  const { memory } = ring.process;
  const at = memory.at(addrLow, addrHigh, SYNC_CANCEL_BYTES);
  if (at < 0) return fail('EFAULT');
  const flags = memory.i32(at + SYNC_CANCEL.flags);
  for (let byte = SYNC_CANCEL.pad; byte < SYNC_CANCEL_BYTES; byte++)
    if (memory.u8(at + byte) !== 0) return fail('EINVAL');
  const refused = checkCancelFlags(flags);
  if (refused !== 0) return refused;
  let file: OpenFile | undefined;
  if ((flags & ASYNC_CANCEL.FD) !== 0) {
    const fixed = (flags & ASYNC_CANCEL.FD_FIXED) !== 0;
    file = cancelledFile(ring, memory.i32(at + SYNC_CANCEL.fd), fixed);
    if (file === undefined) return fail('EBADF');
  }
  const low = memory.i32(at + SYNC_CANCEL.userData);
  const high = memory.i32(at + SYNC_CANCEL.userData + U64.high);
  const opcode = memory.u8(at + SYNC_CANCEL.opcode);
  return machine.cancel(ring, { flags, low, high, file, opcode });
};

/** SEND_MSG_RING: the entry of a MSG_RING that sends data; it needs no ring of the sender (P3). */
export function sendMessage(process: Process, { number, addrLow, addrHigh, count }: Call): Res {
  if (number !== REGISTER.SEND_MSG_RING) return fail('EINVAL');
  if ((addrLow | addrHigh) === 0 || count !== 1) return fail('EINVAL');
  const { memory, descriptors } = process;
  const at = memory.at(addrLow, addrHigh, SQE_BYTES);
  if (at < 0) return fail('EFAULT');
  const word = (index: number): number => memory.i32(at + 4 * index);
  const head = word(SQE.head);
  const [opcode, flags] = [head & 0xff, (head >>> SQE_SHIFT.flags) & 0xff];
  if (opcode !== OP.MSG_RING || flags !== 0 || word(SQE.bufPersonality) !== 0)
    return fail('EINVAL');
  const message: Message = {
    opFlags: word(SQE.opFlags),
    fileIndex: word(SQE.fileIndex),
    offLow: word(SQE.offLow),
    offHigh: word(SQE.offHigh),
    len: word(SQE.len),
    addr3Low: word(SQE.addr3Low),
  };
  const isData = word(SQE.addrLow) === MSG_COMMAND.DATA;
  const known = MSG_RING_FLAG.CQE_SKIP | MSG_RING_FLAG.FLAGS_PASS;
  if (!isData || (message.opFlags & ~known) !== 0) return fail('EINVAL');
  const open = descriptors.get(word(SQE.fd));
  if (open === undefined) return fail('EBADF');
  return open.messages === undefined ? fail('EBADFD') : sendData(message, open.messages);
}

/** By the number of the call, to be merged into the table of control calls. */
export const REQUEST_CALLS: ReadonlyMap<number, RequestCall> = new Map<number, RequestCall>([
  [REGISTER.SYNC_CANCEL, syncCancel],
  [REGISTER.SEND_MSG_RING, (_, ring, call) => sendMessage(ring.process, call)],
]);
