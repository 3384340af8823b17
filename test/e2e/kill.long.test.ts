/**
 * Goal: an executor may die at any time and in any way; every request of every process still ends
 *       exactly once, and threads and descriptors are back at their level.
 * Method: a hundred deaths, 25 of each kind, under the load of two processes on their own threads.
 */
import { expect, it } from 'vitest';
import { isFaultResult, killUnderLoad } from './kill.ts';

it('loses nothing and repeats nothing across a hundred deaths', async () => {
  const report = await killUnderLoad(100);
  expect(report.replaced.map(({ type }) => type)).toEqual(Array(100).fill('replaced'));
  expect(report.faultResults.every(isFaultResult)).toBe(true);
  for (const load of report.loads) {
    expect(load).toMatchObject({ strange: 0, lost: 0 });
    expect(load.completed + load.died + load.cancelled).toBe(load.submitted);
  }
  const died = report.loads.reduce((sum, load) => sum + load.died + load.cancelled, 0);
  console.log(`100 deaths: ${died} requests died with an executor`, report.loads);
  expect(report.threadsAfter).toBe(report.threadsBefore);
  expect(report.filesAfter).toBeLessThanOrEqual(report.filesBefore);
  expect(report.rescues).toBe(0);
});
