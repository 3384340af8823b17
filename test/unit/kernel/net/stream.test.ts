/**
 * Goal: a stream carries every byte once and in order, within bounds, and ends as Linux ends it.
 * Method: both ends on one thread; laws of pairs of unix sockets and of TCP, and where they differ.
 */
import { describe, expect, it } from 'vitest';
import { SOCKET_BUFFER_BYTES } from '../../../../src/abi/limits.ts';
import { MSG, SHUT, SOCK } from '../../../../src/abi/net.ts';
import { POLL } from '../../../../src/abi/poll.ts';
import { Ear, Net, receive, segmentsOf, sendTo, shows, told } from './sockets.ts';

const KINDS = ['unix', 'tcp'] as const;
const ends = (kind: (typeof KINDS)[number], net = new Net()) =>
  kind === 'unix' ? net.pair(SOCK.STREAM) : net.tcpPair();

describe.each(KINDS)('a %s stream', (kind) => {
  it('keeps no bounds of messages', () => {
    const [a, b] = ends(kind);
    expect([sendTo(a, 'ab'), sendTo(a, 'cde')]).toEqual([2, 3]);
    expect([receive(b, 3), receive(b), receive(b)]).toEqual(['abc', 'de', 'EAGAIN']);
    expect(sendTo(b, 'back')).toBe(4);
    expect(receive(a)).toBe('back');
  });

  it('carries every byte once and in order, whatever the sizes', () => {
    const [a, b] = ends(kind);
    let sent = 0;
    let seen = 0;
    for (let round = 0; seen < 2_000_000; round++) {
      const chunk = Uint8Array.from({ length: (round * 7919) % 70_001 }, (_, i) => (sent + i) * 31);
      const put = a.send(segmentsOf(chunk), 0, undefined);
      if (put > 0) sent += put;
      const into = new Uint8Array((round * 104_729) % 90_001);
      const got = b.receive(segmentsOf(into), 0, { flags: 0, from: undefined, reset: () => {} });
      for (let i = 0; i < got; i++, seen++)
        if (into[i] !== ((seen * 31) & 255)) throw new Error(`byte ${seen} is another one`);
      expect(sent - seen).toBeLessThanOrEqual(SOCKET_BUFFER_BYTES);
    }
  });

  it('takes what there is room for, then nothing, and shows room at half of it', () => {
    const [a, b] = ends(kind);
    const much = 'x'.repeat(SOCKET_BUFFER_BYTES);
    expect(sendTo(a, `${much}yz`)).toBe(SOCKET_BUFFER_BYTES);
    expect([sendTo(a, 'z'), shows(a)]).toEqual(['EAGAIN', '']);
    const ear = new Ear(a, POLL.OUT);
    receive(b, 1);
    expect([sendTo(a, 'yz'), ear.count, shows(a)]).toEqual([1, 0, '']);
    receive(b, SOCKET_BUFFER_BYTES / 2);
    expect([ear.count, shows(a)]).toEqual([1, 'OUT']);
    receive(b, 1);
    expect(ear.count).toBe(1);
  });

  it('lets a receiver peek', () => {
    const [a, b] = ends(kind);
    sendTo(a, 'abc');
    expect([receive(b, 2, MSG.PEEK), receive(b)]).toEqual(['ab', 'abc']);
  });

  it('tells receivers of every arrival', () => {
    const [a, b] = ends(kind);
    const ear = new Ear(b, POLL.IN);
    expect(shows(b)).toBe('OUT');
    sendTo(a, 'a');
    sendTo(a, 'b');
    expect([ear.count, shows(b), b.hasMore]).toEqual([2, 'IN OUT', true]);
  });

  it('ends in one direction by a shutdown, and goes on in the other', () => {
    const [a, b] = ends(kind);
    const ear = new Ear(b, POLL.RDHUP);
    sendTo(a, 'last');
    expect(told(a.shutdown(SHUT.WR))).toBe(0);
    expect([ear.count, shows(b)]).toEqual([1, 'IN OUT RDHUP']);
    expect([receive(b), receive(b), receive(b)]).toEqual(['last', '', '']);
    expect([sendTo(a, 'x'), sendTo(b, 'back'), receive(a)]).toEqual(['EPIPE', 4, 'back']);
    b.shutdown(SHUT.WR);
    expect([shows(a), shows(b)]).toEqual(['IN OUT RDHUP HUP', 'IN OUT RDHUP HUP']);
  });

  it('ends for who receives when reading is shut down, with what is there first', () => {
    const [a, b] = ends(kind);
    sendTo(a, 'abc');
    const ear = new Ear(b, POLL.IN);
    expect(told(b.shutdown(SHUT.RD))).toBe(0);
    expect([ear.count, receive(b), receive(b)]).toEqual([1, 'abc', '']);
    expect(sendTo(a, 'x')).toBe(kind === 'unix' ? 'EPIPE' : 1);
  });

  it('ends when the other end is closed, with the bytes first', () => {
    const [a, b] = ends(kind);
    sendTo(b, 'abc');
    const ear = new Ear(a, POLL.IN);
    b.drop();
    expect(ear.count).toBe(1);
    expect(shows(a)).toBe(kind === 'unix' ? 'IN OUT RDHUP HUP' : 'IN OUT RDHUP');
    expect([receive(a), receive(a), receive(a)]).toEqual(['abc', '', '']);
  });

  it('is reset when bytes were not read', () => {
    const [a, b] = ends(kind);
    sendTo(a, 'lost');
    sendTo(b, 'kept');
    b.drop();
    expect(shows(a)).toBe('IN OUT RDHUP HUP ERR');
    expect([receive(a), receive(a), receive(a)]).toEqual(['kept', 'ECONNRESET', '']);
    expect(sendTo(a, 'x')).toBe('EPIPE');
  });

  it('cannot be bound, connected or made a listener again', () => {
    const [a] = ends(kind);
    const own = a.name(false) as Uint8Array;
    expect(told(a.listen(1))).toBe('EINVAL');
    expect(told(a.accept(false) as number)).toBe('EINVAL');
    expect(told(a.connect(own))).toBe('EISCONN');
    expect(told(a.shutdown(3))).toBe('EINVAL');
    expect(sendTo(a, 'x', undefined, MSG.OOB)).toBe('EOPNOTSUPP');
  });
});

