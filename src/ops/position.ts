/** Moves the position of an open file: LSEEK. */
import { fail, type Res } from '../abi/errno.ts';
import { SEEK } from '../abi/files.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import type { FileObject } from '../kernel/file-system.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw, signedFromWords } from './encode.ts';
import { FileStatus } from './file-status.ts';
import { heldFile, keep } from './held.ts';
import { fileOf } from './operand.ts';

/** A result has 31 bits for a position. */
const POSITION_MAX = 0x7fff_ffff;

const offsetOf = ({ offLow, offHigh }: Request): number => signedFromWords(offLow, offHigh);

/** The position goes to `to`: that number, or why not. */
function move(file: FileObject, to: number): Res {
  if (to < 0) return fail('EINVAL');
  if (to > POSITION_MAX) return fail('EOVERFLOW');
  file.position = to;
  return to;
}

function run(request: Request, kernel: KernelCalls): Outcome {
  const file = fileOf(request, fail('ESPIPE'));
  if (typeof file === 'number') return file;
  const { opFlags: whence } = request;
  if (whence === SEEK.SET) return move(file, offsetOf(request));
  if (whence === SEEK.CUR) return move(file, file.position + offsetOf(request));
  if (whence < SEEK.SET || whence > SEEK.HOLE) return fail('EINVAL');
  const status = new FileStatus();
  request.state = status;
  const outcome = file.stat(request, kernel, status);
  return outcome === PENDING ? keep(request, file) : moveBySize(request, outcome, file);
}

/**
 * END counts from the size. DATA and HOLE take the file as one piece of data with a hole behind it,
 * which lseek(2) allows where more is not known.
 */
function moveBySize(request: Request, res: Res, file: FileObject): Res {
  if (res < 0) return res;
  const { size } = request.state as FileStatus;
  const offset = offsetOf(request);
  if (request.opFlags === SEEK.END) return move(file, size + offset);
  if (offset < 0 || offset >= size) return fail('ENXIO');
  return move(file, request.opFlags === SEEK.DATA ? offset : size);
}

/** LSEEK: res = the new position. */
export const lseek = op({
  code: OP.LSEEK,
  name: 'LSEEK',
  does:
    'lseek(2) of the file `fd` by `off` from where SEEK_ in `op_flags` says; res is the new ' +
    'position. One beyond 2^31-1 is EOVERFLOW, and the position stays.',
  reads: ['off'],
  zero: ['addr', 'len', 'bufIndex', 'fileIndex'],
  flags: -1,
  errors: ['EBADF', 'EINVAL', 'ENXIO', 'EOVERFLOW', 'ESPIPE'],
  /** `off` is counted from `whence` (SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE). */
  encode(this: SqeWords, sqe: number, fd: number, off: number, whence: number) {
    prepRw(OP.LSEEK, this.words, sqe, fd, 0, 0, off);
    this.words[sqe + SQE.opFlags] = whence;
  },
  run,
  resume: (request, res) => moveBySize(request, res, heldFile(request)),
});
