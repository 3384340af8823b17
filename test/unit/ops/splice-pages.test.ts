/**
 * Goal: SPLICE and TEE fill pipes page by page, as Linux does, from whatever they read.
 * Method: pipes, files and sockets under a kernel turned by hand; what they moved is told by
 *         results, by free slots, and by whether a write finds room in the last page.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { SPLICE_F } from '../../../src/abi/ipc.ts';
import { PAGE_BYTES, PIPE_BYTES, PIPE_SLOTS } from '../../../src/abi/limits.ts';
import { Pipe } from '../../../src/kernel/ipc/pipe.ts';
import { read, write } from '../kernel/ipc/pipe-ends.ts';
import { NetWorld } from './net/net-world.ts';
import { twoPipes } from './two-pipes.ts';

describe.each([false, true])('SPLICE of a file into a pipe, slow files: %s', (slow) => {
  const withBig = () => {
    const at = twoPipes({ slow });
    at.w.files.add('/big', { bytes: 'y'.repeat(100_000) });
    return { ...at, big: at.w.fd('/big') };
  };

  it('ends pages where those of the file end, from any offset', () => {
    const { w, p, pw, big } = withBig();
    expect(w.res((r) => r.prepSplice(0, big, 4000, pw, -1, 5000, 0))).toBe(5000);
    expect(p.freeSlots).toBe(PIPE_SLOTS - 3);
    read(p, 96);
    expect(p.freeSlots).toBe(PIPE_SLOTS - 2);
    read(p, PAGE_BYTES);
    expect(p.freeSlots).toBe(PIPE_SLOTS - 1);
  });

  it('does so from the file position', () => {
    const { w, p, pw, big } = withBig();
    expect(w.res((r) => r.prepSplice(0, big, -1, pw, -1, 4000, 0))).toBe(4000);
    expect(w.res((r) => r.prepSplice(0, big, -1, pw, -1, 200, 0))).toBe(200);
    expect(p.freeSlots).toBe(PIPE_SLOTS - 3);
  });

  it('fills the slots that are left, the first of them in part', () => {
    const { w, p, pw, big } = withBig();
    const most = PIPE_BYTES - 100;
    expect(w.res((r) => r.prepSplice(0, big, PAGE_BYTES + 100, pw, -1, 99_000, 0))).toBe(most);
    expect([p.length, p.freeSlots]).toEqual([most, 0]);
    const more = w.res((r) => r.prepSplice(0, big, 0, pw, -1, 1, SPLICE_F.NONBLOCK));
    expect(more).toBe(fail('EAGAIN'));
  });

  it('leaves no page for writes to add to', () => {
    const { w, p, pw, f } = twoPipes({ slow });
    expect(w.res((r) => r.prepSplice(0, f, 0, pw, -1, 4, 0))).toBe(4);
    expect([write(p, 'abc'), p.freeSlots]).toEqual([3, PIPE_SLOTS - 2]);
  });

  it('waits for a slot, which a read inside a page is none', () => {
    const { w, p, pw, f } = twoPipes({ slow });
    write(p, 'x'.repeat(PIPE_BYTES));
    const request = w.begin((r) => r.prepSplice(0, f, 0, pw, -1, 4, 0));
    read(p, PAGE_BYTES - 1);
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    read(p, 1);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(4);
  });

  it('frees the slots of pages that a file took as a whole', () => {
    const { w, p, pr, g } = twoPipes({ slow });
    write(p, 'x'.repeat(PIPE_BYTES));
    const moved = PAGE_BYTES + 1;
    expect(w.res((r) => r.prepSplice(0, pr, -1, g, 0, moved, 0))).toBe(moved);
    expect([p.freeSlots, p.length]).toEqual([1, PIPE_BYTES - moved]);
    w.files.moveMax = PAGE_BYTES - 2;
    expect(w.res((r) => r.prepSplice(0, pr, -1, g, 0, 9000, 0))).toBe(PAGE_BYTES - 2);
    expect(p.freeSlots).toBe(1);
  });
});

describe('SPLICE of a slow file', () => {
  it('claims a slot for each page that it may fill', () => {
    const { w, p, pw, f } = twoPipes({ slow: true });
    const request = w.begin((r) => r.prepSplice(0, f, 5, pw, -1, PAGE_BYTES, 0));
    expect(p.freeSlots).toBe(PIPE_SLOTS - 2);
    w.drain();
    expect([w.kernel.endOf(request)?.res, p.freeSlots]).toEqual([5, PIPE_SLOTS - 1]);
  });
});

describe('SPLICE of a socket into a pipe', () => {
  it('fills pages of its own, that no write adds to', () => {
    const n = new NetWorld();
    const pipe = new Pipe(0);
    const fd = n.w.install(pipe.writer);
    const [a, b] = n.pair();
    n.send(b, 'y'.repeat(5000));
    write(pipe, 'abc');
    expect(n.w.res((r) => r.prepSplice(0, a, -1, fd, -1, 9000, 0))).toBe(5000);
    expect([write(pipe, 'abc'), pipe.freeSlots]).toEqual([3, PIPE_SLOTS - 4]);
    n.send(b, 'y'.repeat(PIPE_BYTES));
    const most = PIPE_BYTES - 4 * PAGE_BYTES;
    expect(n.w.res((r) => r.prepSplice(0, a, -1, fd, -1, PIPE_BYTES, 0))).toBe(most);
    expect(pipe.freeSlots).toBe(0);
  });
});

describe('SPLICE of a pipe into a socket', () => {
  it('takes from the pipe what the socket took', () => {
    const n = new NetWorld();
    const pipe = new Pipe(0);
    const fd = n.w.install(pipe.reader);
    const [a, b] = n.pair();
    write(pipe, 'x'.repeat(PAGE_BYTES));
    write(pipe, 'yz');
    expect(n.w.res((r) => r.prepSplice(0, fd, -1, a, -1, PAGE_BYTES + 1, 0))).toBe(PAGE_BYTES + 1);
    expect([pipe.freeSlots, read(pipe, 9)]).toEqual([PIPE_SLOTS - 1, 'z']);
    expect(n.recv(b, 9000)).toBe(`${'x'.repeat(PAGE_BYTES)}y`);
  });
});

describe('SPLICE and TEE between pipes', () => {
  it('move or copy as many pages as the target has slots for', () => {
    const { w, p, q, pr, qw } = twoPipes();
    for (let page = 0; page < 4; page++) write(p, 'x'.repeat(4000));
    write(q, 'x'.repeat(PIPE_BYTES - 2 * PAGE_BYTES));
    expect(w.res((r) => r.prepTee(0, pr, qw, PIPE_BYTES, 0))).toBe(8000);
    expect(q.freeSlots).toBe(0);
    read(q, 3 * PAGE_BYTES);
    expect(w.res((r) => r.prepSplice(0, pr, -1, qw, -1, PIPE_BYTES, 0))).toBe(12_000);
    expect([p.freeSlots, q.freeSlots]).toEqual([PIPE_SLOTS - 1, 0]);
  });

  it('wait for a slot before they see that nothing will come', () => {
    const { w, p, q, pr, qw } = twoPipes();
    p.writer.drop();
    write(q, 'x'.repeat(PIPE_BYTES));
    const requests = [
      w.begin((r) => r.prepSplice(0, pr, -1, qw, -1, 4, 0)),
      w.begin((r) => r.prepTee(0, pr, qw, 4, 0)),
    ];
    w.drain();
    expect(requests.map((request) => w.kernel.endOf(request))).toEqual([undefined, undefined]);
    read(q, PAGE_BYTES);
    w.drain();
    expect(requests.map((request) => w.kernel.endOf(request)?.res)).toEqual([0, 0]);
  });
});
