/**
 * Goal: a selected buffer is taken when its bytes are there, by whom they come for, and never
 *       before; what a request asks for is the smaller of its length and the buffer's.
 * Method: a list of buffers, a pipe and a file under a kernel turned by hand.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { O, RWF } from '../../../src/abi/files.ts';
import { INLINE_BYTES_MAX } from '../../../src/abi/limits.ts';
import { IOVEC } from '../../../src/abi/records.ts';
import { Pipe } from '../../../src/kernel/ipc/pipe.ts';
import { holding } from '../kernel/ipc/pieces.ts';
import { BUFFER, SELECT, selecting } from './piped.ts';
import { BAD } from './world.ts';

describe('a selected buffer', () => {
  it('is as long as itself, or as the request asks if that is less', () => {
    const { w, r, b, put, groups } = selecting();
    for (const at of [0, 8, 16, 24]) groups.add(b + at, 8);
    put('0123456789abcdefgh');
    const read = (len: number) => w.run((q) => q.prepRead(0, r, 0, len, 0), SELECT);
    expect(read(3)).toMatchObject({ res: 3, isFailure: false, cqeFlags: BUFFER(0) });
    expect(read(100)).toMatchObject({ res: 8, isFailure: false, cqeFlags: BUFFER(1) });
    expect(read(0)).toMatchObject({ res: 7, isFailure: true, cqeFlags: BUFFER(2) });
    expect(w.text(b, 23)).toBe('012\0\0\0\0\x003456789abcdefgh');
  });

  it('is taken when bytes come, by the request that they come for', () => {
    const { w, r, b, put, groups } = selecting();
    const other = new Pipe(0);
    const fd = w.install(other.reader);
    groups.add(b, 8);
    groups.add(b + 8, 8);
    const first = w.begin((q) => q.prepRead(0, r, 0, 0, 0), SELECT);
    const second = w.begin((q) => q.prepRead(0, fd, 0, 0, 0), SELECT);
    expect(groups.taken).toBe(0);
    other.writer.write(holding('second'));
    w.drain();
    put('first');
    w.drain();
    expect(w.kernel.endOf(second)).toMatchObject({ res: 6, cqeFlags: BUFFER(0) });
    expect(w.kernel.endOf(first)).toMatchObject({ res: 5, cqeFlags: BUFFER(1) });
    expect(w.text(b, 13)).toBe('second\0\0first');
  });

  it('must be there at once, and when bytes come', () => {
    const { w, r, b, put, groups } = selecting();
    expect(w.run((q) => q.prepRead(0, r, 0, 8, 0), SELECT)).toMatchObject({
      res: fail('ENOBUFS'),
      isFailure: true,
      cqeFlags: 0,
    });
    groups.add(b, 8);
    const first = w.begin((q) => q.prepRead(0, r, 0, 8, 0), SELECT);
    const second = w.begin((q) => q.prepRead(0, r, 0, 8, 0), SELECT);
    put('abc');
    w.drain();
    expect(w.kernel.endOf(first)).toMatchObject({ res: 3, cqeFlags: BUFFER(0) });
    expect(w.kernel.endOf(second)).toMatchObject({ res: fail('ENOBUFS'), cqeFlags: 0 });
  });

  it('is not taken by a request that fails or is taken back', () => {
    const { w, r, wr, b, groups } = selecting();
    groups.add(b, 8);
    expect(w.res((q) => q.prepRead(0, wr, 0, 8, 0), SELECT)).toBe(fail('EBADF'));
    w.kernel.takeBack(w.begin((q) => q.prepRead(0, r, 0, 8, 0), SELECT));
    expect(w.res((q) => q.prepRead(0, r, 0, 8, 0), { ...SELECT, opFlags: RWF.NOWAIT })).toBe(
      fail('EAGAIN'),
    );
    expect(groups.taken).toBe(0);
  });

  it('is taken by a read that finds the end', () => {
    const { w, pipe, r, b, groups } = selecting();
    groups.add(b, 8);
    pipe.writer.drop();
    expect(w.run((q) => q.prepRead(0, r, 0, 8, 0), SELECT)).toMatchObject({
      res: 0,
      isFailure: true,
      cqeFlags: BUFFER(0),
    });
  });

  it('serves a vectored read of one segment, of which the length alone counts', () => {
    const { w, r, b, put, groups } = selecting();
    groups.add(b, 8);
    groups.add(b + 8, 8);
    put('0123456789');
    const v = w.words64(BAD, 3);
    const read = () => w.run((q) => q.prepReadv(0, r, v, 1, 0), SELECT);
    expect(read()).toMatchObject({ res: 3, isFailure: false, cqeFlags: BUFFER(0) });
    w.memory.setU64(v + IOVEC.len, 0);
    expect(read()).toMatchObject({ res: 7, isFailure: true, cqeFlags: BUFFER(1) });
    expect(w.text(b, 15)).toBe('012\0\0\0\0\x003456789');
  });
});

describe.each([false, true])('a selected buffer for a file, slow files: %s', (slow) => {
  function filing() {
    const { w, groups, b } = selecting({ slow });
    w.files.add('/f', { bytes: 'hello world' });
    return { w, groups, fd: w.fd('/f'), b };
  }

  it('is filled from where the request says, and taken at the end of the file too', () => {
    const { w, groups, fd, b } = filing();
    for (const at of [0, 8, 16, 24]) groups.add(b + at, 8);
    const read = (len: number, off: number) => w.run((q) => q.prepRead(0, fd, 0, len, off), SELECT);
    expect(read(8, 0)).toMatchObject({ res: 8, isFailure: false, cqeFlags: BUFFER(0) });
    expect(read(0, 8)).toMatchObject({ res: 3, isFailure: true, cqeFlags: BUFFER(1) });
    expect(read(8, 11)).toMatchObject({ res: 0, isFailure: true, cqeFlags: BUFFER(2) });
    expect(read(8, 2 ** 60)).toMatchObject({ res: 0, cqeFlags: BUFFER(3) });
    expect(w.text(b, 11)).toBe('hello world');
  });

  it('is filled in one call, however long it is', () => {
    const { w, groups } = filing();
    const long = 2 * INLINE_BYTES_MAX;
    groups.add(w.room(long), long);
    w.files.add('/f', { bytes: 'x'.repeat(long) });
    const big = w.fd('/f');
    expect(w.run((q) => q.prepRead(0, big, 0, 0, 0), SELECT)).toMatchObject({ res: long });
    expect(w.files.calls).toEqual(['read']);
  });

  it('is not taken by a read that fails', () => {
    const { w, groups, fd, b } = filing();
    groups.add(b, 8);
    const wrong = w.fd('/f', O.WRONLY);
    expect(w.res((q) => q.prepRead(0, wrong, 0, 8, 0), SELECT)).toBe(fail('EBADF'));
    const path = w.fd('/f', O.PATH);
    expect(w.res((q) => q.prepRead(0, path, 0, 8, 0), SELECT)).toBe(fail('EBADF'));
    expect(w.res((q) => q.prepRead(0, fd, 0, 8, -2), SELECT)).toBe(fail('EINVAL'));
    const unknown = { ...SELECT, opFlags: 1 << 20 };
    expect(w.res((q) => q.prepRead(0, fd, 0, 8, 0), unknown)).toBe(fail('EOPNOTSUPP'));
    expect(groups.taken).toBe(0);
  });
});
