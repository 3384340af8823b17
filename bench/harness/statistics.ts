/** Medians, quantiles and bootstrap intervals: how samples become one line of a table. */

/** A quotient with its 95 % confidence interval. */
export interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Linear between the two nearest ranks, so that the quantile 0.5 is the usual median. */
export function quantile(samples: readonly number[], fraction: number): number {
  if (samples.length === 0) throw new RangeError('no samples, so no quantile');
  const sorted = Float64Array.from(samples).sort();
  const rank = fraction * (sorted.length - 1);
  const below = Math.floor(rank);
  const low = sorted[below]!;
  const high = sorted[Math.ceil(rank)]!;
  // Equal neighbours are returned as they are: interpolating may be off by a last digit.
  return low === high ? low : low + (high - low) * (rank - below);
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Mulberry32: a seeded source in [0, 1), so that equal samples give equal intervals. */
export function randomSource(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The ratio of two medians and its bootstrap interval. Rounds are drawn, not samples: what slowed
 * a whole round slowed both contenders, and drawing the pair keeps that from looking like a
 * difference.
 */
export function ratioOfMedians(options: {
  readonly samples: readonly number[];
  readonly reference: readonly number[];
  readonly seed?: number;
  readonly resamples?: number;
}): Ratio {
  const { samples, reference, seed = 1, resamples = 2000 } = options;
  if (samples.length !== reference.length) {
    throw new RangeError('a ratio pairs rounds, so both sides need as many samples');
  }
  const random = randomSource(seed);
  const drawn = samples.map(() => 0);
  const drawnReference = samples.map(() => 0);
  const ratios = Array.from({ length: resamples }, () => {
    for (let at = 0; at < samples.length; at++) {
      const round = Math.floor(random() * samples.length);
      drawn[at] = samples[round]!;
      drawnReference[at] = reference[round]!;
    }
    return median(drawn) / median(drawnReference);
  });
  return {
    value: median(samples) / median(reference),
    low: quantile(ratios, 0.025),
    high: quantile(ratios, 0.975),
  };
}
