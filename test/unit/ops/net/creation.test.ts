/**
 * Goal: sockets are made, named and shut down as asked, and nothing else is made of a bad request.
 * Method: operations of one process under a kernel turned by hand, errors as hard as successes.
 */
import { describe, expect, it } from 'vitest';
import { type ErrnoName, fail } from '../../../../src/abi/errno.ts';
import { O } from '../../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../../src/abi/flags.ts';
import { AF, IPPROTO, SHUT, SOCK } from '../../../../src/abi/net.ts';
import { FILE_INDEX_ALLOC } from '../../../../src/abi/register.ts';
import { BAD, RING_OBJECT } from '../world.ts';
import { NetWorld } from './net-world.ts';

const P = (errno: ErrnoName) => ({ res: fail(errno), isPreparation: true, isFailure: true });

describe('SOCKET', () => {
  const socket = (n: NetWorld, domain: number, type: number, protocol = 0, spoil = {}) =>
    n.w.run((r) => r.prepSocket(0, domain, type, protocol, 0), spoil);

  it('makes every kind there is', () => {
    const n = new NetWorld();
    const kinds = [
      [AF.INET, SOCK.STREAM, IPPROTO.TCP],
      [AF.INET6, SOCK.DGRAM, IPPROTO.UDP],
      [AF.UNIX, SOCK.SEQPACKET, 0],
      [AF.UNIX, SOCK.DGRAM | SOCK.NONBLOCK | SOCK.CLOEXEC, 0],
    ] as const;
    const flags = kinds.map(([domain, type, protocol]) => {
      const { res } = socket(n, domain, type, protocol);
      return n.open(res).flags & O.NONBLOCK;
    });
    expect(flags).toEqual([0, 0, 0, O.NONBLOCK]);
  });

  it('refuses the others as Linux does', () => {
    const n = new NetWorld();
    const refused = (domain: number, type: number, protocol = 0) =>
      socket(n, domain, type, protocol).res;
    expect(refused(250, SOCK.STREAM)).toBe(fail('EAFNOSUPPORT'));
    expect(refused(-1, SOCK.STREAM)).toBe(fail('EAFNOSUPPORT'));
    expect(refused(AF.UNSPEC, SOCK.STREAM)).toBe(fail('EAFNOSUPPORT'));
    expect(refused(AF.INET, 12)).toBe(fail('EINVAL'));
    expect(refused(AF.INET, SOCK.RAW)).toBe(fail('ESOCKTNOSUPPORT'));
    expect(refused(AF.INET, SOCK.SEQPACKET)).toBe(fail('ESOCKTNOSUPPORT'));
    expect(refused(AF.UNIX, SOCK.RAW)).toBe(fail('ESOCKTNOSUPPORT'));
    expect(refused(AF.INET, SOCK.STREAM, IPPROTO.UDP)).toBe(fail('EPROTONOSUPPORT'));
    expect(refused(AF.UNIX, SOCK.STREAM, IPPROTO.TCP)).toBe(fail('EPROTONOSUPPORT'));
    expect(socket(n, AF.INET, 0x40 | SOCK.STREAM)).toMatchObject(P('EINVAL'));
    for (const spoil of [
      { opFlags: 1 },
      { addrLow: 1 },
      { bufPersonality: 1 },
      { ioprio: 1 },
      { fileIndex: 1, offLow: SOCK.STREAM | SOCK.CLOEXEC },
    ])
      expect(socket(n, AF.INET, SOCK.STREAM, 0, spoil)).toMatchObject(P('EINVAL'));
    const select = { flags: SQE_FLAG.BUFFER_SELECT };
    expect(socket(n, AF.INET, SOCK.STREAM, 0, select)).toMatchObject(P('EOPNOTSUPP'));
  });

  it('puts it into a slot', () => {
    const direct = (n: NetWorld, fileIndex: number) =>
      socket(n, AF.UNIX, SOCK.STREAM, 0, { fileIndex }).res;
    const n = new NetWorld(2);
    const alloc = FILE_INDEX_ALLOC;
    expect([direct(n, 2), direct(n, alloc), direct(n, alloc), direct(n, 3)]).toEqual([
      0,
      0,
      fail('ENFILE'),
      fail('EINVAL'),
    ]);
    expect(direct(new NetWorld(), 1)).toBe(fail('ENXIO'));
  });
});

describe('SOCKETPAIR', () => {
  it('makes two that are connected', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.send(a, 'ab');
    n.send(b, 'cde');
    expect([n.recv(b), n.recv(a)]).toEqual(['ab', 'cde']);
  });

  it('makes none when something is wrong', () => {
    const n = new NetWorld();
    const { w } = n;
    const at = w.room(8);
    const pair = (domain: number, type: number, addr = at, spoil = {}) =>
      w.run((r) => r.prepSocketpair(0, domain, type, 0, addr), spoil);
    const before = w.process.descriptors.size;
    expect(pair(AF.INET, SOCK.STREAM).res).toBe(fail('EOPNOTSUPP'));
    expect(pair(250, SOCK.STREAM).res).toBe(fail('EAFNOSUPPORT'));
    expect(pair(AF.UNIX, SOCK.STREAM, BAD).res).toBe(fail('EFAULT'));
    expect(pair(AF.UNIX, 0x40)).toMatchObject(P('EINVAL'));
    expect(pair(AF.UNIX, SOCK.STREAM, at, { fileIndex: 1 })).toMatchObject(P('EINVAL'));
    expect(w.process.descriptors.size).toBe(before);
  });
});

