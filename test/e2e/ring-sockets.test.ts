/**
 * Goal: the variants of socket operations write the entries that their names promise.
 * Method: each is submitted, on an executor thread and inline, between sockets of the kernel.
 */
import { describe, expect, it } from 'vitest';
import { SQE_FLAG } from '../../src/abi/flags.ts';
import { AF, IPPROTO, SOCK, SOCKADDR_IN, SOCKADDR_IN_BYTES } from '../../src/abi/net.ts';
import { BufRing } from '../../src/client/buf-ring.ts';
import type { Ring } from '../../src/client/ring.ts';
import {
  add,
  ask,
  putIovec,
  putText,
  RING_KERNELS,
  type RingWorld,
  reap,
  sharedKernel,
} from './ring-kinds.ts';

const GROUP = 7;
const LOOPBACK = 0x7f00_0001;
const PAGE = 4096;

describe.each(RING_KERNELS)('prep functions of sockets $kind', ({ boot }) => {
  const newWorld = sharedKernel(boot);

  const provide = (world: RingWorld, ring: Ring, count = 4, length = 16): number => {
    const at = world.allocator.allocate(PAGE, PAGE);
    const data = world.allocator.allocate(count * length);
    const buffers = new BufRing(world.memory, at, count);
    for (let id = 0; id < count; id++) buffers.add(data + id * length, length, id, id);
    buffers.advance(count);
    expect(ring.registerBufRing(at, count, GROUP)).toBe(0);
    return data;
  };
  const select = (ring: Ring, sqe: number): void => {
    ring.sqeSetFlags(sqe, SQE_FLAG.BUFFER_SELECT);
    ring.sqeSetBufGroup(sqe, GROUP);
  };

  /** Binds a socket to a port of the kernel's choice; where the address to reach it is. */
  const bind = ({ memory, allocator }: RingWorld, ring: Ring, fd: number): number => {
    const address = allocator.allocate(SOCKADDR_IN_BYTES);
    memory.bytes.fill(0, address, address + SOCKADDR_IN_BYTES);
    memory.setU16(address + SOCKADDR_IN.family, AF.INET);
    new DataView(memory.bytes.buffer).setUint32(address + SOCKADDR_IN.address, LOOPBACK);
    expect(ask(ring, (sqe) => ring.prepBind(sqe, fd, address, SOCKADDR_IN_BYTES))).toBe(0);
    const length = allocator.allocate(4);
    memory.setU32(length, SOCKADDR_IN_BYTES);
    expect(ask(ring, (sqe) => ring.prepGetsockname(sqe, fd, address, length, 0))).toBe(0);
    return address;
  };

  it('accepts again and again, with descriptors and into slots', () => {
    const world = newWorld();
    const ring = world.ring(16);
    const fd = ask(ring, (sqe) => ring.prepSocket(sqe, AF.INET, SOCK.STREAM, IPPROTO.TCP, 0));
    const address = bind(world, ring, fd);
    expect(ask(ring, (sqe) => ring.prepListen(sqe, fd, 8))).toBe(0);
    expect(ring.registerFilesSparse(8)).toBe(0);
    const connect = (): void => {
      const client = ask(ring, (sqe) => ring.prepSocket(sqe, AF.INET, SOCK.STREAM, 0, 0));
      add(ring, 2, (sqe) => ring.prepConnect(sqe, client, address, SOCKADDR_IN_BYTES));
    };
    connect();
    add(ring, 1, (sqe) => ring.prepMultishotAccept(sqe, fd, 0, 0, 0));
    const [first] = reap(ring, 2).filter(({ data }) => data === 1);
    expect(first).toMatchObject({ more: true });
    expect(first!.res).toBeGreaterThan(fd);
    add(ring, 3, (sqe) => ring.prepCancel64(sqe, 1, 0));
    reap(ring, 2);
    connect();
    add(ring, 1, (sqe) => ring.prepAcceptDirect(sqe, fd, 0, 0, 0, 5));
    expect(reap(ring, 2)).toContainEqual({ data: 1, res: 0, more: false, buffer: -1 });
    connect();
    add(ring, 1, (sqe) => ring.prepMultishotAcceptDirect(sqe, fd, 0, 0, 0));
    expect(reap(ring, 2)).toContainEqual({ data: 1, res: 6, more: true, buffer: -1 });
    expect(ask(ring, (sqe) => ring.prepSocketDirect(sqe, AF.INET, SOCK.STREAM, 0, 7, 0))).toBe(0);
    expect(ask(ring, (sqe) => ring.prepSocketDirectAlloc(sqe, AF.INET, SOCK.STREAM, 0, 0))).toBe(0);
    ring.queueExit();
  });

  it('receives again and again into provided buffers, and sends bundles of them', () => {
    const world = newWorld();
    const ring = world.ring(16);
    const at = world.allocator.allocate(8);
    const pair = (sqe: number): void => ring.prepSocketpair(sqe, AF.UNIX, SOCK.STREAM, 0, at);
    expect(ask(ring, pair)).toBe(0);
    const [a, b] = [world.memory.i32(at), world.memory.i32(at + 4)];
    const data = provide(world, ring);
    const text = putText(world, 'hello');
    add(ring, 1, (sqe) => {
      ring.prepRecvMultishot(sqe, b, 0, 0, 0);
      select(ring, sqe);
    });
    ring.submit();
    add(ring, 2, (sqe) => ring.prepSend(sqe, a, text, 5, 0));
    expect(reap(ring, 2)).toContainEqual({ data: 1, res: 5, more: true, buffer: 0 });
    expect(Buffer.from(world.memory.bytes.slice(data, data + 5)).toString()).toBe('hello');
    add(ring, 3, (sqe) => ring.prepCancel64(sqe, 1, 0));
    reap(ring, 2);
    add(ring, 4, (sqe) => {
      ring.prepSendBundle(sqe, a, 32, 0);
      select(ring, sqe);
    });
    expect(reap(ring, 1)).toMatchObject([{ data: 4, res: 32, buffer: 1 }]);
    expect(ring.bufRingHead(GROUP)).toBe(3);
    ring.queueExit();
  });

  it('sends datagrams to an address, also zero copy from a registered buffer', () => {
    const world = newWorld();
    const ring = world.ring(16);
    const socket = (): number =>
      ask(ring, (sqe) => ring.prepSocket(sqe, AF.INET, SOCK.DGRAM, 0, 0));
    const [from, to] = [socket(), socket()];
    const address = bind(world, ring, to);
    const text = putText(world, 'datagram');
    const sendto = (sqe: number): void =>
      ring.prepSendto(sqe, from, text, 8, 0, address, SOCKADDR_IN_BYTES);
    expect(ask(ring, sendto)).toBe(8);
    const iovec = putIovec(world, 8, text);
    expect(ring.registerBuffers(iovec, 1)).toBe(0);
    add(ring, 1, (sqe) => {
      ring.prepSendZcFixed(sqe, from, text, 8, 0, 0, 0);
      ring.prepSendSetAddr(sqe, address, SOCKADDR_IN_BYTES);
    });
    ring.submit();
    const kinds: boolean[] = [];
    while (kinds.length < 2) {
      ring.waitCqe();
      ring.cqAdvance(ring.forEachCqe((cqe) => kinds.push(ring.cqeIsNotif(cqe))));
    }
    expect(kinds).toEqual([false, true]);
    const room = world.allocator.allocate(16);
    expect(ask(ring, (sqe) => ring.prepRecv(sqe, to, room, 16, 0))).toBe(8);
    ring.queueExit();
  });
});
