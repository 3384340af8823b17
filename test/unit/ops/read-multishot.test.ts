/**
 * Goal: READ_MULTISHOT completes once for each buffer it fills, and ends at the end, for want of
 *       buffers or of room for a completion; it takes no buffer that it does not fill.
 * Method: a pipe and a list of buffers under a kernel turned by hand.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { RWF } from '../../../src/abi/files.ts';
import { CQE_FLAG } from '../../../src/abi/flags.ts';
import { MULTISHOT_PER_TURN } from '../../../src/abi/limits.ts';
import type { Request } from '../../../src/kernel/request.ts';
import { GROUP } from './fake-groups.ts';
import { BUFFER, selecting } from './piped.ts';
import type { World } from './world.ts';

const MORE = CQE_FLAG.MORE;

/** Results and flags of what was posted since the last look. */
const posted = ({ kernel }: World): [number, number][] =>
  kernel.posted.splice(0).map(({ res, flags }) => [res, flags]);

const begin = (w: World, fd: number, spoil = {}): Request =>
  w.begin((q) => q.prepReadMultishot(0, fd, 0, -1, GROUP), spoil);

/** So many buffers of 8 bytes at `b`. */
function buffered(count: number) {
  const at = selecting();
  for (let i = 0; i < count; i++) at.groups.add(at.b + 8 * i, 8);
  return at;
}

describe('READ_MULTISHOT', () => {
  it('posts what each write brings, and ends at the end without a buffer', () => {
    const { w, pipe, r, b, put, groups } = buffered(4);
    const request = begin(w, r);
    put('abc');
    w.drain();
    expect(posted(w)).toEqual([[3, BUFFER(0) | MORE]]);
    put('de');
    w.drain();
    expect(posted(w)).toEqual([[2, BUFFER(1) | MORE]]);
    expect(w.kernel.endOf(request)).toBeUndefined();
    pipe.writer.drop();
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: 0, isFailure: false, cqeFlags: 0 });
    expect([groups.taken, w.text(b, 10)]).toEqual([2, 'abc\0\0\0\0\0de']);
  });

  it('fills as many buffers as there are bytes for', () => {
    const { w, r, put } = buffered(4);
    put('0123456789abcdefXYZ');
    begin(w, r);
    expect(posted(w)).toEqual([
      [8, BUFFER(0) | MORE],
      [8, BUFFER(1) | MORE],
      [3, BUFFER(2) | MORE],
    ]);
  });

  it('needs a buffer to begin, and then only for bytes that are there', () => {
    const { w, r, b, put, groups } = buffered(0);
    expect(w.kernel.endOf(begin(w, r))?.res).toBe(fail('ENOBUFS'));
    groups.add(b, 8);
    const request = begin(w, r);
    put('abc');
    w.drain();
    expect(w.kernel.endOf(request)).toBeUndefined();
    put('def');
    w.drain();
    expect(w.kernel.endOf(request)).toMatchObject({ res: fail('ENOBUFS'), isFailure: true });
    expect(posted(w)).toEqual([[3, BUFFER(0) | MORE]]);
  });

  it('ends with the completion that does not fit', () => {
    const { w, r, put } = buffered(4);
    put('0123456789abcdefXYZ');
    w.kernel.room = 1;
    expect(w.kernel.endOf(begin(w, r))).toMatchObject({
      res: 8,
      isFailure: false,
      cqeFlags: BUFFER(1),
    });
    expect(posted(w)).toEqual([[8, BUFFER(0) | MORE]]);
  });

  it('lets others have a turn now and then', () => {
    const { w, r, put, groups, b } = buffered(0);
    for (let i = 0; i < 2 * MULTISHOT_PER_TURN; i++) groups.add(b, 1);
    put('x'.repeat(2 * MULTISHOT_PER_TURN - 1));
    begin(w, r);
    expect(posted(w)).toHaveLength(MULTISHOT_PER_TURN);
    w.drain();
    expect(posted(w)).toHaveLength(MULTISHOT_PER_TURN - 1);
  });

  it('that is taken back has taken nothing, and lets go of its file', () => {
    const { w, pipe, r, groups } = buffered(1);
    const request = begin(w, r);
    w.process.descriptors.close(r);
    expect(pipe.reader.isOpen).toBe(true);
    w.kernel.takeBack(request);
    expect([groups.taken, pipe.reader.isOpen]).toEqual([0, false]);
  });

  it.each([
    ['no selected buffer', 'EINVAL', { head: 49 }],
    ['an address', 'EINVAL', { addrLow: 8192 }],
    ['a length', 'EINVAL', { len: 4 }],
    ['an unknown RWF flag', 'EOPNOTSUPP', { opFlags: 1 << 20 }],
    ['RWF_NOWAIT on an empty pipe', 'EAGAIN', { opFlags: RWF.NOWAIT }],
    ['a closed descriptor', 'EBADF', { fd: 999 }],
  ] as const)('with %s is %s', (_, errno, spoil) => {
    const { w, r } = buffered(1);
    expect(w.kernel.endOf(begin(w, r, spoil))?.res).toBe(fail(errno));
  });

  it('is EBADFD for a file, and EBADF for the end that is written to', () => {
    const { w, wr } = buffered(1);
    w.files.add('/f', { bytes: 'data' });
    expect(w.kernel.endOf(begin(w, w.fd('/f')))?.res).toBe(fail('EBADFD'));
    expect(w.kernel.endOf(begin(w, wr))?.res).toBe(fail('EBADF'));
  });
});
