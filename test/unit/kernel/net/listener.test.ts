/**
 * Goal: connections are offered and refused in the order and by the rules that Linux has.
 * Method: sockets of TCP and unix sockets of one network, on one thread.
 */
import { describe, expect, it } from 'vitest';
import { BACKLOG_MAX } from '../../../../src/abi/limits.ts';
import { AF, SHUT, SOCK } from '../../../../src/abi/net.ts';
import { POLL } from '../../../../src/abi/poll.ts';
import { HOST } from '../../../../src/kernel/net/inet-name.ts';
import type { Socket } from '../../../../src/kernel/net/socket.ts';
import {
  Ear,
  inet,
  inet6,
  made,
  Net,
  portOf,
  receive,
  sendTo,
  shows,
  told,
  unix,
} from './sockets.ts';

const FAMILIES = ['tcp', 'unix', 'seqpacket'] as const;

/** A listener of some kind, its address, and how to make sockets that connect to it. */
function listening(family: (typeof FAMILIES)[number], backlog: number) {
  const net = new Net();
  const domain = family === 'tcp' ? AF.INET : AF.UNIX;
  const type = family === 'seqpacket' ? SOCK.SEQPACKET : SOCK.STREAM;
  const listener = net.socket(domain, type);
  listener.bind(domain === AF.INET ? inet(0) : unix('/run/s'));
  listener.listen(backlog);
  const address = domain === AF.INET ? inet(portOf(listener)) : unix('/run/s');
  const connect = (): { socket: Socket; res: ReturnType<typeof told> } => {
    const socket = net.socket(domain, type);
    return { socket, res: told(socket.connect(address)) };
  };
  return { net, listener, address, connect };
}

describe.each(FAMILIES)('a listener (%s)', (family) => {
  it('offers connections in their order, and shows IN while there are any', () => {
    const { listener, connect } = listening(family, 4);
    const ear = new Ear(listener, POLL.IN);
    expect([shows(listener), told(listener.accept(false) as number)]).toEqual(['', 'EAGAIN']);
    const [a, b] = [connect(), connect()];
    expect([a.res, b.res, ear.count, shows(listener)]).toEqual([0, 0, 2, 'IN']);
    expect([sendTo(b.socket, 'from b'), sendTo(a.socket, 'from a')]).toEqual([6, 6]);
    const accepted = [listener.accept(false), listener.accept(false)].map(made);
    expect(accepted.map((end) => receive(end))).toEqual(['from a', 'from b']);
    expect([listener.hasConnections, shows(listener)]).toEqual([false, '']);
  });

  it('has places for its backlog and one more; the others wait in their order', () => {
    const { listener, connect } = listening(family, 1);
    const clients = [connect(), connect(), connect(), connect()];
    expect(clients.map(({ res }) => res)).toEqual([0, 0, 'EINPROGRESS', 'EINPROGRESS']);
    const [, , third, fourth] = clients.map(({ socket }) => socket) as [
      Socket,
      Socket,
      Socket,
      Socket,
    ];
    const ears = [third, fourth].map((socket) => new Ear(socket, POLL.OUT));
    expect(told(third.connect(unix('/any')))).toBe('EALREADY');
    expect([shows(third), told(third.connected())]).toEqual(['', 'EINPROGRESS']);
    listener.accept(false);
    expect(ears.map(({ count }) => count)).toEqual([1, 0]);
    expect([told(third.connected()), told(fourth.connected())]).toEqual([0, 'EINPROGRESS']);
    fourth.drop(); // gives up
    for (let i = 0; i < 2; i++) expect(typeof listener.accept(false)).toBe('object');
    expect(told(listener.accept(false) as number)).toBe('EAGAIN');
  });

  it('can be given a larger backlog, whose places are taken at once', () => {
    const { listener, connect } = listening(family, 0);
    const [, late] = [connect(), connect()];
    expect(late.res).toBe('EINPROGRESS');
    listener.listen(5);
    expect([told(late.socket.connected()), connect().res]).toEqual([0, 0]);
  });

  it('resets what it offered and refuses who waits when it is closed', () => {
    const { listener, address, net, connect } = listening(family, 0);
    const [first, late] = [connect(), connect()];
    sendTo(first.socket, 'unread');
    const ear = new Ear(late.socket, POLL.OUT);
    listener.drop();
    expect([ear.count, told(late.socket.connected())]).toEqual([1, 'ECONNREFUSED']);
    expect([receive(first.socket), sendTo(first.socket, 'x')]).toEqual(['ECONNRESET', 'EPIPE']);
    const other = net.socket(first.socket.family, first.socket.type);
    expect(told(other.connect(address))).toBe(family === 'tcp' ? 'ECONNREFUSED' : 'ENOENT');
  });

  it('is none any more when reading is shut down', () => {
    const { listener, connect } = listening(family, 1);
    const { socket } = connect();
    const ear = new Ear(listener, POLL.IN);
    expect(told(listener.shutdown(SHUT.WR))).toBe(0);
    expect(ear.count).toBe(0);
    expect(told(listener.shutdown(SHUT.RD))).toBe(0);
    expect([ear.count, told(listener.accept(false) as number)]).toEqual([1, 'EINVAL']);
    expect([receive(socket), connect().res]).toEqual(['ECONNRESET', 'ECONNREFUSED']);
  });

  it('hands over ends that were left already, with what they sent', () => {
    const { listener, connect } = listening(family, 1);
    const { socket } = connect();
    sendTo(socket, 'bye');
    socket.drop();
    const end = made(listener.accept(true));
    expect([receive(end), receive(end)]).toEqual(['bye', '']);
  });

  it('connects to nobody', () => {
    const { listener, address } = listening(family, 1);
    expect(told(listener.connect(address))).toBe(family === 'tcp' ? 'EISCONN' : 'EINVAL');
    expect(sendTo(listener, 'x')).toBe(family === 'tcp' ? 'EPIPE' : 'ENOTCONN');
  });
});

