/**
 * Goal: figures have the unit and the digits that fit them, also where a unit ends.
 * Method: tables of values around each bound.
 */
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatDuration,
  formatPlural,
  formatRate,
  formatTable,
} from '../../../src/cli/figures.ts';

describe('figures', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9_994, '9.99 kB'],
    [9_996, '10.0 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [1.5e9, '1.50 GB'],
    [2e18, '2000 PB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0.0126, '13 us'],
    [0.9996, '1.00 ms'],
    [12.34, '12.3 ms'],
    [999.6, '1.00 s'],
    [119_000, '119 s'],
    [120_000, '2:00'],
  ])('%d ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    [0, '0:00'],
    [59_600, '1:00'],
    [3_599_000, '59:59'],
    [3_661_000, '1:01:01'],
  ])('%i ms are %s on a clock', (ms, text) => {
    expect(formatClock(ms)).toBe(text);
  });

  it('count one thing and many', () => {
    expect(formatPlural(1, 'file')).toBe('1 file');
    expect(formatPlural(1234, 'file')).toBe('1,234 files');
  });

  it('have no rate without a duration', () => {
    expect(formatRate(2e6, 500)).toBe('4.00 MB/s');
    expect(formatRate(2e6, 0)).toBe('- B/s');
  });

  it('stand in columns', () => {
    const rows = [
      ['', 'median'],
      ['uring', '1 ms'],
    ];
    expect(formatTable(rows)).toBe('       median\nuring    1 ms\n');
  });
});
