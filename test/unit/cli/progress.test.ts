/**
 * Goal: the progress line tells what is known and nothing else, within the width of the terminal.
 * Method: the line as a function of the progress.
 */
import { expect, it } from 'vitest';
import { type Progress, progressLine } from '../../../src/cli/progress.ts';

const half: Progress = { filesDone: 500, filesTotal: 1000, bytes: 4e6, elapsedMs: 2000 };

it('knows no part and no time left before the files are counted', () => {
  const line = progressLine({ ...half, filesTotal: undefined }, 100);
  expect(line).toBe('500 files  4.00 MB  2.00 MB/s');
});

it('shows the part, the rate and the time left', () => {
  expect(progressLine(half, 100)).toBe(
    '[##########..........] 50 %  500/1,000 files  4.00 MB  2.00 MB/s  0:02 left',
  );
});

it('guesses no time left at the very beginning and none at the end', () => {
  expect(progressLine({ ...half, elapsedMs: 10 }, 100)).not.toContain('left');
  expect(progressLine({ ...half, filesDone: 1000 }, 100)).not.toContain('left');
});

it('is at its end when there is nothing to do, or more than was counted', () => {
  expect(progressLine({ ...half, filesDone: 0, filesTotal: 0 }, 100)).toContain(' 100 %');
  expect(progressLine({ ...half, filesDone: 1001 }, 100)).toContain(' 100 %');
});

it('fits the terminal', () => {
  expect(progressLine(half, 30)).toHaveLength(30);
});
