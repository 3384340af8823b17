/**
 * Goal: SEND and RECV move bytes, wait, and end as Linux's do, and say what a chain makes of it.
 * Method: socket pairs and TCP under a kernel turned by hand.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../../src/abi/errno.ts';
import { SQE_FLAG } from '../../../../src/abi/flags.ts';
import { SOCKET_BUFFER_BYTES } from '../../../../src/abi/limits.ts';
import { MSG, RECVSEND, SHUT, SOCK } from '../../../../src/abi/net.ts';
import { BAD, RING_OBJECT } from '../world.ts';
import { NetWorld, SOCK_NONEMPTY } from './net-world.ts';

describe('RECV', () => {
  it('takes what is there, and says whether more is', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    n.send(b, 'abcde');
    const at = w.room(8);
    const first = w.run((r) => r.prepRecv(0, a, at, 3, 0));
    expect(first).toMatchObject({ res: 3, isFailure: false, cqeFlags: SOCK_NONEMPTY });
    const rest = w.run((r) => r.prepRecv(0, a, at + 3, 5, 0));
    expect(rest).toMatchObject({ res: 2, isFailure: false, cqeFlags: 0 });
    expect(w.text(at, 8)).toBe('abcde\0\0\0');
  });

  it('waits for bytes, on a non-blocking socket too, but not with MSG_DONTWAIT', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair(SOCK.STREAM | SOCK.NONBLOCK);
    const at = w.room(8);
    const request = w.begin((r) => r.prepRecv(0, a, at, 8, 0));
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    expect(w.run((r) => r.prepRecv(0, a, at, 8, MSG.DONTWAIT))).toMatchObject({
      res: fail('EAGAIN'),
      isFailure: true,
    });
    n.send(b, 'abc');
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: 3 });
  });

  it('keeps the socket when its descriptor is closed', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const request = w.begin((r) => r.prepRecv(0, a, w.room(8), 8, 0));
    n.close(a);
    expect(n.send(b, 'abc')).toBe(3);
    expect(n.cqes(request)).toEqual([[3, 0]]);
    expect(n.send(b, 'abc')).toBe(fail('EPIPE')); // the request held it last
  });

  it('ends with 0, a success, when the other end closes or shuts down', () => {
    const n = new NetWorld();
    const { w } = n;
    for (const how of ['close', 'shutdown', 'own'] as const) {
      const [a, b] = n.pair();
      const request = w.begin((r) => r.prepRecv(0, a, w.room(8), 8, 0));
      if (how === 'close') n.close(b);
      else if (how === 'shutdown') w.res((r) => r.prepShutdown(0, b, SHUT.WR));
      else w.res((r) => r.prepShutdown(0, a, SHUT.RD));
      w.drain();
      expect(w.kernel.endOf(request)).toMatchObject({ res: 0, isFailure: false });
    }
  });

  it('leaves the bytes when it is taken back', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    const request = n.w.begin((r) => r.prepRecv(0, a, n.w.room(8), 8, 0));
    n.w.kernel.takeBack(request);
    n.send(b, 'abc');
    expect(n.recv(a)).toBe('abc');
  });

  it('with MSG_WAITALL collects all bytes, or those before the end', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const at = w.room(16);
    const request = w.begin((r) => r.prepRecv(0, a, at, 6, MSG.WAITALL));
    n.send(b, 'abc');
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    expect(request.operation.undone(request)).toBe(3); // H1
    n.send(b, 'defgh');
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: 6, isFailure: false });
    const short = w.begin((r) => r.prepRecv(0, a, at + 6, 6, MSG.WAITALL));
    n.close(b);
    w.drain();
    expect(w.kernel.endOf(short)).toMatchObject({ res: 2, isFailure: true });
    expect(w.text(at, 10)).toBe('abcdefgh\0\0');
  });

  it('with MSG_WAITALL takes one message of a socket that keeps their bounds', () => {
    const n = new NetWorld();
    const [a, b] = n.pair(SOCK.DGRAM);
    n.send(b, 'abc');
    n.send(b, 'def');
    const at = n.w.room(16);
    const message = n.w.run((r) => r.prepRecv(0, a, at, 6, MSG.WAITALL));
    expect(message).toMatchObject({ res: 3, isFailure: true, cqeFlags: 0 });
  });

  it('cuts a message, and tells its length with MSG_TRUNC', () => {
    const n = new NetWorld();
    const [a, b] = n.pair(SOCK.DGRAM);
    for (const text of ['0123456789', '0123456789', 'next']) n.send(b, text);
    const at = n.w.room(16);
    expect(n.w.res((r) => r.prepRecv(0, a, at, 4, 0))).toBe(4);
    expect(n.w.res((r) => r.prepRecv(0, a, at + 4, 4, MSG.TRUNC))).toBe(10);
    expect(n.w.text(at, 9)).toBe('01230123\0');
    expect(n.recv(a)).toBe('next');
  });

  it('polls first when told to', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const first = { ioprio: RECVSEND.POLL_FIRST };
    const request = n.select((r) => r.prepRecv(0, a, 0, 8, 0), first);
    expect(n.cqes(request)).toEqual([]); // and not ENOBUFS: it has not tried
    n.send(b, 'abc');
    expect(n.cqes(request)).toEqual([[fail('ENOBUFS'), 0]]);
    expect(w.res((r) => r.prepRecv(0, a, w.room(8), 8, 0), first)).toBe(3);
  });
});

describe('SEND', () => {
  it('takes what there is room for, and waits when there is none', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const much = SOCKET_BUFFER_BYTES + 1000;
    const at = w.room(much);
    w.memory.bytes.fill(7, at, at + much);
    expect(w.res((r) => r.prepSend(0, a, at, much, 0))).toBe(SOCKET_BUFFER_BYTES);
    expect(w.res((r) => r.prepSend(0, a, at, 9, MSG.DONTWAIT))).toBe(fail('EAGAIN'));
    const request = w.begin((r) => r.prepSend(0, a, at, 9, 0));
    expect(n.cqes(request)).toEqual([]);
    w.res((r) => r.prepRecv(0, b, at, much, 0));
    expect(n.cqes(request)).toEqual([[9, 0]]);
  });

  it('with MSG_WAITALL sends everything, in order', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const total = 3 * SOCKET_BUFFER_BYTES;
    const at = w.room(total);
    for (let i = 0; i < total; i++) w.memory.bytes[at + i] = i * 13;
    const request = w.begin((r) => r.prepSend(0, a, at, total, MSG.WAITALL));
    const into = w.room(total);
    let seen = 0;
    while (seen < total) {
      const res = w.res((r) => r.prepRecv(0, b, into + seen, 70_000, MSG.DONTWAIT));
      if (res < 0) throw new Error(`recv ${res}`);
      seen += res;
    }
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: total, isFailure: false });
    for (let i = 0; i < total; i++)
      if (w.memory.bytes[into + i] !== ((i * 13) & 255)) throw new Error(`byte ${i} is another`);
  });

  it('that was cut short by the end is a failure only with MSG_WAITALL', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const at = w.room(SOCKET_BUFFER_BYTES + 1);
    const request = w.begin((r) => r.prepSend(0, a, at, SOCKET_BUFFER_BYTES + 1, MSG.WAITALL));
    n.close(b);
    w.drain();
    const end = w.kernel.endOf(request);
    expect(end).toMatchObject({ res: SOCKET_BUFFER_BYTES, isFailure: true });
  });

  it('raises no signal when nobody is there: EPIPE, a failure', () => {
    const n = new NetWorld();
    const [a, b] = n.pair();
    n.close(b);
    const sent = n.w.run((r) => r.prepSend(0, a, n.w.place('x'), 1, 0));
    expect(sent).toMatchObject({ res: fail('EPIPE'), isFailure: true });
  });

  it('goes to the address that it names', () => {
    const n = new NetWorld();
    const { w } = n;
    const [one, two] = [n.socket(2, SOCK.DGRAM), n.socket(2, SOCK.DGRAM)];
    const [at, length] = [n.address(0), w.room(4)];
    w.memory.setU32(length, 16);
    w.res((r) => r.prepBind(0, one, at, 16));
    w.res((r) => r.prepGetsockname(0, one, at, length, 0));
    const text = w.place('abc');
    const to = { offLow: at, fileIndex: 16 };
    expect(w.res((r) => r.prepSend(0, two, text, 3, 0), to)).toBe(3);
    expect(n.recv(one)).toBe('abc');
    expect(w.res((r) => r.prepSend(0, two, text, 3, 0))).toBe(fail('EDESTADDRREQ'));
    const refused = (spoil: object) => w.run((r) => r.prepSend(0, two, text, 3, 0), { ...spoil });
    const EFAULT = { res: fail('EFAULT'), isPreparation: true };
    expect(refused({ offLow: BAD, fileIndex: 16 })).toMatchObject(EFAULT);
    const EINVAL = { res: fail('EINVAL'), isPreparation: true };
    expect(refused({ offLow: at, fileIndex: 129 })).toMatchObject(EINVAL);
    expect(refused({ offLow: at, fileIndex: 0x1_0010 })).toMatchObject(EINVAL);
  });
});

describe('SEND and RECV', () => {
  it('refuse what is no socket, no memory, no flag', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a] = n.pair();
    const at = w.room(8);
    const ring = w.install(RING_OBJECT);
    for (const name of ['prepSend', 'prepRecv'] as const) {
      expect(w.res((r) => r[name](0, 99, at, 8, 0))).toBe(fail('EBADF'));
      expect(w.res((r) => r[name](0, ring, at, 8, 0))).toBe(fail('ENOTSOCK'));
      expect(w.run((r) => r[name](0, a, BAD, 8, 0))).toMatchObject({
        res: fail('EFAULT'),
        isFailure: true,
        isPreparation: false,
      });
      const bits = w.run((r) => r[name](0, a, at, 8, 0), { ioprio: 64 });
      expect(bits).toMatchObject({ res: fail('EINVAL'), isPreparation: true });
      const fixed = w.run((r) => r[name](0, a, at, 8, 0), { flags: SQE_FLAG.FIXED_FILE });
      expect(fixed).toMatchObject({ res: fail('EBADF'), isPreparation: false });
    }
    const off = w.run((r) => r.prepRecv(0, a, at, 8, 0), { offLow: 1 });
    expect(off).toMatchObject({ res: fail('EINVAL'), isPreparation: true });
    const optlen = w.run((r) => r.prepRecv(0, a, at, 8, 0), { fileIndex: 1 });
    expect(optlen).toMatchObject({ res: fail('EINVAL'), isPreparation: true });
  });

  it('cross each other on one pair', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.pair();
    const [x, y] = [w.room(8), w.room(8)];
    const one = w.begin((r) => r.prepRecv(0, a, x, 8, 0));
    const two = w.begin((r) => r.prepRecv(0, b, y, 8, 0));
    n.send(a, 'abc');
    n.send(b, 'defg');
    expect([n.cqes(one), n.cqes(two)]).toEqual([[[4, 0]], [[3, 0]]]);
    expect([w.text(x, 4), w.text(y, 3)]).toEqual(['defg', 'abc']);
  });
});
