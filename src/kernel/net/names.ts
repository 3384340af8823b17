/** How sockets of one kind get addresses and find each other by them. */
import { fail, type Res } from '../../abi/errno.ts';
import { AF } from '../../abi/net.ts';
import {
  destination,
  HOST,
  type InetName,
  isLocal,
  isWildcard,
  readInetName,
  sourceFor,
  writeInetName,
} from './inet-name.ts';
import { Ports } from './ports.ts';
import type { Socket } from './socket.ts';
import { readUnixName, UNNAMED, type UnixName, UnixNames } from './unix-names.ts';

/** One name space; N is what an address is in it. */
export interface Names<N> {
  /** The address that the bytes of a sockaddr give a socket of an AF_; -EINVAL, -EAFNOSUPPORT. */
  parse(family: number, bytes: Uint8Array): N | Res;
  /** The sockaddr of an address; of undefined, what a socket without one shows. */
  format(family: number, name: N | undefined): Uint8Array;
  /** Gives a socket an address: the one it has then, -EADDRINUSE, -EADDRNOTAVAIL. */
  take(socket: Socket, name: N): N | Res;
  /** Gives it one that it did not ask for; undefined where it can do without. */
  takeAny(socket: Socket): N | undefined | Res;
  release(socket: Socket, name: N): void;
  /** Who has an address; -ECONNREFUSED, -ENOENT, -ENETUNREACH. */
  find(name: N): Socket | Res;
  /** The address of a socket as who is at `other` sees it. */
  seenFrom(name: N | undefined, other: N): N | undefined;
  /** Which address somebody who dialled `name` has reached, at a socket bound to `bound`. */
  reached(name: N, bound: N | undefined): N;
  isSame(a: N, b: N): boolean;
}

/** The ports of TCP, or those of UDP. */
export class InetNames implements Names<InetName> {
  readonly #ports = new Ports<Socket>();

  parse(family: number, bytes: Uint8Array): InetName | Res {
    return readInetName(family, bytes);
  }

  format(family: number, name: InetName | undefined): Uint8Array {
    return writeInetName(family, name);
  }

  take(socket: Socket, name: InetName): InetName | Res {
    return this.#ports.take(socket, name);
  }

  takeAny(socket: Socket): InetName | Res {
    const host = socket.family === AF.INET6 ? HOST.ANY6 : HOST.ANY;
    const taken = this.take(socket, { host, port: 0 });
    return typeof taken === 'number' ? fail('EADDRNOTAVAIL') : taken;
  }

  release(socket: Socket, name: InetName): void {
    this.#ports.release(socket, name);
  }

  find(name: InetName): Socket | Res {
    const reached = this.reached(name);
    if (!isLocal(reached.host)) return fail('ENETUNREACH');
    return this.#ports.find(reached) ?? fail('ECONNREFUSED');
  }

  seenFrom(name: InetName | undefined, other: InetName): InetName | undefined {
    if (name === undefined || !isWildcard(name.host)) return name;
    return { host: sourceFor(other.host), port: name.port };
  }

  reached({ host, port }: InetName): InetName {
    return { host: destination(host), port };
  }

  isSame(a: InetName, b: InetName): boolean {
    return a.host === b.host && a.port === b.port;
  }
}

/** Paths and abstract names of unix sockets of all types. */
export class UnixNameSpace implements Names<UnixName> {
  readonly #names = new UnixNames<Socket>();

  parse(_family: number, bytes: Uint8Array): UnixName | Res {
    return readUnixName(bytes);
  }

  format(_family: number, name: UnixName | undefined): Uint8Array {
    return name?.bytes ?? UNNAMED;
  }

  take(socket: Socket, name: UnixName): UnixName | Res {
    return this.#names.take(socket, name);
  }

  takeAny(): undefined {
    return undefined;
  }

  release(_socket: Socket, name: UnixName): void {
    this.#names.release(name);
  }

  find(name: UnixName): Socket | Res {
    return this.#names.find(name);
  }

  seenFrom(name: UnixName | undefined): UnixName | undefined {
    return name;
  }

  reached(name: UnixName, bound: UnixName | undefined): UnixName {
    return bound ?? name;
  }

  isSame(a: UnixName, b: UnixName): boolean {
    return a.key === b.key;
  }
}
