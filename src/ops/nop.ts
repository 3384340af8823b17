/** NOP: does nothing, at the price of everything else; the yardstick of the benchmarks. */
import { fail, type Res } from '../abi/errno.ts';
import { NOP_FLAG } from '../abi/flags.ts';
import { OP } from '../abi/opcodes.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';

/** What it pretends to use. */
const USES = NOP_FLAG.FILE | NOP_FLAG.FIXED_BUFFER;

/** -EBADF or -EFAULT when that is not there. FIXED_FILE of the entry says nothing here (K3). */
function missingOf({ ring, fd, bufIndex, opFlags }: Request): Res {
  if ((opFlags & NOP_FLAG.FILE) !== 0) {
    const isFixed = (opFlags & NOP_FLAG.FIXED_FILE) !== 0;
    const open = isFixed ? ring.files.get(fd) : ring.process.descriptors.get(fd);
    if (open === undefined) return fail('EBADF');
  }
  const needsBuffer = (opFlags & NOP_FLAG.FIXED_BUFFER) !== 0;
  return needsBuffer && !ring.buffers.has(bufIndex) ? fail('EFAULT') : 0;
}

/** NOP: res = 0, or sqe.len with NOP_INJECT_RESULT (signed, so that errors can be played). */
export const nop = op({
  code: OP.NOP,
  name: 'NOP',
  does: 'Completes with 0, or with `len` when NOP_INJECT_RESULT is set.',
  reads: [],
  flags:
    NOP_FLAG.INJECT_RESULT |
    NOP_FLAG.FILE |
    NOP_FLAG.FIXED_FILE |
    NOP_FLAG.FIXED_BUFFER |
    NOP_FLAG.TW,
  errors: ['EBADF', 'EFAULT'],
  iopoll: true,
  repeatable: true,
  sampled: true,
  /** io_uring_prep_nop */
  encode(this: SqeWords, sqe: number) {
    prepRw(OP.NOP, this.words, sqe, -1, 0, 0, 0);
  },
  run: (request) => {
    const flags = request.opFlags;
    if ((flags & USES) !== 0) {
      const missing = missingOf(request);
      if (missing !== 0) return missing;
    }
    return (flags & NOP_FLAG.INJECT_RESULT) !== 0 ? request.len : 0;
  },
});
