/**
 * Goal: the laws of life.test.ts hold for many more programs, and each thing that programs can
 *       reach is reached often.
 * Method: the same, with other seeds.
 */
import { describe, expect, it } from 'vitest';
import { FEATURES } from './life/features.ts';
import { hunt } from './life/hunt.ts';

const FIRST = 1_000_000;
const PROGRAMS = 20_000;
const REACHED_MIN = 40;

describe('many random programs', () => {
  it('break no law, and reach each thing often', () => {
    const { reached, report } = hunt(FIRST, PROGRAMS);
    expect(report).toBe('');
    const rare = FEATURES.filter((feature) => (reached.get(feature) ?? 0) < REACHED_MIN);
    expect(rare).toEqual([]);
  });
});
