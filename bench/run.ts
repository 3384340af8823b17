/** Asks the questions of bench/*.bench.ts, each in its own process, and keeps what they answer. */
import { fork } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeVerdict } from './harness/bar.ts';
import { align } from './harness/comparison.ts';
import type { Report } from './harness.ts';
import { describeMachine, isBusy, machineFacts } from './machine.ts';

const USAGE = 'usage: npm run bench -- [--filter NAME] [--short] [--strict] [--list] [--out FILE]';
const SUFFIX = '.bench.ts';
const ASK = join(import.meta.dirname, 'harness', 'ask.ts');

interface Wishes {
  readonly names: readonly string[];
  readonly short: boolean;
  readonly strict: boolean;
  readonly list: boolean;
  readonly out: string;
}

/** Throws one line for whatever cannot be granted. */
function readWishes(args: readonly string[]): Wishes {
  const { values } = parseArgs({
    args: [...args],
    options: {
      filter: { type: 'string', default: '' },
      short: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      out: { type: 'string', default: join(import.meta.dirname, 'results', 'latest.json') },
    },
  });
  const { filter, short, strict, list, out } = values;
  const all = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
  const names = all.filter((name) => name.includes(filter));
  if (names.length === 0) {
    throw new RangeError(`no question matches '${filter}'; there are: ${all.join(', ')}`);
  }
  return { names, short, strict, list, out: resolve(out) };
}

/** A process of its own: what a question leaves in caches, threads and compiled code ends there. */
function ask(name: string, short: boolean): Promise<Report | Error> {
  const file = join(import.meta.dirname, `${name}${SUFFIX}`);
  const child = fork(ASK, [file, short ? 'short' : 'full'], {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  return new Promise((answer) => {
    child.once('message', (report) => {
      answer(report as Report);
      child.disconnect();
    });
    child.once('error', answer);
    child.once('exit', (code, signal) => {
      answer(new Error(`question '${name}' ended without a report (${signal ?? `exit ${code}`})`));
    });
  });
}

function summarise(reports: readonly Report[]): string {
  const bars = reports.flatMap((report) => report.bars);
  if (bars.length === 0) return '\nNo bars in these questions.';
  const rows = bars.map((bar) => [bar.name, bar.measured, bar.limit, describeVerdict(bar)]);
  const missed = bars.filter((bar) => bar.verdict === 'missed').length;
  return `\nBars: ${missed} of ${bars.length} missed\n${align(rows)}`;
}

async function main(wishes: Wishes): Promise<boolean> {
  const machine = machineFacts();
  console.log(describeMachine(machine));
  if (isBusy(machine)) console.log('The machine is busy: trust intervals, not medians.');
  const reports: Report[] = [];
  const failures: string[] = [];
  for (const name of wishes.names) {
    const answer = await ask(name, wishes.short);
    if (answer instanceof Error) failures.push(answer.message);
    else reports.push(answer);
  }
  console.log(summarise(reports));
  mkdirSync(dirname(wishes.out), { recursive: true });
  writeFileSync(wishes.out, `${JSON.stringify({ machine, reports, failures }, null, 1)}\n`);
  for (const failure of failures) console.error(`bench: ${failure}`);
  const missed = reports.some((report) => report.bars.some(({ verdict }) => verdict === 'missed'));
  return failures.length === 0 && !(wishes.strict && missed);
}

try {
  const wishes = readWishes(process.argv.slice(2));
  if (wishes.list) console.log(wishes.names.join('\n'));
  else if (!(await main(wishes))) process.exitCode = 1;
} catch (error) {
  const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
  console.error(`bench: ${reason} (${USAGE})`);
  process.exitCode = 2;
}
