/**
 * Goal: a table of registered buffers holds ranges of its process's memory and nothing else, and
 *       changes only by calls that are right; a tag follows the last use of its buffer (L1, L2,
 *       K8).
 * Method: lists of iovecs in a small memory.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { BUFFER_BYTES_MAX, BUFFERS_MAX, NULL_PAGE_BYTES } from '../../../src/abi/limits.ts';
import { Buffers } from '../../../src/kernel/buffers.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const SIZE = 1 << 16;
const [A, B, TAGS] = [8192, 12_288, 16_384];

function table() {
  const memory = ProcessMemory.reserve(SIZE);
  const posted: number[] = [];
  const buffers = new Buffers((low) => posted.push(low));
  const list = (...words: number[]) => {
    words.forEach((word, i) => {
      memory.setU64(NULL_PAGE_BYTES + 8 * i, word);
    });
    return { memory, low: NULL_PAGE_BYTES, high: 0, count: words.length / 2 };
  };
  /** A list of as many good buffers as there are tags. */
  const tagged = (...values: number[]) => {
    values.forEach((value, i) => {
      memory.setU64(TAGS + 8 * i, value);
    });
    return { ...list(...values.flatMap(() => [A, 64])), tags: { low: TAGS, high: 0 } };
  };
  return { memory, buffers, list, tagged, posted };
}

describe('a table of buffers', () => {
  it('covers the ranges inside each buffer, its ends included', () => {
    const { buffers, list } = table();
    expect(buffers.register(list(A, 64, B, 32))).toBe(0);
    expect(buffers.size).toBe(2);
    const covered = [
      [0, A, 64],
      [0, A + 60, 4],
      [0, A, 0],
      [0, A + 64, 0],
      [1, B, 32],
    ] as const;
    for (const [index, addr, length] of covered)
      expect(buffers.covers(index, addr, 0, length)).toBe(true);
    const outside = [
      [0, A, 65],
      [0, A - 1, 2],
      [0, A + 65, 0],
      [1, A, 1],
      [2, A, 1],
    ] as const;
    for (const [index, addr, length] of outside)
      expect(buffers.covers(index, addr, 0, length)).toBe(false);
    expect(buffers.covers(0, A, 1, 1)).toBe(false);
  });

  it('covers nothing before it is made, nor after it is gone', () => {
    const { buffers, list } = table();
    expect(buffers.covers(0, 0, 0, 0)).toBe(false);
    buffers.register(list(A, 64));
    expect(buffers.unregister()).toBe(0);
    expect(buffers.covers(0, A, 0, 1)).toBe(false);
    expect(buffers.unregister()).toBe(fail('ENXIO'));
  });

  it('is made once, of 1 to BUFFERS_MAX entries', () => {
    const { buffers, list } = table();
    expect(buffers.register({ ...list(A, 64), count: 0 })).toBe(fail('EINVAL'));
    expect(buffers.registerSparse(0)).toBe(fail('EINVAL'));
    expect(buffers.registerSparse(BUFFERS_MAX + 1)).toBe(fail('EINVAL'));
    expect(buffers.registerSparse(BUFFERS_MAX)).toBe(0);
    expect(buffers.register(list(A, 64))).toBe(fail('EBUSY'));
    expect(buffers.registerSparse(1)).toBe(fail('EBUSY'));
  });

  it.each<[what: string, words: number[]]>([
    ['a base of 0 with a length', [0, 16]],
    ['a base without a length', [A, 0]],
    ['the NULL page', [16, 16]],
    ['an end outside the memory', [SIZE - 15, 16]],
    ['a base beyond 32 bits', [2 ** 32 + A, 16]],
    ['a length beyond 32 bits', [A, 2 ** 32 + 16]],
    ['more than a buffer may have', [A, BUFFER_BYTES_MAX + 1]],
  ])('refuses %s with EFAULT, and is not made', (_, words) => {
    const { buffers, list } = table();
    expect(buffers.register(list(B, 32, ...words))).toBe(fail('EFAULT'));
    expect(buffers.size).toBe(0);
  });

  it('refuses a list that is not mapped to its end', () => {
    const { memory, buffers } = table();
    const low = SIZE - 16;
    memory.setU64(low, A);
    memory.setU64(low + 8, 64);
    expect(buffers.register({ memory, low, high: 0, count: 2 })).toBe(fail('EFAULT'));
    expect(buffers.register({ memory, low, high: 0, count: 1 })).toBe(0);
  });

  it('has empty entries, which cover nothing until they are replaced, and can be emptied', () => {
    const { buffers, list } = table();
    expect(buffers.update(0, list(A, 64))).toBe(fail('ENXIO'));
    buffers.registerSparse(3);
    expect(buffers.covers(1, A, 0, 1)).toBe(false);
    expect(buffers.covers(1, 0, 0, 0)).toBe(false);
    expect(buffers.update(1, list(A, 64, B, 32))).toBe(2);
    expect([0, 1, 2].map((index) => buffers.covers(index, A, 0, 64))).toEqual([false, true, false]);
    expect(buffers.update(1, list(0, 0))).toBe(1);
    expect(buffers.covers(1, A, 0, 1)).toBe(false);
    expect(buffers.update(2, list(A, 64, B, 32))).toBe(fail('EINVAL'));
    expect(buffers.covers(2, B, 0, 32)).toBe(true);
  });

  it('is updated up to the first entry that is bad', () => {
    const { buffers, list } = table();
    buffers.registerSparse(3);
    expect(buffers.update(0, list(A, 64, A, 0, B, 32))).toBe(1);
    expect([0, 1, 2].map((index) => buffers.covers(index, A, 0, 1))).toEqual([true, false, false]);
    expect(buffers.update(1, list(A, 0))).toBe(fail('EFAULT'));
  });
});

