/** Sockets that connect: streams of TCP and unix sockets, and SOCK_SEQPACKET. */
import { fail, type Res } from '../../abi/errno.ts';
import { O } from '../../abi/files.ts';
import { UNIX_MESSAGE_BYTES_MAX } from '../../abi/limits.ts';
import { MSG, SHUT, SOCK } from '../../abi/net.ts';
import { POLL } from '../../abi/poll.ts';
import type { Segments } from '../segments.ts';
import { Backlog } from './backlog.ts';
import type { Inbox } from './inbox.ts';
import { MessageQueue } from './message-queue.ts';
import { NamedSocket, type SocketParts } from './named-socket.ts';
import type { Received } from './received.ts';
import { CHANGED, READABLE, type Socket, WRITABLE } from './socket.ts';
import { StreamQueue } from './stream-queue.ts';

// One class, because a socket becomes what it is: nothing yet; a listener; waiting for a place in
// a listener's backlog; or one end of a connection, which it stays. The two ends know each other,
// and each sends into the inbox of the other.
//
// How TCP differs from unix sockets, as on Linux: shutting the reading side down is not told to
// the other end; and after the other end closed, a first send succeeds, for nobody knows yet.

const EAGAIN = fail('EAGAIN');
const EINVAL = fail('EINVAL');
const EINPROGRESS = fail('EINPROGRESS');

/** Any socket of a connection. */
export class ConnectionSocket<N> extends NamedSocket<N> {
  readonly #parts: SocketParts<N>;
  readonly #inbox: Inbox;
  /** Of a listener. */
  #backlog: Backlog<ConnectionSocket<N>> | undefined;
  /** The listener in whose backlog it waits for a place. */
  #awaited: ConnectionSocket<N> | undefined;
  #isEstablished = false;
  /** The other end, until that is closed. */
  #peer: ConnectionSocket<N> | undefined;
  #receiveShut = false;
  #sendShut = false;

  constructor(parts: SocketParts<N>) {
    super(parts);
    this.#parts = parts;
    this.#inbox = parts.type === SOCK.STREAM ? new StreamQueue() : new MessageQueue();
  }

  get isStream(): boolean {
    return this.type === SOCK.STREAM;
  }

  get hasMore(): boolean {
    return !this.#inbox.isEmpty;
  }

  get hasConnections(): boolean {
    return this.#backlog !== undefined && !this.#backlog.isEmpty;
  }

  protected get isConnected(): boolean {
    return this.#isEstablished;
  }

