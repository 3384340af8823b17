/** A table of registered files, its process, and lists of descriptors and tags in its memory. */
import { NULL_PAGE_BYTES } from '../../../src/abi/limits.ts';
import { FILE_INDEX_ALLOC } from '../../../src/abi/register.ts';
import { Process } from '../../../src/kernel/process.ts';
import { FileTable } from '../../../src/kernel/registered-files.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { FakeOpenFile } from './fake-open-file.ts';

export const [LIST, TAGS, SIZE] = [NULL_PAGE_BYTES, 2 * NULL_PAGE_BYTES, 4 * NULL_PAGE_BYTES];

export function fileWorld() {
  const process = new Process(1, ProcessMemory.reserve(SIZE));
  const posted: number[] = [];
  const files = new FileTable(process, (low, high) => posted.push(high * 2 ** 32 + low));
  const { memory, descriptors } = process;
  const list = (...fds: number[]) => {
    fds.forEach((fd, i) => {
      memory.setU32(LIST + 4 * i, fd);
    });
    return { low: LIST, high: 0, count: fds.length };
  };
  const tags = (...values: number[]) => {
    values.forEach((value, i) => {
      memory.setU64(TAGS + 8 * i, value);
    });
    return { low: TAGS, high: 0 };
  };
  const sparse = (count: number) => files.register({ low: 0, high: 0, count });
  /** An open file and its descriptor. */
  const open = () => {
    const file = new FakeOpenFile();
    return { file, fd: descriptors.install(file) };
  };
  const alloc = () => {
    const file = new FakeOpenFile();
    const slot = files.install(file, FILE_INDEX_ALLOC);
    return slot;
  };
  return { process, memory, posted, files, list, tags, sparse, open, alloc };
}
