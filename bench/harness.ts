/** The measuring house: all that a question imports. */
export type { Bar, BarAsked, Limit, Verdict } from './harness/bar.ts';
export { Comparison } from './harness/comparison.ts';
export {
  Context,
  type Effort,
  FULL,
  type Question,
  type Report,
  SHORT,
} from './harness/context.ts';
export type { Contender, Measured, Sample } from './harness/interleave.ts';
export type { Ratio } from './harness/statistics.ts';
