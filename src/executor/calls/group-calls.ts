/** Control calls on provided buffers: PBUF_RING, UNREGISTER_PBUF_RING, PBUF_STATUS. */
import { fail, type Res } from '../../abi/errno.ts';
import { BUF_REG, BUF_REG_BYTES, BUF_STATUS, BUF_STATUS_BYTES } from '../../abi/records.ts';
import { PBUF_RING, REGISTER } from '../../abi/register.ts';
import type { Process } from '../../kernel/process.ts';
import type { BufferGroups } from '../../kernel/provided-buffers.ts';
import type { Call } from '../../ring/call.ts';
import type { ProcessMemory } from '../../ring/memory.ts';
import { addressAt } from './resource-lists.ts';

/** What these calls touch of a ring. */
interface GroupRing {
  readonly process: Process;
  readonly groups: BufferGroups;
}

type GroupCall = (machine: unknown, ring: GroupRing, call: Call) => Res;

/** MMAP would have the kernel allocate the ring and the process map it, which it cannot: EINVAL. */
const FLAGS_KNOWN = PBUF_RING.INC;

/** The one record of a call: its byte index, or -errno. */
function recordOf(memory: ProcessMemory, call: Call, spanBytes: number): Res {
  const { addrLow, addrHigh, count } = call;
  if ((addrLow | addrHigh) === 0 || count !== 1) return fail('EINVAL');
  const at = memory.at(addrLow, addrHigh, spanBytes);
  return at < 0 ? fail('EFAULT') : at;
}

function isZero(memory: ProcessMemory, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (memory.u8(at) !== 0) return false;
  return true;
}

const registerRing: GroupCall = (_, { process, groups }, call) => {
  const { memory } = process;
  const at = recordOf(memory, call, BUF_REG_BYTES);
  if (at < 0) return at;
  const { low, high } = addressAt(memory, at + BUF_REG.ringAddr);
  const entries = memory.u32(at + BUF_REG.ringEntries);
  const group = memory.u16(at + BUF_REG.bgid);
  const flags = memory.u16(at + BUF_REG.flags);
  if (!isZero(memory, at + BUF_REG.resv, at + BUF_REG_BYTES)) return fail('EINVAL');
  if ((flags & ~FLAGS_KNOWN) !== 0) return fail('EINVAL');
  const isIncremental = (flags & PBUF_RING.INC) !== 0;
  return groups.registerRing(group, { low, high, entries, isIncremental });
};

/** Of its record only the group means something. */
const unregisterRing: GroupCall = (_, { process, groups }, call) => {
  const { memory } = process;
  const at = recordOf(memory, call, BUF_REG_BYTES);
  if (at < 0) return at;
  const group = memory.u16(at + BUF_REG.bgid);
  return isZero(memory, at + BUF_REG.flags, at + BUF_REG_BYTES)
    ? groups.unregisterRing(group)
    : fail('EINVAL');
};

/** Writes the head of a ring into the record. */
const status: GroupCall = (_, { process, groups }, call) => {
  const { memory } = process;
  const at = recordOf(memory, call, BUF_STATUS_BYTES);
  if (at < 0) return at;
  const group = memory.u32(at + BUF_STATUS.bufGroup);
  if (!isZero(memory, at + BUF_STATUS.resv, at + BUF_STATUS_BYTES)) return fail('EINVAL');
  const head = groups.headOf(group);
  if (head < 0) return head;
  memory.setU32(at + BUF_STATUS.head, head);
  return 0;
};

/** By the number of the call, to be merged into the table of control calls. */
export const GROUP_CALLS: ReadonlyMap<number, GroupCall> = new Map([
  [REGISTER.PBUF_RING, registerRing],
  [REGISTER.UNREGISTER_PBUF_RING, unregisterRing],
  [REGISTER.PBUF_STATUS, status],
]);
