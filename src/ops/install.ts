/** FIXED_FD_INSTALL: gives a registered file a descriptor. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE_FLAG } from '../abi/flags.ts';
import { SQE, SQE_SHIFT } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { FIXED_FD } from '../abi/register.ts';
import type { Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { isFixedFile } from './operand.ts';

/** K7, in Linux's order: no slot, an unknown flag, somebody else's credentials. */
function prepare(request: Request): Res {
  if (!isFixedFile(request)) return fail('EBADF');
  if ((request.opFlags & ~FIXED_FD.NO_CLOEXEC) !== 0) return fail('EINVAL');
  return request.personality !== 0 ? fail('EPERM') : 0;
}

/** Whether it closes on execve(2) says nothing here: no process of this kernel executes another. */
function run({ fd, ring }: Request): Outcome {
  const open = ring.files.get(fd);
  if (open === undefined) return fail('EBADF');
  open.hold();
  const number = ring.process.descriptors.duplicate(open);
  if (number < 0) open.drop();
  return number;
}

/** FIXED_FD_INSTALL: res = descriptor. */
export const fixedFdInstall = op({
  code: OP.FIXED_FD_INSTALL,
  name: 'FIXED_FD_INSTALL',
  does: 'Gives the registered file in the slot `fd` a descriptor beside it; res is its number.',
  reads: ['addr', 'off', 'fileIndex', 'addr3'],
  zero: ['off', 'addr', 'len', 'bufIndex', 'fileIndex', 'addr3'],
  flags: -1,
  errors: ['EBADF', 'EMFILE', 'ENFILE', 'EPERM'],
  /** io_uring_prep_fixed_fd_install: `fd` is a slot; sets FIXED_FILE. */
  encode(this: SqeWords, sqe: number, fd: number, flags: number) {
    prepRw(OP.FIXED_FD_INSTALL, this.words, sqe, fd, 0, 0, 0);
    this.words[sqe + SQE.head]! |= SQE_FLAG.FIXED_FILE << SQE_SHIFT.flags;
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare,
  run,
});