describe('after the other end is closed', () => {
  it('a unix socket cannot send', () => {
    const [a, b] = ends('unix');
    b.drop();
    expect([sendTo(a, 'x'), sendTo(a, 'x')]).toEqual(['EPIPE', 'EPIPE']);
  });

  it('TCP sends once, and learns', () => {
    const [a, b] = ends('tcp');
    b.drop();
    expect([sendTo(a, 'x'), shows(a)]).toEqual([1, 'IN OUT RDHUP HUP ERR']);
    expect([sendTo(a, 'x'), sendTo(a, 'x'), receive(a)]).toEqual(['EPIPE', 'EPIPE', '']);
  });

  it('the first close of the last holder counts', () => {
    const [a, b] = ends('unix');
    b.hold();
    b.drop();
    expect(sendTo(a, 'x')).toBe(1);
  });
});

describe('a stream socket that is not connected', () => {
  it('neither sends nor receives', () => {
    const net = new Net();
    const tcp = net.socket(2, SOCK.STREAM);
    const unix = net.socket(1, SOCK.STREAM);
    expect([sendTo(tcp, 'x'), receive(tcp), told(tcp.shutdown(SHUT.RD))]).toEqual([
      'EPIPE',
      'ENOTCONN',
      'ENOTCONN',
    ]);
    expect([sendTo(unix, 'x'), receive(unix)]).toEqual(['ENOTCONN', 'EINVAL']);
    expect([shows(tcp), shows(unix)]).toEqual(['OUT HUP', 'OUT HUP']);
    expect([told(tcp.name(true) as number), (tcp.name(false) as Uint8Array).length]).toEqual([
      'ENOTCONN',
      16,
    ]);
  });
});

describe('SOCK_SEQPACKET', () => {
  it('keeps the bounds of messages, and ends as a stream does', () => {
    const [a, b] = new Net().pair(SOCK.SEQPACKET);
    expect([sendTo(a, 'one'), sendTo(a, ''), sendTo(a, '0123456789')]).toEqual([3, 0, 10]);
    expect([receive(b), receive(b), receive(b, 4), receive(b)]).toEqual([
      'one',
      '',
      '0123',
      'EAGAIN',
    ]);
    expect(sendTo(a, 'x'.repeat(SOCKET_BUFFER_BYTES))).toBe('EMSGSIZE');
    a.drop();
    expect([receive(b), sendTo(b, 'x')]).toEqual(['', 'EPIPE']);
  });
});
