/** The ports of one protocol: which socket has which, and which one a packet goes to. */
import { fail, type Res } from '../../abi/errno.ts';
import { EPHEMERAL_PORT_FIRST, EPHEMERAL_PORT_LAST } from '../../abi/limits.ts';
import { HOST, type InetName, isLocal, isWildcard } from './inet-name.ts';

// A port is taken on an address, or on all of them by a wildcard. Two sockets conflict when they
// would get the same packets. Accepted connections share the port of their listener without taking
// it, so that it can be bound again as soon as the listener is closed, as with SO_REUSEADDR.

/** A socket and the address it took. */
interface Taken<S> {
  readonly socket: S;
  readonly host: number;
}

/** Whether some packet would go to both: :: means the addresses of IPv4 as well. */
function overlap(a: number, b: number): boolean {
  if (a === b || a === HOST.ANY6 || b === HOST.ANY6) return true;
  return isWildcard(a) ? b < HOST.ANY6 : isWildcard(b) && a < HOST.ANY6;
}

/** Sockets by port. */
export class Ports<S> {
  readonly #taken = new Map<number, Taken<S>[]>();
  /** Where the search for a free port goes on. */
  #next = EPHEMERAL_PORT_FIRST;

  /** Takes an address; port 0 is any free one. -EADDRNOTAVAIL, -EADDRINUSE. */
  take(socket: S, { host, port }: InetName): InetName | Res {
    if (!isLocal(host)) return fail('EADDRNOTAVAIL');
    const free = port === 0 ? this.#findFree(host) : port;
    const others = this.#taken.get(free);
    if (free === 0 || others?.some((other) => overlap(other.host, host))) return fail('EADDRINUSE');
    if (others === undefined) this.#taken.set(free, [{ socket, host }]);
    else others.push({ socket, host });
    return { host, port: free };
  }

  /** Gives it back. */
  release(socket: S, { port }: InetName): void {
    const left = this.#taken.get(port)?.filter((other) => other.socket !== socket) ?? [];
    if (left.length === 0) this.#taken.delete(port);
    else this.#taken.set(port, left);
  }

  /** Who has an address: the socket bound to it before one bound to the wildcard. */
  find({ host, port }: InetName): S | undefined {
    const taken = this.#taken.get(port);
    const exact = taken?.find((other) => other.host === host);
    return (exact ?? taken?.find((other) => overlap(other.host, host)))?.socket;
  }

  /** A port that nobody has on an address; 0: there is none. */
  #findFree(host: number): number {
    for (let tries = EPHEMERAL_PORT_LAST - EPHEMERAL_PORT_FIRST; tries >= 0; tries--) {
      const port = this.#next;
      this.#next = port === EPHEMERAL_PORT_LAST ? EPHEMERAL_PORT_FIRST : port + 1;
      if (!this.#taken.get(port)?.some((other) => overlap(other.host, host))) return port;
    }
    return 0;
  }
}
