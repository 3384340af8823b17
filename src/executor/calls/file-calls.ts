/** Control calls on registered files: FILES, FILES2, their updates, FILE_ALLOC_RANGE. */
import { fail, type Res } from '../../abi/errno.ts';
import {
  FILE_INDEX_RANGE,
  FILE_INDEX_RANGE_BYTES,
  RSRC_UPDATE_BYTES,
  RSRC_UPDATE2,
} from '../../abi/records.ts';
import { REGISTER } from '../../abi/register.ts';
import type { Process } from '../../kernel/process.ts';
import type { FileTable } from '../../kernel/registered-files.ts';
import type { Call } from '../../ring/call.ts';
import { addressAt, overflows, readRegistration, readUpdate } from './resource-lists.ts';

/** What these calls touch of a ring. */
interface FileRing {
  readonly process: Process;
  readonly files: FileTable;
}

type FileCall = (machine: unknown, ring: FileRing, call: Call) => Res;

/** REGISTER_FILES: `count` descriptors. */
const registerFiles: FileCall = (_, { files }, { addrLow, addrHigh, count }) => {
  if ((addrLow | addrHigh) === 0) return fail('EFAULT');
  return files.register({ low: addrLow, high: addrHigh, count: count >>> 0 });
};

/** UNREGISTER_FILES takes no argument. */
const unregisterFiles: FileCall = (_, { files }, { addrLow, addrHigh, count }) =>
  (addrLow | addrHigh | count) !== 0 ? fail('EINVAL') : files.unregister();

/** REGISTER_FILES_UPDATE: struct io_uring_rsrc_update, and nr_args descriptors. */
const updateFiles: FileCall = (_, { process, files }, { addrLow, addrHigh, count }) => {
  if (count === 0) return fail('EINVAL');
  const { memory } = process;
  const at = memory.at(addrLow, addrHigh, RSRC_UPDATE_BYTES);
  if (at < 0) return fail('EFAULT');
  const offset = memory.u32(at + RSRC_UPDATE2.offset);
  const list = { ...addressAt(memory, at + RSRC_UPDATE2.data), count: count >>> 0 };
  if (memory.i32(at + RSRC_UPDATE2.resv) !== 0) return fail('EINVAL');
  return overflows(offset, list.count) ? fail('EOVERFLOW') : files.update(offset, list);
};

/** REGISTER_FILES2: descriptors with tags, or a table of empty slots. */
const registerFiles2: FileCall = (_, { process, files }, call) => {
  const read = readRegistration(process.memory, call);
  return typeof read === 'number' ? read : files.register(read.list, read.tags);
};

/** REGISTER_FILES_UPDATE2: the same with tags. */
const updateFiles2: FileCall = (_, { process, files }, call) => {
  const read = readUpdate(process.memory, call);
  return typeof read === 'number' ? read : files.update(read.offset, read.list, read.tags);
};

/** FILE_ALLOC_RANGE: struct io_uring_file_index_range; nr_args is 0. */
const fileAllocRange: FileCall = (_, { process, files }, { addrLow, addrHigh, count }) => {
  if ((addrLow | addrHigh) === 0 || count !== 0) return fail('EINVAL');
  const { memory } = process;
  const at = memory.at(addrLow, addrHigh, FILE_INDEX_RANGE_BYTES);
  if (at < 0) return fail('EFAULT');
  const offset = memory.u32(at + FILE_INDEX_RANGE.off);
  const length = memory.u32(at + FILE_INDEX_RANGE.len);
  const reserved = memory.s64(at + FILE_INDEX_RANGE.resv);
  if (overflows(offset, length)) return fail('EOVERFLOW');
  return reserved !== 0 ? fail('EINVAL') : files.allocRange(offset, length);
};

/** By the number of the call, to be merged into the table of control calls. */
export const FILE_CALLS: ReadonlyMap<number, FileCall> = new Map([
  [REGISTER.FILES, registerFiles],
  [REGISTER.UNREGISTER_FILES, unregisterFiles],
  [REGISTER.FILES_UPDATE, updateFiles],
  [REGISTER.FILES2, registerFiles2],
  [REGISTER.FILES_UPDATE2, updateFiles2],
  [REGISTER.FILE_ALLOC_RANGE, fileAllocRange],
]);