describe('a backlog', () => {
  it('is bounded whatever is asked for', () => {
    const { connect } = listening('tcp', -1);
    for (let i = 0; i <= BACKLOG_MAX; i++) expect(connect().res).toBe(0);
    expect(connect().res).toBe('EINPROGRESS');
  });
});

describe('addresses of IP', () => {
  const tcp = (net: Net, family: number = AF.INET) => net.socket(family, SOCK.STREAM);

  it('conflict when some connection would be for both', () => {
    const net = new Net();
    const taken = tcp(net);
    taken.bind(inet(80, HOST.ANY));
    const bind = (family: number, address: Uint8Array) => told(tcp(net, family).bind(address));
    expect(bind(AF.INET, inet(80))).toBe('EADDRINUSE');
    expect(bind(AF.INET, inet(80, HOST.ANY))).toBe('EADDRINUSE');
    expect(bind(AF.INET6, inet6({ host: HOST.ANY6, port: 80 }))).toBe('EADDRINUSE');
    expect(bind(AF.INET6, inet6({ host: HOST.LOOPBACK6, port: 80 }))).toBe(0);
    expect(bind(AF.INET, inet(81, 0x7f00_0001))).toBe(0);
    expect(bind(AF.INET, inet(81, 0x7f00_0002))).toBe(0);
    expect(told(net.socket(AF.INET, SOCK.DGRAM).bind(inet(80)))).toBe(0);
    taken.drop();
    expect(bind(AF.INET, inet(80))).toBe(0);
  });

  it('are local, or not to be had', () => {
    const net = new Net();
    const far = 0x0808_0808;
    expect(told(tcp(net).bind(inet(80, far)))).toBe('EADDRNOTAVAIL');
    expect(told(tcp(net).connect(inet(80, far)))).toBe('ENETUNREACH');
    const far6 = Uint8Array.from(inet6({ host: HOST.LOOPBACK6, port: 80 }));
    far6[8] = 0x20;
    expect(told(tcp(net, AF.INET6).bind(far6))).toBe('EADDRNOTAVAIL');
    expect(told(tcp(net).bind(inet6({ host: HOST.ANY6, port: 1 })))).toBe('EAFNOSUPPORT');
    expect(told(tcp(net, AF.INET6).bind(inet(1)))).toBe('EINVAL');
    expect(told(tcp(net).bind(new Uint8Array(0)))).toBe('EINVAL');
  });

  it('are chosen when none is asked for, each once', () => {
    const net = new Net();
    const ports = Array.from({ length: 300 }, () => {
      const socket = tcp(net);
      expect(told(socket.bind(inet(0)))).toBe(0);
      return portOf(socket);
    });
    expect(new Set(ports).size).toBe(300);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(32_768);
  });

  it('of IPv4 reach a socket of IPv6 that is bound to all, which sees them mapped', () => {
    const net = new Net();
    const listener = tcp(net, AF.INET6);
    listener.bind(inet6({ host: HOST.ANY6, port: 0 }));
    listener.listen(4);
    const port = portOf(listener);
    const four = tcp(net);
    const six = tcp(net, AF.INET6);
    expect(told(four.connect(inet(port, HOST.ANY)))).toBe(0);
    expect(told(six.connect(inet6({ host: HOST.LOOPBACK6, port })))).toBe(0);
    const [one, two] = [made(listener.accept(false)), made(listener.accept(false))];
    expect(four.name(true)).toEqual(inet(port));
    expect(one.name(false)).toEqual(inet6({ host: HOST.LOOPBACK, port }));
    expect(one.name(true)).toEqual(inet6({ host: HOST.LOOPBACK, port: portOf(four) }));
    expect(two.name(true)).toEqual(inet6({ host: HOST.LOOPBACK6, port: portOf(six) }));
  });
});

