/** What every socket can do, and what the operations of src/ops/net use of it. */
import type { Res } from '../../abi/errno.ts';
import { O } from '../../abi/files.ts';
import { AF, SOCK } from '../../abi/net.ts';
import { POLL } from '../../abi/poll.ts';
import { type Channel, Description } from '../open-file.ts';
import type { Segments } from '../segments.ts';
import { WaitQueue } from '../wait-queue.ts';
import { Received } from './received.ts';

// No method waits. -EAGAIN says that it would have to, until the socket shows IN (to receive and
// accept) or OUT (to send); -EINPROGRESS says that a connection will be made, or refused, and that
// the socket shows OUT then. Whoever was told EAGAIN is woken when trying again is worth it.

/** What a socket shows when something can be received, and when something can be sent. */
export const READABLE = POLL.IN | POLL.RDNORM;
export const WRITABLE = POLL.OUT | POLL.WRNORM;
/** Every event: its state changed, and whoever waits is to look. */
export const CHANGED = READABLE | WRITABLE | POLL.WRBAND | POLL.RDHUP | POLL.HUP | POLL.ERR;

/** One end of a connection, a listener, or what datagrams are sent from and to. */
export abstract class Socket extends Description implements Channel {
  readonly waiters = new WaitQueue();
  /** AF_, SOCK_ and IPPROTO_. */
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  /** O_ flags. */
  flags: number;
  /** An errno that the next call is told, once; 0 for none. */
  protected error: Res = 0;

  constructor(family: number, type: number, protocol: number, isNonBlocking: boolean) {
    super();
    this.family = family;
    this.type = type;
    this.protocol = protocol;
    this.flags = O.RDWR | (isNonBlocking ? O.NONBLOCK : 0);
  }

  get channel(): this {
    return this;
  }

  get pollable(): this {
    return this;
  }

  get socket(): this {
    return this;
  }

  get isUnix(): boolean {
    return this.family === AF.UNIX;
  }

  /** Bytes have no bounds between them. */
  abstract get isStream(): boolean;

  /** MSG_WAITALL goes on after the first bytes, in Linux also over the bounds of SOCK_SEQPACKET. */
  get collects(): boolean {
    return this.type !== SOCK.DGRAM;
  }

  /** More is there to be received. */
  abstract get hasMore(): boolean;
  /** Connections wait to be accepted. */
  abstract get hasConnections(): boolean;

  abstract readiness(): number;
  /** bind(2), with the bytes of a sockaddr. */
  abstract bind(address: Uint8Array): Res;
  abstract listen(backlog: number): Res;
  /** accept(2): a socket, held once by the caller; it is made non-blocking when that is asked. */
  abstract accept(isNonBlocking: boolean): Socket | Res;
  /** connect(2): 0, -errno, or -EINPROGRESS. */
  abstract connect(address: Uint8Array): Res;
  /** What became of a connection that was in progress; -EINPROGRESS while it is. */
  abstract connected(): Res;
  abstract shutdown(how: number): Res;
  /** Sends all, or as much of a stream as there is room for: how many bytes. */
  abstract send(from: Segments, flags: number, to: Uint8Array | undefined): Res;
  /** Receives into segments: how many bytes, of a datagram its whole length with MSG_TRUNC. */
  abstract receive(into: Segments, flags: number, received: Received): Res;
  /** getsockname(2), or getpeername(2): the bytes of a sockaddr. */
  abstract name(ofPeer: boolean): Uint8Array | Res;

  read(into: Segments): Res {
    return into.total === 0 ? 0 : this.receive(into, 0, new Received());
  }

  write(from: Segments): Res {
    return this.send(from, 0, undefined);
  }

  /** The pending error, which is over with that; 0 for none. */
  protected takeError(): Res {
    const { error } = this;
    this.error = 0;
    return error;
  }
}
