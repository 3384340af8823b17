/**
 * Goal: what a histogram says of the latencies it counted is true within the width of a bucket, for
 *       any numbers, merged over any executors, across any change of the writer.
 * Method: a sorted array of the same numbers is the reference; edges of buckets are visited one by
 *         one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUCKETS,
  bucketOf,
  createLatencies,
  Histogram,
  Latencies,
  LatencyReader,
  lowerEdgeNs,
} from '../../../src/ring/histogram.ts';

const SHORTEST_NS = 64;
const LONGEST_NS = 2 ** 40;
/** Nanoseconds of every magnitude; doubles, because clocks give doubles. */
const latency = fc
  .double({ min: 0, max: 41, noNaN: true })
  .map((power) => 2 ** power)
  .map((ns) => (ns > 1 ? ns : 0));

/** Nearest rank, by sorting. */
function exact(samples: readonly number[], p: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil((p / 100) * sorted.length)) - 1]!;
}

function count(samples: readonly number[], buffer = createLatencies()) {
  const latencies = new Latencies(buffer);
  for (const ns of samples) latencies.record(23, ns, 1);
  return buffer;
}

describe('the buckets', () => {
  it('begin where they say, one after the other, without gap', () => {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const edge = lowerEdgeNs(bucket);
      expect(bucketOf(edge)).toBe(bucket);
      if (bucket > 0) expect(bucketOf(edge - 2 ** -12)).toBe(bucket - 1);
    }
    expect([lowerEdgeNs(1), lowerEdgeNs(BUCKETS - 1)]).toEqual([SHORTEST_NS, LONGEST_NS]);
  });

  it('are at most an eighth of their lower edge wide', () => {
    for (let bucket = 1; bucket < BUCKETS - 1; bucket++) {
      const width = lowerEdgeNs(bucket + 1) - lowerEdgeNs(bucket);
      expect(width / lowerEdgeNs(bucket)).toBeLessThanOrEqual(1 / 8);
    }
  });

  it('take what no clock should say', () => {
    expect([-1, Number.NaN, Number.NEGATIVE_INFINITY].map(bucketOf)).toEqual([0, 0, 0]);
    expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(BUCKETS - 1);
  });
});

describe('a histogram', () => {
  it('tells percentiles that are never too short and at most an eighth too long', () => {
    const percents = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 60 }), percents, (samples, p) => {
        const told = new LatencyReader([count(samples)]).read(23).percentileNs(p);
        const truth = exact(samples, p);
        if (truth >= LONGEST_NS) expect(told).toBe(LONGEST_NS);
        else {
          expect(told).toBeGreaterThan(truth);
          expect(told).toBeLessThanOrEqual(Math.max(SHORTEST_NS, truth * 1.125));
        }
      }),
    );
  });

  it('tells count, sum and mean of all, and the edges that enclose them', () => {
    fc.assert(
      fc.property(fc.array(latency, { minLength: 1, maxLength: 60 }), (samples) => {
        const histogram = new LatencyReader([count(samples)]).read(23);
        const sum = samples.reduce((all, ns) => all + ns, 0);
        expect(histogram.count).toBe(samples.length);
        expect(histogram.sumNs).toBe(sum);
        expect(histogram.meanNs).toBe(sum / samples.length);
        const [least, most] = [Math.min(...samples), Math.max(...samples)];
        expect(histogram.minNs).toBe(lowerEdgeNs(bucketOf(least)));
        if (most < LONGEST_NS) expect(histogram.maxNs).toBe(lowerEdgeNs(bucketOf(most) + 1));
      }),
    );
  });

  it('says 0 of nothing', () => {
    const none = new Histogram(new Float64Array(BUCKETS), { sumNs: 0, untimed: 0 });
    expect(none).toMatchObject({ count: 0, timed: 0, sumNs: 0, minNs: 0, maxNs: 0, meanNs: 0 });
    expect(none.percentileNs(99)).toBe(0);
  });

  it('counts what was not timed, and says nothing else of it', () => {
    const buffer = count([100, 100]);
    new Latencies(buffer).tally(23, 1000);
    const histogram = new LatencyReader([buffer, buffer]).read(23);
    expect(histogram).toMatchObject({ count: 2004, timed: 4, sumNs: 400, meanNs: 100 });
    expect(histogram.percentileNs(100)).toBe(lowerEdgeNs(bucketOf(100) + 1));
  });

  it('is a copy that later operations do not change', () => {
    const buffer = count([100]);
    const before = new LatencyReader([buffer]).read(23);
    count([100, 100], buffer);
    expect(before.count).toBe(1);
  });
});

describe('latencies', () => {
  it('are the same whether counted one by one or many at once', () => {
    const [single, many] = [createLatencies(), createLatencies()];
    for (let i = 0; i < 1000; i++) new Latencies(single).record(0, 250, 1);
    new Latencies(many).record(0, 250, 1000);
    expect(new Float64Array(single)).toEqual(new Float64Array(many));
  });

  it('go on where a writer that died left them', () => {
    const buffer = count([70, 80]);
    count([90], buffer);
    expect(new LatencyReader([buffer]).read(23).count).toBe(3);
  });

  it('of several executors are read as one', () => {
    fc.assert(
      fc.property(fc.array(fc.array(latency, { maxLength: 20 }), { maxLength: 4 }), (parts) => {
        const merged = new LatencyReader(parts.map((samples) => count(samples))).read(23);
        const alone = new LatencyReader([count(parts.flat())]).read(23);
        expect(merged.count).toBe(alone.count);
        for (const p of [0, 50, 99, 100])
          expect(merged.percentileNs(p)).toBe(alone.percentileNs(p));
      }),
    );
  });

  it('are kept apart by opcode, from the first to the last', () => {
    const buffer = createLatencies();
    const latencies = new Latencies(buffer);
    for (const opcode of [0, 1, 254, 255]) latencies.record(opcode, 100 + opcode, opcode + 1);
    const read = [...new LatencyReader([buffer]).each()];
    expect(read.map(([opcode, { count, sumNs }]) => [opcode, count, sumNs])).toEqual(
      [0, 1, 254, 255].map((opcode) => [opcode, opcode + 1, (opcode + 1) * (100 + opcode)]),
    );
  });
});
