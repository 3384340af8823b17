/** Control calls on registered buffers: BUFFERS, BUFFERS2, BUFFERS_UPDATE, UNREGISTER_BUFFERS. */
import { fail, type Res } from '../abi/errno.ts';
import {
  RSRC_REGISTER,
  RSRC_REGISTER_BYTES,
  RSRC_UPDATE2,
  RSRC_UPDATE2_BYTES,
  U64,
} from '../abi/records.ts';
import { REGISTER, RSRC_REGISTER_FLAG } from '../abi/register.ts';
import type { Buffers, IovecList } from '../kernel/buffers.ts';
import type { Process } from '../kernel/process.ts';
import type { Call } from '../ring/call.ts';
import type { ProcessMemory } from '../ring/memory.ts';

/** What these calls touch of a ring. */
interface BufferRing {
  readonly process: Process;
  readonly buffers: Buffers;
}

type BufferCall = (machine: unknown, ring: BufferRing, call: Call) => Res;

const TAG_BYTES = 8;

/** The iovecs that the pointer at `field` of a record names. */
const listAt = (memory: ProcessMemory, field: number, count: number): IovecList => ({
  memory,
  low: memory.i32(field),
  high: memory.i32(field + U64.high),
  count,
});

/**
 * Tags would be posted when their buffer is let go (K8), which this kernel does not do: an array of
 * zeroes, or none, is all it takes. 0, -EFAULT or -EOPNOTSUPP. `count` fits a table.
 */
function checkTags(memory: ProcessMemory, field: number, count: number): Res {
  const low = memory.i32(field);
  const high = memory.i32(field + U64.high);
  if ((low | high) === 0) return 0;
  const at = memory.at(low, high, count * TAG_BYTES);
  if (at < 0) return fail('EFAULT');
  for (let i = 0; i < count * TAG_BYTES; i++)
    if (memory.u8(at + i) !== 0) return fail('EOPNOTSUPP');
  return 0;
}

/** REGISTER_BUFFERS: `count` iovecs. */
const registerBuffers: BufferCall = (_, { process, buffers }, { addrLow, addrHigh, count }) => {
  if ((addrLow | addrHigh) === 0) return fail('EFAULT');
  return buffers.register({
    memory: process.memory,
    low: addrLow,
    high: addrHigh,
    count: count >>> 0,
  });
};

/** UNREGISTER_BUFFERS takes no argument. */
const unregisterBuffers: BufferCall = (_, { buffers }, { addrLow, addrHigh, count }) =>
  (addrLow | addrHigh | count) !== 0 ? fail('EINVAL') : buffers.unregister();

/** REGISTER_BUFFERS2: struct io_uring_rsrc_register; nr_args is its size. Null data is sparse. */
const registerBuffers2: BufferCall = (_, { process, buffers }, { addrLow, addrHigh, count }) => {
  if (count !== RSRC_REGISTER_BYTES) return fail('EINVAL');
  const { memory } = process;
  const at = memory.at(addrLow, addrHigh, RSRC_REGISTER_BYTES);
  if (at < 0) return fail('EFAULT');
  const nr = memory.u32(at + RSRC_REGISTER.nr);
  const flags = memory.i32(at + RSRC_REGISTER.flags);
  const list = listAt(memory, at + RSRC_REGISTER.data, nr);
  const isNull = (list.low | list.high) === 0;
  if (nr === 0 || memory.s64(at + RSRC_REGISTER.resv2) !== 0) return fail('EINVAL');
  if ((flags & ~RSRC_REGISTER_FLAG.SPARSE) !== 0 || (flags !== 0 && !isNull)) return fail('EINVAL');
  const refused = buffers.refusal(nr) || checkTags(memory, at + RSRC_REGISTER.tags, nr);
  if (refused !== 0) return refused;
  return isNull ? buffers.registerSparse(nr) : buffers.register(list);
};

/** REGISTER_BUFFERS_UPDATE: struct io_uring_rsrc_update2; nr_args is its size. */
const updateBuffers: BufferCall = (_, { process, buffers }, { addrLow, addrHigh, count }) => {
  if (count !== RSRC_UPDATE2_BYTES) return fail('EINVAL');
  const { memory } = process;
  const at = memory.at(addrLow, addrHigh, RSRC_UPDATE2_BYTES);
  if (at < 0) return fail('EFAULT');
  const offset = memory.u32(at + RSRC_UPDATE2.offset);
  const nr = memory.u32(at + RSRC_UPDATE2.nr);
  const list = listAt(memory, at + RSRC_UPDATE2.data, nr);
  const reserved = memory.i32(at + RSRC_UPDATE2.resv) | memory.i32(at + RSRC_UPDATE2.resv2);
  if (nr === 0 || reserved !== 0) return fail('EINVAL');
  if (offset + nr > 0xffff_ffff) return fail('EOVERFLOW');
  if (offset + nr > buffers.size) return fail(buffers.size === 0 ? 'ENXIO' : 'EINVAL');
  return checkTags(memory, at + RSRC_UPDATE2.tags, nr) || buffers.update(offset, list);
};

/** By the number of the call, to be merged into the table of control calls. */
export const BUFFER_CALLS: ReadonlyMap<number, BufferCall> = new Map([
  [REGISTER.BUFFERS, registerBuffers],
  [REGISTER.UNREGISTER_BUFFERS, unregisterBuffers],
  [REGISTER.BUFFERS2, registerBuffers2],
  [REGISTER.BUFFERS_UPDATE, updateBuffers],
]);
