/**
 * Goal: the tally counts files, bytes and failures, and its percentiles are those of the durations
 *       within a tenth of a percent.
 * Method: a thousand durations whose percentiles are known.
 */
import { expect, it } from 'vitest';
import { describeSummary, summarise } from '../../../src/cli/summary.ts';
import { Tally } from '../../../src/cli/tally.ts';

const sum = { digest: 'd', bytes: 10 };

it('knows the durations within which half, 99 % and 99.9 % of the files ended', () => {
  const tally = new Tally();
  for (let ms = 1000; ms >= 1; ms--) tally.add({ path: 'a', sum, durationMs: ms });
  expect(tally.latency.p50 / 500).toBeCloseTo(1, 2);
  expect(tally.latency.p99 / 990).toBeCloseTo(1, 2);
  expect(tally.latency.p999 / 999).toBeCloseTo(1, 2);
  expect(tally.files).toBe(1000);
  expect(tally.bytes).toBe(10_000);
});

it('counts failures apart, and not in the durations', () => {
  const tally = new Tally();
  tally.add({ path: 'a', sum, durationMs: 2 });
  tally.add({ path: 'b', error: new Error('no'), durationMs: 9000 });
  expect([tally.files, tally.failed, tally.bytes]).toEqual([1, 1, 10]);
  expect(tally.latency.p999).toBeLessThan(2.01);
});

it('takes durations of nothing and of more than a day', () => {
  const tally = new Tally();
  tally.add({ path: 'a', sum, durationMs: 0 });
  tally.add({ path: 'b', sum, durationMs: 1e12 });
  expect(tally.latency.p50).toBeCloseTo(0.001, 5);
});

it('has no durations without files', () => {
  expect(new Tally().latency).toEqual({ p50: 0, p99: 0, p999: 0 });
});

it('is summed up in lines that leave out what did not happen', () => {
  const tally = new Tally();
  tally.add({ path: 'a', sum: { digest: 'd', bytes: 3e6 }, durationMs: 4 });
  const parts = { engine: 'uring', tally, durationMs: 1000, counters: {}, interrupted: false };
  const lines = describeSummary({ ...summarise(parts), peakResidentBytes: 5e7 });
  expect(lines).toBe(
    '1 file, 3.00 MB in 1.00 s: 3.00 MB/s\n' +
      'latency of a file: p50 4.00 ms, p99 4.00 ms, p999 4.00 ms\n' +
      'peak memory: 50.0 MB resident\n',
  );
  tally.add({ path: 'b', error: new Error('no'), durationMs: 1 });
  const more = summarise({ ...parts, counters: { parks: 1234 }, interrupted: true });
  expect(describeSummary(more)).toContain(
    'uring: parks 1,234\n1 path could not be read\ninterrupted: the sums are not complete\n',
  );
});
