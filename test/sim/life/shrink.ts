/** Makes a failing program shorter while it still fails. */
import type { Entry, Program, Step } from './program.ts';

type Fails = (program: Program) => boolean;

/** Every list that lacks one run of elements: long runs first. */
function* shorter<T>(list: readonly T[]): Generator<T[]> {
  for (let run = list.length >> 1; run > 0; run >>= 1)
    for (let at = 0; at < list.length; at += run)
      yield [...list.slice(0, at), ...list.slice(at + run)];
}

/** Programs that are a little simpler. */
function* simpler(program: Program): Generator<Program> {
  const { steps } = program;
  for (const rest of shorter(steps)) yield { ...program, steps: rest };
  for (const [i, step] of steps.entries()) {
    if (!('place' in step)) continue;
    const put = (place: readonly Entry[]): Program => ({
      ...program,
      steps: steps.map((one, at): Step => (at === i ? { ...step, place } : one)),
    });
    if (step.place.length > 1) for (const rest of shorter(step.place)) yield put(rest);
    for (const [at, entry] of step.place.entries())
      for (const bit of [1, 2, 4, 8, 16, 32, 64])
        if (((entry.flags ?? 0) & bit) !== 0)
          yield put(step.place.map((e, n) => (n === at ? { ...e, flags: e.flags! & ~bit } : e)));
  }
}

/** The shortest failing program that taking away leads to, within reason. */
export function shrink(program: Program, fails: Fails, triesMax = 600): Program {
  let [best, tries] = [program, 0];
  for (let isShorter = true; isShorter; ) {
    isShorter = false;
    for (const candidate of simpler(best)) {
      if (++tries > triesMax) return best;
      if (!fails(candidate)) continue;
      best = candidate;
      isShorter = true;
      break;
    }
  }
  return best;
}
