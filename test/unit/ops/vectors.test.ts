/**
 * Goal: vectored transfers go through their segments in order, exactly as far as Linux would.
 * Method: files in memory under a kernel turned by hand; laws hold of quick and of slow files.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { O, S_IF } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { INLINE_BYTES_MAX, IOVECS_MAX } from '../../../src/abi/limits.ts';
import { BAD, World } from './world.ts';

function world(slow: boolean) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: '0123456789' });
  w.files.add('/g');
  w.files.add('/d', { type: S_IF.DIR });
  return { w, f: w.fd('/f'), g: w.fd('/g'), b: w.room(64) };
}

describe.each([false, true])('a vectored transfer, slow files: %s', (slow) => {
  it('skips empty segments and ends at the end of the file', () => {
    const { w, f, b } = world(slow);
    const v = w.words64(b, 3, b, 0, b + 8, 20);
    const read = w.run((r) => r.prepReadv(0, f, v, 3, 0));
    expect(read).toMatchObject({ res: 10, isFailure: true });
    expect(w.text(b, 15)).toBe('012\0\0\0\0\x003456789');
    expect(w.res((r) => r.prepReadv(0, f, v, 3, 8))).toBe(2);
    expect(w.res((r) => r.prepReadv(0, f, v, 3, 10))).toBe(0);
  });

  it('gathers what it writes', () => {
    const { w, g } = world(slow);
    const v = w.words64(w.place('abc'), 3, w.place('defg'), 4);
    expect(w.run((r) => r.prepWritev(0, g, v, 2, 0))).toMatchObject({ res: 7, isFailure: false });
    expect(w.files.content('/g')).toBe('abcdefg');
  });

  it('of no segments moves nothing', () => {
    const { w, f } = world(slow);
    expect(w.run((r) => r.prepReadv(0, f, 0, 0, 0))).toMatchObject({ res: 0, isFailure: false });
  });

  it('reads over itself where segments overlap: the last one wins', () => {
    const { w, f, b } = world(slow);
    const v = w.words64(b, 6, b + 2, 4);
    expect(w.res((r) => r.prepReadv(0, f, v, 2, 0))).toBe(10);
    expect(w.text(b, 6)).toBe('016789');
  });

  it('ends before a bad segment behind a good one', () => {
    const { w, f, g, b } = world(slow);
    const v = w.words64(b, 3, BAD, 5, b + 8, 2);
    expect(w.run((r) => r.prepReadv(0, f, v, 3, 0))).toMatchObject({ res: 3, isFailure: true });
    expect(w.text(b, 10)).toBe('012\0\0\0\0\0\0\0');
    expect(w.res((r) => r.prepWritev(0, g, v, 3, 0))).toBe(3);
    expect(w.files.content('/g')).toBe('012');
  });

  it('takes as many segments as Linux does', () => {
    const { w, g } = world(slow);
    const at = w.place('x');
    const v = w.words64(...Array.from({ length: IOVECS_MAX + 1 }, () => [at, 1]).flat());
    expect(w.res((r) => r.prepWritev(0, g, v, IOVECS_MAX, 0))).toBe(IOVECS_MAX);
    expect(w.run((r) => r.prepWritev(0, g, v, IOVECS_MAX + 1, 0))).toMatchObject({
      res: fail('EINVAL'),
      isPreparation: true,
    });
  });

  it('of more than a slice is cut across segments, and every byte moves once', () => {
    const { w, g } = world(slow);
    const half = INLINE_BYTES_MAX / 2;
    const segments = ['a', 'b', 'c', 'd', 'e'].map((letter) => w.place(letter.repeat(half + 7)));
    const v = w.words64(...segments.flatMap((at) => [at, half + 7]));
    const written = w.run((r) => r.prepWritev(0, g, v, 5, -1));
    expect(written).toMatchObject({ res: 5 * (half + 7), isFailure: false });
    expect(w.files.calls).toEqual(['writev', 'writev', 'writev']);
    const expected = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(half + 7)).join('');
    expect(w.files.content('/g')).toBe(expected);
    const into = w.room(expected.length + 64);
    const scattered = w.words64(into, 10, into + 64, expected.length - 10);
    expect(w.res((r) => r.prepReadv(0, g, scattered, 2, 0))).toBe(expected.length);
    expect(w.text(into, 10) + w.text(into + 64, expected.length - 10)).toBe(expected);
  });

  it('uses the segments that stood there when it was submitted', () => {
    const { w, f, b } = world(slow);
    const other = w.room(16);
    const v = w.words64(b, 4);
    const request = w.begin((r) => r.prepReadv(0, f, v, 1, 0));
    w.memory.setU64(v, other);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(4);
    expect([w.text(b, 4), w.text(other, 4)]).toEqual(['0123', '\0\0\0\0']);
  });

  it('in a registered buffer has every segment in it, and none empty', () => {
    const { w, f, g, b } = world(slow);
    const list = w.words64(b, 32);
    w.buffers.register({ memory: w.memory, low: list, high: 0, count: 1 });
    const read = (index: number, ...segments: number[]): number => {
      const v = w.words64(...segments);
      return w.res((r) => r.prepReadvFixed(0, f, v, segments.length / 2, 0, 0, index));
    };
    expect(read(0, b, 4, b + 8, 4)).toBe(8);
    expect(w.text(b, 12)).toBe('0123\0\0\0\x004567');
    expect(read(0, b, 4, b + 30, 4)).toBe(fail('EFAULT'));
    expect(read(0, b, 4, b + 8, 0)).toBe(fail('EFAULT'));
    expect(read(0, b, 4, BAD, 4)).toBe(fail('EFAULT'));
    expect(read(1, b, 4)).toBe(fail('EFAULT'));
    const v = w.words64(b, 4, b + 8, 4);
    expect(w.res((r) => r.prepWritevFixed(0, g, v, 2, 0, 0, 0))).toBe(8);
    expect(w.files.content('/g')).toBe('01234567');
  });
});

describe('a vectored transfer that is refused', () => {
  type Case = [
    what: string,
    errno: Parameters<typeof fail>[0],
    isPreparation: boolean,
    run: (w: World, b: number) => ReturnType<World['run']>,
  ];
  const cases: Case[] = [
    [
      'iovecs that are not mapped',
      'EFAULT',
      true,
      (w) => w.run((r) => r.prepReadv(0, 3, BAD, 1, 0)),
    ],
    [
      'a negative length',
      'EINVAL',
      true,
      (w, b) => {
        const v = w.words64(b, -1);
        return w.run((r) => r.prepReadv(0, 3, v, 1, 0));
      },
    ],
    [
      'a first segment that is not mapped',
      'EFAULT',
      false,
      (w) => {
        const v = w.words64(BAD, 4);
        return w.run((r) => r.prepReadv(0, 3, v, 1, 0));
      },
    ],
    [
      'the same in a file opened the wrong way',
      'EBADF',
      false,
      (w) => {
        const v = w.words64(BAD, 4);
        const fd = w.fd('/f', O.WRONLY);
        return w.run((r) => r.prepReadv(0, fd, v, 1, 0));
      },
    ],
    [
      'a segment longer than any memory',
      'EFAULT',
      false,
      (w, b) => {
        const v = w.words64(b, 2 ** 40);
        return w.run((r) => r.prepReadv(0, 3, v, 1, 0));
      },
    ],
    [
      'a directory',
      'EISDIR',
      false,
      (w, b) => {
        const v = w.words64(b, 4);
        const fd = w.fd('/d', O.RDONLY);
        return w.run((r) => r.prepReadv(0, fd, v, 1, 0));
      },
    ],
    [
      'a closed descriptor',
      'EBADF',
      false,
      (w, b) => {
        const v = w.words64(b, 4);
        return w.run((r) => r.prepWritev(0, 999, v, 1, 0));
      },
    ],
    [
      'two segments and a selected buffer',
      'EINVAL',
      true,
      (w, b) => {
        const v = w.words64(b, 4, b, 4);
        return w.run((r) => r.prepReadv(0, 3, v, 2, 0), { flags: SQE_FLAG.BUFFER_SELECT });
      },
    ],
    [
      'a selected buffer, of which there are none',
      'ENOBUFS',
      false,
      (w, b) => {
        const v = w.words64(b, 4);
        return w.run((r) => r.prepReadv(0, 3, v, 1, 0), { flags: SQE_FLAG.BUFFER_SELECT });
      },
    ],
  ];

  it.each(cases)('%s ends with %s (at preparation: %s)', (_, errno, isPreparation, run) => {
    const { w, b } = world(false);
    expect(run(w, b)).toMatchObject({ res: fail(errno), isPreparation });
  });
});
