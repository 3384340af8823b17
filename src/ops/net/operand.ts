/** The socket that a request is about, and how it waits for it. */
import { fail, type Res } from '../../abi/errno.ts';
import { POLL } from '../../abi/poll.ts';
import type { Socket } from '../../kernel/net/socket.ts';
import type { KernelCalls, PENDING } from '../../kernel/operation.ts';
import type { Request } from '../../kernel/request.ts';
import { keep } from '../held.ts';
import { openOf } from '../operand.ts';

const { IN, OUT, ERR, HUP } = POLL;

/** The socket a request holds, or else names: -EBADF, -ENOTSOCK. */
export function socketOf(request: Request): Socket | Res {
  const open = request.file ?? openOf(request);
  if (open === undefined) return fail('EBADF');
  return open.socket ?? fail('ENOTSOCK');
}

/** Waits, holding the socket, until it may be ready to receive from, or to accept. */
export function waitToReceive(
  request: Request,
  kernel: KernelCalls,
  socket: Socket,
): typeof PENDING {
  keep(request, socket);
  return kernel.block(request, socket, IN);
}

/** The same, until it may be ready to send, or is connected. */
export function waitToSend(request: Request, kernel: KernelCalls, socket: Socket): typeof PENDING {
  keep(request, socket);
  return kernel.block(request, socket, OUT);
}

/** Whether a request that is to poll first (POLL_FIRST) has to wait before it tries. */
export const mustWait = (request: Request, socket: Socket, events: number): boolean =>
  request.file === undefined && (socket.readiness() & (events | ERR | HUP)) === 0;
