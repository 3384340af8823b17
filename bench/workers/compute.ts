/** Work for a thread that is not to look at its event loop. */

/** Steps between two looks at the clock. */
const STEPS = 10_000;

/** Computes for so long; something to print. */
export function compute(durationMs: number): number {
  const untilMs = performance.now() + durationMs;
  let state = 1;
  while (performance.now() < untilMs) {
    for (let step = 0; step < STEPS; step++) state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
  }
  return state >>> 0;
}
