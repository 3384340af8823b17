/** Begins and ends connections: CONNECT and SHUTDOWN. */
import { fail, type Res } from '../../abi/errno.ts';
import { OP } from '../../abi/opcodes.ts';
import type { Socket } from '../../kernel/net/socket.ts';
import type { KernelCalls, Outcome } from '../../kernel/operation.ts';
import type { Request } from '../../kernel/request.ts';
import { op, type SqeWords } from '../define.ts';
import { prepRw } from '../encode.ts';
import { addressOf, prepareAddress } from './address.ts';
import { socketOf, waitToSend } from './operand.ts';

const EINPROGRESS = fail('EINPROGRESS');

/** N8: what is in progress is waited for, whether the socket is non-blocking or not. */
function settle(request: Request, kernel: KernelCalls, socket: Socket, res: Res): Outcome {
  return res === EINPROGRESS ? waitToSend(request, kernel, socket) : res;
}

/** CONNECT: res = 0. */
export const connect = op({
  code: OP.CONNECT,
  name: 'CONNECT',
  does: 'Connects the socket `fd` to the address at `addr`, which is `off` bytes long.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['len', 'bufIndex', 'fileIndex'],
  errors: [
    'EADDRNOTAVAIL',
    'EAFNOSUPPORT',
    'EALREADY',
    'EBADF',
    'ECANCELED',
    'ECONNREFUSED',
    'EFAULT',
    'EINVAL',
    'EISCONN',
    'ENETUNREACH',
    'ENOENT',
    'ENOTSOCK',
    'EPERM',
    'EPROTOTYPE',
  ],
  cancel: 'queue',
  /** io_uring_prep_connect */
  encode(this: SqeWords, sqe: number, fd: number, addr: number, addrlen: number) {
    prepRw(OP.CONNECT, this.words, sqe, fd, addr, 0, addrlen);
  },
  prepare: prepareAddress,
  run: (request, kernel) => {
    const socket = socketOf(request);
    if (typeof socket === 'number') return socket;
    return settle(request, kernel, socket, socket.connect(addressOf(request)));
  },
  resume: (request, _res, kernel) => {
    const socket = socketOf(request);
    if (typeof socket === 'number') return socket;
    return settle(request, kernel, socket, socket.connected());
  },
});

/** SHUTDOWN: res = 0. */
export const shutdown = op({
  code: OP.SHUTDOWN,
  name: 'SHUTDOWN',
  does: 'Ends receiving (`len` 0), sending (1) or both (2) on the socket `fd`.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['off', 'addr', 'bufIndex', 'fileIndex'],
  errors: ['EBADF', 'EINVAL', 'ENOTCONN', 'ENOTSOCK'],
  /** io_uring_prep_shutdown */
  encode(this: SqeWords, sqe: number, fd: number, how: number) {
    prepRw(OP.SHUTDOWN, this.words, sqe, fd, 0, how, 0);
  },
  run: (request) => {
    const socket = socketOf(request);
    return typeof socket === 'number' ? socket : socket.shutdown(request.len);
  },
  /** D7: a chain goes on whatever shutdown(2) says; not if there is no socket to say it of. */
  isFailure: (_, res) => res === fail('EBADF') || res === fail('ENOTSOCK'),
});
