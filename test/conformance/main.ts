/** `npm run conformance [-- DIR...]`: runs scenarios, a line for each and mode, and totals. */
import { planOf, runAll } from './runner/suite.ts';
import { lineOf, type VerdictKind } from './runner/verdict.ts';

async function main(folders: readonly string[]): Promise<number> {
  const { tasks, known } = planOf(folders);
  const totals = new Map<VerdictKind, number>();
  const { running, over } = runAll(tasks);
  for (const { task, verdict } of [...known, ...running]) {
    const { kind, ...rest } = await verdict;
    totals.set(kind, (totals.get(kind) ?? 0) + 1);
    console.log(lineOf(task, { kind, ...rest }));
  }
  await over;
  const count = (kind: VerdictKind): number => totals.get(kind) ?? 0;
  const [ok, different, error] = [count('ok'), count('different'), count('error')];
  console.log(`${ok} ok, ${different} different, ${error} in error, ${count('n/a')} n/a`);
  return different + error > 0 || ok === 0 ? 1 : 0;
}

const given = process.argv.slice(2);
const scenarios = new URL('./scenarios', import.meta.url).pathname;
process.exit(await main(given.length > 0 ? given : [scenarios])); // even if some thread hangs
