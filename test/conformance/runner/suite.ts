/** Runs many scenarios: those in virtual time one by one, those in real time several at once. */
import { isMainThread } from 'node:worker_threads';
import { INAPPLICABLE } from '../inapplicable.ts';
import { checkScenario } from './check.ts';
import { EnterLane, type Lane, PollLane } from './lanes.ts';
import { filesBelow, type Mode, readScenario, type Scenario } from './scenario.ts';
import { type Task, type Verdict, verdictOf } from './verdict.ts';

/** What every process of a scenario has. */
const UMASK = 0o022;
/** Kernels at once: two threads each, which mostly sleep. */
const POLL_LANES = 8;

/** A task, and what becomes of it. */
export interface Running {
  readonly task: Task;
  readonly verdict: Promise<Verdict>;
}

/** What is to be run, and what need not be, because its verdict is known. */
export interface Plan {
  readonly tasks: readonly Task[];
  readonly known: readonly { readonly task: Task; readonly verdict: Verdict }[];
}

const MODES: readonly Mode[] = ['enter', 'poll'];

/** Plans every file below the folders: each in the modes that it lists. */
export function planOf(
  folders: readonly string[],
  inapplicable: Readonly<Record<string, string>> = INAPPLICABLE,
): Plan {
  const tasks: Task[] = [];
  const known: { task: Task; verdict: Verdict }[] = [];
  for (const path of folders.flatMap(filesBelow)) {
    const scenario = checked(path);
    if ('kind' in scenario) {
      // A file that cannot be read lists no modes, and is an error in both.
      for (const mode of MODES) known.push({ task: { path, name: path, mode }, verdict: scenario });
      continue;
    }
    const { name, modes } = scenario;
    const detail = Object.hasOwn(inapplicable, name) ? inapplicable[name] : undefined;
    for (const mode of modes) {
      const task = { path, name, mode };
      if (detail === undefined) tasks.push(task);
      else known.push({ task, verdict: { kind: 'n/a', detail } });
    }
  }
  return { tasks, known };
}

function checked(path: string): Scenario | Verdict {
  try {
    return checkScenario(readScenario(path));
  } catch (error) {
    const { detail = '' } = verdictOf(error);
    return { kind: 'error', detail };
  }
}

/** Runs tasks as long as there are any, on one lane. */
async function serve(lane: Lane, queue: PendingTask[]): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift())
    next.resolve(await lane.run(next.task).catch(verdictOf));
  await lane.close();
}

interface PendingTask extends Running {
  readonly resolve: (verdict: Verdict) => void;
}

/** Begins to run all tasks, in their order; virtual time goes on beside real time. */
export function runAll(tasks: readonly Task[]): { running: Running[]; over: Promise<void> } {
  if (isMainThread) process.umask(UMASK); // elsewhere it cannot be set
  const pending = tasks.map((task): PendingTask => {
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    return { task, verdict: promise, resolve };
  });
  const enter = pending.filter(({ task }) => task.mode === 'enter');
  const poll = pending.filter(({ task }) => task.mode === 'poll');
  const lanes = Math.min(POLL_LANES, poll.length);
  const served = [
    serve(new EnterLane(), enter),
    ...Array.from({ length: lanes }, () => serve(new PollLane(), poll)),
  ];
  return { running: pending, over: Promise.all(served).then(() => {}) };
}