describe('BIND, LISTEN and GETSOCKNAME', () => {
  it('give an address, take none twice, and tell it', () => {
    const n = new NetWorld();
    const { w } = n;
    const { fd, at } = n.listener();
    const other = n.socket(AF.INET, SOCK.STREAM);
    const bind = (addr: number, length: number, spoil = {}) =>
      w.run((r) => r.prepBind(0, other, addr, length), spoil);
    expect(bind(at, 16)).toMatchObject({ res: fail('EADDRINUSE'), isFailure: true });
    expect(bind(at, 3).res).toBe(fail('EINVAL'));
    expect(bind(BAD, 16)).toMatchObject(P('EFAULT'));
    expect(bind(at, 129)).toMatchObject(P('EINVAL'));
    for (const spoil of [{ len: 1 }, { opFlags: 1 }, { bufPersonality: 1 }, { fileIndex: 1 }])
      expect(bind(at, 16, spoil)).toMatchObject(P('EINVAL'));
    n.close(fd);
    expect(bind(at, 16).res).toBe(0);
    expect(bind(at, 16).res).toBe(fail('EINVAL'));
  });

  it('listen only where connections can be', () => {
    const n = new NetWorld();
    const { w } = n;
    const listen = (fd: number, spoil = {}) => w.run((r) => r.prepListen(0, fd, 1), spoil);
    const [a] = n.pair();
    expect(listen(a).res).toBe(fail('EINVAL'));
    expect(listen(n.socket(AF.UNIX, SOCK.STREAM)).res).toBe(fail('EINVAL'));
    expect(listen(n.socket(AF.INET, SOCK.DGRAM)).res).toBe(fail('EOPNOTSUPP'));
    expect(listen(n.socket(AF.INET, SOCK.STREAM)).res).toBe(0);
    expect(listen(w.install(RING_OBJECT)).res).toBe(fail('ENOTSOCK'));
    expect(listen(99)).toMatchObject({ res: fail('EBADF'), isFailure: true });
    for (const spoil of [{ offLow: 1 }, { addrLow: 1 }, { opFlags: 1 }, { fileIndex: 1 }])
      expect(listen(a, spoil)).toMatchObject(P('EINVAL'));
  });

  it('tell both addresses of a connection', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.tcpPair();
    const nameOf = (fd: number, flags: number) => {
      const [at, length] = [w.room(16), w.room(4)];
      w.memory.setU32(length, 16);
      expect(w.res((r) => r.prepGetsockname(0, fd, at, length, flags))).toBe(0);
      expect(w.memory.i32(length)).toBe(16);
      return [...w.memory.bytes.slice(at, at + 16)];
    };
    expect(nameOf(a, 1)).toEqual(nameOf(b, 0));
    expect(nameOf(b, 1)).toEqual(nameOf(a, 0));
    expect(nameOf(a, 0)).not.toEqual(nameOf(b, 0));
    const [at, length] = [w.room(16), w.room(4)];
    const name = (fd: number, addr: number, lengthAt: number, flags = 0) =>
      w.run((r) => r.prepGetsockname(0, fd, addr, lengthAt, flags));
    const idle = n.socket(AF.INET, SOCK.STREAM);
    expect(name(idle, at, length, 1).res).toBe(fail('ENOTCONN'));
    expect(name(a, at, BAD).res).toBe(fail('EFAULT'));
    w.memory.setU32(length, -1);
    expect(name(a, at, length).res).toBe(fail('EINVAL'));
    w.memory.setU32(length, 16);
    expect(name(a, BAD, length).res).toBe(fail('EFAULT'));
    expect(name(99, at, length).res).toBe(fail('EBADF'));
    expect(name(a, at, length, 2)).toMatchObject(P('EINVAL'));
  });
});

describe('SHUTDOWN', () => {
  it('says what is wrong, and breaks no chain by that if there is a socket', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a] = n.pair();
    const shut = (fd: number, how: number, spoil = {}) =>
      w.run((r) => r.prepShutdown(0, fd, how), spoil);
    const idle = n.socket(AF.INET, SOCK.STREAM);
    expect(shut(a, 7)).toMatchObject({ res: fail('EINVAL'), isFailure: false });
    expect(shut(a, -1)).toMatchObject({ res: fail('EINVAL'), isFailure: false });
    expect(shut(idle, SHUT.WR)).toMatchObject({ res: fail('ENOTCONN'), isFailure: false });
    expect(shut(w.install(RING_OBJECT), 0)).toMatchObject({
      res: fail('ENOTSOCK'),
      isFailure: true,
    });
    expect(shut(99, 0)).toMatchObject({ res: fail('EBADF'), isFailure: true });
    expect(shut(a, SHUT.RDWR)).toMatchObject({ res: 0, isFailure: false });
    for (const spoil of [{ offLow: 1 }, { addrLow: 1 }, { opFlags: 1 }, { bufPersonality: 1 }])
      expect(shut(a, 0, spoil)).toMatchObject(P('EINVAL'));
  });
});
