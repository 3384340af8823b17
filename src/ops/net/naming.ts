/** Addresses of sockets: BIND and GETSOCKNAME; and LISTEN, which makes one known. */
import type { Res } from '../../abi/errno.ts';
import { SQE } from '../../abi/layout.ts';
import { SOCKNAME_PEER } from '../../abi/net.ts';
import { OP } from '../../abi/opcodes.ts';
import type { Request } from '../../kernel/request.ts';
import { op, type SqeWords } from '../define.ts';
import { prepRw } from '../encode.ts';
import { AddressOut, addressOf, prepareAddress } from './address.ts';
import { socketOf } from './operand.ts';

/** BIND: res = 0. */
export const bind = op({
  code: OP.BIND,
  name: 'BIND',
  does: 'Gives the socket `fd` the address at `addr`, which is `off` bytes long.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['len', 'bufIndex', 'fileIndex'],
  errors: ['EADDRINUSE', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EBADF', 'EFAULT', 'EINVAL', 'ENOTSOCK'],
  /** io_uring_prep_bind */
  encode(this: SqeWords, sqe: number, fd: number, addr: number, addrlen: number) {
    prepRw(OP.BIND, this.words, sqe, fd, addr, 0, addrlen);
  },
  prepare: prepareAddress,
  run: (request) => {
    const socket = socketOf(request);
    return typeof socket === 'number' ? socket : socket.bind(addressOf(request));
  },
});

/** LISTEN: res = 0. */
export const listen = op({
  code: OP.LISTEN,
  name: 'LISTEN',
  does: 'Lets the socket `fd` accept connections, of which at most `len` wait for that.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['off', 'addr', 'bufIndex', 'fileIndex'],
  errors: ['EADDRNOTAVAIL', 'EBADF', 'EINVAL', 'ENOTSOCK', 'EOPNOTSUPP'],
  /** io_uring_prep_listen */
  encode(this: SqeWords, sqe: number, fd: number, backlog: number) {
    prepRw(OP.LISTEN, this.words, sqe, fd, 0, backlog, 0);
  },
  run: (request) => {
    const socket = socketOf(request);
    return typeof socket === 'number' ? socket : socket.listen(request.len);
  },
});

function prepareOut(request: Request): Res {
  const out = new AddressOut(request);
  request.state = out;
  return 0;
}

/** GETSOCKNAME: res = 0. */
export const getsockname = op({
  code: OP.GETSOCKNAME,
  name: 'GETSOCKNAME',
  does:
    'Stores the address of the socket `fd` at `addr`, cut to the room that the int32 at `off` ' +
    'says, and its length there. With `op_flags` 1 it is the address of the other end.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['len', 'bufIndex', 'fileIndex'],
  flags: SOCKNAME_PEER,
  errors: ['EBADF', 'EFAULT', 'EINVAL', 'ENOTCONN', 'ENOTSOCK'],
  /** getsockname(2), and getpeername(2) with flags 1. */
  encode(this: SqeWords, sqe: number, fd: number, addr: number, addrlen: number, flags: number) {
    prepRw(OP.GETSOCKNAME, this.words, sqe, fd, addr, 0, addrlen);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: prepareOut,
  run: (request) => {
    const socket = socketOf(request);
    if (typeof socket === 'number') return socket;
    const name = socket.name((request.opFlags & SOCKNAME_PEER) !== 0);
    if (typeof name === 'number') return name;
    const out = request.state as AddressOut;
    if (out.refusal === 0) out.tell(name);
    return out.refusal;
  },
});
