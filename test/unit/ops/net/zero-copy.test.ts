/**
 * Goal: what sends without a copy completes in pairs, or once, and never says too much.
 * Method: connections of TCP under a kernel turned by hand, with and without room for CQEs.
 */
import { describe, expect, it } from 'vitest';
import { type ErrnoName, fail } from '../../../../src/abi/errno.ts';
import { SQE_FLAG } from '../../../../src/abi/flags.ts';
import { SOCKET_BUFFER_BYTES } from '../../../../src/abi/limits.ts';
import { MSG, NOTIF_USAGE_ZC_COPIED, RECVSEND } from '../../../../src/abi/net.ts';
import { BAD } from '../world.ts';
import { header, MORE, NetWorld, NOTIF } from './net-world.ts';

describe('sending without a copy', () => {
  it('completes twice: how much was sent, and that the memory is free', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.tcpPair();
    const text = w.place('hello');
    const send = w.begin((r) => r.prepSendZc(0, a, text, 5, 0, 0));
    const EXPECTED = [
      [5, MORE],
      [0, NOTIF],
    ];
    expect(n.cqes(send)).toEqual(EXPECTED);
    expect(n.recv(b)).toBe('hello');
    const message = w.begin((r) => r.prepSendmsgZc(0, a, header(n, [text, 5]), 0));
    expect(n.cqes(message)).toEqual(EXPECTED);
    expect(w.kernel.endOf(message)?.isFailure).toBe(false);
    const usage = w.begin((r) => r.prepSendZc(0, a, text, 5, 0, RECVSEND.ZC_REPORT_USAGE));
    expect(n.cqes(usage)).toEqual([
      [5, MORE],
      [NOTIF_USAGE_ZC_COPIED, NOTIF],
    ]);
    expect(w.kernel.endOf(usage)?.isFailure).toBe(false);
  });

  it('completes once, without MORE, when the first CQE does not fit', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a] = n.tcpPair();
    const text = w.place('hello');
    w.kernel.room = 0;
    expect(n.cqes(w.begin((r) => r.prepSendZc(0, a, text, 5, 0, 0)))).toEqual([[5, 0]]);
    expect(n.cqes(w.begin((r) => r.prepSendZc(0, 99, text, 5, 0, 0)))).toEqual([
      [fail('EBADF'), 0],
    ]);
  });

  it('completes twice when it fails, too, and is a failure', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a] = n.tcpPair();
    const [unix] = n.pair();
    const text = w.place('hello');
    const refused = (fd: number, at: number, flags = 0) => {
      const request = w.begin((r) => r.prepSendZc(0, fd, at, 5, 0, flags));
      expect(w.kernel.endOf(request)?.isFailure).toBe(true);
      return n.cqes(request);
    };
    const pair = (name: ErrnoName) => [
      [fail(name), MORE],
      [0, NOTIF],
    ];
    expect(refused(unix, text)).toEqual(pair('EOPNOTSUPP'));
    expect(refused(99, text)).toEqual(pair('EBADF'));
    expect(refused(a, BAD)).toEqual(pair('EFAULT'));
    expect(refused(a, text, RECVSEND.FIXED_BUF)).toEqual(pair('EFAULT'));
  });

  it('reads from a registered buffer', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.tcpPair();
    const text = w.place('hello');
    w.buffers.register({ memory: w.memory, low: w.words64(text, 5), high: 0, count: 1 });
    const send = (len: number) =>
      n.cqes(w.begin((r) => r.prepSendZc(0, a, text, len, 0, RECVSEND.FIXED_BUF)))[0];
    expect([send(5), send(6)]).toEqual([
      [5, MORE],
      [fail('EFAULT'), MORE],
    ]);
    expect(n.recv(b)).toBe('hello');
  });

  it('is a failure when MSG_WAITALL was cut short, whatever the notification says', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a, b] = n.tcpPair();
    const size = SOCKET_BUFFER_BYTES + 1;
    const at = w.room(size);
    const request = w.begin((r) => r.prepSendZc(0, a, at, size, MSG.WAITALL, 0));
    n.close(b);
    expect(n.cqes(request)).toEqual([
      [size - 1, MORE],
      [0, NOTIF],
    ]);
    expect(w.kernel.endOf(request)?.isFailure).toBe(true);
  });

  it('cannot be silent, nor have unknown bits', () => {
    const n = new NetWorld();
    const { w } = n;
    const [a] = n.tcpPair();
    const EINVAL = { res: fail('EINVAL'), isPreparation: true };
    for (const spoil of [
      { flags: SQE_FLAG.CQE_SKIP_SUCCESS },
      { ioprio: RECVSEND.BUNDLE },
      { addr3Low: 1 },
      { padHigh: 1 },
    ]) {
      const send = w.run((r) => r.prepSendZc(0, a, w.place('x'), 1, 0, 0), spoil);
      expect(send).toMatchObject(EINVAL);
    }
    const select = w.run((r) => r.prepSendZc(0, a, w.place('x'), 1, 0, 0), {
      flags: SQE_FLAG.BUFFER_SELECT,
    });
    expect(select).toMatchObject({ res: fail('EOPNOTSUPP'), isPreparation: true });
  });
});
