/** Applies every mutant to a copy of the tree, and fails unless its tests kill each of them. */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutants } from './list.ts';
import type { Mutant } from './mutant.ts';

// A mutant counts as killed when a test fails in it. A patch that does not match exactly once, a
// file that no longer loads, or a run beyond the limit of time is not a kill: it says nothing about
// the tests. The unpatched tree must pass first, or every kill would be in vain.
// Arguments are parts of names: only mutants with one of them in their name are run.

const ROOT = new URL('../..', import.meta.url).pathname;
const COPIED = ['src', 'test', 'workers', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const LANES = 2;
const LIMIT_MS = 120_000;
/** All of the tests, once. */
const BASELINE_LIMIT_MS = 600_000;

type Verdict = 'killed' | 'survived' | 'does not apply' | 'does not load' | 'out of time';

/** What vitest's JSON reporter says, as far as it matters here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

/** A copy of the tree in which one mutant lives at a time. */
async function makeLane(parent: string, lane: number): Promise<string> {
  const root = join(parent, `lane${lane}`);
  for (const name of COPIED)
    await cp(join(ROOT, name), join(root, name), { recursive: true, force: true });
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'dir');
  return root;
}

/** Runs tests in a lane until one fails; undefined when they took too long. */
async function runTests(
  root: string,
  tests: readonly string[],
  limitMs = LIMIT_MS,
): Promise<Report | undefined> {
  const reportFile = join(root, 'report.json');
  await rm(reportFile, { force: true });
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const options = ['--reporter=json', `--outputFile=${reportFile}`, '--bail=1', '--maxWorkers=1'];
  const child = spawn(process.execPath, [vitest, 'run', ...options, ...tests], {
    cwd: root,
    stdio: 'ignore',
    timeout: limitMs,
    killSignal: 'SIGKILL',
  });
  const signal = await new Promise<string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (_, killedBy) => resolve(killedBy));
  });
  if (signal !== null) return undefined;
  return JSON.parse(await readFile(reportFile, 'utf8')) as Report;
}

async function judge(root: string, { file, find, replace, tests }: Mutant): Promise<Verdict> {
  const path = join(root, file);
  const original = await readFile(path, 'utf8');
  const parts = original.split(find);
  if (parts.length !== 2) return 'does not apply';
  await writeFile(path, parts.join(replace));
  try {
    const report = await runTests(root, tests);
    if (report === undefined) return 'out of time';
    if (report.numFailedTests > 0) return 'killed';
    return report.numPassedTests > 0 ? 'survived' : 'does not load';
  } finally {
    await writeFile(path, original);
  }
}

/** Everything that any chosen mutant relies on passes as it is. */
async function proveBaseline(root: string, chosen: readonly Mutant[]): Promise<void> {
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  const report = await runTests(root, tests, BASELINE_LIMIT_MS);
  if (report === undefined || report.numFailedTests > 0 || report.numPassedTests === 0)
    throw new Error('the tests fail without any mutant');
}

async function runLane(root: string, queue: Mutant[], verdicts: Verdict[]): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const startedMs = performance.now();
    const verdict = await judge(root, mutant);
    verdicts.push(verdict);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(`${verdict.padEnd(14)} ${seconds.padStart(5)} s  ${mutant.name}`);
  }
}

async function main(wanted: readonly string[]): Promise<boolean> {
  const chosen = mutants.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  if (chosen.length === 0) throw new Error('no mutant has such a name');
  const parent = await mkdtemp(join(tmpdir(), 'mutants-'));
  try {
    const lanes = await Promise.all(
      Array.from({ length: LANES }, (_, lane) => makeLane(parent, lane)),
    );
    await proveBaseline(lanes[0]!, chosen);
    const verdicts: Verdict[] = [];
    const queue = [...chosen];
    await Promise.all(lanes.map((root) => runLane(root, queue, verdicts)));
    const killed = verdicts.filter((verdict) => verdict === 'killed').length;
    console.log(`${killed}/${chosen.length} mutants killed`);
    return killed === chosen.length;
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
