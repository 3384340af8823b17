/** Sockets of datagrams: UDP, and SOCK_DGRAM of unix sockets. */
import { fail, type Res } from '../../abi/errno.ts';
import { UDP_MESSAGE_BYTES_MAX, UNIX_MESSAGE_BYTES_MAX } from '../../abi/limits.ts';
import { AF, MSG, SHUT } from '../../abi/net.ts';
import { POLL } from '../../abi/poll.ts';
import type { Segments } from '../segments.ts';
import { familyOf } from './inet-name.ts';
import { MessageQueue } from './message-queue.ts';
import { NamedSocket } from './named-socket.ts';
import type { Received } from './received.ts';
import { CHANGED, READABLE, type Socket, WRITABLE } from './socket.ts';

// UDP loses: what finds no socket, no room, or a socket that is connected to another one, is gone,
// and its sender has sent it; a connected sender learns by its next call that nobody is there.
// Unix sockets tell at once, and wait for room.

const EAGAIN = fail('EAGAIN');
const ECONNREFUSED = fail('ECONNREFUSED');

/** Any socket without connections. */
export class DatagramSocket<N> extends NamedSocket<N> {
  readonly #inbox = new MessageQueue();
  /** It has a default destination: `remote`, and of a unix socket also this one. */
  #isConnected = false;
  #peer: DatagramSocket<N> | undefined;
  /** Unix sockets that found no room here. */
  readonly #stalled = new Set<DatagramSocket<N>>();
  #receiveShut = false;
  #sendShut = false;
  #isClosed = false;

  get isStream(): boolean {
    return false;
  }

  get hasMore(): boolean {
    return !this.#inbox.isEmpty;
  }

  get hasConnections(): boolean {
    return false;
  }

  protected get isConnected(): boolean {
    return this.#isConnected;
  }

