/** Makes sockets: SOCKET and SOCKETPAIR. */
import { fail, type Res } from '../../abi/errno.ts';
import { SQE } from '../../abi/layout.ts';
import { SOCK, SOCK_TYPE_MASK } from '../../abi/net.ts';
import { OP } from '../../abi/opcodes.ts';
import type { SocketKind } from '../../kernel/net/network.ts';
import type { Socket } from '../../kernel/net/socket.ts';
import type { KernelCalls } from '../../kernel/operation.ts';
import type { Request } from '../../kernel/request.ts';
import { op, type SqeWords } from '../define.ts';
import { prepRw } from '../encode.ts';

const TYPE_FLAGS = SOCK.NONBLOCK | SOCK.CLOEXEC;
/** Bytes of the descriptors that SOCKETPAIR stores. */
const DESCRIPTOR_BYTES = 4;

/** sqe.fd, sqe.off and sqe.len as the arguments of socket(2). */
const kindOf = ({ fd, offLow, len }: Request): SocketKind => ({
  domain: fd,
  type: offLow & SOCK_TYPE_MASK,
  protocol: len,
  isNonBlocking: (offLow & SOCK.NONBLOCK) !== 0,
});

/** Unknown flags beside the type, and close-on-exec of what gets no descriptor (K4). */
function prepare({ offLow, fileIndex }: Request): Res {
  if ((offLow & ~(SOCK_TYPE_MASK | TYPE_FLAGS)) !== 0) return fail('EINVAL');
  return fileIndex !== 0 && (offLow & SOCK.CLOEXEC) !== 0 ? fail('EINVAL') : 0;
}

/** Gives a socket a descriptor, or a slot, that takes over the hold on it; or closes it. */
export function installSocket({ fileIndex, ring }: Request, socket: Socket): Res {
  const number =
    fileIndex === 0
      ? ring.process.descriptors.install(socket)
      : ring.files.install(socket, fileIndex);
  if (number < 0) socket.drop();
  return number;
}

function run(request: Request, { net }: KernelCalls): Res {
  const made = net.socket(kindOf(request));
  return typeof made === 'number' ? made : installSocket(request, made);
}

function runPair(request: Request, { net }: KernelCalls): Res {
  const { memory, descriptors } = request.ring.process;
  const at = memory.at(request.addrLow, request.addrHigh, 2 * DESCRIPTOR_BYTES);
  if (at < 0) return fail('EFAULT');
  const made = net.pair(kindOf(request));
  if (typeof made === 'number') return made;
  const [first, second] = made;
  const firstFd = installSocket(request, first);
  const secondFd = firstFd < 0 ? firstFd : installSocket(request, second);
  if (firstFd < 0) second.drop();
  if (secondFd < 0) {
    if (firstFd >= 0) descriptors.close(firstFd);
    return secondFd;
  }
  memory.setU32(at, firstFd);
  memory.setU32(at + DESCRIPTOR_BYTES, secondFd);
  return 0;
}

const ERRORS = ['EAFNOSUPPORT', 'EMFILE', 'ENFILE', 'EPROTONOSUPPORT', 'ESOCKTNOSUPPORT'] as const;

/** SOCKET: res = descriptor; with file_index 0, or the slot that was allocated (K4). */
export const socket = op({
  code: OP.SOCKET,
  name: 'SOCKET',
  does:
    'Makes a socket of the domain `fd`, the type `off` and the protocol `len`; res is its ' +
    'descriptor. With `file_index` it becomes a registered file instead.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['addr', 'bufIndex'],
  errors: [...ERRORS, 'EINVAL', 'ENXIO'],
  /** io_uring_prep_socket */
  encode(
    this: SqeWords,
    sqe: number,
    domain: number,
    type: number,
    protocol: number,
    flags: number,
  ) {
    prepRw(OP.SOCKET, this.words, sqe, domain, 0, protocol, type);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare,
  run,
});

/** SOCKETPAIR: res = 0. */
export const socketpair = op({
  code: OP.SOCKETPAIR,
  name: 'SOCKETPAIR',
  does:
    'Makes two sockets of the domain `fd`, the type `off` and the protocol `len` that are ' +
    'connected to each other, and stores their descriptors at `addr`, as two int32.',
  reads: ['off', 'addr', 'fileIndex'],
  zero: ['bufIndex', 'fileIndex'],
  errors: [...ERRORS, 'EFAULT', 'EINVAL', 'EOPNOTSUPP'],
  /** socketpair(2); `sv` is the address of the two descriptors. */
  encode(this: SqeWords, sqe: number, domain: number, type: number, protocol: number, sv: number) {
    prepRw(OP.SOCKETPAIR, this.words, sqe, domain, sv, protocol, type);
  },
  prepare,
  run: runPair,
});
