/** Where scenarios run one after the other: a thread for virtual time, or a polled kernel. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { PollTarget } from './poll-target.ts';
import { newFolder, PolledKernel, removeFolder } from './polled-kernel.ts';
import { GIVE_UP_MS, within } from './target.ts';
import { runFile, type Task, type Verdict, verdictOf } from './verdict.ts';

/** A scenario in virtual time takes milliseconds, unless the kernel goes in circles. */
const ENTER_LIMIT_MS = 10_000;
/** One in real time may wait some times for GIVE_UP_MS before it differs. */
const POLL_LIMIT_MS = 30_000;

/** Runs one scenario at a time. */
export interface Lane {
  run(task: Task): Promise<Verdict>;
  close(): Promise<void>;
}

const hung = (limitMs: number): Verdict => ({
  kind: 'different',
  detail: `it hangs: not over after ${limitMs} ms`,
});

/** What the thread of an EnterLane is told to run, in an empty folder. */
export interface EnterOrder {
  readonly task: Task;
  readonly folder: string;
}

/** Virtual time, on a thread of its own: a kernel that goes in circles cannot be stopped else. */
export class EnterLane implements Lane {
  readonly #program: URL;
  readonly #limitMs: number;
  #worker: Worker | undefined;

  constructor(program = new URL('./enter-worker.ts', import.meta.url), limitMs = ENTER_LIMIT_MS) {
    this.#program = program;
    this.#limitMs = limitMs;
  }

  async run(task: Task): Promise<Verdict> {
    this.#worker ??= new Worker(this.#program);
    const worker = this.#worker;
    const folder = newFolder();
    worker.postMessage({ task, folder } satisfies EnterOrder);
    try {
      const answer = await within(this.#limitMs, once(worker, 'message'));
      if (answer !== undefined) return answer[0] as Verdict;
      await this.close();
      return hung(this.#limitMs);
    } catch (error) {
      await this.close();
      return verdictOf(error);
    } finally {
      removeFolder(folder);
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

/** Real time. */
export class PollLane implements Lane {
  readonly #limitMs: number;
  #kernel: PolledKernel | undefined;

  constructor(limitMs = POLL_LIMIT_MS) {
    this.#limitMs = limitMs;
  }

  /** Boots its kernel, which run() would do otherwise. */
  async open(): Promise<PolledKernel> {
    this.#kernel ??= await PolledKernel.boot();
    return this.#kernel;
  }

  async run(task: Task): Promise<Verdict> {
    const kernel = await this.open();
    const verdict = await within(
      this.#limitMs,
      runFile(task, () => new PollTarget(kernel)),
    );
    if (verdict !== undefined && kernel.isReusable) kernel.clean();
    else await this.close();
    return verdict ?? hung(this.#limitMs);
  }

  async close(): Promise<void> {
    const kernel = this.#kernel;
    this.#kernel = undefined;
    if (kernel !== undefined) await within(GIVE_UP_MS, kernel.close()); // its thread may hang
  }
}
