/**
 * Goal: connections are made, accepted once each in order, and refused as Linux refuses them.
 * Method: operations of one process under a kernel turned by hand.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { O } from '../../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../../src/abi/flags.ts';
import { MULTISHOT_PER_TURN } from '../../../../src/abi/limits.ts';
import { ACCEPT, AF, SHUT, SOCK } from '../../../../src/abi/net.ts';
import { FILE_INDEX_ALLOC } from '../../../../src/abi/register.ts';
import { BAD, RING_OBJECT } from '../world.ts';
import { MORE, NetWorld, SOCK_NONEMPTY } from './net-world.ts';

const MULTISHOT = { ioprio: ACCEPT.MULTISHOT };

/** Connects a new socket of TCP: its descriptor. */
function client(n: NetWorld, at: number): number {
  const made = n.w.begin((r) => r.prepSocket(0, AF.INET, SOCK.STREAM, 0, 0));
  const fd = n.w.kernel.endOf(made)!.res;
  const request = n.w.begin((r) => r.prepConnect(0, fd, at, 16)); // and nobody else has a turn
  const end = n.w.kernel.endOf(request);
  if (end?.res !== 0) throw new Error(`connect ${end?.res}`);
  return fd;
}

describe('ACCEPT', () => {
  it('waits for a connection, whatever O_NONBLOCK says, but not with ACCEPT_DONTWAIT', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener();
    const request = w.begin((r) => r.prepAccept(0, fd, 0, 0, 0));
    expect(w.res((r) => r.prepAccept(0, fd, 0, 0, 0), { ioprio: ACCEPT.DONTWAIT })).toBe(
      fail('EAGAIN'),
    );
    const one = client(n, at);
    const [[accepted, flags]] = n.cqes(request) as [[number, number]];
    expect(flags).toBe(0);
    n.send(one, 'hello');
    expect(n.recv(accepted)).toBe('hello');
  });

  it('says that more connections wait', () => {
    const n = new NetWorld();
    const { fd, at } = n.listener();
    client(n, at);
    client(n, at);
    const flags = () => n.w.run((r) => r.prepAccept(0, fd, 0, 0, 0)).cqeFlags;
    expect([flags(), flags()]).toEqual([SOCK_NONEMPTY, 0]);
  });

  it('serves those that wait first come, first served', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener();
    const waiting = [1, 2, 3].map(() => w.begin((r) => r.prepAccept(0, fd, 0, 0, 0)));
    const ends = () => waiting.map((request) => n.cqes(request).length);
    for (const expected of [
      [1, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ]) {
      client(n, at);
      expect(ends()).toEqual(expected);
    }
  });

  it('tells the address of the other end, cut to the room, and its whole length', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener();
    const [addr, length] = [w.room(16), w.room(4)];
    const accept = (room: number) => {
      client(n, at);
      w.memory.setU32(length, room);
      return w.res((r) => r.prepAccept(0, fd, addr, length, 0));
    };
    expect(accept(16)).toBeGreaterThan(0);
    expect([...w.memory.bytes.slice(addr, addr + 2)]).toEqual([AF.INET, 0]);
    expect([...w.memory.bytes.slice(addr + 4, addr + 8)]).toEqual([127, 0, 0, 1]);
    w.memory.bytes.fill(0, addr, addr + 16);
    expect(accept(2)).toBeGreaterThan(0);
    expect([...w.memory.bytes.slice(addr, addr + 8)]).toEqual([2, 0, 0, 0, 0, 0, 0, 0]);
    expect(w.memory.i32(length)).toBe(16);
  });

  it('leaves the connection when there is no place for the address', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener();
    client(n, at);
    const length = w.room(4);
    w.memory.setU32(length, 16);
    const bad = (addr: number, lengthAt: number) =>
      w.run((r) => r.prepAccept(0, fd, addr, lengthAt, 0));
    const EFAULT = { res: fail('EFAULT'), isPreparation: false };
    expect(bad(BAD, length)).toMatchObject(EFAULT);
    expect(bad(length, BAD)).toMatchObject(EFAULT);
    w.memory.setU32(length, -1);
    expect(bad(at, length)).toMatchObject({ res: fail('EINVAL') });
    expect(w.res((r) => r.prepAccept(0, fd, 0, BAD, 0))).toBeGreaterThan(0);
  });

  it('makes the socket non-blocking only when told to', () => {
    const n = new NetWorld();
    const { fd, at } = n.listener();
    const flagsOf = (flags: number) => {
      client(n, at);
      const accepted = n.w.res((r) => r.prepAccept(0, fd, 0, 0, flags));
      return n.open(accepted).flags & O.NONBLOCK;
    };
    expect([flagsOf(0), flagsOf(SOCK.NONBLOCK | SOCK.CLOEXEC)]).toEqual([0, O.NONBLOCK]);
  });

  it('survives the close of its listener, and ends when that is shut down', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener();
    const request = w.begin((r) => r.prepAccept(0, fd, 0, 0, 0));
    const second = w.begin((r) => r.prepAccept(0, fd, 0, 0, 0));
    const socket = n.open(fd);
    n.close(fd);
    client(n, at);
    expect(n.cqes(request)[0]![0]).toBeGreaterThan(0);
    socket.shutdown(SHUT.RD);
    expect(n.cqes(second)).toEqual([[fail('EINVAL'), 0]]);
  });

  it('refuses what does not listen, and unknown or needless fields', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd } = n.listener();
    const accept = (on: number, spoil = {}) => w.run((r) => r.prepAccept(0, on, 0, 0, 0), spoil);
    const [a] = n.pair();
    const dgram = n.socket(AF.INET, SOCK.DGRAM);
    expect(accept(99).res).toBe(fail('EBADF'));
    expect(accept(w.install(RING_OBJECT)).res).toBe(fail('ENOTSOCK'));
    expect(accept(a)).toMatchObject({ res: fail('EINVAL'), isPreparation: false });
    expect(accept(dgram).res).toBe(fail('EOPNOTSUPP'));
    for (const spoil of [
      { len: 1 },
      { bufPersonality: 1 },
      { opFlags: 1024 },
      { ioprio: 8 },
      { fileIndex: 1, opFlags: SOCK.CLOEXEC },
      { fileIndex: 1, ioprio: ACCEPT.MULTISHOT },
    ])
      expect(accept(fd, spoil)).toMatchObject({ res: fail('EINVAL'), isPreparation: true });
  });

  it('puts a connection into a slot, as far as there is one', () => {
    const n = new NetWorld(2);
    const { w } = n;
    const { fd, at } = n.listener();
    const direct = (fileIndex: number) => {
      const fdOfClient = client(n, at);
      n.send(fdOfClient, 'abc');
      return w.res((r) => r.prepAccept(0, fd, 0, 0, 0), { fileIndex });
    };
    expect(direct(2)).toBe(0);
    const into = w.room(8);
    const fixed = { flags: SQE_FLAG.FIXED_FILE };
    expect(w.res((r) => r.prepRecv(0, 1, into, 8, 0), fixed)).toBe(3);
    expect([direct(3), direct(FILE_INDEX_ALLOC), direct(FILE_INDEX_ALLOC)]).toEqual([
      fail('EINVAL'),
      0,
      fail('ENFILE'),
    ]);
    const none = new NetWorld();
    const listener = none.listener();
    const closed = client(none, listener.at);
    expect(none.w.res((r) => r.prepAccept(0, listener.fd, 0, 0, 0), { fileIndex: 1 })).toBe(
      fail('ENXIO'),
    );
    expect(none.recv(closed)).toBe(''); // what got no slot is closed
  });
});

