/** The engine of piscina and synchronous reads: what a careful program does with a thread pool. */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { ByteString } from './byte-string.ts';
import { Directories } from './directories.ts';
import type { Engine, SumEnd } from './engine.ts';
import type { BatchResult, SumBatch } from './piscina-task.ts';

/** Files in one task: a task costs tens of microseconds, and this many files share it. */
const BATCH_FILES = 64;

/** Tasks in flight for each thread: the next is there when one ends. */
const TASKS_PER_THREAD = 2;

interface Waiting {
  readonly path: ByteString;
  readonly end: SumEnd;
}

export class PiscinaEngine implements Engine {
  readonly name = 'piscina';
  readonly inFlightMax: number;
  readonly #algorithm: string;
  readonly #pool: Piscina;
  #waiting: Waiting[] = [];

  constructor(algorithm: string, threads = availableParallelism()) {
    const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.inFlightMax = threads * TASKS_PER_THREAD * BATCH_FILES;
    this.#algorithm = algorithm;
    this.#pool = new Piscina({
      // By its folder: the build puts this module into another one (rolldown.config.ts).
      filename: new URL(`../cli/piscina-task.${suffix}`, import.meta.url).href,
      name: 'sumFiles',
      minThreads: threads,
      maxThreads: threads,
    });
  }

  readonly list = new Directories().list;

  /** Files asked for in one turn of the event loop share tasks. */
  sum(path: ByteString, end: SumEnd): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#send());
    this.#waiting.push({ path, end });
    if (this.#waiting.length === BATCH_FILES) this.#send();
  }

  #send(): void {
    const batch = this.#waiting;
    if (batch.length === 0) return; // it was full before its turn ended
    this.#waiting = [];
    const task: SumBatch = { algorithm: this.#algorithm, paths: batch.map(({ path }) => path) };
    this.#pool.run(task).then(
      (results: BatchResult) =>
        batch.forEach(({ end }, i) => {
          const result = results[i]!;
          if ('digest' in result) end.summed(result);
          else end.failed(Object.assign(new Error(result.message), { code: result.code }));
        }),
      (error: unknown) => {
        for (const { end } of batch) end.failed(error);
      },
    );
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
