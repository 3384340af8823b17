/** Question: how long is a process without its executor when that dies, and how long at boot? */
import { IoUringManager, type KernelEvent, type Ring } from '../src/index.ts';
import type { Context, Question } from './harness.ts';

const WINDOW = 64;
/** Completions before a kill, so that it hits an executor at work. */
const COMPLETED_BEFORE = 20_000;

/** What one death looked like from a process, in milliseconds. */
interface Outage {
  /** From the order to kill to the first completion that the successor posted. */
  readonly toCompletionMs: number;
  /** The longest time without any completion meanwhile. */
  readonly silenceMs: number;
  /** What the supervisor measured: from the end of one thread to the first turn of the next. */
  readonly recoveryMs: number;
}

/** A process that keeps its window full, whatever becomes of what it submitted. */
class Load {
  readonly #ring: Ring;
  #inFlight = 0;
  #completed = 0;
  #lastMs = 0;
  silenceMs = 0;

  constructor(ring: Ring) {
    this.#ring = ring;
  }

  get completed(): number {
    return this.#completed;
  }

  /** Begins to look for silence. */
  listen(): void {
    this.#lastMs = performance.now();
    this.silenceMs = 0;
  }

  /** Fills the window and reaps what is there; how many. */
  step(): number {
    const ring = this.#ring;
    for (; this.#inFlight < WINDOW; this.#inFlight++) ring.prepNop(ring.getSqe());
    ring.submit();
    const count = ring.cqReady();
    ring.cqAdvance(count);
    this.#inFlight -= count;
    this.#completed += count;
    const nowMs = performance.now();
    if (count === 0) return 0;
    this.silenceMs = Math.max(this.silenceMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    return count;
  }
}

type Replaced = Extract<KernelEvent, { type: 'replaced' }>;

/** Kills the executor under load, time after time. */
async function killer(context: Context): Promise<() => Promise<Outage>> {
  let onReplaced = (_: Replaced): void => {};
  const manager = new IoUringManager({
    onEvent: (event) => {
      if (event.type === 'replaced') onReplaced(event);
    },
  });
  context.defer(() => manager.close());
  await manager.ready;
  const load = new Load(manager.createRing(1));
  const adoptions = (): number => manager.stats().executors[0]!.adoptions;
  return async () => {
    const goal = load.completed + COMPLETED_BEFORE;
    while (load.completed < goal) load.step();
    const replaced = new Promise<Replaced>((resolve) => {
      onReplaced = resolve;
    });
    const before = adoptions();
    load.listen();
    const startMs = performance.now();
    manager.replaceExecutor(0);
    while (load.step() === 0 || adoptions() === before);
    const toCompletionMs = performance.now() - startMs;
    const { silenceMs } = load;
    const { recoveryMs } = await replaced;
    context.checksum(load.completed);
    return { toCompletionMs, silenceMs, recoveryMs };
  };
}

/** From nothing to the first completion: milliseconds. */
async function boot(): Promise<number> {
  const startMs = performance.now();
  const manager = new IoUringManager();
  const ring = manager.createRing(1);
  ring.prepNop(ring.getSqe());
  ring.submitAndWait(1);
  const bootMs = performance.now() - startMs;
  await manager.close();
  return bootMs;
}

async function run(context: Context): Promise<void> {
  const kill = await killer(context);
  const comparison = await context.interleave(
    [
      { name: 'kill to first completion', run: async () => (await kill()).toCompletionMs },
      { name: 'longest silence', run: async () => (await kill()).silenceMs },
      { name: 'end of thread to first turn', run: async () => (await kill()).recoveryMs },
      { name: 'boot to first completion', run: boot },
    ],
    { unit: 'ms' },
  );
  context.table('An executor dies under load, and a kernel boots', comparison);
  const slowest = comparison.contenders
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, samples }) => `${name} ${Math.max(...samples).toFixed(0)} ms`);
  context.note(`slowest of ${context.rounds}: ${slowest.join(', ')}`);
}

export const question: Question = {
  name: 'recovery',
  asks: 'how long is a process without its executor when that dies, and how long at boot?',
  readsAs: 'the start of one thread; boot starts two, one after the other.',
  run,
};
