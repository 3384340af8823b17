/** DUP: gives what a descriptor stands for another number. */
import { fail } from '../abi/errno.ts';
import { OP } from '../abi/opcodes.ts';
import type { Outcome } from '../kernel/operation.ts';
import { isRing } from '../kernel/registered-files.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { isFixedFile } from './operand.ts';

/** A ring ends when its descriptor closes, so there is only one (as V3 has it of CLOSE). */
function run(request: Request): Outcome {
  const { descriptors } = request.ring.process;
  const open = isFixedFile(request) ? undefined : descriptors.get(request.fd);
  if (open === undefined || isRing(open)) return fail('EBADF');
  open.hold();
  const fd = descriptors.duplicate(open);
  if (fd < 0) open.drop();
  return fd;
}

/** DUP: res = descriptor. */
export const dup = op({
  code: OP.DUP,
  name: 'DUP',
  does:
    'Gives the open file behind the descriptor `fd` the lowest number that is free, as dup(2) ' +
    'does: both share the file position. A ring, or a registered file, is EBADF.',
  reads: ['addr', 'off', 'fileIndex'],
  zero: ['addr', 'off', 'len', 'opFlags', 'bufIndex', 'fileIndex'],
  flags: -1,
  errors: ['EBADF', 'EMFILE', 'ENFILE'],
  /** dup(2) */
  encode(this: SqeWords, sqe: number, fd: number) {
    prepRw(OP.DUP, this.words, sqe, fd, 0, 0, 0);
  },
  run,
});
