/**
 * Goal: an executor may die at any time and in any way; every request of every process still ends
 *       exactly once, and the kernel goes on.
 * Method: eight deaths, two of each kind (terminate, throw, process.exit, out of memory), under the
 *         load of two processes on their own threads. A hundred: kill.long.test.ts.
 */
import { expect, it } from 'vitest';
import { isFaultResult, killUnderLoad } from './kill.ts';

it('loses nothing and repeats nothing across eight deaths', { timeout: 60_000 }, async () => {
  const report = await killUnderLoad(8);
  expect(report.replaced.map(({ type }) => type)).toEqual(Array(8).fill('replaced'));
  expect(report.faultResults.every(isFaultResult)).toBe(true);
  for (const load of report.loads) {
    expect(load).toMatchObject({ strange: 0, lost: 0 });
    expect(load.completed + load.died + load.cancelled).toBe(load.submitted);
    expect(load.completed).toBeGreaterThan(1000);
  }
  expect(report.threadsAfter).toBe(report.threadsBefore);
  expect(report.filesAfter).toBeLessThanOrEqual(report.filesBefore);
  expect(report.rescues).toBe(0);
});
