/**
 * Goal: a table of the bench can be believed: medians, intervals, turns and verdicts follow laws.
 * Method: contenders that return scripted numbers instead of times, and a seeded bootstrap.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeVerdict, judge } from '../../bench/harness/bar.ts';
import { align, Comparison } from '../../bench/harness/comparison.ts';
import { interleave, orderOf, type Sample } from '../../bench/harness/interleave.ts';
import { median, quantile, randomSource, ratioOfMedians } from '../../bench/harness/statistics.ts';
import { Context, type Question, SHORT } from '../../bench/harness.ts';

const positive = fc.double({ min: 1, max: 1e6, noNaN: true });
const someSamples = fc.array(positive, { minLength: 1, maxLength: 30 });

describe('the median', () => {
  it('is the middle sample of an odd number, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is halfway between the middle two of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it('is refused of no samples', () => {
    expect(() => median([])).toThrow(RangeError);
  });

  it('has at most half of the samples on either side', () => {
    fc.assert(
      fc.property(someSamples, (samples) => {
        const middle = median(samples);
        const below = samples.filter((sample) => sample < middle).length;
        const above = samples.filter((sample) => sample > middle).length;
        expect(Math.max(below, above)).toBeLessThanOrEqual(samples.length / 2);
      }),
    );
  });
});

describe('a quantile', () => {
  it('runs from the least sample to the greatest and never falls on the way', () => {
    fc.assert(
      fc.property(someSamples, (samples) => {
        const climb = [0, 0.25, 0.5, 0.75, 1].map((fraction) => quantile(samples, fraction));
        expect(climb).toEqual([...climb].sort((a, b) => a - b));
        expect(climb[0]).toBe(Math.min(...samples));
        expect(climb[4]).toBe(Math.max(...samples));
      }),
    );
  });
});

describe('the seeded source', () => {
  it('repeats itself for the same seed and differs for another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 8 }, randomSource(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).every((drawn) => drawn >= 0 && drawn < 1)).toBe(true);
  });
});

describe('the ratio of two medians', () => {
  it('is one without doubt between a contender and itself', () => {
    fc.assert(
      fc.property(someSamples, (samples) => {
        const ratio = ratioOfMedians({ samples, reference: samples, resamples: 50 });
        expect(ratio).toEqual({ value: 1, low: 1, high: 1 });
      }),
    );
  });

  it('doubts nothing when every round drifts under both alike', () => {
    const reference = [10, 80, 20, 40, 30];
    const samples = reference.map((sample) => sample * 2);
    expect(ratioOfMedians({ samples, reference })).toEqual({ value: 2, low: 2, high: 2 });
  });

  it('lies within its interval, and the interval within the extremes of the samples', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(positive, positive), { minLength: 3, maxLength: 15 }),
        (both) => {
          const samples = both.map(([sample]) => sample);
          const reference = both.map(([, sample]) => sample);
          const { low, high } = ratioOfMedians({ samples, reference, resamples: 100 });
          expect(low).toBeLessThanOrEqual(high);
          expect(low).toBeGreaterThanOrEqual(Math.min(...samples) / Math.max(...reference));
          expect(high).toBeLessThanOrEqual(Math.max(...samples) / Math.min(...reference));
        },
      ),
    );
  });

  it('covers the true ratio in about 95 of 100 experiments', () => {
    const random = randomSource(42);
    const noisy = (centre: number): number[] =>
      Array.from({ length: 25 }, () => centre * (1 + 0.2 * (random() - 0.5)));
    let covered = 0;
    for (let seed = 0; seed < 100; seed++) {
      const sides = { samples: noisy(30), reference: noisy(10) };
      const { low, high } = ratioOfMedians({ ...sides, seed, resamples: 400 });
      if (low <= 3 && 3 <= high) covered += 1;
    }
    // The seeds are fixed, so this count is too; the band leaves room for other resampling.
    expect(covered).toBeGreaterThanOrEqual(88);
  });

  it('is refused when the sides have not run the same rounds', () => {
    expect(() => ratioOfMedians({ samples: [1, 2], reference: [1] })).toThrow(RangeError);
  });
});

describe('interleaving', () => {
  /** Contenders that log their turns and return 1, 2, 3, ... as their samples. */
  function scripted(names: string, log: string[]) {
    return [...names].map((name) => {
      let turn = 0;
      const run = (): Sample => {
        log.push(name);
        return ++turn;
      };
      return { name, run };
    });
  }

  it('warms up each contender once, then starts every round one further', async () => {
    const log: string[] = [];
    await interleave(scripted('ABC', log), { rounds: 4 });
    expect(log.join('')).toBe('ABC' + 'ABC' + 'BCA' + 'CAB' + 'ABC');
  });

  it('gives every contender every place once in as many rounds as there are contenders', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), (contenders) => {
        const rounds = Array.from({ length: contenders }, (_, round) =>
          orderOf({ round, contenders }),
        );
        for (let place = 0; place < contenders; place++) {
          expect(new Set(rounds.map((order) => order[place])).size).toBe(contenders);
        }
        for (const order of rounds) expect(new Set(order).size).toBe(contenders);
      }),
    );
  });

  it('keeps every raw sample in order and the warm-up apart', async () => {
    const [a] = await interleave(scripted('AB', []), { rounds: 3 });
    expect(a).toMatchObject({ name: 'A', warmUp: 1, samples: [2, 3, 4] });
    expect(a?.coresBusy).toHaveLength(3);
  });

  it('leaves out who cannot run, and never asks again', async () => {
    let asked = 0;
    const absent = { name: 'X', run: () => void asked++ as undefined };
    const [x, a] = await interleave([absent, ...scripted('A', [])], { rounds: 3 });
    expect(asked).toBe(1);
    expect(x?.samples).toEqual([]);
    expect(a?.samples).toHaveLength(3);
  });

  it('believes a contender that measured its own processor time', async () => {
    const run = (): Sample => ({ value: 5, coresBusy: 2 });
    const [a] = await interleave([{ name: 'A', run }], { rounds: 2 });
    expect(a).toMatchObject({ samples: [5, 5], coresBusy: [2, 2] });
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses %d as a sample', async (value) => {
    await expect(interleave([{ name: 'A', run: () => value }], { rounds: 1 })).rejects.toThrow(
      RangeError,
    );
  });

  it('refuses two contenders of one name', async () => {
    await expect(interleave(scripted('AA', []), { rounds: 1 })).rejects.toThrow("called 'A'");
  });
});

