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
    const { name, modes, res = {} } = scenario;
    const detail = Object.hasOwn(inapplicable, name) ? inapplicable[name] : undefined;
    for (const mode of modes) {
      const isTimed = Object.values(res).some((resource) => resource.ts !== undefined);
      const task = { path, name, mode, isTimed };
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

interface PendingTask extends Running {
  readonly resolve: (verdict: Verdict) => void;
}

/** Runs tasks as long as there are any, on one lane. */
async function serve(
  lane: Lane,
  queue: PendingTask[],
  answer: (pending: PendingTask, verdict: Verdict) => void,
): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift())
    answer(next, await lane.run(next.task).catch(verdictOf));
  await lane.close();
}

/**
 * Serves all in real time. Linux's order by time has 20 ms to spare, and a runner that waits longer
 * for a core than that acts too late: so it begins when the machine is `quiet`, and what is timed
 * and differs gets a second attempt, alone.
 */
async function servePolled(queue: PendingTask[], quiet: Promise<void>): Promise<void> {
  const again: PendingTask[] = [];
  const first = new Map<PendingTask, Verdict>();
  const lanes = Array.from({ length: Math.min(POLL_LANES, queue.length) }, () => new PollLane());
  // A boot takes the cores from whoever runs. One that fails is tried again, and told of, by run().
  await Promise.allSettled(lanes.map((lane) => lane.open()));
  await quiet;
  const served = lanes.map((lane) =>
    serve(lane, queue, (pending, verdict) => {
      const isLate = verdict.kind === 'different' && pending.task.isTimed === true;
      if (!isLate) return pending.resolve(verdict);
      first.set(pending, verdict);
      again.push(pending);
    }),
  );
  await Promise.all(served);
  if (again.length === 0) return;
  await serve(new PollLane(), again, (pending, verdict) => {
    const detail = `only at the second attempt; ${first.get(pending)?.detail}`;
    pending.resolve(verdict.kind === 'ok' ? { kind: 'ok', detail } : verdict);
  });
}

/** Begins to run all tasks: those in virtual time, then those in real time, each in order. */
export function runAll(tasks: readonly Task[]): { running: Running[]; over: Promise<void> } {
  if (isMainThread) process.umask(UMASK); // elsewhere it cannot be set
  const pending = tasks.map((task): PendingTask => {
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    return { task, verdict: promise, resolve };
  });
  const enter = pending.filter(({ task }) => task.mode === 'enter');
  const poll = pending.filter(({ task }) => task.mode === 'poll');
  const entered = serve(new EnterLane(), enter, ({ resolve }, verdict) => resolve(verdict));
  return { running: pending, over: servePolled(poll, entered) };
}
