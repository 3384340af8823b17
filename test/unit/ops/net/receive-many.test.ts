/**
 * Goal: provided buffers are filled, named and taken exactly as bytes come, once or many times.
 * Method: pairs of sockets and groups of buffers under a kernel turned by hand.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { MSG, RECVSEND, SOCK } from '../../../../src/abi/net.ts';
import { buffer, NetWorld, SOCK_NONEMPTY } from './net-world.ts';

const MULTISHOT = { ioprio: RECVSEND.MULTISHOT };
const recv = (n: NetWorld, fd: number, len = 0, spoil = {}) =>
  n.select((r) => r.prepRecv(0, fd, 0, len, 0), spoil);

describe('a RECV that selects a buffer', () => {
  it('takes one when bytes come, of the smaller length, and names it', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    const at = n.provide(4, 4, 4);
    const request = recv(n, a);
    n.send(b, 'abcdefgh');
    expect(n.cqes(request)).toEqual([[4, buffer(0, 'SOCK_NONEMPTY')]]);
    expect(n.cqes(recv(n, a, 3))).toEqual([[3, buffer(1, 'SOCK_NONEMPTY')]]);
    expect(n.cqes(recv(n, a, 9))).toEqual([[1, buffer(2)]]);
    expect(n.w.text(at, 12)).toBe('abcdefg\0h\0\0\0');
  });

  it('takes none at the end of the stream, nor when it is taken back', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.provide(4);
    n.w.kernel.takeBack(recv(n, a));
    n.send(b, 'x');
    n.close(b);
    expect(n.cqes(recv(n, a))).toEqual([[1, buffer(0)]]);
    n.provide(4);
    expect(n.cqes(recv(n, a))).toEqual([[0, 0]]);
    expect(n.parts.groups.remove(7, 10)).toBe(1);
  });

  it('fails at once when there is none', () => {
    const n = new NetWorld();
    const [a] = n.pair();
    expect(n.cqes(recv(n, a))).toEqual([[fail('ENOBUFS'), 0]]);
  });

  it('fills it with MSG_WAITALL, whatever becomes of the group meanwhile', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const at = n.provide(4, 4);
    const request = recv(n, a, 0, { opFlags: MSG.WAITALL });
    n.send(b, 'ab');
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    expect(n.parts.groups.remove(7, 10)).toBe(1);
    n.send(b, 'cdef');
    expect(n.cqes(request)).toEqual([[4, buffer(0, 'SOCK_NONEMPTY')]]);
    expect(w.kernel.endOf(request)?.isFailure).toBe(false);
    expect(w.text(at, 8)).toBe('abcd\0\0\0\0');
  });

  it('takes several in a bundle, and names the first', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    const at = n.provide(4, 4, 4, 4);
    n.send(b, 'abcdefghi');
    const request = recv(n, a, 0, { ioprio: RECVSEND.BUNDLE });
    const cqes = n.cqes(request);
    expect(cqes).toEqual([[expect.any(Number), expect.any(Number)]]);
    const [[count, flags]] = cqes as [[number, number]];
    expect(flags & ~SOCK_NONEMPTY).toBe(buffer(0));
    expect(n.w.text(at, count)).toBe('abcdefghi'.slice(0, count));
  });
});

describe('a multishot RECV', () => {
  it('posts a CQE for each buffer, and 0 without one at the end', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    const at = n.provide(4, 4, 4, 4, 4);
    const request = recv(n, a, 0, MULTISHOT);
    n.send(b, '0123456789');
    expect(n.cqes(request)).toEqual([
      [4, buffer(0, 'MORE', 'SOCK_NONEMPTY')],
      [4, buffer(1, 'MORE', 'SOCK_NONEMPTY')],
      [2, buffer(2, 'MORE')],
    ]);
    n.send(b, 'x');
    n.close(b);
    expect(n.cqes(request).slice(3)).toEqual([
      [1, buffer(3, 'MORE')],
      [0, 0],
    ]);
    expect(n.w.kernel.endOf(request)?.isFailure).toBe(false);
    expect(n.w.text(at, 13)).toBe('0123456789\0\0x');
  });

  it('ends with ENOBUFS when something comes and there is no buffer, not before', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.provide(4);
    const request = recv(n, a, 0, MULTISHOT);
    n.send(b, 'abcd');
    expect(n.cqes(request)).toEqual([[4, buffer(0, 'MORE')]]);
    n.send(b, 'e');
    expect(n.cqes(request)[1]).toEqual([fail('ENOBUFS'), 0]);
    expect(n.recv(a)).toBe('e');
  });

  it('gives each datagram a buffer of its own, and cuts it', () => {
    const n = new NetWorld();
    const [a, b] = n.pair(SOCK.DGRAM);
    const at = n.provide(8, 8, 8);
    const request = recv(n, a, 0, MULTISHOT);
    for (const text of ['one', '0123456789', 'two']) n.send(b, text);
    expect(n.cqes(request)).toEqual([
      [3, buffer(0, 'MORE')],
      [8, buffer(1, 'MORE')],
      [3, buffer(2, 'MORE')],
    ]);
    expect(n.w.text(at, 19)).toBe('one\0\0\0\0\x0001234567two');
  });

  it('has no more than len bytes in a CQE, and ends where optlen is reached', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.provide(8, 8, 8);
    const request = recv(n, a, 3, { ...MULTISHOT, fileIndex: 5 });
    n.send(b, '0123456789');
    expect(n.cqes(request)).toEqual([
      [3, buffer(0, 'MORE', 'SOCK_NONEMPTY')],
      [3, buffer(1, 'SOCK_NONEMPTY')], // 6: the bound may be exceeded
    ]);
    expect(n.recv(a)).toBe('6789');
  });

  it('ends with the first CQE that does not fit, and loses nothing', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.provide(4, 4, 4, 4);
    const request = recv(n, a, 0, MULTISHOT);
    n.w.kernel.room = 1;
    n.send(b, '0123456789');
    expect(n.cqes(request)).toEqual([
      [4, buffer(0, 'MORE', 'SOCK_NONEMPTY')],
      [4, buffer(1, 'SOCK_NONEMPTY')],
    ]);
    expect(n.recv(a)).toBe('89');
  });

  it('ends with the error of the socket, and with EAGAIN if it may not wait', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.provide(4);
    const request = recv(n, a, 0, MULTISHOT);
    n.send(a, 'unread');
    n.close(b);
    expect(n.cqes(request)).toEqual([[fail('ECONNRESET'), 0]]);
    const [c] = n.pair();
    const impatient = recv(n, c, 0, { ...MULTISHOT, opFlags: MSG.DONTWAIT });
    expect(n.cqes(impatient)).toEqual([[fail('EAGAIN'), 0]]);
  });

  it('needs a selected buffer, and does not wait for all bytes', () => {
    const n = new NetWorld();
    const [a] = n.pair();
    const EINVAL = { res: fail('EINVAL'), isPreparation: true };
    expect(n.w.run((r) => r.prepRecv(0, a, n.w.room(4), 4, 0), MULTISHOT)).toMatchObject(EINVAL);
    const all = recv(n, a, 0, { ...MULTISHOT, opFlags: MSG.WAITALL });
    expect(n.w.kernel.endOf(all)).toMatchObject(EINVAL);
  });
});

describe('a SEND that selects a buffer', () => {
  const send = (n: NetWorld, fd: number, len = 0, spoil = {}) =>
    n.select((r) => r.prepSend(0, fd, 0, len, 0), spoil);

  it('sends it and names it', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.w.memory.bytes.set(Buffer.from('abcdefgh'), n.provide(4, 4));
    expect(n.cqes(send(n, a))).toEqual([[4, buffer(0)]]);
    expect(n.cqes(send(n, a, 2))).toEqual([[2, buffer(1)]]);
    expect(n.cqes(send(n, a))).toEqual([[fail('ENOBUFS'), 0]]);
    expect(n.recv(b)).toBe('abcdef');
  });

  it('sends all there are in a bundle, and names the first', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.w.memory.bytes.set(Buffer.from('abcdefghij'), n.provide(4, 4, 2));
    const BUNDLE = { ioprio: RECVSEND.BUNDLE };
    expect(n.cqes(send(n, a, 0, BUNDLE))).toEqual([[10, buffer(0)]]);
    expect(n.recv(b)).toBe('abcdefghij');
    expect(n.cqes(send(n, a, 0, BUNDLE))).toEqual([[fail('ENOBUFS'), 0]]);
  });

  it('sends the rest of a buffer it began in a bundle, and no byte twice', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const size = 150_000;
    const at = n.provide(size, size, 100);
    for (let i = 0; i < 2 * size + 100; i++) w.memory.bytes[at + i] = i * 7;
    const request = send(n, a, 0, { ioprio: RECVSEND.BUNDLE });
    expect(n.cqes(request)).toEqual([]);
    const into = w.room(size * 3);
    let seen = 0;
    for (;;) {
      const res = w.res((r) => r.prepRecv(0, b, into + seen, 60_000, MSG.DONTWAIT));
      if (res < 0) break;
      seen += res;
    }
    expect(n.cqes(request)).toEqual([[seen, buffer(0)]]);
    expect(seen).toBeGreaterThanOrEqual(2 * size);
    for (let i = 0; i < seen; i++)
      if (w.memory.bytes[into + i] !== ((i * 7) & 255)) throw new Error(`byte ${i} is another`);
  });

  it('takes none when it is taken back, or while there is no room', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a] = n.pair();
    const at = w.room(300_000);
    w.res((r) => r.prepSend(0, a, at, 300_000, 0));
    n.provide(4);
    w.kernel.takeBack(send(n, a));
    expect(n.parts.groups.remove(7, 10)).toBe(1);
  });
});
