/** A socket with its addresses: its own, which it may have taken, and that of the other end. */
import { fail, type Res } from '../../abi/errno.ts';
import type { Names } from './names.ts';
import { Socket } from './socket.ts';

/** What a socket is made from. */
export interface SocketParts<N> {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly isNonBlocking: boolean;
  readonly names: Names<N>;
}

/** bind(2), getsockname(2) and getpeername(2) of every kind of socket. */
export abstract class NamedSocket<N> extends Socket {
  protected readonly names: Names<N>;
  /** The address it took and will give back. */
  protected taken: N | undefined;
  /** Its address as it is seen from outside. */
  protected local: N | undefined;
  /** The address of the other end. */
  protected remote: N | undefined;

  constructor({ family, type, protocol, isNonBlocking, names }: SocketParts<N>) {
    super(family, type, protocol, isNonBlocking);
    this.names = names;
  }

  /** It is one end of a connection, or has a default destination. */
  protected abstract get isConnected(): boolean;

  bind(address: Uint8Array): Res {
    const name = this.names.parse(this.family, address);
    if (typeof name === 'number') return name;
    if (this.local !== undefined || this.isConnected) return fail('EINVAL');
    return this.#accept(this.names.take(this, name));
  }

  name(ofPeer: boolean): Uint8Array | Res {
    if (ofPeer && !this.isConnected) return fail('ENOTCONN');
    return this.names.format(this.family, ofPeer ? this.remote : this.local);
  }

  /** Takes an address if it has none and needs one: 0 or -errno. */
  protected takeAny(): Res {
    return this.local === undefined ? this.#accept(this.names.takeAny(this)) : 0;
  }

  protected releaseName(): void {
    if (this.taken !== undefined) this.names.release(this, this.taken);
    this.taken = undefined;
  }

  #accept(taken: N | undefined | Res): Res {
    if (typeof taken === 'number') return taken;
    this.taken = taken;
    this.local = taken;
    return 0;
  }
}
