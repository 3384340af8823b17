/**
 * Goal: SPLICE moves as splice(2) does, waits for pipes, and loses no byte and no claim when files
 *       fail, are slow, or their rings end.
 * Method: pipes and files in memory under a kernel turned by hand; laws on files hold of quick and
 *         of slow ones.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { O } from '../../../src/abi/files.ts';
import { SPLICE_F } from '../../../src/abi/ipc.ts';
import { PAGE_BYTES, PIPE_BYTES, PIPE_SLOTS } from '../../../src/abi/limits.ts';
import { EventFd } from '../../../src/kernel/ipc/eventfd.ts';
import { Pipe } from '../../../src/kernel/ipc/pipe.ts';
import { NO_FILES } from '../../../src/kernel/resources.ts';
import { read, write } from '../kernel/ipc/pipe-ends.ts';
import { twoPipes } from './two-pipes.ts';
import { RING_OBJECT } from './world.ts';

describe('SPLICE between pipes', () => {
  it('moves what is there and fits', () => {
    const { w, p, q, pr, qw } = twoPipes();
    write(p, 'abcdef');
    const some = w.run((r) => r.prepSplice(0, pr, -1, qw, -1, 4, 0));
    expect(some).toMatchObject({ res: 4, isFailure: false });
    const rest = w.run((r) => r.prepSplice(0, pr, -1, qw, -1, 4, 0));
    expect(rest).toMatchObject({ res: 2, isFailure: true });
    expect([read(q, 9), read(p, 9)]).toEqual(['abcdef', fail('EAGAIN')]);
    write(q, 'x'.repeat(PIPE_BYTES - PAGE_BYTES));
    write(p, 'x'.repeat(PAGE_BYTES));
    write(p, 'def');
    expect(w.res((r) => r.prepSplice(0, pr, -1, qw, -1, 9000, 0))).toBe(PAGE_BYTES);
    expect(read(p, 9)).toBe('def');
  });

  it('waits for bytes, then for room, and holds both ends meanwhile', () => {
    const { w, p, q, pr, qw } = twoPipes();
    write(q, 'x'.repeat(PIPE_BYTES));
    const request = w.begin((r) => r.prepSplice(0, pr, -1, qw, -1, 4, 0));
    w.process.descriptors.close(pr);
    w.process.descriptors.close(qw);
    expect([p.reader.isOpen, q.writer.isOpen]).toEqual([true, true]);
    write(p, 'abcdef');
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    read(q, PIPE_BYTES);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(4);
    expect(read(q, 9)).toBe('abcd');
    expect([p.reader.isOpen, q.writer.isOpen]).toEqual([false, false]);
  });

  it('ends with 0 without writers, and is EPIPE without readers', () => {
    const { w, p, q, pr, qw } = twoPipes();
    const waits = w.begin((r) => r.prepSplice(0, pr, -1, qw, -1, 4, 0));
    p.writer.drop();
    w.drain();
    expect(w.kernel.endOf(waits)).toMatchObject({ res: 0, isFailure: true });
    q.reader.drop();
    expect(w.res((r) => r.prepSplice(0, pr, -1, qw, -1, 4, 0))).toBe(fail('EPIPE'));
  });

  it('does not wait when told so', () => {
    const { w, p, q, pr, qw } = twoPipes();
    const splice = () => w.res((r) => r.prepSplice(0, pr, -1, qw, -1, 4, SPLICE_F.NONBLOCK));
    expect(splice()).toBe(fail('EAGAIN'));
    write(p, 'abc');
    write(q, 'x'.repeat(PIPE_BYTES));
    expect(splice()).toBe(fail('EAGAIN'));
    expect(read(p, 9)).toBe('abc');
  });

  it('that is taken back moves nothing and lets go of both ends', () => {
    const { w, p, q, pr, qw } = twoPipes();
    w.kernel.takeBack(w.begin((r) => r.prepSplice(0, pr, -1, qw, -1, 4, 0)));
    write(p, 'abc');
    w.drain();
    expect(read(p, 9)).toBe('abc');
    w.process.descriptors.close(pr);
    w.process.descriptors.close(qw);
    expect([p.reader.isOpen, q.writer.isOpen]).toEqual([false, false]);
  });
});

describe.each([false, true])('SPLICE of a file, slow files: %s', (slow) => {
  it('fills a pipe from an offset, or from the file position', () => {
    const { w, p, pw, f } = twoPipes({ slow });
    expect(w.res((r) => r.prepSplice(0, f, 2, pw, -1, 3, 0))).toBe(3);
    expect(w.res((r) => r.prepSplice(0, f, -1, pw, -1, 4, 0))).toBe(4);
    expect(w.res((r) => r.prepSplice(0, f, -1, pw, -1, 2, 0))).toBe(2);
    expect(read(p, 99)).toBe('234012345');
    const atEnd = w.run((r) => r.prepSplice(0, f, 10, pw, -1, 8, 0));
    expect(atEnd).toMatchObject({ res: 0, isFailure: true });
    expect(p.freeSlots).toBe(PIPE_SLOTS);
  });

  it('fills a file from a pipe, at an offset, or at the file position', () => {
    const { w, p, pr, g } = twoPipes({ slow });
    write(p, 'abcdefghij');
    expect(w.res((r) => r.prepSplice(0, pr, -1, g, 2, 4, 0))).toBe(4);
    expect(w.res((r) => r.prepSplice(0, pr, -1, g, -1, 2, 0))).toBe(2);
    expect(w.res((r) => r.prepSplice(0, pr, -1, g, -1, 99, 0))).toBe(4);
    expect(w.files.content('/g')).toBe('efghij');
    expect(p.freeSlots).toBe(PIPE_SLOTS);
  });

  it('moves as much as the pipe has slots for', () => {
    const { w, p, pw } = twoPipes({ slow });
    w.files.add('/big', { bytes: 'y'.repeat(100_000) });
    const big = w.fd('/big');
    expect(w.res((r) => r.prepSplice(0, big, 0, pw, -1, 100_000, 0))).toBe(PIPE_BYTES);
    expect([p.length, p.freeSlots]).toEqual([PIPE_BYTES, 0]);
  });

  it('waits for the pipe', () => {
    const { w, p, pr, pw, f, g } = twoPipes({ slow });
    const request = w.begin((r) => r.prepSplice(0, pr, -1, g, 0, 4, 0));
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    write(p, 'abc');
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(3);
    expect(w.files.content('/g')).toBe('abc');
    write(p, 'x'.repeat(PIPE_BYTES));
    const other = w.begin((r) => r.prepSplice(0, f, 0, pw, -1, 4, 0));
    w.drain();
    expect(w.kernel.endOf(other)).toBeUndefined();
    read(p, PIPE_BYTES);
    w.drain();
    expect([w.kernel.endOf(other)?.res, read(p, 9)]).toEqual([4, '0123']);
  });

  it('ends with 0 without writers, and is EPIPE without readers', () => {
    const { w, p, q, pr, qw, f, g } = twoPipes({ slow });
    p.writer.drop();
    expect(w.res((r) => r.prepSplice(0, pr, -1, g, 0, 4, 0))).toBe(0);
    q.reader.drop();
    expect(w.res((r) => r.prepSplice(0, f, 0, qw, -1, 4, 0))).toBe(fail('EPIPE'));
    expect(w.files.calls).toEqual([]);
  });

  it('puts back what the file did not take, and gives up the slots that it did not fill', () => {
    const { w, p, pr, pw, f, g } = twoPipes({ slow });
    write(p, 'abcdef');
    w.files.script('write', fail('ENOSPC'));
    expect(w.res((r) => r.prepSplice(0, pr, -1, g, 0, 4, 0))).toBe(fail('ENOSPC'));
    w.files.moveMax = 1;
    expect(w.res((r) => r.prepSplice(0, pr, -1, g, 0, 4, 0))).toBe(1);
    w.files.script('read', fail('EIO'));
    expect(w.res((r) => r.prepSplice(0, f, 0, pw, -1, 4, 0))).toBe(fail('EIO'));
    expect([p.freeSlots, read(p, 9)]).toEqual([PIPE_SLOTS - 1, 'bcdef']);
  });

  it('whose ring ends lets go of both, and of its slot', () => {
    const { w, p, pw, f } = twoPipes({ slow: true });
    w.begin((r) => r.prepSplice(0, f, 0, pw, -1, 4, 0));
    expect(p.freeSlots).toBe(PIPE_SLOTS - 1);
    w.process.descriptors.closeAll();
    expect([...w.files.openFiles].map(({ path }) => path)).toEqual(['/f']);
    w.kernel.closeRings();
    expect([p.freeSlots, p.writer.isOpen, w.files.openFiles.size]).toEqual([PIPE_SLOTS, false, 0]);
  });
});

describe('SPLICE of slow files', () => {
  it('keeps its slots, and the place of its bytes, from others', () => {
    const { w, p, pr, pw, f, g } = twoPipes({ slow: true });
    write(p, 'x'.repeat(PIPE_BYTES - PAGE_BYTES));
    const first = w.begin((r) => r.prepSplice(0, f, 0, pw, -1, 4, 0));
    const second = w.begin((r) => r.prepSplice(0, pr, -1, g, 0, PAGE_BYTES, 0));
    expect(write(p, 'a'.repeat(PAGE_BYTES))).toBe(fail('EAGAIN'));
    w.drain();
    expect([w.kernel.endOf(first)?.res, w.kernel.endOf(second)?.res]).toEqual([4, PAGE_BYTES]);
    expect([p.length, p.freeSlots]).toEqual([PIPE_BYTES - 2 * PAGE_BYTES + 4, 1]);
  });
});

describe('SPLICE', () => {
  it('takes its source from a slot when told so', () => {
    const p = new Pipe(0);
    const files = { ...NO_FILES, get: (slot: number) => (slot === 1 ? p.reader : undefined) };
    const { w, g } = twoPipes({ files });
    write(p, 'abc');
    const splice = (slot: number) =>
      w.res((r) => r.prepSplice(0, slot, -1, g, 0, 4, SPLICE_F.FD_IN_FIXED));
    expect([splice(1), splice(2)]).toEqual([3, fail('EBADF')]);
    expect(w.files.content('/g')).toBe('abc');
  });

  type At = ReturnType<typeof twoPipes>;
  type Case = [what: string, errno: Parameters<typeof fail>[0] | 0, run: (at: At) => number];
  const cases: Case[] = [
    [
      'an offset of the pipe it reads',
      'ESPIPE',
      (at) => at.w.res((r) => r.prepSplice(0, at.pr, 3, at.g, 0, 4, 0)),
    ],
    [
      'an offset of the pipe it writes',
      'ESPIPE',
      (at) => at.w.res((r) => r.prepSplice(0, at.f, 0, at.pw, 2, 4, 0)),
    ],
    [
      'an offset between pipes',
      'ESPIPE',
      (at) => at.w.res((r) => r.prepSplice(0, at.pr, 0, at.qw, -1, 4, 0)),
    ],
    ['two files', 'EINVAL', (at) => at.w.res((r) => r.prepSplice(0, at.f, 0, at.g, 0, 4, 0))],
    [
      'a pipe and itself',
      'EINVAL',
      (at) => at.w.res((r) => r.prepSplice(0, at.pr, -1, at.pw, -1, 4, 0)),
    ],
    ['a closed source', 'EBADF', (at) => at.w.res((r) => r.prepSplice(0, 999, 0, at.pw, -1, 4, 0))],
    ['a closed target', 'EBADF', (at) => at.w.res((r) => r.prepSplice(0, at.f, 0, 999, -1, 4, 0))],
    [
      'a closed source, for nothing',
      'EBADF',
      (at) => at.w.res((r) => r.prepSplice(0, 999, 0, at.pw, -1, 0, 0)),
    ],
    ['nothing between files', 0, (at) => at.w.res((r) => r.prepSplice(0, at.f, 0, at.g, 0, 0, 0))],
    [
      'an unknown flag',
      'EINVAL',
      (at) => at.w.res((r) => r.prepSplice(0, at.f, 0, at.pw, -1, 4, 1024)),
    ],
    [
      'the write end as a source',
      'EBADF',
      (at) => at.w.res((r) => r.prepSplice(0, at.pw, -1, at.g, 0, 4, 0)),
    ],
    [
      'the read end as a target',
      'EBADF',
      (at) => at.w.res((r) => r.prepSplice(0, at.f, 0, at.pr, -1, 4, 0)),
    ],
    [
      'a file for writing as a source',
      'EBADF',
      (at) => at.w.res((r) => r.prepSplice(0, at.w.fd('/f', O.WRONLY), 0, at.pw, -1, 4, 0)),
    ],
    [
      'a file that appends as a target',
      'EINVAL',
      (at) =>
        at.w.res((r) => r.prepSplice(0, at.pr, -1, at.w.fd('/f', O.RDWR | O.APPEND), -1, 4, 0)),
    ],
    [
      'a directory',
      'EINVAL',
      (at) => at.w.res((r) => r.prepSplice(0, at.w.fd('/d', 0), 0, at.pw, -1, 4, 0)),
    ],
    [
      'an eventfd',
      'EINVAL',
      (at) =>
        at.w.res((r) => r.prepSplice(0, at.w.install(new EventFd(1, 0)), -1, at.pw, -1, 8, 0)),
    ],
    [
      'a ring',
      'EBADF',
      (at) => at.w.res((r) => r.prepSplice(0, at.w.install(RING_OBJECT), -1, at.pw, -1, 8, 0)),
    ],
    [
      'an offset below -1',
      'EINVAL',
      (at) => at.w.res((r) => r.prepSplice(0, at.f, -2, at.pw, -1, 4, 0)),
    ],
    [
      'an offset for writing below -1',
      'EINVAL',
      (at) => at.w.res((r) => r.prepSplice(0, at.pr, -1, at.g, -2, 4, 0)),
    ],
  ];
  it.each(cases)('of %s is %s', (_, errno, run) => {
    expect(run(twoPipes())).toBe(errno === 0 ? 0 : fail(errno));
  });
});
