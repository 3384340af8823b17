/** `uring sum`: the sums of all files under the paths, and on standard error what they took. */
import { type ByteString, toBytes } from './byte-string.ts';
import type { Engine, OpenEngine } from './engine.ts';
import { EXIT, Interruptions } from './exit.ts';
import { runJob } from './job.ts';
import { Output } from './output.ts';
import { ProgressLine } from './progress.ts';
import { asJson, asLine, failureLine, toJsonLine } from './report.ts';
import { describeSummary, type Summary, summarise } from './summary.ts';
import { Tally } from './tally.ts';
import { walk } from './walk.ts';

export interface SumOptions {
  readonly paths: readonly ByteString[];
  /** An algorithm of node:crypto with digests of one length. */
  readonly algorithm: string;
  readonly json: boolean;
}

/** The files of a tree, counted while they are summed, for a progress line that knows the end. */
class FileCount {
  /** Undefined until the count is complete. */
  total: number | undefined;
  #stopped = false;

  /** What the walk cannot read counts as it does in the job, which reports it. */
  async run(paths: readonly ByteString[], engine: Engine): Promise<void> {
    let found = 0;
    for (const step of walk(paths, engine.list)) {
      if (step instanceof Promise) await step;
      else found++;
      if (this.#stopped) return;
    }
    this.total = found;
  }

  stop(): void {
    this.#stopped = true;
  }
}

/** One run with its output. */
class SumRun {
  readonly #options: SumOptions;
  readonly #engine: Engine;
  readonly #interruptions: Interruptions;
  readonly #output: Output;
  readonly #tally = new Tally();
  readonly #startMs = performance.now();
  readonly #count = new FileCount();
  #progress: ProgressLine | undefined;

  constructor(options: SumOptions, engine: Engine, interruptions: Interruptions) {
    this.#options = options;
    this.#engine = engine;
    this.#interruptions = interruptions;
    this.#output = new Output({
      stream: process.stdout,
      beforeWrite: () => {
        if (process.stdout.isTTY) this.#progress?.clear();
      },
      onError: (error) => interruptions.interrupt(error),
    });
  }

  /** The exit code. */
  async run(): Promise<number> {
    const { signal } = this.#interruptions;
    const format = this.#options.json ? asJson(this.#options.algorithm) : asLine;
    if (process.stderr.isTTY) this.#showProgress();
    try {
      await runJob({
        engine: this.#engine,
        paths: this.#options.paths,
        signal,
        report: (result) => {
          this.#tally.add(result);
          if (result.sum === undefined) this.#complain(failureLine(result));
          return this.#output.write(format(result));
        },
      });
    } finally {
      this.#count.stop();
      this.#progress?.stop();
    }
    await this.#finish();
    const ending = this.#interruptions.ending();
    if (ending?.message !== undefined) this.#complain(`uring: ${ending.message}\n`);
    return ending?.code ?? (this.#tally.failed > 0 ? EXIT.failed : EXIT.ok);
  }

  async #finish(): Promise<void> {
    const summary = this.#summarise();
    if (this.#options.json) this.#output.write(toJsonLine({ summary }));
    await this.#output.flush();
    const readerLeft = typeof this.#interruptions.reason === 'object';
    if (!this.#options.json && !readerLeft) this.#complain(describeSummary(summary));
  }

  #summarise(): Summary {
    return summarise({
      engine: this.#engine.name,
      tally: this.#tally,
      durationMs: performance.now() - this.#startMs,
      counters: this.#engine.counters?.() ?? {},
      interrupted: this.#interruptions.reason !== undefined,
    });
  }

  #complain(text: ByteString): void {
    this.#progress?.clear();
    process.stderr.write(toBytes(text));
  }

  #showProgress(): void {
    void this.#count.run(this.#options.paths, this.#engine);
    this.#progress = new ProgressLine(process.stderr, () => ({
      filesDone: this.#tally.files + this.#tally.failed,
      filesTotal: this.#count.total,
      bytes: this.#tally.bytes,
      elapsedMs: performance.now() - this.#startMs,
    }));
  }
}

/** Runs the command; its exit code. */
export async function sum(options: SumOptions, open: OpenEngine): Promise<number> {
  const interruptions = new Interruptions();
  const engine = await open(options.algorithm);
  try {
    return await new SumRun(options, engine, interruptions).run();
  } finally {
    if (!interruptions.endsProcess) await engine.close();
    interruptions.close();
  }
}
