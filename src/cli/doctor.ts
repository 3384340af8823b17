/** `uring doctor`: what the runtime offers, and what to do about what is missing. */
import { answer } from './answer.ts';
import { fromText } from './byte-string.ts';
import { type Check, examine } from './doctor-checks.ts';
import { gatherFacts } from './doctor-probes.ts';
import { EXIT, Interruptions } from './exit.ts';
import { toJsonLine } from './report.ts';

/** A line for each check, with its advice behind it. */
export function describeChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, found, verdict, advice }) => {
      const hint = advice === undefined ? '' : ` - ${advice}`;
      return `${verdict.padEnd(7)}  ${name.padEnd(width)}  ${found}${hint}\n`;
    })
    .join('');
}

/** Runs the command; its exit code, 1 when something is missing. */
export async function doctor({ json }: { readonly json: boolean }): Promise<number> {
  const interruptions = new Interruptions();
  try {
    const checks = examine(await gatherFacts());
    const text = json ? checks.map(toJsonLine).join('') : fromText(describeChecks(checks));
    const fit = checks.every(({ verdict }) => verdict !== 'missing');
    return await answer(text, { code: fit ? EXIT.ok : EXIT.failed, interruptions });
  } finally {
    interruptions.close();
  }
}
