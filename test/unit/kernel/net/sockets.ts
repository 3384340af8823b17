/** Sockets of one network, whose bytes are texts. */
import { ERRNO, type ErrnoName, type Res } from '../../../../src/abi/errno.ts';
import { AF, SOCK } from '../../../../src/abi/net.ts';
import { POLL } from '../../../../src/abi/poll.ts';
import { type InetName, writeInetName } from '../../../../src/kernel/net/inet-name.ts';
import { Network } from '../../../../src/kernel/net/network.ts';
import { Received } from '../../../../src/kernel/net/received.ts';
import type { Socket } from '../../../../src/kernel/net/socket.ts';
import { Segments } from '../../../../src/kernel/segments.ts';
import { Waiter } from '../../../../src/kernel/wait-queue.ts';

/** What happened: a count, or the name of an error. */
export type Told = number | ErrnoName;

export const told = (res: Res): Told =>
  res >= 0
    ? res
    : (Object.keys(ERRNO).find((name) => ERRNO[name as ErrnoName] === -res) as ErrnoName);

/** The socket that some call returned. */
export function made(result: Socket | Res): Socket {
  if (typeof result === 'number') throw new Error(`no socket: ${told(result)}`);
  return result;
}

export const inet = (port: number, host = 0x7f000001): Uint8Array =>
  writeInetName(AF.INET, { host, port });
export const inet6 = (name: InetName): Uint8Array => writeInetName(AF.INET6, name);
/** A sockaddr_un: of a path, or of an abstract name that begins with NUL. */
export const unix = (path: string): Uint8Array =>
  Uint8Array.from([AF.UNIX, 0, ...Buffer.from(path, 'latin1')]);

export const portOf = (socket: Socket): number => {
  const name = socket.name(false) as Uint8Array;
  return name[2]! * 256 + name[3]!;
};

/** Segments of one range. */
export function segmentsOf(bytes: Uint8Array): Segments {
  const segments = new Segments();
  segments.reset(bytes);
  segments.add(0, bytes.length);
  return segments;
}

export function sendTo(socket: Socket, text: string, to?: Uint8Array, flags = 0): Told {
  return told(socket.send(segmentsOf(Buffer.from(text, 'latin1')), flags, to));
}

export const received = new Received();

/** The text that was received, or the name of an error; '' is the end of a stream. */
export function receive(socket: Socket, room = 100, flags = 0): string {
  const into = new Uint8Array(room);
  const res = socket.receive(segmentsOf(into), flags, received);
  return res < 0 ? String(told(res)) : Buffer.from(into.subarray(0, res)).toString('latin1');
}

/** The names of the POLL bits that a socket shows, or of some bits. */
export function shows(from: Socket | number): string {
  const bits = typeof from === 'number' ? from : from.readiness();
  return (['IN', 'OUT', 'RDHUP', 'HUP', 'ERR'] as const)
    .filter((name) => (bits & POLL[name]) !== 0)
    .join(' ');
}

/** Counts how often it is told something. */
export class Ear extends Waiter {
  count = 0;

  constructor(socket: Socket, events: number) {
    super();
    socket.waiters.add(this, events);
  }

  override woken(): void {
    this.count++;
  }
}

export const kind = (domain: number, type: number, protocol = 0) => ({
  domain,
  type,
  protocol,
  isNonBlocking: false,
});

/** A network of its own, and what one needs of it. */
export class Net {
  readonly network = new Network();

  socket(domain: number, type: number): Socket {
    return made(this.network.socket(kind(domain, type)));
  }

  pair(type: number): readonly [Socket, Socket] {
    return this.network.pair(kind(AF.UNIX, type)) as readonly [Socket, Socket];
  }

  /** A listener of TCP on 127.0.0.1, and its address. */
  listener(backlog: number): { listener: Socket; address: Uint8Array } {
    const listener = this.socket(AF.INET, SOCK.STREAM);
    listener.bind(inet(0));
    listener.listen(backlog);
    return { listener, address: inet(portOf(listener)) };
  }

  /** Both ends of a connection of TCP. */
  tcpPair(): readonly [Socket, Socket] {
    const { listener, address } = this.listener(1);
    const client = this.socket(AF.INET, SOCK.STREAM);
    client.connect(address);
    const server = made(listener.accept(false));
    listener.drop();
    return [client, server];
  }
}
