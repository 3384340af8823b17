/**
 * Goal: a struct msghdr is read once, gathers and scatters, and is told what was received.
 * Method: pairs of sockets and UDP under a kernel turned by hand.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { IOVECS_MAX, SOCKET_BUFFER_BYTES } from '../../../../src/abi/limits.ts';
import { AF, MSG, MSGHDR, RECVSEND, SOCK } from '../../../../src/abi/net.ts';
import { BAD, RING_OBJECT } from '../world.ts';
import { buffer, header, NetWorld } from './net-world.ts';

const field = (n: NetWorld, at: number, name: keyof typeof MSGHDR): number =>
  n.w.memory.i32(at + MSGHDR[name]);

/** A socket of UDP that is bound, and where its address is. */
function udp(n: NetWorld): { fd: number; at: number } {
  const { w } = n;
  const fd = n.socket(AF.INET, SOCK.DGRAM);
  const [at, length] = [n.address(0), w.room(4)];
  w.memory.setU32(length, 16);
  w.res((r) => r.prepBind(0, fd, at, 16));
  w.res((r) => r.prepGetsockname(0, fd, at, length, 0));
  return { fd, at };
}

describe('SENDMSG and RECVMSG', () => {
  it('gather and scatter, and use what stood there when they were submitted', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const [text, into] = [w.place('abcdefgh'), w.room(32)];
    const target = header(n, [into, 4, into + 16, 8]);
    const request = w.begin((r) => r.prepRecvmsg(0, b, target, 0));
    w.memory.setU64(target + MSGHDR.iov, BAD);
    const source = header(n, [text, 3, text, 0, text + 6, 2]);
    expect(w.run((r) => r.prepSendmsg(0, a, source, 0))).toMatchObject({ res: 5 });
    expect(n.cqes(request)).toEqual([[5, 0]]);
    expect(w.text(into, 17)).toBe(`abcg${'\0'.repeat(12)}h`);
  });

  it('go to an address, and tell it, cut to the room, with its whole length', () => {
    const n = new NetWorld();
    const { w } = n;
    const [one, two] = [udp(n), udp(n)];
    const text = w.place('hello');
    const to = header(n, [text, 5], [one.at, 16]);
    for (const room of [16, 4, 0]) {
      expect(w.res((r) => r.prepSendmsg(0, two.fd, to, 0))).toBe(5);
      const [into, name] = [w.room(8), w.room(16)];
      const from = header(n, [into, 8], [name, room]);
      expect(w.res((r) => r.prepRecvmsg(0, one.fd, from, 0))).toBe(5);
      expect(field(n, from, 'namelen')).toBe(16);
      const whole = w.memory.bytes.slice(two.at, two.at + room);
      expect(w.memory.bytes.slice(name, name + 16)).toEqual(
        Uint8Array.from([...whole, ...new Array(16 - room).fill(0)]),
      );
    }
  });

  it('tell that a message was cut, and that a stream has no address', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair(SOCK.DGRAM);
    n.send(b, '0123456789');
    const [into, name] = [w.room(8), w.room(16)];
    const at = header(n, [into, 4], [name, 16]);
    expect(w.res((r) => r.prepRecvmsg(0, a, at, 0))).toBe(4);
    expect([field(n, at, 'flags'), field(n, at, 'namelen')]).toEqual([MSG.TRUNC, 0]);
    const [c, d] = n.pair();
    n.send(d, 'xy');
    w.memory.setU32(at + MSGHDR.namelen, 16);
    expect(w.res((r) => r.prepRecvmsg(0, c, at, 0))).toBe(2);
    expect([field(n, at, 'flags'), field(n, at, 'namelen')]).toEqual([0, 0]);
  });

  it('with MSG_WAITALL go on inside a segment', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const into = w.room(16);
    const at = header(n, [into, 2, into + 8, 4]);
    const request = w.begin((r) => r.prepRecvmsg(0, a, at, MSG.WAITALL));
    for (const text of ['a', 'bc', 'def']) n.send(b, text);
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: 6, isFailure: false });
    expect(w.text(into, 12)).toBe('ab\0\0\0\0\0\0cdef');
    const size = SOCKET_BUFFER_BYTES;
    const much = w.room(size + 100);
    const source = header(n, [much, size - 1, much, 50]);
    const sending = w.begin((r) => r.prepSendmsg(0, b, source, MSG.WAITALL));
    const rest = w.room(size);
    expect(n.cqes(sending)).toEqual([]);
    w.res((r) => r.prepRecv(0, a, rest, size, 0));
    expect(n.cqes(sending)).toEqual([[size + 49, 0]]);
  });

  it('refuse what cannot be read, while they are read', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a] = n.pair();
    const room = w.room(16);
    const run = (name: 'prepSendmsg' | 'prepRecvmsg', at: number, spoil = {}) =>
      w.run((r) => r[name](0, a, at, 0), spoil);
    const broken = (name: keyof typeof MSGHDR, value: number) => {
      const at = header(n, [room, 16]);
      w.memory.setU64(at + MSGHDR[name], value);
      return at;
    };
    for (const name of ['prepSendmsg', 'prepRecvmsg'] as const) {
      const is = (errno: Parameters<typeof fail>[0]) => ({
        res: fail(errno),
        isPreparation: true,
      });
      expect(run(name, BAD)).toMatchObject(is('EFAULT'));
      expect(run(name, broken('iov', BAD))).toMatchObject(is('EFAULT'));
      expect(run(name, broken('iovlen', IOVECS_MAX + 1))).toMatchObject(is('EMSGSIZE'));
      expect(run(name, broken('namelen', 0xffff_ffff))).toMatchObject(is('EINVAL'));
      expect(run(name, header(n, [room, 16]), { ioprio: 64 })).toMatchObject(is('EINVAL'));
      expect(run(name, header(n, [room, 16]), { offLow: 1 })).toMatchObject(is('EINVAL'));
      expect(run(name, header(n, [room, 16]), { fileIndex: 1 })).toMatchObject(is('EINVAL'));
      expect(run(name, header(n, [BAD, 16]))).toMatchObject({ res: fail('EFAULT') });
      const ring = w.install(RING_OBJECT);
      expect(w.res((r) => r[name](0, ring, header(n, [room, 16]), 0))).toBe(fail('ENOTSOCK'));
      expect(w.res((r) => r[name](0, 99, header(n, [room, 16]), 0))).toBe(fail('EBADF'));
    }
    expect(run('prepSendmsg', header(n, [room, 1], [BAD, 16]))).toMatchObject({
      res: fail('EFAULT'),
      isPreparation: true,
    });
    const names = run('prepRecvmsg', header(n, [room, 1], [BAD, 16]));
    expect(names).toMatchObject({ res: fail('EFAULT'), isPreparation: false });
  });
});