  readiness(): number {
    if (this.#backlog !== undefined) return this.#backlog.isEmpty ? 0 : READABLE;
    if (this.#awaited !== undefined) return 0;
    const error = this.error === 0 ? 0 : POLL.ERR;
    if (!this.#isEstablished) return error | POLL.HUP | WRITABLE;
    let bits = error;
    if (this.#receiveShut) bits |= READABLE | POLL.RDHUP;
    else if (!this.#inbox.isEmpty) bits |= READABLE;
    if (this.#receiveShut && this.#sendShut) bits |= POLL.HUP;
    if (this.#sendShut || this.#peer === undefined || this.#peer.#inbox.hasRoom) bits |= WRITABLE;
    return bits;
  }

  // --- listening and connecting ---

  listen(backlog: number): Res {
    if (this.#isEstablished || this.#awaited !== undefined) return EINVAL;
    if (this.isUnix && this.local === undefined) return EINVAL;
    const res = this.takeAny();
    if (res !== 0) return res;
    if (this.#backlog === undefined) this.#backlog = new Backlog(backlog);
    else this.#backlog.resize(backlog);
    this.#admit(this.#backlog);
    return 0;
  }

  accept(isNonBlocking: boolean): Socket | Res {
    if (this.#backlog === undefined) return EINVAL;
    const socket = this.#backlog.take();
    if (socket === undefined) return EAGAIN;
    if (isNonBlocking) socket.flags |= O.NONBLOCK;
    this.#admit(this.#backlog);
    return socket;
  }

  connect(address: Uint8Array): Res {
    if (this.#awaited !== undefined) return fail('EALREADY');
    if (this.#isEstablished) return fail('EISCONN');
    if (this.#backlog !== undefined) return this.isUnix ? EINVAL : fail('EISCONN');
    const name = this.names.parse(this.family, address);
    if (typeof name === 'number') return name;
    const found = this.names.find(name);
    if (typeof found === 'number') return found;
    if (!(found instanceof ConnectionSocket) || found.type !== this.type) return fail('EPROTOTYPE');
    const listener = found as ConnectionSocket<N>;
    const backlog = listener.#backlog;
    if (backlog === undefined) return fail('ECONNREFUSED');
    const res = this.takeAny();
    if (res !== 0) return res;
    this.error = 0;
    this.remote = this.names.reached(name, listener.local);
    this.local = this.names.seenFrom(this.local, this.remote);
    if (backlog.isOpen) {
      listener.#offer(backlog, this);
      return 0;
    }
    backlog.wait(this);
    this.#awaited = listener;
    return EINPROGRESS;
  }

  connected(): Res {
    return this.#awaited !== undefined ? EINPROGRESS : this.takeError();
  }

  /** Connects two sockets that are nothing yet. */
  link(other: ConnectionSocket<N>): void {
    this.#peer = other;
    this.#isEstablished = true;
    other.#peer = this;
    other.#isEstablished = true;
  }

  /** Gives those that wait the places that are free. */
  #admit(backlog: Backlog<ConnectionSocket<N>>): void {
    while (backlog.hasPlace) {
      const next = backlog.nextWaiting();
      if (next === undefined) return;
      backlog.forget(next);
      next.#awaited = undefined;
      this.#offer(backlog, next);
      next.waiters.wake(WRITABLE);
    }
  }

  /** Makes the other end of a socket that connects, and offers it to who accepts. */
  #offer(backlog: Backlog<ConnectionSocket<N>>, socket: ConnectionSocket<N>): void {
    const end = new ConnectionSocket<N>({ ...this.#parts, isNonBlocking: false });
    end.local = socket.remote;
    end.remote = socket.local;
    end.link(socket);
    backlog.offer(end);
    this.waiters.wake(READABLE);
  }

  /** It is a listener no more: what it offered is reset, who waits is refused. */
  #stopListening(backlog: Backlog<ConnectionSocket<N>>): void {
    this.#backlog = undefined;
    for (let end = backlog.take(); end !== undefined; end = backlog.take()) {
      end.#hangUp(true);
      end.drop();
    }
    for (let next = backlog.nextWaiting(); next !== undefined; next = backlog.nextWaiting()) {
      backlog.forget(next);
      next.#awaited = undefined;
      next.error = fail('ECONNREFUSED');
      next.waiters.wake(CHANGED);
    }
  }

  // --- sending and receiving ---

  send(from: Segments, flags: number, to: Uint8Array | undefined): Res {
    if ((flags & MSG.OOB) !== 0) return fail('EOPNOTSUPP');
    if (to !== undefined && this.isUnix && this.isStream)
      return fail(this.#isEstablished ? 'EISCONN' : 'EOPNOTSUPP');
    if (this.error !== 0) return this.takeError();
    if (this.#sendShut) return fail('EPIPE');
    if (!this.#isEstablished) return this.#sendUnconnected();
    if (!this.isStream && from.total > UNIX_MESSAGE_BYTES_MAX) return fail('EMSGSIZE');
    const peer = this.#peer;
    if (peer === undefined) return this.#sendToNobody(from.total);
    const sent = peer.#inbox.put(from, undefined);
    if (sent > 0 || (sent === 0 && !this.isStream)) peer.waiters.wake(READABLE);
    return sent;
  }

  receive(into: Segments, flags: number, received: Received): Res {
    if ((flags & MSG.OOB) !== 0) return this.isUnix ? fail('EOPNOTSUPP') : EINVAL;
    received.reset();
    const inbox = this.#inbox;
    if (!this.#isEstablished) return this.#receiveUnconnected();
    if (inbox.isEmpty) {
      if (this.error !== 0) return this.takeError();
      return this.#receiveShut ? 0 : EAGAIN;
    }
    const hadRoom = inbox.hasRoom;
    const count = inbox.take(into, flags, received);
    if (!hadRoom && inbox.hasRoom) this.#peer?.waiters.wake(WRITABLE);
    return count;
  }

  #sendUnconnected(): Res {
    if (this.isUnix) return fail('ENOTCONN');
    return this.#awaited === undefined ? fail('EPIPE') : EAGAIN;
  }

  #receiveUnconnected(): Res {
    if (this.error !== 0) return this.takeError();
    if (this.isUnix) return this.isStream ? EINVAL : fail('ENOTCONN');
    return this.#awaited === undefined ? fail('ENOTCONN') : EAGAIN;
  }

  /** TCP learns by the answer to its segment that the other end is gone. */
  #sendToNobody(bytes: number): Res {
    if (bytes > 0) this.#end(fail('EPIPE'));
    return bytes;
  }

  // --- ending ---

  shutdown(how: number): Res {
    if (how < SHUT.RD || how > SHUT.RDWR) return EINVAL;
    const reads = how !== SHUT.WR;
    const writes = how !== SHUT.RD;
    if (this.#backlog !== undefined) {
      if (reads) this.#stopListening(this.#backlog);
      if (reads) this.waiters.wake(CHANGED);
      return 0;
    }
    if (!this.#isEstablished && !this.isUnix) return fail('ENOTCONN');
    const peer = this.#peer;
    if (reads) this.#receiveShut = true;
    if (writes) this.#sendShut = true;
    if (peer !== undefined) {
      if (writes) peer.#receiveShut = true;
      if (reads && this.isUnix) peer.#sendShut = true;
      if (writes || this.isUnix) peer.waiters.wake(CHANGED);
    }
    this.waiters.wake(CHANGED);
    return 0;
  }

  protected released(): void {
    this.releaseName();
    if (this.#backlog !== undefined) this.#stopListening(this.#backlog);
    const awaited = this.#awaited;
    if (awaited !== undefined) awaited.#backlog?.forget(this);
    this.#awaited = undefined;
    this.#hangUp(!this.#inbox.isEmpty); // bytes are lost: the other end is told
    this.#inbox.clear();
  }

  /** Leaves the other end alone; with a reset it fails, else it comes to the end of the stream. */
  #hangUp(isReset: boolean): void {
    const peer = this.#peer;
    this.#peer = undefined;
    if (peer === undefined) return;
    peer.#peer = undefined;
    peer.#receiveShut = true;
    if (isReset) peer.#end(fail('ECONNRESET'));
    else {
      if (peer.isUnix) peer.#sendShut = true;
      peer.waiters.wake(CHANGED);
    }
  }

  /** Nothing goes through it any more; the next call is told why. */
  #end(error: Res): void {
    this.error = error;
    this.#receiveShut = true;
    this.#sendShut = true;
    this.waiters.wake(CHANGED);
  }
}
