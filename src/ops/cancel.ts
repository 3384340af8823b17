/** ASYNC_CANCEL: takes back requests of the same ring that have not ended. */
import { fail, type Res } from '../abi/errno.ts';
import { ASYNC_CANCEL } from '../abi/flags.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import type { KernelCalls } from '../kernel/operation.ts';
import type { Request, RequestRing } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { isFixedFile } from './operand.ts';

const KNOWN = Object.values(ASYNC_CANCEL).reduce((all: number, flag) => all | flag, 0);

/** Unknown bits: -EINVAL (I2, I5). */
export const checkCancelFlags = (flags: number): Res =>
  (flags & ~KNOWN) !== 0 ? fail('EINVAL') : 0;

/** The same, and ANY beside a key that it ignores, which SYNC_CANCEL does not mind. */
function prepare({ opFlags: flags }: Request): Res {
  const keyed = (flags & (ASYNC_CANCEL.FD | ASYNC_CANCEL.OP)) !== 0;
  return keyed && (flags & ASYNC_CANCEL.ANY) !== 0 ? fail('EINVAL') : checkCancelFlags(flags);
}

/** The open file that FD names: a descriptor, or a slot. */
export function cancelledFile(ring: RequestRing, fd: number, fixed: boolean): OpenFile | undefined {
  return fixed ? ring.files.get(fd) : ring.process.descriptors.fget(fd);
}

function run(request: Request, kernel: KernelCalls): Res {
  const { ring, opFlags: flags, addrLow: low, addrHigh: high, len: opcode } = request;
  let file: OpenFile | undefined;
  if ((flags & ASYNC_CANCEL.FD) !== 0) {
    const fixed = isFixedFile(request) || (flags & ASYNC_CANCEL.FD_FIXED) !== 0;
    file = cancelledFile(ring, request.fd, fixed);
    if (file === undefined) return fail('EBADF');
  }
  return kernel.cancel(ring, { flags, low, high, file, opcode: opcode & 0xff });
}

/** ASYNC_CANCEL: res = 0, or how many with ALL or ANY. */
export const asyncCancel = op({
  code: OP.ASYNC_CANCEL,
  name: 'ASYNC_CANCEL',
  does:
    'Cancels the request with the user_data `addr`, or what ASYNC_CANCEL_ flags in `op_flags` ' +
    'choose: by the open file of `fd`, by the opcode `len`, all that match. They complete with ' +
    '-ECANCELED; res is 0, with ALL or ANY how many, -EALREADY for one that runs.',
  reads: ['addr', 'off', 'fileIndex'],
  zero: ['off', 'fileIndex'],
  flags: -1,
  errors: ['ENOENT', 'EALREADY', 'EBADF'],
  /** io_uring_prep_cancel: by user_data, ASYNC_CANCEL flags. */
  encode(this: SqeWords, sqe: number, userData: number, flags: number) {
    prepRw(OP.ASYNC_CANCEL, this.words, sqe, -1, userData, 0, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare,
  run,
});
