/** Runs many programs, counts what they reached, and reports the first that breaks a law. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { programOf } from './generator.ts';
import type { Program } from './program.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulation.ts';

/** What a hunt came to. */
export interface Hunt {
  /** Programs that reached each feature. */
  readonly reached: ReadonlyMap<string, number>;
  /** What is wrong with the first bad program, and how to run it again; empty: nothing. */
  readonly report: string;
}

/** How a failure is told: the seed, and the program in a form that replays. */
function reportOf(seed: number, program: Program): string {
  const fails = (candidate: Program): boolean => simulate(candidate).problems.length > 0;
  const small = shrink(program, fails);
  return [
    `seed ${seed}: ${simulate(program).problems.join('; ')}`,
    `again: SIM_SEED=${seed} npx vitest run test/sim/life.test.ts`,
    `shorter: ${simulate(small).problems.join('; ')}`,
    `again: SIM_PROGRAM='${JSON.stringify(small)}' npx vitest run test/sim/life.test.ts`,
  ].join('\n');
}

setFlagsFromString('--expose-gc');
/** Kernels have large ledgers, outside of the heap: who makes many has to clean up. */
const collect = runInNewContext('gc') as () => void;
const PROGRAMS_PER_COLLECTION = 50;

/** Runs the programs of the seeds [first, first + count). */
export function hunt(first: number, count: number): Hunt {
  const reached = new Map<string, number>();
  for (let seed = first; seed < first + count; seed++) {
    if (seed % PROGRAMS_PER_COLLECTION === 0) collect();
    const program = programOf(seed);
    const { problems, features } = simulate(program);
    if (problems.length > 0) return { reached, report: reportOf(seed, program) };
    for (const feature of features) reached.set(feature, (reached.get(feature) ?? 0) + 1);
  }
  return { reached, report: '' };
}
