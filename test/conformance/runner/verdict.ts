/** What became of one scenario in one mode, and how that is told. */
import { checkScenario } from './check.ts';
import { ScenarioError } from './names.ts';
import { ScenarioRun } from './run.ts';
import { type Mode, readScenario, type Scenario } from './scenario.ts';
import type { Target } from './target.ts';
import { Difference } from './world.ts';

/** `error`: the file is not in the format; `n/a`: it cannot apply to a simulator. */
export type VerdictKind = 'ok' | 'different' | 'error' | 'n/a';

export interface Verdict {
  readonly kind: VerdictKind;
  /** What differed, why it was not run, or that it passed at the second attempt only. */
  readonly detail?: string;
}

/** One scenario in one mode, from its file. */
export interface Task {
  readonly path: string;
  readonly name: string;
  readonly mode: Mode;
  /** What happens in it is ordered by time, which on a machine under load passes unevenly. */
  readonly isTimed?: boolean;
}

export const OK: Verdict = { kind: 'ok' };

/** What an error thrown during a run means. */
export function verdictOf(error: unknown): Verdict {
  if (error instanceof ScenarioError) return { kind: 'error', detail: error.message };
  if (error instanceof Difference) return { kind: 'different', detail: error.message };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: 'different', detail: `it threw: ${detail}` };
}

/** Runs a checked scenario on a fresh process, which ends in any case. */
export async function runOn(scenario: Scenario, mode: Mode, target: Target): Promise<Verdict> {
  try {
    await new ScenarioRun(scenario, mode, target).run();
  } catch (error) {
    await target.end().catch(() => {}); // after a difference, another is no news
    return verdictOf(error);
  }
  try {
    await target.end();
  } catch (error) {
    return verdictOf(error);
  }
  return OK;
}

/** Runs a file on the target that `start` makes. */
export async function runFile(task: Task, start: () => Target): Promise<Verdict> {
  try {
    const scenario = checkScenario(readScenario(task.path));
    return await runOn(scenario, task.mode, start());
  } catch (error) {
    return verdictOf(error);
  }
}

/** The line of a verdict: `ok enter link/soft-break`. */
export function lineOf({ name, mode }: Task, { kind, detail }: Verdict): string {
  const word = kind === 'ok' || kind === 'n/a' ? kind : kind.toUpperCase();
  return `${word} ${mode} ${name}${detail === undefined ? '' : `: ${detail}`}`;
}