describe('names of unix sockets', () => {
  const bind = (net: Net, path: string) => {
    const socket = net.socket(AF.UNIX, SOCK.STREAM);
    const res = told(socket.bind(unix(path)));
    socket.listen(9);
    return { socket, res };
  };
  const connect = (net: Net, path: string, type: number = SOCK.STREAM) =>
    told(net.socket(AF.UNIX, type).connect(unix(path)));

  it('are one when they mean the same from the root', () => {
    const net = new Net();
    expect(bind(net, './a/../s.sock').res).toBe(0);
    for (const path of ['s.sock', '/s.sock\0', '//s.sock', './/./s.sock\0rest'])
      expect([path, connect(net, path), bind(net, path).res]).toEqual([path, 0, 'EADDRINUSE']);
    expect(connect(net, 't.sock')).toBe('ENOENT');
    expect(connect(net, '\0s.sock')).toBe('ECONNREFUSED');
  });

  it('are free again when their socket is closed', () => {
    const net = new Net();
    bind(net, 's').socket.drop();
    expect([connect(net, 's'), bind(net, 's').res, connect(net, 's')]).toEqual(['ENOENT', 0, 0]);
  });

  it('may be abstract, of any bytes, and chosen by the kernel', () => {
    const net = new Net();
    expect(bind(net, '\0a\0b').res).toBe(0);
    expect([connect(net, '\0a\0b'), connect(net, '\0a\0b\0')]).toEqual([0, 'ECONNREFUSED']);
    const [one, two] = [bind(net, '').socket, bind(net, '').socket];
    const [a, b] = [one.name(false) as Uint8Array, two.name(false) as Uint8Array];
    expect([a.length, b.length, a[2]]).toEqual([8, 8, 0]);
    expect(told(net.socket(AF.UNIX, SOCK.STREAM).connect(b))).toBe(0);
    expect(a).not.toEqual(b);
  });

  it('tell of a listener with their NUL, and of who has none nothing but the family', () => {
    const net = new Net();
    const { socket } = bind(net, 's');
    const client = net.socket(AF.UNIX, SOCK.STREAM);
    client.connect(unix('./s'));
    const end = made(socket.accept(false));
    expect([client.name(true), end.name(false)]).toEqual([unix('s\0'), unix('s\0')]);
    expect([client.name(false), end.name(true)]).toEqual([unix(''), unix('')]);
  });

  it('belong to one type, and to who listens', () => {
    const net = new Net();
    bind(net, 's');
    expect(connect(net, 's', SOCK.SEQPACKET)).toBe('EPROTOTYPE');
    expect(connect(net, 's', SOCK.DGRAM)).toBe('EPROTOTYPE');
    net.socket(AF.UNIX, SOCK.STREAM).bind(unix('idle'));
    const idle = net.socket(AF.UNIX, SOCK.STREAM);
    expect(told(idle.connect(unix('')))).toBe('EINVAL');
    expect(told(idle.bind(unix('x'.repeat(109))))).toBe('EINVAL');
    expect(told(idle.bind(inet(1)))).toBe('EINVAL');
    expect(told(idle.bind(unix('x'.repeat(108))))).toBe(0);
    expect(told(idle.bind(unix('again')))).toBe('EINVAL');
  });
});
