/** PIPE: makes a pipe. */
import { fail, type Res } from '../abi/errno.ts';
import { O } from '../abi/files.ts';
import { PIPE_FDS, PIPE_FDS_BYTES } from '../abi/ipc.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { FILE_INDEX_ALLOC } from '../abi/register.ts';
import type { Descriptors } from '../kernel/descriptors.ts';
import { Pipe } from '../kernel/ipc/pipe.ts';
import type { Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import type { RegisteredFiles } from '../kernel/resources.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';

// As in encode.ts: constants of this module are compiled into the code.
const { opFlags: OP_FLAGS, fileIndex: FILE_INDEX } = SQE;

/** Under which numbers the ends are known: descriptors, or slots. */
type Numbers = readonly [reader: number, writer: number];

/** Gives both ends descriptors, or neither. */
function installDescriptors({ reader, writer }: Pipe, descriptors: Descriptors): Numbers | Res {
  const first = descriptors.install(reader);
  if (first < 0) {
    reader.drop();
    writer.drop();
    return first;
  }
  const second = descriptors.install(writer);
  if (second >= 0) return [first, second];
  descriptors.close(first);
  writer.drop();
  return second;
}

/** Gives both ends slots that are free, or neither. */
function allocateSlots({ reader, writer }: Pipe, files: RegisteredFiles): Numbers | Res {
  const first = files.install(reader, FILE_INDEX_ALLOC);
  if (first < 0) reader.drop();
  const second = first < 0 ? first : files.install(writer, FILE_INDEX_ALLOC);
  if (second >= 0) return [first, second];
  if (first >= 0) files.remove(first);
  writer.drop();
  return second;
}

/** Gives both ends slots that are named, or neither: where the second fits, the first does (K4). */
function installSlots(
  { reader, writer }: Pipe,
  files: RegisteredFiles,
  slot: number,
): Numbers | Res {
  const index = slot + 1;
  const isLast = (index | 0) === FILE_INDEX_ALLOC - 1; // the next one would mean: any that is free
  const refused = isLast ? fail('EINVAL') : files.install(writer, index + 1);
  if (refused < 0) {
    writer.drop();
    reader.drop();
    return refused;
  }
  files.install(reader, index);
  return [slot, slot + 1];
}

function run({ ring, addrLow, addrHigh, opFlags, fileIndex }: Request): Outcome {
  const { memory, descriptors } = ring.process;
  const isDirect = fileIndex !== 0;
  if (isDirect && (opFlags & O.CLOEXEC) !== 0) return fail('EINVAL'); // no descriptor, K4
  const at = memory.at(addrLow, addrHigh, PIPE_FDS_BYTES);
  if (at < 0) return fail('EFAULT');
  const pipe = new Pipe(opFlags & O.NONBLOCK);
  let numbers: Numbers | Res;
  if (!isDirect) numbers = installDescriptors(pipe, descriptors);
  else if (fileIndex === FILE_INDEX_ALLOC) numbers = allocateSlots(pipe, ring.files);
  else numbers = installSlots(pipe, ring.files, (fileIndex >>> 0) - 1);
  if (typeof numbers === 'number') return numbers;
  memory.setU32(at + PIPE_FDS.reader, numbers[0]);
  memory.setU32(at + PIPE_FDS.writer, numbers[1]);
  return 0;
}

/** PIPE: res = 0. */
export const pipe = op({
  code: OP.PIPE,
  name: 'PIPE',
  does:
    'Makes a pipe and writes two numbers to `addr`: the descriptor to read from and the one to ' +
    'write to; or, with `file_index`, the slots of registered files that the ends became: ' +
    '`file_index` - 1 and the next one, or two free ones.',
  reads: ['addr', 'off', 'fileIndex', 'addr3'],
  zero: ['fd', 'off', 'addr3'],
  flags: O.CLOEXEC | O.NONBLOCK,
  errors: ['EFAULT', 'EINVAL', 'EMFILE', 'ENFILE', 'ENXIO'],
  /**
   * io_uring_prep_pipe; with a slot (or FILE_INDEX_ALLOC) io_uring_prep_pipe_direct. `fds` is the
   * address of two s32.
   */
  encode(this: SqeWords, sqe: number, fds: number, flags: number, slot?: number) {
    prepRw(OP.PIPE, this.words, sqe, 0, fds, 0, 0);
    this.words[sqe + OP_FLAGS] = flags;
    if (slot === undefined) return;
    this.words[sqe + FILE_INDEX] = slot === FILE_INDEX_ALLOC ? FILE_INDEX_ALLOC : slot + 1;
  },
  run,
});
