/** NOP: does nothing, at the price of everything else; the yardstick of the benchmarks. */
import { fail } from '../abi/errno.ts';
import { NOP_FLAG } from '../abi/flags.ts';
import { OP } from '../abi/opcodes.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';

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
    if ((flags & NOP_FLAG.FILE) !== 0) {
      const { descriptors } = request.ring.process;
      const fixed = (flags & NOP_FLAG.FIXED_FILE) !== 0; // no ring has a table of registered files
      if (fixed || descriptors.get(request.fd) === undefined) return fail('EBADF');
    }
    if ((flags & NOP_FLAG.FIXED_BUFFER) !== 0) return fail('EFAULT'); // nor of registered buffers
    return (flags & NOP_FLAG.INJECT_RESULT) !== 0 ? request.len : 0;
  },
});
