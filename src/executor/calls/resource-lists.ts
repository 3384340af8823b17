/** What the register calls for files and buffers have in common: their records. */
import { fail, type Res } from '../../abi/errno.ts';
import {
  RSRC_REGISTER,
  RSRC_REGISTER_BYTES,
  RSRC_UPDATE2,
  RSRC_UPDATE2_BYTES,
  U64,
} from '../../abi/records.ts';
import { RSRC_REGISTER_FLAG } from '../../abi/register.ts';
import type { ArrayAt, Tags } from '../../kernel/resource.ts';
import type { Call } from '../../ring/call.ts';
import type { ProcessMemory } from '../../ring/memory.ts';

/** A list of resources and the tags beside it, and the first slot that is meant. */
export interface ResourceList {
  readonly list: ArrayAt;
  readonly tags: Tags;
  readonly offset: number;
}

/** The two words of the address at `field` of a record. */
export const addressAt = (memory: ProcessMemory, field: number): Tags => ({
  low: memory.i32(field),
  high: memory.i32(field + U64.high),
});

/** Whether the array is at NULL. */
export const isNull = ({ low, high }: Tags): boolean => (low | high) === 0;

/** struct io_uring_rsrc_register, whose size nr_args is; with SPARSE there must be no list. */
export function readRegistration(memory: ProcessMemory, call: Call): ResourceList | Res {
  if (call.count !== RSRC_REGISTER_BYTES) return fail('EINVAL');
  const at = memory.at(call.addrLow, call.addrHigh, RSRC_REGISTER_BYTES);
  if (at < 0) return fail('EFAULT');
  const count = memory.u32(at + RSRC_REGISTER.nr);
  const flags = memory.i32(at + RSRC_REGISTER.flags);
  const data = addressAt(memory, at + RSRC_REGISTER.data);
  const tags = addressAt(memory, at + RSRC_REGISTER.tags);
  if (count === 0 || memory.s64(at + RSRC_REGISTER.resv2) !== 0) return fail('EINVAL');
  if ((flags & ~RSRC_REGISTER_FLAG.SPARSE) !== 0) return fail('EINVAL');
  if (flags !== 0 && !isNull(data)) return fail('EINVAL');
  return { list: { ...data, count }, tags, offset: 0 };
}

/** struct io_uring_rsrc_update2, whose size nr_args is. */
export function readUpdate(memory: ProcessMemory, call: Call): ResourceList | Res {
  if (call.count !== RSRC_UPDATE2_BYTES) return fail('EINVAL');
  const at = memory.at(call.addrLow, call.addrHigh, RSRC_UPDATE2_BYTES);
  if (at < 0) return fail('EFAULT');
  const offset = memory.u32(at + RSRC_UPDATE2.offset);
  const count = memory.u32(at + RSRC_UPDATE2.nr);
  const list = { ...addressAt(memory, at + RSRC_UPDATE2.data), count };
  const tags = addressAt(memory, at + RSRC_UPDATE2.tags);
  const reserved = memory.i32(at + RSRC_UPDATE2.resv) | memory.i32(at + RSRC_UPDATE2.resv2);
  if (count === 0 || reserved !== 0) return fail('EINVAL');
  return overflows(offset, count) ? fail('EOVERFLOW') : { list, tags, offset };
}

/** Whether a sum does not fit the 32 bits that Linux has for it. */
export const overflows = (offset: number, count: number): boolean => offset + count > 0xffff_ffff;
