/**
 * Goal: TEE copies from pipe to pipe as tee(2) does, and waits as SPLICE does.
 * Method: two pipes under a kernel turned by hand.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { SPLICE_F } from '../../../src/abi/ipc.ts';
import { PIPE_BYTES } from '../../../src/abi/limits.ts';
import { read, write } from '../kernel/ipc/pipe-ends.ts';
import { twoPipes } from './two-pipes.ts';

describe('TEE', () => {
  it('copies, and leaves the source as it was', () => {
    const { w, p, q, pr, qw } = twoPipes();
    write(p, 'abcdef');
    expect(w.run((r) => r.prepTee(0, pr, qw, 4, 0))).toMatchObject({ res: 4, isFailure: false });
    expect([read(q, 9), read(p, 9)]).toEqual(['abcd', 'abcdef']);
  });

  it('waits for bytes and for room, and ends at the end', () => {
    const { w, p, q, pr, qw } = twoPipes();
    write(q, 'x'.repeat(PIPE_BYTES));
    const request = w.begin((r) => r.prepTee(0, pr, qw, 4, 0));
    write(p, 'abcdef');
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    read(q, PIPE_BYTES);
    w.drain();
    expect([w.kernel.endOf(request)?.res, read(q, 9)]).toEqual([4, 'abcd']);
    read(p, 9);
    p.writer.drop();
    expect(w.run((r) => r.prepTee(0, pr, qw, 4, 0))).toMatchObject({ res: 0, isFailure: true });
  });

  it('is refused for what is no pipe, for a pipe and itself, and with offsets', () => {
    const { w, pr, pw, qw, f } = twoPipes();
    expect(w.res((r) => r.prepTee(0, f, qw, 4, 0))).toBe(fail('EINVAL'));
    expect(w.res((r) => r.prepTee(0, pr, f, 4, 0))).toBe(fail('EINVAL'));
    expect(w.res((r) => r.prepTee(0, pr, pw, 4, 0))).toBe(fail('EINVAL'));
    expect(w.res((r) => r.prepTee(0, pw, qw, 4, 0))).toBe(fail('EBADF'));
    expect(w.res((r) => r.prepTee(0, 999, qw, 4, 0))).toBe(fail('EBADF'));
    expect(w.res((r) => r.prepTee(0, f, f, 0, 0))).toBe(0);
    const tee = (spoil: Record<string, number>) => w.run((r) => r.prepTee(0, pr, qw, 4, 0), spoil);
    for (const field of ['addrLow', 'offHigh'])
      expect(tee({ [field]: 1 })).toMatchObject({ res: fail('EINVAL'), isPreparation: true });
    expect(w.res((r) => r.prepTee(0, pr, qw, 4, SPLICE_F.NONBLOCK))).toBe(fail('EAGAIN'));
  });
});
