/** The network of one kernel: its sockets find each other here, and nothing outside. */
import { fail, type Res } from '../../abi/errno.ts';
import { AF, AF_MAX, IPPROTO, SOCK, SOCK_MAX } from '../../abi/net.ts';
import { ConnectionSocket } from './connection.ts';
import { DatagramSocket } from './datagram.ts';
import type { SocketParts } from './named-socket.ts';
import { InetNames, UnixNameSpace } from './names.ts';
import { Received } from './received.ts';
import type { Socket } from './socket.ts';
import type { UnixName } from './unix-names.ts';

/** What socket(2) and socketpair(2) are told: numbers of Linux, and SOCK_NONBLOCK. */
export interface SocketKind {
  readonly domain: number;
  /** Without its flags. */
  readonly type: number;
  readonly protocol: number;
  readonly isNonBlocking: boolean;
}

const isInet = (domain: number): boolean => domain === AF.INET || domain === AF.INET6;

/** What of a kind there is no socket for, in Linux's order; 0 when there is one. */
function refusal({ domain, type, protocol }: SocketKind): Res {
  if (domain < 0 || domain >= AF_MAX) return fail('EAFNOSUPPORT');
  if (type < 0 || type >= SOCK_MAX) return fail('EINVAL');
  if (domain === AF.UNIX) {
    if (protocol !== 0 && protocol !== AF.UNIX) return fail('EPROTONOSUPPORT');
    const known = type === SOCK.STREAM || type === SOCK.DGRAM || type === SOCK.SEQPACKET;
    return known ? 0 : fail('ESOCKTNOSUPPORT');
  }
  if (!isInet(domain)) return fail('EAFNOSUPPORT');
  if (type !== SOCK.STREAM && type !== SOCK.DGRAM) return fail('ESOCKTNOSUPPORT');
  const own = type === SOCK.STREAM ? IPPROTO.TCP : IPPROTO.UDP;
  return protocol === IPPROTO.IP || protocol === own ? 0 : fail('EPROTONOSUPPORT');
}

/** Names and ports of all processes of a kernel. */
export class Network {
  readonly #tcp = new InetNames();
  readonly #udp = new InetNames();
  readonly #unix = new UnixNameSpace();
  /** For the attempt at hand, as the segments of the kernel. */
  readonly received = new Received();

  /** socket(2): a socket, held once by the caller, or -errno. */
  socket(kind: SocketKind): Socket | Res {
    const refused = refusal(kind);
    if (refused !== 0) return refused;
    const { domain, type, isNonBlocking } = kind;
    if (domain === AF.UNIX) return this.#unixSocket(kind);
    const isTcp = type === SOCK.STREAM;
    const protocol = isTcp ? IPPROTO.TCP : IPPROTO.UDP;
    const names = isTcp ? this.#tcp : this.#udp;
    const parts = { family: domain, type, protocol, isNonBlocking, names };
    return isTcp ? new ConnectionSocket(parts) : new DatagramSocket(parts);
  }

  /** socketpair(2): two unix sockets that are connected to each other, or -errno. */
  pair(kind: SocketKind): readonly [Socket, Socket] | Res {
    const refused = refusal(kind);
    if (refused !== 0) return refused;
    if (kind.domain !== AF.UNIX) return fail('EOPNOTSUPP');
    const first = this.#unixSocket(kind);
    const second = this.#unixSocket(kind);
    if (first instanceof ConnectionSocket) first.link(second as ConnectionSocket<UnixName>);
    else first.link(second as DatagramSocket<UnixName>);
    return [first, second];
  }

  #unixSocket(kind: SocketKind): ConnectionSocket<UnixName> | DatagramSocket<UnixName> {
    const { type, isNonBlocking } = kind;
    const names = this.#unix;
    const parts: SocketParts<UnixName> = {
      family: AF.UNIX,
      type,
      protocol: 0,
      isNonBlocking,
      names,
    };
    return type === SOCK.DGRAM ? new DatagramSocket(parts) : new ConnectionSocket(parts);
  }
}
