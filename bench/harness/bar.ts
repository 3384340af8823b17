/** Bars: promises about speed, and whether a run kept them. */
import type { Ratio } from './statistics.ts';

/** At most `max`, at least `min`, or between; `stretch` is the hoped-for end, and binds nothing. */
export interface Limit {
  readonly max?: number;
  readonly min?: number;
  readonly stretch?: number;
}

export interface BarAsked extends Limit {
  readonly name: string;
  /** Undefined when a side of it could not run here: the bar is then neither met nor missed. */
  readonly value: number | Ratio | undefined;
  /** Printed behind the value; 'x' for a ratio, the default. */
  readonly unit?: string;
}

export type Verdict = 'met' | 'missed' | 'not measured';

export interface Bar {
  readonly name: string;
  readonly limit: string;
  readonly measured: string;
  readonly value?: number;
  readonly low?: number;
  readonly high?: number;
  readonly verdict: Verdict;
  /** The confidence interval reaches over the limit: a further run may say otherwise. */
  readonly close: boolean;
  readonly stretchMet?: boolean;
}

export const digits = (value: number): string =>
  value === 0 || Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en-US')
    : value.toPrecision(3);

export const describeRatio = (ratio: Ratio): string =>
  `${digits(ratio.value)}x [${digits(ratio.low)}, ${digits(ratio.high)}]`;

export function describeLimit({ max, min }: Limit, unit = 'x'): string {
  const parts: string[] = [];
  if (min !== undefined) parts.push(`>= ${min}${unit}`);
  if (max !== undefined) parts.push(`<= ${max}${unit}`);
  return parts.join(' and ');
}

function holds({ max, min }: Limit, value: number): boolean {
  return (max === undefined || value <= max) && (min === undefined || value >= min);
}

/** A stretch lies beyond the limit it belongs to: below a maximum, above a minimum. */
function reaches({ max, stretch }: Limit, value: number): boolean {
  if (stretch === undefined) return false;
  return max === undefined ? value >= stretch : value <= stretch;
}

export function judge(asked: BarAsked): Bar {
  const { name, value, unit = 'x' } = asked;
  if (asked.max === undefined && asked.min === undefined) {
    throw new TypeError(`bar '${name}' has neither max nor min`);
  }
  const limit = describeLimit(asked, unit);
  if (value === undefined) {
    return { name, limit, measured: '-', verdict: 'not measured', close: false };
  }
  const ratio = typeof value === 'number' ? { value, low: value, high: value } : value;
  return {
    name,
    limit,
    measured: typeof value === 'number' ? `${digits(value)}${unit}` : describeRatio(value),
    ...ratio,
    verdict: holds(asked, ratio.value) ? 'met' : 'missed',
    close: holds(asked, ratio.low) !== holds(asked, ratio.high),
    ...(asked.stretch === undefined ? {} : { stretchMet: reaches(asked, ratio.value) }),
  };
}

/** One word and its reservations: 'met', 'missed (close)', 'met, and the stretch'. */
export function describeVerdict(bar: Bar): string {
  const stretch = bar.stretchMet === true ? ', and the stretch' : '';
  return `${bar.verdict}${stretch}${bar.close ? ' (close)' : ''}`;
}
