/**
 * Goal: a list of CQEs is in exact order, seqs are in order within themselves, a bag in none, and
 *       flags are exact but for those that are marked as free.
 * Method: CQEs by hand against expectations, and what is told of the first that differs.
 */
import { describe, expect, it } from 'vitest';
import { countOf, difference } from '../../conformance/runner/expect-cqes.ts';
import { Operands } from '../../conformance/runner/operands.ts';
import type { ExpectedCqes } from '../../conformance/runner/scenario.ts';

type Given = readonly [userData: number | bigint, res: number, flags?: number];

const compare = (expected: ExpectedCqes, ...given: readonly Given[]): string | undefined =>
  difference(
    new Operands(),
    expected,
    given.map(([userData, res, flags = 0]) => ({ userData: BigInt(userData), res, flags })),
  );

describe('a list', () => {
  it('is in exact order', () => {
    const expected: ExpectedCqes = [
      [1, 3],
      [2, 'ECANCELED'],
    ];
    expect(compare(expected, [1, 3], [2, -125])).toBeUndefined();
    expect(compare(expected, [2, -125], [1, 3])).toBe(
      'CQE 0: got [2, "ECANCELED"], expected [1,3]',
    );
  });

  it('is exactly as long', () => {
    expect(compare([[1, 0]])).toBe('CQE 0: none came, expected [1,0]');
    expect(compare([], [1, 0])).toBe('CQE 0: got [1, 0], expected no more');
  });

  it('has user data of 64 bits', () => {
    expect(compare([['0xffffffffffffffff', 0]], [2n ** 64n - 1n, 0])).toBeUndefined();
    expect(compare([[-1, 0]], [2n ** 64n - 1n, 0])).toBeUndefined();
    expect(compare([[-1, 0]], [2n ** 32n - 1n, 0])).toBeDefined();
  });
});

describe('seqs and bag', () => {
  const expected: ExpectedCqes = {
    seqs: [
      [
        [1, 0],
        [2, 0],
      ],
      [
        [3, 0],
        [4, 0],
      ],
    ],
    bag: [
      [5, 0],
      [6, 0],
      [6, 0],
    ],
  };

  it('count together', () => {
    expect(countOf(expected)).toBe(7);
  });

  it('interleave anyhow', () => {
    const orders = [
      [1, 2, 3, 4, 5, 6, 6],
      [6, 3, 1, 4, 6, 2, 5],
      [5, 6, 6, 3, 4, 1, 2],
    ];
    for (const order of orders)
      expect(compare(expected, ...order.map((ud): Given => [ud, 0]))).toBeUndefined();
  });

  it('keep the order of each sequence', () => {
    expect(compare(expected, [2, 0])).toBe(
      'CQE 0: got [2, 0], expected [1,0] or [3,0] or [5,0] or [6,0] or [6,0]',
    );
  });

  it('are used up', () => {
    expect(compare({ bag: [[5, 0]] }, [5, 0], [5, 0])).toBe('CQE 1: got [5, 0], expected no more');
  });
});

describe('flags', () => {
  it.each<[string | number | undefined, number, boolean]>([
    [undefined, 0, true],
    [undefined, 2, false],
    ['MORE', 2, true],
    ['MORE', 0, false],
    ['MORE', 6, false],
    ['MORE ?SOCK_NONEMPTY', 2, true],
    ['MORE|?SOCK_NONEMPTY', 6, true],
    ['?MORE', 0, true],
    ['?MORE', 4, false],
    ['BUFFER:7', (7 << 16) | 1, true],
    ['BUFFER:7', (6 << 16) | 1, false],
    ['BUFFER:0', 1, true],
    ['BUFFER:0 BUF_MORE', 17, true],
    ['BUFFER:65535', 0xffff_0001 | 0, true],
    [4660, 4660, true],
    [4660, 4661, false],
  ])('%j and %i: %s', (words, flags, fit) => {
    expect(compare([[1, 0, words]], [1, 0, flags]) === undefined).toBe(fit);
  });

  it('are told in words', () => {
    expect(compare([], [1, 0, (9 << 16) | 0x103])).toContain('[1, 0, "BUFFER:9 MORE 0x100"]');
  });

  it.each(['MOER', 'BUFFER', 'BUFFER:x', '?NOTHING', '2'])('know no word %s', (words) => {
    expect(() => compare([[1, 0, words]], [1, 0])).toThrow('CQE flag');
  });
});
