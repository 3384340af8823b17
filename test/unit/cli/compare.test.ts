/**
 * Goal: a comparison gives every engine the same chances, and stands only if all agree.
 * Method: laps with known durations and checksums.
 */
import { describe, expect, it } from 'vitest';
import {
  describeStandings,
  type Lap,
  median,
  standingsOf,
  turnsOf,
} from '../../../src/cli/compare.ts';

const lap = (durationMs: number, checksum = 'same'): Lap => ({
  durationMs,
  cpuMs: 1,
  files: 10,
  bytes: 1e6,
  checksum,
});

describe('a comparison', () => {
  it('lets each round begin with another engine', () => {
    expect([0, 1, 2, 3].map((round) => turnsOf(round, 3))).toEqual([
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
      [0, 1, 2],
    ]);
  });

  it('judges by medians', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 9])).toBe(3);
    const laps = new Map([
      ['uring', [lap(10), lap(900), lap(20)]],
      ['other', [lap(50), lap(60), lap(1)]],
    ]);
    expect(standingsOf(laps).map(({ engine, ratio }) => [engine, ratio])).toEqual([
      ['uring', 1],
      ['other', 2.5],
    ]);
  });

  it('does not stand when one lap of one engine found something else', () => {
    const laps = new Map([
      ['uring', [lap(1), lap(1)]],
      ['other', [lap(1), lap(1, 'different')]],
    ]);
    expect(() => standingsOf(laps)).toThrow('do not agree');
  });

  it('is a table with a line for each engine, and what they agree on', () => {
    const table = describeStandings(standingsOf(new Map([['uring', [lap(100)]]])));
    expect(table).toContain('uring  100 ms');
    expect(table).toContain('1.00x');
    expect(table).toContain('all results equal: same');
  });
});
