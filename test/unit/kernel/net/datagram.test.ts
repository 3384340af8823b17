/**
 * Goal: datagrams arrive whole, in order and from whom they say; UDP loses, unix sockets wait.
 * Method: sockets of one network, on one thread.
 */
import { describe, expect, it } from 'vitest';
import { SOCKET_BUFFER_BYTES, SOCKET_MESSAGES_MAX } from '../../../../src/abi/limits.ts';
import { AF, MSG, SHUT, SOCK } from '../../../../src/abi/net.ts';
import { POLL } from '../../../../src/abi/poll.ts';
import { HOST } from '../../../../src/kernel/net/inet-name.ts';
import { Ear, inet, Net, portOf, receive, received, sendTo, shows, told, unix } from './sockets.ts';

function udp(net: Net) {
  const socket = net.socket(AF.INET, SOCK.DGRAM);
  socket.bind(inet(0));
  return { socket, address: inet(portOf(socket)) };
}

describe('datagrams', () => {
  it('are kept whole, the empty ones too, and cut when there is little room', () => {
    const [a, b] = new Net().pair(SOCK.DGRAM);
    for (const text of ['one', '', '0123456789', '0123456789', 'last']) sendTo(a, text);
    expect([receive(b), receive(b), b.hasMore]).toEqual(['one', '', true]);
    expect([receive(b, 4), received.flags]).toEqual(['0123', MSG.TRUNC]);
    expect([receive(b, 4, MSG.PEEK), receive(b), received.flags]).toEqual([
      '0123',
      '0123456789',
      0,
    ]);
    expect([receive(b), receive(b), b.hasMore]).toEqual(['last', 'EAGAIN', false]);
  });

  it('wait for room in the inbox of a unix socket, and the sender is told of it', () => {
    const [a, b] = new Net().pair(SOCK.DGRAM);
    let sent = 0;
    while (sendTo(a, 'x') === 1) sent++;
    expect([sent, sendTo(a, 'x'), shows(a)]).toEqual([SOCKET_MESSAGES_MAX, 'EAGAIN', '']);
    const ear = new Ear(a, POLL.OUT);
    receive(b);
    expect([ear.count, shows(a), sendTo(a, 'x'), sendTo(a, 'x')]).toEqual([1, 'OUT', 1, 'EAGAIN']);
    const much = 'y'.repeat(SOCKET_BUFFER_BYTES);
    expect(sendTo(a, much)).toBe('EMSGSIZE');
  });

  it('wake who polled a full inbox, and who waits when it closes', () => {
    const [a, b] = new Net().pair(SOCK.DGRAM);
    while (sendTo(a, 'x') === 1);
    const ear = new Ear(a, POLL.OUT);
    receive(b);
    while (sendTo(a, 'x') === 1);
    expect(shows(a)).toBe('');
    b.drop();
    expect([ear.count, sendTo(a, 'x'), sendTo(a, 'x')]).toEqual([2, 'ECONNREFUSED', 'ENOTCONN']);
  });

  it('end nowhere: who receives waits on when the other end is closed', () => {
    const [a, b] = new Net().pair(SOCK.DGRAM);
    sendTo(b, 'x');
    b.drop();
    expect([receive(a), receive(a)]).toEqual(['x', 'EAGAIN']);
  });
});