  readiness(): number {
    let bits = this.error === 0 ? 0 : POLL.ERR;
    if (this.#receiveShut) bits |= READABLE | POLL.RDHUP;
    else if (!this.#inbox.isEmpty) bits |= READABLE;
    if (this.#receiveShut && this.#sendShut) bits |= POLL.HUP;
    const peer = this.#peer;
    if (peer === undefined || peer.#isClosed || peer.#inbox.hasRoom)
      return bits | WRITABLE | POLL.WRBAND;
    peer.#stalled.add(this); // whoever polls is told when that changes
    return bits;
  }

  listen(): Res {
    return fail('EOPNOTSUPP');
  }

  accept(): Socket | Res {
    return fail('EOPNOTSUPP');
  }

  /** Sets the default destination; AF_UNSPEC takes it back. */
  connect(address: Uint8Array): Res {
    if (familyOf(address) === AF.UNSPEC) {
      this.#disconnect();
      return 0;
    }
    const name = this.names.parse(this.family, address);
    if (typeof name === 'number') return name;
    const found = this.#find(name);
    if (typeof found === 'number' && (this.isUnix || found !== ECONNREFUSED)) return found;
    const res = this.takeAny();
    if (res !== 0) return res;
    const peer = typeof found === 'number' ? undefined : found;
    this.#isConnected = true;
    this.#peer = this.isUnix ? peer : undefined; // UDP looks for it each time
    this.remote = this.names.reached(name, peer?.local);
    this.local = this.names.seenFrom(this.local, this.remote);
    return 0;
  }

  connected(): Res {
    return this.takeError();
  }

  /** Makes two unix sockets each other's destination. */
  link(other: DatagramSocket<N>): void {
    this.#isConnected = true;
    this.#peer = other;
    other.#isConnected = true;
    other.#peer = this;
  }

  send(from: Segments, flags: number, to: Uint8Array | undefined): Res {
    if ((flags & MSG.OOB) !== 0) return fail('EOPNOTSUPP');
    const bytesMax = this.isUnix ? UNIX_MESSAGE_BYTES_MAX : UDP_MESSAGE_BYTES_MAX;
    if (from.total > bytesMax) return fail('EMSGSIZE');
    if (this.error !== 0) return this.takeError();
    if (this.#sendShut) return fail('EPIPE');
    const name = to === undefined ? this.remote : this.names.parse(this.family, to);
    if (typeof name === 'number') return name;
    return this.isUnix ? this.#sendUnix(from, to, name) : this.#sendUdp(from, to, name);
  }

  receive(into: Segments, flags: number, received: Received): Res {
    if ((flags & MSG.OOB) !== 0) return fail('EOPNOTSUPP');
    received.reset();
    if (this.error !== 0) return this.takeError();
    if (this.#inbox.isEmpty) return this.#receiveShut ? 0 : EAGAIN;
    const hadRoom = this.#inbox.hasRoom;
    const count = this.#inbox.take(into, flags, received);
    if (!hadRoom && this.#inbox.hasRoom) this.#wakeStalled();
    return count;
  }

  /** Ends a direction; of UDP without a destination too, though it answers ENOTCONN. */
  shutdown(how: number): Res {
    if (how < SHUT.RD || how > SHUT.RDWR) return fail('EINVAL');
    if (how !== SHUT.WR) this.#receiveShut = true;
    if (how !== SHUT.RD) this.#sendShut = true;
    this.waiters.wake(CHANGED);
    if (how !== SHUT.WR) this.#wakeStalled(); // they will find EPIPE
    return this.#isConnected || this.isUnix ? 0 : fail('ENOTCONN');
  }

  protected released(): void {
    this.#isClosed = true;
    this.releaseName();
    this.#disconnect();
    this.#inbox.clear();
    this.#wakeStalled();
  }

  #sendUnix(from: Segments, to: Uint8Array | undefined, name: N | undefined): Res {
    const target = to === undefined ? this.#default() : this.#find(name as N);
    if (typeof target === 'number') return target;
    if (target.#receiveShut) return fail('EPIPE');
    const { local } = this;
    const source = local === undefined ? undefined : this.names.format(this.family, local);
    const sent = target.#inbox.put(from, source);
    if (sent === EAGAIN) target.#stalled.add(this);
    else target.waiters.wake(READABLE);
    return sent;
  }

  #sendUdp(from: Segments, to: Uint8Array | undefined, name: N | undefined): Res {
    if (name === undefined) return fail('EDESTADDRREQ');
    const target = this.#find(name);
    if (target === fail('ENETUNREACH')) return target;
    const taken = this.takeAny();
    if (taken !== 0) return taken;
    if (typeof target !== 'number')
      target.#arrive(from, this.names.seenFrom(this.local, name) as N);
    else if (to === undefined) {
      this.error = ECONNREFUSED;
      this.waiters.wake(CHANGED);
    }
    return from.total;
  }

  /** Takes a datagram of UDP, unless something speaks against it. */
  #arrive(from: Segments, source: N): void {
    if (this.#receiveShut) return;
    if (this.remote !== undefined && !this.names.isSame(this.remote, source)) return;
    const sent = this.#inbox.put(from, this.names.format(this.family, source));
    if (sent !== EAGAIN) this.waiters.wake(READABLE);
  }

  /** The unix socket that has a name, if it takes messages from this one. */
  #find(name: N): DatagramSocket<N> | Res {
    const found = this.names.find(name);
    if (typeof found === 'number') return found;
    if (!(found instanceof DatagramSocket)) return fail('EPROTOTYPE');
    const target = found as DatagramSocket<N>;
    const isOthers = this.isUnix && target.#peer !== undefined && target.#peer !== this;
    return isOthers ? fail('EPERM') : target;
  }

  /** Where a unix socket sends without an address; once it is closed there is none any more. */
  #default(): DatagramSocket<N> | Res {
    const peer = this.#peer;
    if (peer === undefined) return fail('ENOTCONN');
    if (!peer.#isClosed) return peer;
    this.#disconnect();
    return ECONNREFUSED;
  }

  #disconnect(): void {
    const peer = this.#peer;
    if (peer !== undefined) peer.#stalled.delete(this);
    this.#isConnected = false;
    this.#peer = undefined;
    this.remote = undefined;
  }

  /** There is room again, or an end to waiting for it. */
  #wakeStalled(): void {
    const stalled = [...this.#stalled];
    this.#stalled.clear();
    for (const socket of stalled) socket.waiters.wake(CHANGED);
  }
}
