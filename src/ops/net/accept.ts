/** Takes connections from a listener: ACCEPT, once or again and again. */
import { fail, type Res } from '../../abi/errno.ts';
import { CQE_FLAG } from '../../abi/flags.ts';
import { SQE } from '../../abi/layout.ts';
import { MULTISHOT_PER_TURN } from '../../abi/limits.ts';
import { ACCEPT, SOCK } from '../../abi/net.ts';
import { OP } from '../../abi/opcodes.ts';
import { POLL } from '../../abi/poll.ts';
import { FILE_INDEX_ALLOC } from '../../abi/register.ts';
import type { Socket } from '../../kernel/net/socket.ts';
import type { KernelCalls, Outcome } from '../../kernel/operation.ts';
import type { Request } from '../../kernel/request.ts';
import { op, type SqeWords } from '../define.ts';
import { prepRw } from '../encode.ts';
import { keep } from '../held.ts';
import { AddressOut } from './address.ts';
import { installSocket } from './creation.ts';
import { mustWait, socketOf, waitToReceive } from './operand.ts';

const { MULTISHOT, DONTWAIT, POLL_FIRST } = ACCEPT;
const EAGAIN = fail('EAGAIN');

function prepare(request: Request): Res {
  const { ioprio, fileIndex, opFlags, addrLow, addrHigh } = request;
  if ((ioprio & ~(MULTISHOT | DONTWAIT | POLL_FIRST)) !== 0) return fail('EINVAL');
  if (fileIndex !== 0 && (opFlags & SOCK.CLOEXEC) !== 0) return fail('EINVAL');
  const isOneSlot = fileIndex !== 0 && fileIndex !== FILE_INDEX_ALLOC;
  if ((ioprio & MULTISHOT) !== 0 && isOneSlot) return fail('EINVAL'); // N2
  request.state = (addrLow | addrHigh) === 0 ? undefined : new AddressOut(request);
  return 0;
}

/** One connection, installed; its address is told. A bad place for that leaves it there. */
function acceptOne(request: Request, listener: Socket): Res {
  const out = request.state as AddressOut | undefined;
  if (out !== undefined && listener.hasConnections && out.refusal !== 0) return out.refusal;
  const socket = listener.accept((request.opFlags & SOCK.NONBLOCK) !== 0);
  if (typeof socket === 'number') return socket;
  const peer = socket.name(true);
  const number = installSocket(request, socket);
  if (number >= 0 && typeof peer !== 'number') out?.tell(peer);
  return number;
}

/** Accepts what is there; waits when nothing is, or nothing more of many (N1, N2). */
function attempt(request: Request, kernel: KernelCalls): Outcome {
  const listener = socketOf(request);
  if (typeof listener === 'number') return listener;
  const { ioprio } = request;
  if ((ioprio & POLL_FIRST) !== 0 && mustWait(request, listener, POLL.IN))
    return waitToReceive(request, kernel, listener);
  for (let shots = 0; shots < MULTISHOT_PER_TURN; shots++) {
    const res = acceptOne(request, listener);
    if (res === EAGAIN && (ioprio & DONTWAIT) === 0)
      return waitToReceive(request, kernel, listener);
    if (res < 0) return res;
    const tellsMore = listener.hasConnections && !listener.isUnix; // Linux knows it of TCP alone
    const flags = tellsMore ? CQE_FLAG.SOCK_NONEMPTY : 0;
    const goesOn = (ioprio & MULTISHOT) !== 0;
    if (!goesOn || !kernel.postMore(request, res, flags | CQE_FLAG.MORE)) {
      request.cqeFlags = flags;
      return res;
    }
  }
  keep(request, listener);
  return kernel.again(request, 0);
}

/** ACCEPT: res = descriptor; with file_index 0, or the slot that was allocated (K4). */
export const accept = op({
  code: OP.ACCEPT,
  name: 'ACCEPT',
  does:
    'Waits for a connection to the listener `fd`; res is its descriptor. The address of the ' +
    'other end goes to `addr`, its length to the int32 at `off`, unless `addr` is 0. `op_flags` ' +
    'are SOCK_ flags of the new socket; ACCEPT_MULTISHOT in `ioprio` makes it go on.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['len', 'bufIndex'],
  flags: SOCK.NONBLOCK | SOCK.CLOEXEC,
  errors: [
    'EAGAIN',
    'EBADF',
    'ECANCELED',
    'EFAULT',
    'EINVAL',
    'EMFILE',
    'ENFILE',
    'ENOTSOCK',
    'ENXIO',
    'EOPNOTSUPP',
  ],
  cancel: 'queue',
  ioprio: true,
  /** io_uring_prep_accept */
  encode(this: SqeWords, sqe: number, fd: number, addr: number, addrlen: number, flags: number) {
    prepRw(OP.ACCEPT, this.words, sqe, fd, addr, 0, addrlen);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare,
  run: attempt,
  resume: (request, _res, kernel) => attempt(request, kernel),
});
