/**
 * Goal: transfers on pipes and eventfds move what is there, wait for what is not, and end as they
 *       would on Linux.
 * Method: pipes under a kernel turned by hand; the other end is used without requests.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { RWF } from '../../../src/abi/files.ts';
import { SETUP, SQE_FLAG } from '../../../src/abi/flags.ts';
import { PAGE_BYTES, PIPE_BYTES } from '../../../src/abi/limits.ts';
import { EventFd } from '../../../src/kernel/ipc/eventfd.ts';
import type { OpenFile } from '../../../src/kernel/open-file.ts';
import { NO_FILES } from '../../../src/kernel/resources.ts';
import { piped } from './piped.ts';
import { BAD } from './world.ts';

describe('a read of a channel', () => {
  it('gives what is there, and fails when that is less than it asked for', () => {
    const { w, r, b, put } = piped();
    put('abcdef');
    const whole = w.run((ring) => ring.prepRead(0, r, b, 3, 0));
    expect(whole).toMatchObject({ res: 3, isFailure: false });
    const short = w.run((ring) => ring.prepRead(0, r, b + 3, 10, 0));
    expect(short).toMatchObject({ res: 3, isFailure: true });
    expect(w.text(b, 6)).toBe('abcdef');
  });

  it('waits for bytes, and for the end', () => {
    const { w, pipe, r, b, put } = piped();
    const first = w.begin((ring) => ring.prepRead(0, r, b, 3, 0));
    const second = w.begin((ring) => ring.prepRead(0, r, b + 8, 3, 0));
    w.drain();
    expect(w.kernel.endOf(first)).toBeUndefined();
    put('ab');
    w.drain();
    expect(w.kernel.endOf(first)?.res).toBe(2);
    expect(w.kernel.endOf(second)).toBeUndefined();
    pipe.writer.drop();
    w.drain();
    expect(w.kernel.endOf(second)).toMatchObject({ res: 0, isFailure: true });
  });

  it('keeps its file when the descriptor is closed meanwhile, and lets go of it at the end', () => {
    const { w, pipe, r, b, put } = piped();
    const request = w.begin((ring) => ring.prepRead(0, r, b, 3, 0));
    w.process.descriptors.close(r);
    expect(pipe.reader.isOpen).toBe(true);
    put('abc');
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(3);
    expect(pipe.reader.isOpen).toBe(false);
  });

  it('that is taken back takes nothing', () => {
    const { w, pipe, r, b, put, get } = piped();
    const request = w.begin((ring) => ring.prepRead(0, r, b, 3, 0));
    w.kernel.takeBack(request);
    expect(w.kernel.endOf(request)).toMatchObject({ res: fail('ECANCELED'), isFailure: true });
    put('abc');
    w.drain();
    expect(get(9)).toBe('abc');
    expect(pipe.reader.waiters.isEmpty).toBe(true);
  });

  it('whose ring ends lets go of its file', () => {
    const { w, pipe, r, b } = piped();
    w.begin((ring) => ring.prepRead(0, r, b, 3, 0));
    w.process.descriptors.close(r);
    w.kernel.closeRings();
    expect([pipe.reader.isOpen, pipe.reader.waiters.isEmpty]).toEqual([false, true]);
  });

  it('has no use for an offset', () => {
    const { w, r, b, put } = piped();
    put('abc');
    expect(w.res((ring) => ring.prepRead(0, r, b, 1, 1000))).toBe(1);
    expect(w.res((ring) => ring.prepRead(0, r, b, 1, -1))).toBe(1);
    expect(w.res((ring) => ring.prepRead(0, r, b, 1, 2 ** 60))).toBe(1);
    expect(w.text(b, 1)).toBe('c');
  });

  it('goes through its segments in order', () => {
    const { w, r, b, put } = piped();
    const v = w.words64(b, 2, b + 8, 0, b + 16, 4);
    const request = w.begin((ring) => ring.prepReadv(0, r, v, 3, 0));
    w.memory.setU64(v, BAD);
    put('abcde');
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: 5, isFailure: true });
    expect([w.text(b, 2), w.text(b + 16, 3)]).toEqual(['ab', 'cde']);
  });

  it('of an eventfd takes the counter', () => {
    const { w, b } = piped();
    const counter = new EventFd(0, 0);
    const fd = w.install(counter);
    const request = w.begin((ring) => ring.prepRead(0, fd, b, 8, 0));
    counter.signal();
    counter.signal();
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: 8, isFailure: false });
    expect(w.memory.s64(b)).toBe(2);
    expect(w.res((ring) => ring.prepRead(0, fd, b, 4, 0))).toBe(fail('EINVAL'));
  });
});

describe('a write to a channel', () => {
  it('ends short where the pages end, and waits when there are none', () => {
    const { w, wr, get } = piped();
    const from = w.place('y'.repeat(100_000));
    const short = w.run((ring) => ring.prepWrite(0, wr, from, 100_000, 0));
    expect(short).toMatchObject({ res: PIPE_BYTES, isFailure: true });
    const request = w.begin((ring) => ring.prepWrite(0, wr, from, 3, 0));
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    expect(get(PAGE_BYTES - 1)).toBe('y'.repeat(PAGE_BYTES - 1));
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    expect(get(1)).toBe('y');
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: 3, isFailure: false });
  });

  it('without readers is EPIPE, also when it waits', () => {
    const { w, pipe, wr } = piped();
    const from = w.place('y'.repeat(PIPE_BYTES));
    w.run((ring) => ring.prepWrite(0, wr, from, PIPE_BYTES, 0));
    const request = w.begin((ring) => ring.prepWrite(0, wr, from, 1, 0));
    pipe.reader.drop();
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(fail('EPIPE'));
    expect(w.res((ring) => ring.prepWrite(0, wr, from, 1, 0))).toBe(fail('EPIPE'));
  });

  it('gathers its segments, up to the first that is bad', () => {
    const { w, wr, get } = piped();
    const v = w.words64(w.place('abc'), 3, w.place('de'), 2, BAD, 5, w.place('f'), 1);
    const written = w.run((ring) => ring.prepWritev(0, wr, v, 4, 0));
    expect(written).toMatchObject({ res: 5, isFailure: true });
    expect(get(9)).toBe('abcde');
    expect(w.run((ring) => ring.prepWritev(0, wr, v, 2, 0))).toMatchObject({ isFailure: false });
  });
});

describe('fixed transfers on a channel', () => {
  it('move what lies in their registered buffer', () => {
    const { w, r, wr, b } = piped();
    w.memory.bytes.set(Buffer.from('abcdefgh'), b);
    const list = w.words64(b, 32);
    w.buffers.register({ memory: w.memory, low: list, high: 0, count: 1 });
    expect(w.res((ring) => ring.prepWriteFixed(0, wr, b, 4, 0, 0))).toBe(4);
    expect(w.res((ring) => ring.prepReadFixed(0, r, b + 16, 4, 0, 0))).toBe(4);
    const v = w.words64(b + 4, 2, b + 6, 2);
    expect(w.res((ring) => ring.prepWritevFixed(0, wr, v, 2, 0, 0, 0))).toBe(4);
    const into = w.words64(b + 20, 1, b + 21, 3);
    expect(w.res((ring) => ring.prepReadvFixed(0, r, into, 2, 0, 0, 0))).toBe(4);
    expect(w.text(b + 16, 8)).toBe('abcdefgh');
    expect(w.res((ring) => ring.prepReadFixed(0, r, b + 30, 4, 0, 0))).toBe(fail('EFAULT'));
  });
});

describe('a transfer on a channel that is refused', () => {
  type Case = [
    what: string,
    errno: Parameters<typeof fail>[0],
    run: (at: ReturnType<typeof piped>) => number,
  ];
  const flags = (opFlags: number) => ({ opFlags });
  const cases: Case[] = [
    [
      'a read of the write end',
      'EBADF',
      ({ w, wr, b }) => w.res((q) => q.prepRead(0, wr, b, 3, 0)),
    ],
    ['a write to the read end', 'EBADF', ({ w, r, b }) => w.res((q) => q.prepWrite(0, r, b, 3, 0))],
    ['bad memory', 'EFAULT', ({ w, r }) => w.res((q) => q.prepRead(0, r, BAD, 3, 0))],
    [
      'bad memory and the wrong end',
      'EBADF',
      ({ w, wr }) => w.res((q) => q.prepRead(0, wr, BAD, 3, 0)),
    ],
    [
      'a first segment that is bad',
      'EFAULT',
      ({ w, r }) => {
        const v = w.words64(BAD, 3);
        return w.res((q) => q.prepReadv(0, r, v, 1, 0));
      },
    ],
    [
      'RWF_NOWAIT on an empty pipe',
      'EAGAIN',
      ({ w, r, b }) => w.res((q) => q.prepRead(0, r, b, 3, 0), flags(RWF.NOWAIT)),
    ],
    ['an offset below -1', 'EINVAL', ({ w, r, b }) => w.res((q) => q.prepRead(0, r, b, 3, -2))],
    [
      'an unknown RWF flag',
      'EOPNOTSUPP',
      ({ w, r, b }) => w.res((q) => q.prepRead(0, r, b, 3, 0), flags(1 << 20)),
    ],
    [
      'RWF_HIPRI',
      'EINVAL',
      ({ w, r, b }) => w.res((q) => q.prepRead(0, r, b, 3, 0), flags(RWF.HIPRI)),
    ],
    [
      'RWF_APPEND and its contrary',
      'EINVAL',
      ({ w, wr, b }) => w.res((q) => q.prepWrite(0, wr, b, 3, 0), flags(RWF.APPEND | RWF.NOAPPEND)),
    ],
  ];
  it.each(cases)('%s ends with %s', (_, errno, run) => {
    expect(run(piped())).toBe(fail(errno));
  });

  it('is every one on a ring that polls its devices', () => {
    const { w, r, b } = piped({ ringFlags: SETUP.IOPOLL });
    expect(w.res((q) => q.prepRead(0, r, b, 3, 0))).toBe(fail('EOPNOTSUPP'));
  });

  it('is none with RWF_NOWAIT on a pipe with bytes, nor with flags of no effect', () => {
    const { w, r, wr, b, put } = piped();
    put('abc');
    expect(w.res((q) => q.prepRead(0, r, b, 3, 0), flags(RWF.NOWAIT))).toBe(3);
    expect(w.res((q) => q.prepWrite(0, wr, b, 3, 0), flags(RWF.SYNC | RWF.APPEND))).toBe(3);
  });
});

describe('a registered file', () => {
  it('is named by its slot, be it a file of a mount or a channel', () => {
    const slots: OpenFile[] = [];
    const files = { ...NO_FILES, get: (slot: number) => slots[slot] };
    const { w, pipe, b, put } = piped({ files });
    w.files.add('/f', { bytes: '0123456789' });
    slots.push(w.files.openNow('/f'), pipe.reader);
    put('abc');
    const fixed = { flags: SQE_FLAG.FIXED_FILE };
    expect(w.res((q) => q.prepRead(0, 0, b, 4, 2), fixed)).toBe(4);
    expect(w.res((q) => q.prepRead(0, 1, b + 4, 4, 0), fixed)).toBe(3);
    expect(w.text(b, 7)).toBe('2345abc');
    expect(w.res((q) => q.prepRead(0, 2, b, 4, 0), fixed)).toBe(fail('EBADF'));
    expect(w.res((q) => q.prepFsync(0, 0, 0), fixed)).toBe(0);
  });
});
