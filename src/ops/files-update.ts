/** FILES_UPDATE: changes the registered files of the ring, in its turn among other requests. */
import { fail, type Res } from '../abi/errno.ts';
import { OP } from '../abi/opcodes.ts';
import { FILE_INDEX_ALLOC } from '../abi/register.ts';
import type { Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { isFixedFile } from './operand.ts';

/** K3, K6. The list is read when it runs: a PIPE before it in its chain may have to fill it. */
function prepare(request: Request): Res {
  return isFixedFile(request) || request.len === 0 ? fail('EINVAL') : 0;
}

function run({ addrLow, addrHigh, len, offLow, ring }: Request): Outcome {
  const fds = { low: addrLow, high: addrHigh, count: len >>> 0 };
  if (offLow === FILE_INDEX_ALLOC) return ring.files.allocate(fds); // Linux reads 32 bits of off
  const offset = offLow >>> 0;
  if (offset + fds.count > 0xffff_ffff) return fail('EOVERFLOW');
  return ring.files.update(offset, fds);
}

/** FILES_UPDATE: res = slots changed. */
export const filesUpdate = op({
  code: OP.FILES_UPDATE,
  name: 'FILES_UPDATE',
  does:
    'Puts the files of the `len` descriptors at `addr` into the slots from `off` on (-1 empties ' +
    'a slot, -2 skips it), or into free ones, whose numbers are written over the descriptors, ' +
    'when `off` is FILE_INDEX_ALLOC; res is how many.',
  reads: ['addr', 'off'],
  zero: ['opFlags', 'fileIndex'],
  flags: -1,
  errors: ['EBADF', 'EFAULT', 'ENFILE', 'ENXIO', 'EOVERFLOW'],
  /** io_uring_prep_files_update; `offset` is the first slot, or FILE_INDEX_ALLOC. */
  encode(this: SqeWords, sqe: number, fds: number, count: number, offset: number) {
    prepRw(OP.FILES_UPDATE, this.words, sqe, -1, fds, count, offset);
  },
  prepare,
  run,
});
