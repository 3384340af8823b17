/** A world with sockets, and with provided buffers in group GROUP. */
import { CQE_FLAG } from '../../../../src/abi/flags.ts';
import { AF, MSGHDR, MSGHDR_BYTES, SOCK } from '../../../../src/abi/net.ts';
import type { Socket } from '../../../../src/kernel/net/socket.ts';
import type { Request } from '../../../../src/kernel/request.ts';
import { registeredWorld } from '../registered-world.ts';
import type { Spoilt, World } from '../world.ts';

export const GROUP = 7;
export type Prepare = Parameters<World['begin']>[0];
/** A result and the flags of its CQE. */
export type Cqe = readonly [res: number, flags: number];

/** The CQE flags of buffer `id`. */
export const buffer = (id: number, ...others: (keyof typeof CQE_FLAG)[]): number =>
  others.reduce((bits, name) => bits | CQE_FLAG[name], CQE_FLAG.BUFFER | (id << 16));
export const { MORE, NOTIF, SOCK_NONEMPTY } = CQE_FLAG;

/** Sockets of one process, through operations. */
export class NetWorld {
  readonly parts;
  readonly w: World;

  constructor(slots = 0) {
    this.parts = registeredWorld(slots);
    this.w = this.parts.w;
  }

  pair(type: number = SOCK.STREAM): readonly [number, number] {
    const at = this.w.room(8);
    const res = this.w.res((r) => r.prepSocketpair(0, AF.UNIX, type, 0, at));
    if (res !== 0) throw new Error(`socketpair: ${res}`);
    return [this.w.memory.i32(at), this.w.memory.i32(at + 4)];
  }

  socket(domain: number, type: number): number {
    return this.w.res((r) => r.prepSocket(0, domain, type, 0, 0));
  }

  /** A listener of TCP and where its address is. */
  listener(backlog = 8): { fd: number; at: number } {
    const { w } = this;
    const fd = this.socket(AF.INET, SOCK.STREAM);
    const at = this.address(0);
    const length = w.room(4);
    w.memory.setU32(length, 16);
    w.res((r) => r.prepBind(0, fd, at, 16));
    w.res((r) => r.prepListen(0, fd, backlog));
    w.res((r) => r.prepGetsockname(0, fd, at, length, 0));
    return { fd, at };
  }

  /** Where a sockaddr_in of 127.0.0.1 is. */
  address(port: number): number {
    const at = this.w.room(16);
    this.w.memory.setU16(at, AF.INET);
    this.w.memory.setU8(at + 2, port >>> 8);
    this.w.memory.setU8(at + 3, port);
    this.w.memory.bytes.set([127, 0, 0, 1], at + 4);
    return at;
  }

  /** Both ends of a connection of TCP. */
  tcpPair(): readonly [number, number] {
    const { w } = this;
    const { fd, at } = this.listener();
    const client = this.socket(AF.INET, SOCK.STREAM);
    w.res((r) => r.prepConnect(0, client, at, 16));
    const server = w.res((r) => r.prepAccept(0, fd, 0, 0, 0));
    w.res((r) => r.prepClose(0, fd));
    return [client, server];
  }

  open(fd: number): Socket {
    const socket = this.w.process.descriptors.get(fd)?.socket;
    if (socket === undefined) throw new Error(`${fd} is no socket`);
    return socket;
  }

  send(fd: number, text: string): number {
    const at = this.w.place(text);
    return this.w.res((r) => r.prepSend(0, fd, at, text.length, 0));
  }

  /** What receiving gives: a text, or a result below 0. */
  recv(fd: number, room = 64): string | number {
    const at = this.w.room(room);
    const res = this.w.res((r) => r.prepRecv(0, fd, at, room, 0x40));
    return res < 0 ? res : this.w.text(at, res);
  }

  close(fd: number): void {
    this.w.res((r) => r.prepClose(0, fd));
  }

  /** Provides buffers of these lengths, ids from 0 on; where the first byte is. */
  provide(...lengths: number[]): number {
    const at = this.w.room(lengths.reduce((sum, length) => sum + length, 0));
    let address = at;
    lengths.forEach((length, firstId) => {
      this.parts.groups.provide(GROUP, { address, length, count: 1, firstId });
      address += length;
    });
    return at;
  }

  /** Begins a request that selects a buffer. */
  select(prepare: Prepare, spoil: Spoilt = {}): Request {
    return this.w.begin(prepare, { flags: 32, bufPersonality: GROUP, ...spoil });
  }

  /** Every CQE of a request so far. */
  cqes(request: Request): Cqe[] {
    const { kernel } = this.w;
    this.w.drain();
    const posted: Cqe[] = kernel.posted
      .filter((cqe) => cqe.request === request)
      .map(({ res, flags }) => [res, flags]);
    const end = kernel.endOf(request);
    return end === undefined ? posted : [...posted, [end.res, end.cqeFlags]];
  }
}

/** Where a struct msghdr is that has these iovecs (address, length) and this name. */
export function header(n: NetWorld, iovecs: number[], name: [at: number, length: number] = [0, 0]) {
  const { w } = n;
  const at = w.room(MSGHDR_BYTES);
  w.memory.bytes.fill(0, at, at + MSGHDR_BYTES);
  w.memory.setU64(at + MSGHDR.name, name[0]);
  w.memory.setU32(at + MSGHDR.namelen, name[1]);
  if (iovecs.length > 0) w.memory.setU64(at + MSGHDR.iov, w.words64(...iovecs));
  w.memory.setU64(at + MSGHDR.iovlen, iovecs.length / 2);
  return at;
}