describe('a tag', () => {
  it('is posted when its buffer is replaced, emptied or unregistered', () => {
    const { buffers, list, tagged, posted } = table();
    expect(buffers.register(tagged(1, 2, 3, 0))).toBe(0);
    expect(buffers.update(0, tagged(9))).toBe(1);
    expect(buffers.update(1, list(0, 0))).toBe(1);
    expect(posted).toEqual([1, 2]);
    buffers.unregister();
    expect(new Set(posted)).toEqual(new Set([1, 2, 3, 9]));
    expect(posted.length).toBe(4);
  });

  it('is posted by the last of the requests that use its buffer', () => {
    const { buffers, list, tagged, posted } = table();
    buffers.register(tagged(1, 0));
    expect(buffers.nodeOf(1)).toBeUndefined();
    const node = buffers.nodeOf(0)!;
    node.hold();
    buffers.update(0, list(0, 0));
    expect([posted, buffers.nodeOf(0)]).toEqual([[], undefined]);
    node.drop();
    expect(posted).toEqual([1]);
  });

  it('of nothing is refused, and so are tags that are not mapped', () => {
    const { buffers, list, tagged, posted } = table();
    const tags = tagged(5).tags;
    expect(buffers.register({ ...list(0, 0), tags })).toBe(fail('EINVAL'));
    expect(buffers.register({ ...list(A, 64), tags: { low: 8, high: 0 } })).toBe(fail('EFAULT'));
    expect(buffers.register({ ...list(A, 64, A, 0), tags })).toBe(fail('EFAULT'));
    expect([buffers.size, posted]).toEqual([0, []]);
    buffers.register(tagged(5));
    expect(buffers.update(0, { ...list(0, 0), tags })).toBe(fail('EINVAL'));
    expect(buffers.covers(0, A, 0, 64)).toBe(true);
  });

  it('is not posted when its ring ends', () => {
    const { buffers, tagged, posted } = table();
    buffers.register(tagged(5));
    buffers.close();
    expect([posted, buffers.size]).toEqual([[], 0]);
  });
});

describe('a clone', () => {
  const ALL = { from: 0, to: 0, count: 0 };
  /** Which entries of a table of `size` cover A, which B. */
  const show = (buffers: Buffers): string =>
    Array.from({ length: buffers.size }, (_, i) => {
      if (buffers.covers(i, A, 0, 64)) return 'A';
      return buffers.covers(i, B, 0, 32) ? 'B' : '-';
    }).join('');

  it('has the buffers of the other table without their tags, which goes its own way', () => {
    const { buffers: source, list, tagged, posted } = table();
    source.register(tagged(1, 2));
    const clone = new Buffers((low) => posted.push(-low));
    expect(clone.clone(source, ALL, false)).toBe(0);
    source.update(0, list(B, 32));
    source.unregister();
    expect([show(clone), clone.nodeOf(0), posted]).toEqual(['AA', undefined, [1, 2]]);
    clone.unregister();
    expect(posted).toEqual([1, 2]);
  });

  it('of a range lies where it is told, beside what was there', () => {
    const { buffers: source, list, tagged, posted } = table();
    source.register(list(A, 64, 0, 0, B, 32));
    const clone = new Buffers((low) => posted.push(low));
    expect(clone.clone(source, { from: 1, to: 2, count: 2 }, false)).toBe(0);
    expect(show(clone)).toBe('---B');
    clone.unregister();
    clone.register(tagged(1, 2, 3));
    expect(clone.clone(source, { from: 2, to: 1, count: 1 }, true)).toBe(0);
    expect([show(clone), posted]).toEqual(['ABA', [2]]);
    expect(clone.clone(source, { from: 0, to: 2, count: 3 }, true)).toBe(0);
    expect([show(clone), posted]).toEqual(['ABA-B', [2, 3]]);
  });

  it('is refused where Linux refuses it', () => {
    const { buffers: source, list } = table();
    const clone = new Buffers();
    expect(clone.clone(source, ALL, false)).toBe(fail('ENXIO'));
    source.register(list(A, 64, B, 32));
    for (const [range, errno] of [
      [{ from: 1, to: 0, count: 0 }, 'EINVAL'],
      [{ from: 0, to: 1, count: 0 }, 'EINVAL'],
      [{ from: 0, to: 0, count: 3 }, 'EINVAL'],
      [{ from: 1, to: 0, count: 2 }, 'EOVERFLOW'],
      [{ from: 0, to: BUFFERS_MAX - 1, count: 2 }, 'EINVAL'],
    ] as const)
      expect(clone.clone(source, range, false)).toBe(fail(errno));
    expect(clone.size).toBe(0);
    clone.registerSparse(1);
    expect(clone.clone(source, ALL, false)).toBe(fail('EBUSY'));
    expect(clone.clone(source, ALL, true)).toBe(0);
    expect(show(clone)).toBe('AB');
  });
});