describe('a multishot ACCEPT', () => {
  it('posts each connection with MORE until it is taken back', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener();
    const request = w.begin((r) => r.prepAccept(0, fd, 0, 0, 0), MULTISHOT);
    client(n, at);
    client(n, at);
    const cqes = n.cqes(request);
    expect(cqes.map(([, flags]) => flags)).toEqual([MORE | SOCK_NONEMPTY, MORE]);
    expect(cqes.every(([res]) => res > 0)).toBe(true);
    w.kernel.takeBack(request);
    expect(n.cqes(request).at(-1)).toEqual([fail('ECANCELED'), 0]);
    client(n, at);
    expect(n.cqes(request)).toHaveLength(3);
  });

  it('ends with the first connection whose CQE does not fit', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener();
    const request = w.begin((r) => r.prepAccept(0, fd, 0, 0, 0), MULTISHOT);
    w.kernel.room = 1;
    client(n, at);
    client(n, at);
    client(n, at);
    const cqes = n.cqes(request);
    expect(cqes.map(([, flags]) => flags)).toEqual([MORE | SOCK_NONEMPTY, SOCK_NONEMPTY]);
    expect(cqes[1]![0]).toBeGreaterThan(0);
    expect(w.res((r) => r.prepAccept(0, fd, 0, 0, 0))).toBeGreaterThan(0);
  });

  it('ends with ENFILE when the table is full', () => {
    const n = new NetWorld(1);
    const { fd, at } = n.listener();
    const alloc = { ...MULTISHOT, fileIndex: FILE_INDEX_ALLOC };
    const request = n.w.begin((r) => r.prepAccept(0, fd, 0, 0, 0), alloc);
    client(n, at);
    client(n, at);
    expect(n.cqes(request)).toEqual([
      [0, MORE | SOCK_NONEMPTY],
      [fail('ENFILE'), 0],
    ]);
  });

  it('lets others have a turn when there is much', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener(MULTISHOT_PER_TURN * 3);
    for (let i = 0; i < MULTISHOT_PER_TURN + 1; i++) client(n, at);
    const before = w.kernel.turns;
    const request = w.begin((r) => r.prepAccept(0, fd, 0, 0, 0), MULTISHOT);
    expect(w.kernel.posted).toHaveLength(MULTISHOT_PER_TURN);
    expect(n.cqes(request)).toHaveLength(MULTISHOT_PER_TURN + 1);
    expect(w.kernel.turns).toBe(before + 1);
  });
});