describe('a RECVMSG that selects a buffer', () => {
  const recvmsg = (n: NetWorld, fd: number, at: number, spoil = {}) =>
    n.select((r) => r.prepRecvmsg(0, fd, at, 0), spoil);
  const MULTISHOT = { ioprio: RECVSEND.MULTISHOT };

  it('has the length of its only segment for a bound, and no other segment', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    const at = n.provide(8, 8);
    n.send(b, 'abcdefghij');
    const once = recvmsg(n, a, header(n, [0, 6]));
    expect(n.cqes(once)).toEqual([[6, buffer(0, 'SOCK_NONEMPTY')]]);
    expect(n.cqes(recvmsg(n, a, header(n, [])))).toEqual([[4, buffer(1)]]);
    expect(n.w.text(at, 12)).toBe('abcdef\0\0ghij');
    const two = recvmsg(n, a, header(n, [0, 1, 0, 1]));
    expect(n.w.kernel.endOf(two)).toMatchObject({ res: fail('EINVAL'), isPreparation: true });
  });

  it('again and again, puts a head before each payload', () => {
    const n = new NetWorld();
    const { w } = n;
    const [one, two] = [udp(n), udp(n)];
    const at = n.provide(64, 64, 64);
    const msg = header(n, [], [0, 20]);
    w.memory.setU64(msg + MSGHDR.controllen, 4);
    const request = recvmsg(n, one.fd, msg, MULTISHOT);
    const to = { offLow: one.at, fileIndex: 16 };
    for (const text of ['abc', 'x'.repeat(30)]) {
      const from = w.place(text);
      w.res((r) => r.prepSend(0, two.fd, from, text.length, 0), to);
    }
    expect(n.cqes(request)).toEqual([
      [16 + 20 + 4 + 3, buffer(0, 'MORE')],
      [64, buffer(1, 'MORE')],
    ]);
    const head = (i: number) => [0, 4, 8, 12].map((byte) => w.memory.i32(at + 64 * i + byte));
    expect([head(0), head(1)]).toEqual([
      [16, 0, 3, 0],
      [16, 0, 24, MSG.TRUNC],
    ]);
    const name = w.memory.bytes.slice(at + 16, at + 32);
    expect(name).toEqual(w.memory.bytes.slice(two.at, two.at + 16));
    expect(w.text(at + 40, 3)).toBe('abc');
  });

  it('ends with a head at the end of a stream, and with EFAULT if that has no room', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.provide(20, 8);
    const request = recvmsg(n, a, header(n, []), MULTISHOT);
    n.send(b, 'abc');
    expect(n.cqes(request)).toEqual([[19, buffer(0, 'MORE')]]);
    n.send(b, 'd');
    expect(n.cqes(request)[1]).toEqual([fail('EFAULT'), 0]);
    n.recv(a);
    n.close(b);
    n.provide(64);
    n.parts.groups.remove(7, 1); // the one that had no room
    expect(n.cqes(recvmsg(n, a, header(n, []), MULTISHOT))).toEqual([[16, buffer(0)]]);
    expect(n.parts.groups.remove(7, 9)).toBe(0);
  });
});
