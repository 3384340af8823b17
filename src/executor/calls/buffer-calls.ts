/** Control calls on registered buffers: BUFFERS, BUFFERS2, their update, CLONE_BUFFERS. */
import { fail, type Res } from '../../abi/errno.ts';
import { CLONE_BUFFERS_BYTES, CLONE_BUFFERS_FIELD } from '../../abi/records.ts';
import { CLONE_BUFFERS, REGISTER } from '../../abi/register.ts';
import { Buffers } from '../../kernel/buffers.ts';
import type { OpenFile } from '../../kernel/open-file.ts';
import type { Process } from '../../kernel/process.ts';
import type { Call } from '../../ring/call.ts';
import { isNull, overflows, readRegistration, readUpdate } from './resource-lists.ts';

/** What these calls touch of a ring. */
interface BufferRing {
  readonly process: Process;
  readonly buffers: Buffers;
}

type BufferCall = (machine: unknown, ring: BufferRing, call: Call) => Res;

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

/** REGISTER_BUFFERS2: iovecs with tags; null data is sparse. */
const registerBuffers2: BufferCall = (_, { process, buffers }, call) => {
  const { memory } = process;
  const read = readRegistration(memory, call);
  if (typeof read === 'number') return read;
  const { list, tags } = read;
  if (isNull(list)) return buffers.registerSparse(list.count);
  return buffers.register({ ...list, memory, tags });
};

/** REGISTER_BUFFERS_UPDATE: iovecs with tags. */
const updateBuffers: BufferCall = (_, { process, buffers }, call) => {
  const { memory } = process;
  const read = readUpdate(memory, call);
  if (typeof read === 'number') return read;
  const { list, tags, offset } = read;
  return buffers.update(offset, { ...list, memory, tags });
};

/** The buffers of a ring that a descriptor stands for: -EBADF, -EOPNOTSUPP when there is none. */
function buffersOf(process: Process, fd: number): Buffers | Res {
  const open: (OpenFile & { readonly buffers?: unknown }) | undefined = process.descriptors.get(fd);
  if (open === undefined) return fail('EBADF');
  return open.buffers instanceof Buffers ? open.buffers : fail('EOPNOTSUPP');
}

/** CLONE_BUFFERS: struct io_uring_clone_buffers; nr_args is 1. */
const cloneBuffers: BufferCall = (_, { process, buffers }, { addrLow, addrHigh, count }) => {
  if ((addrLow | addrHigh) === 0 || count !== 1) return fail('EINVAL');
  const { memory } = process;
  const at = memory.at(addrLow, addrHigh, CLONE_BUFFERS_BYTES);
  if (at < 0) return fail('EFAULT');
  const fd = memory.i32(at + CLONE_BUFFERS_FIELD.srcFd);
  const flags = memory.i32(at + CLONE_BUFFERS_FIELD.flags);
  const from = memory.u32(at + CLONE_BUFFERS_FIELD.srcOff);
  const to = memory.u32(at + CLONE_BUFFERS_FIELD.dstOff);
  const nr = memory.u32(at + CLONE_BUFFERS_FIELD.nr);
  if ((flags & ~(CLONE_BUFFERS.SRC_REGISTERED | CLONE_BUFFERS.DST_REPLACE)) !== 0)
    return fail('EINVAL');
  const replaces = (flags & CLONE_BUFFERS.DST_REPLACE) !== 0;
  if (!replaces && buffers.size > 0) return fail('EBUSY');
  for (let i = CLONE_BUFFERS_FIELD.pad; i < CLONE_BUFFERS_BYTES; i++)
    if (memory.u8(at + i) !== 0) return fail('EINVAL');
  if ((flags & CLONE_BUFFERS.SRC_REGISTERED) !== 0) return fail('EBADF'); // none are registered
  const source = buffersOf(process, fd);
  if (typeof source === 'number') return source;
  if (overflows(to, nr)) return fail('EOVERFLOW');
  return buffers.clone(source, { from, to, count: nr }, replaces);
};

/** By the number of the call, to be merged into the table of control calls. */
export const BUFFER_CALLS: ReadonlyMap<number, BufferCall> = new Map([
  [REGISTER.BUFFERS, registerBuffers],
  [REGISTER.UNREGISTER_BUFFERS, unregisterBuffers],
  [REGISTER.BUFFERS2, registerBuffers2],
  [REGISTER.BUFFERS_UPDATE, updateBuffers],
  [REGISTER.CLONE_BUFFERS, cloneBuffers],
]);