describe('UDP', () => {
  it('carries datagrams between addresses and says where they are from', () => {
    const net = new Net();
    const [a, b] = [udp(net), udp(net)];
    expect(sendTo(a.socket, 'hello', b.address)).toBe(5);
    expect([receive(b.socket), received.from]).toEqual(['hello', a.address]);
    const unbound = net.socket(AF.INET, SOCK.DGRAM);
    expect(sendTo(unbound, 'hi', inet(portOf(b.socket), HOST.ANY))).toBe(2);
    expect([receive(b.socket), received.from]).toEqual(['hi', inet(portOf(unbound))]);
    expect(sendTo(unbound, 'nowhere')).toBe('EDESTADDRREQ');
    expect(sendTo(unbound, 'x', inet(9, 0x0808_0808))).toBe('ENETUNREACH');
    expect(sendTo(unbound, 'x'.repeat(65_508), b.address)).toBe('EMSGSIZE');
  });

  it('loses what nobody is there for, and tells only who is connected', () => {
    const net = new Net();
    const [a, gone] = [udp(net), udp(net)];
    gone.socket.drop();
    expect([sendTo(a.socket, 'x', gone.address), shows(a.socket)]).toEqual([1, 'OUT']);
    expect(told(a.socket.connect(gone.address))).toBe(0);
    const ear = new Ear(a.socket, POLL.IN);
    expect([sendTo(a.socket, 'x'), ear.count, shows(a.socket)]).toEqual([1, 1, 'OUT ERR']);
    expect([receive(a.socket), receive(a.socket)]).toEqual(['ECONNREFUSED', 'EAGAIN']);
  });

  it('loses what there is no room for', () => {
    const net = new Net();
    const [a, b] = [udp(net), udp(net)];
    for (let i = 0; i < 2 * SOCKET_MESSAGES_MAX; i++)
      expect(sendTo(a.socket, 'x', b.address)).toBe(1);
    let seen = 0;
    while (receive(b.socket) === 'x') seen++;
    expect(seen).toBe(SOCKET_MESSAGES_MAX);
  });

  it('once connected, hears its peer alone, until it is disconnected', () => {
    const net = new Net();
    const [a, b, c] = [udp(net), udp(net), udp(net)];
    b.socket.connect(a.address);
    expect([a.socket, c.socket].map((from) => sendTo(from, 'x', b.address))).toEqual([1, 1]);
    expect([receive(b.socket), receive(b.socket)]).toEqual(['x', 'EAGAIN']);
    expect([sendTo(b.socket, 'to a'), receive(a.socket)]).toEqual([4, 'to a']);
    expect([sendTo(b.socket, 'to c', c.address), receive(c.socket)]).toEqual([4, 'to c']);
    expect(b.socket.name(true)).toEqual(a.address);
    expect(told(b.socket.connect(Uint8Array.from([0, 0])))).toBe(0);
    expect(told(b.socket.name(true) as number)).toBe('ENOTCONN');
    expect([sendTo(c.socket, 'y', b.address), receive(b.socket)]).toEqual([1, 'y']);
  });

  it('ends waits by a shutdown, connected or not', () => {
    const net = new Net();
    const { socket, address } = udp(net);
    const ear = new Ear(socket, POLL.IN);
    expect(told(socket.shutdown(SHUT.RD))).toBe('ENOTCONN');
    expect([ear.count, receive(socket), sendTo(socket, 'x', address)]).toEqual([1, '', 1]);
    socket.connect(address);
    expect([told(socket.shutdown(SHUT.WR)), sendTo(socket, 'x')]).toEqual([0, 'EPIPE']);
    expect([shows(socket), told(socket.shutdown(9))]).toEqual(['IN OUT RDHUP HUP', 'EINVAL']);
  });

  it('has no connections', () => {
    const { socket } = udp(new Net());
    expect([told(socket.listen(1)), told(socket.accept(false) as number)]).toEqual([
      'EOPNOTSUPP',
      'EOPNOTSUPP',
    ]);
    expect([sendTo(socket, 'x', undefined, MSG.OOB), receive(socket, 1, MSG.OOB)]).toEqual([
      'EOPNOTSUPP',
      'EOPNOTSUPP',
    ]);
  });
});

describe('datagrams of unix sockets', () => {
  it('go to names, and say the name of who has one', () => {
    const net = new Net();
    const [a, b] = [net.socket(AF.UNIX, SOCK.DGRAM), net.socket(AF.UNIX, SOCK.DGRAM)];
    a.bind(unix('a'));
    expect([sendTo(b, 'x', unix('/a')), receive(a), received.from]).toEqual([1, 'x', undefined]);
    b.bind(unix('b'));
    expect([sendTo(b, 'y', unix('a')), receive(a), received.from]).toEqual([1, 'y', unix('b\0')]);
    expect([sendTo(b, 'x'), sendTo(b, 'x', unix('c'))]).toEqual(['ENOTCONN', 'ENOENT']);
    expect(sendTo(b, 'x', inet(1))).toBe('EINVAL');
    net.socket(AF.UNIX, SOCK.STREAM).bind(unix('s'));
    expect(sendTo(b, 'x', unix('s'))).toBe('EPROTOTYPE');
  });

  it('are not taken from others by who is connected, nor by who shut reading down', () => {
    const net = new Net();
    const [a, b, c] = [0, 1, 2].map(() => net.socket(AF.UNIX, SOCK.DGRAM)) as [
      ReturnType<Net['socket']>,
      ReturnType<Net['socket']>,
      ReturnType<Net['socket']>,
    ];
    a.bind(unix('a'));
    b.bind(unix('b'));
    expect(told(a.connect(unix('b')))).toBe(0);
    expect([sendTo(c, 'x', unix('a')), told(c.connect(unix('a')))]).toEqual(['EPERM', 'EPERM']);
    expect([sendTo(b, 'x', unix('a')), receive(a)]).toEqual([1, 'x']);
    b.shutdown(SHUT.RD);
    expect(sendTo(a, 'x')).toBe('EPIPE');
  });
});