describe('CONNECT', () => {
  it('waits for a place in the backlog, and is done when it has one', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener(0);
    client(n, at);
    const late = n.socket(AF.INET, SOCK.STREAM | SOCK.NONBLOCK);
    const request = w.begin((r) => r.prepConnect(0, late, at, 16));
    expect(n.cqes(request)).toEqual([]);
    expect(w.res((r) => r.prepConnect(0, late, at, 16))).toBe(fail('EALREADY'));
    w.res((r) => r.prepAccept(0, fd, 0, 0, 0));
    expect(n.cqes(request)).toEqual([[0, 0]]);
    const accepted = w.res((r) => r.prepAccept(0, fd, 0, 0, 0));
    n.send(late, 'x');
    expect(n.recv(accepted)).toBe('x');
    expect(w.res((r) => r.prepConnect(0, late, at, 16))).toBe(fail('EISCONN'));
  });

  it('that waits is refused when the listener closes', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener(0);
    const first = client(n, at);
    const late = n.socket(AF.INET, SOCK.STREAM);
    const request = w.begin((r) => r.prepConnect(0, late, at, 16));
    n.close(fd);
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: fail('ECONNREFUSED'), isFailure: true });
    expect(n.recv(first)).toBe(fail('ECONNRESET'));
  });

  it('uses the address as it was when it was submitted', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener(0);
    client(n, at);
    const late = n.socket(AF.INET, SOCK.STREAM);
    const request = w.begin((r) => r.prepConnect(0, late, at, 16));
    w.memory.bytes.fill(0, at, at + 16);
    w.res((r) => r.prepAccept(0, fd, 0, 0, 0));
    expect(n.cqes(request)).toEqual([[0, 0]]);
  });

  it('is refused where nobody listens, for bad addresses, and by what is no socket', () => {
    const n = new NetWorld();
    const { w } = n;
    const fd = n.socket(AF.INET, SOCK.STREAM);
    const connect = (on: number, addr: number, length: number, spoil = {}) =>
      w.run((r) => r.prepConnect(0, on, addr, length), spoil);
    const at = n.address(9);
    expect(connect(fd, at, 16)).toMatchObject({ res: fail('ECONNREFUSED'), isFailure: true });
    expect(connect(99, at, 16).res).toBe(fail('EBADF'));
    expect(connect(w.install(RING_OBJECT), at, 16).res).toBe(fail('ENOTSOCK'));
    expect(connect(fd, at, 15).res).toBe(fail('EINVAL'));
    expect(connect(fd, BAD, 16)).toMatchObject({ res: fail('EFAULT'), isPreparation: true });
    expect(connect(fd, at, 129)).toMatchObject({ res: fail('EINVAL'), isPreparation: true });
    for (const spoil of [{ len: 1 }, { opFlags: 1 }, { bufPersonality: 1 }, { fileIndex: 1 }])
      expect(connect(fd, at, 16, spoil)).toMatchObject({
        res: fail('EINVAL'),
        isPreparation: true,
      });
  });
});
