/** EVENTFD: makes an eventfd. */
import { EFD } from '../abi/ipc.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { EventFd } from '../kernel/ipc/eventfd.ts';
import type { Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';

function run({ ring, len, opFlags }: Request): Outcome {
  const counter = new EventFd(len, opFlags);
  const fd = ring.process.descriptors.install(counter);
  if (fd < 0) counter.drop();
  return fd;
}

/** EVENTFD: res = descriptor. */
export const eventfd = op({
  code: OP.EVENTFD,
  name: 'EVENTFD',
  does: 'Makes an eventfd that counts from `len` on, as the EFD_ flags in `op_flags` say.',
  reads: ['addr', 'off', 'fileIndex'],
  zero: ['addr', 'off', 'bufIndex', 'fileIndex'],
  flags: EFD.SEMAPHORE | EFD.NONBLOCK | EFD.CLOEXEC,
  errors: ['EMFILE', 'ENFILE'],
  /** eventfd(2): `initial` is a u32. */
  encode(this: SqeWords, sqe: number, initial: number, flags: number) {
    prepRw(OP.EVENTFD, this.words, sqe, -1, 0, initial, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  run,
});