describe('a bar', () => {
  it.each([
    [{ max: 0.5 }, 0.5, 'met'],
    [{ max: 0.5 }, 0.51, 'missed'],
    [{ min: 2.5 }, 2.5, 'met'],
    [{ min: 2.5 }, 2.4, 'missed'],
    [{ min: 1, max: 2 }, 3, 'missed'],
    [{ max: 1 }, undefined, 'not measured'],
  ] as const)('%o is kept or broken by %d: %s', (limit, value, verdict) => {
    expect(judge({ name: 'b', value, ...limit }).verdict).toBe(verdict);
  });

  it('is close when the interval reaches over the limit', () => {
    const value = { value: 0.45, low: 0.4, high: 0.6 };
    expect(judge({ name: 'b', value, max: 0.5 })).toMatchObject({ verdict: 'met', close: true });
    expect(judge({ name: 'b', value, max: 0.7 })).toMatchObject({ verdict: 'met', close: false });
  });

  it('tells the stretch from the promise', () => {
    expect(describeVerdict(judge({ name: 'b', value: 0.3, max: 0.5, stretch: 0.3 }))).toBe(
      'met, and the stretch',
    );
    expect(describeVerdict(judge({ name: 'b', value: 3, min: 2.5, stretch: 4 }))).toBe('met');
  });

  it('is refused without a limit', () => {
    expect(() => judge({ name: 'b', value: 1 })).toThrow(TypeError);
  });
});

describe('a comparison', () => {
  const measured = (name: string, samples: number[]) => ({
    name,
    samples,
    warmUp: 0,
    coresBusy: samples.map(() => 1),
  });
  const comparison = new Comparison(
    [measured('ref', [10, 10, 10]), measured('fast', [5, 5, 5]), measured('none', [])],
    { reference: 'ref', unit: 'ns/op' },
  );

  it('gives time over time, and its inverse as the speed-up', () => {
    expect(comparison.ratio('fast')?.value).toBe(0.5);
    expect(comparison.speedup('fast')?.value).toBe(2);
  });

  it('has no ratio with who could not run or was never there', () => {
    expect(comparison.ratio('none')).toBeUndefined();
    expect(comparison.ratio('fast', 'nobody')).toBeUndefined();
    expect(comparison.median('none')).toBeUndefined();
  });

  it('lines up its columns', () => {
    expect(
      align([
        ['a', '1', 'x'],
        ['bcd', '100', 'y'],
      ]),
    ).toBe('a      1  x\nbcd  100  y');
  });
});

describe('a context', () => {
  const question: Question = {
    name: 'q',
    asks: 'what?',
    readsAs: 'so',
    run: async (context) => {
      const comparison = await context.interleave([
        { name: 'ref', run: () => 10 },
        undefined,
        { name: 'mine', run: () => 4, bar: { max: 0.5, stretch: 0.3 } },
      ]);
      context.table('Title', comparison);
      context.bar({ name: 'heap', value: 3, max: 2, unit: ' B' });
      context.checksum(40);
      context.checksum(2);
    },
  };

  it('reports samples, bars and the checksum as plain data', async () => {
    const context = new Context({ effort: SHORT, print: () => {} });
    await question.run(context);
    const report = JSON.parse(JSON.stringify(context.report(question)));
    expect(report).toMatchObject({ name: 'q', checksum: 42, rounds: SHORT.rounds });
    expect(report.comparisons[0].title).toBe('Title');
    expect(report.comparisons[0].contenders[1]).toMatchObject({ samples: [4, 4, 4, 4, 4] });
    expect(report.bars).toMatchObject([
      { name: 'Title: mine / ref', value: 0.4, verdict: 'met', stretchMet: false },
      { name: 'heap', measured: '3.00 B', verdict: 'missed' },
    ]);
  });

  it('prints a table with the reference, the ratio and the bar', async () => {
    const printed: string[] = [];
    await question.run(new Context({ effort: SHORT, print: (text) => printed.push(text) }));
    expect(printed[0]).toMatch(/mine +4\.00 .*0\.400x \[0\.400, 0\.400\] +<= 0\.5x met/);
  });

  it('performs a share of the operations, and at least one', () => {
    const context = new Context({ effort: { rounds: 1, scale: 0.1 }, print: () => {} });
    expect([context.count(1000), context.count(1)]).toEqual([100, 1]);
  });

  it('closes what was deferred last first', async () => {
    const closed: number[] = [];
    const context = new Context({ effort: SHORT, print: () => {} });
    context.defer(() => closed.push(1));
    context.defer(() => closed.push(2));
    await context.close();
    expect(closed).toEqual([2, 1]);
  });

  it('refuses a checksum that is no number', () => {
    const context = new Context({ effort: SHORT, print: () => {} });
    expect(() => context.checksum(Number.NaN)).toThrow(RangeError);
  });
});
