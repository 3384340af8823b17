/** One run of an engine over a tree: files in flight within bounds, results in the walk's order. */
import type { ByteString } from './byte-string.ts';
import type { Engine, Sum } from './engine.ts';
import { type Found, walk } from './walk.ts';

/**
 * Files that are known and not reported yet, for want of the result of an earlier one: so many can
 * overtake a large file. A few hundred bytes each.
 */
export const PENDING_MAX = 4096;

/** A file's end: its sum or the reason why there is none, and how long it took from the request. */
export interface Result {
  readonly path: ByteString;
  readonly sum?: Sum;
  readonly error?: unknown;
  readonly durationMs: number;
}

export interface JobParts {
  readonly engine: Engine;
  readonly paths: readonly ByteString[];
  /** Gets every result once, in order. A promise that it returns holds up new files. */
  readonly report: (result: Result) => void | Promise<void>;
  /** Ends the job early; results of files in flight are then dropped. */
  readonly signal: AbortSignal;
  /** Default PENDING_MAX. */
  readonly pendingMax?: number;
}

/** A file between being found and being reported; `result` stands when it is summed. */
interface Pending {
  result: Result | undefined;
}

class Job {
  readonly #parts: JobParts;
  readonly #pendingMax: number;
  /** In the walk's order; what is before #reported is over. */
  #pending: Pending[] = [];
  #reported = 0;
  #inFlight = 0;
  #slowReport: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => {};

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.#pendingMax = parts.pendingMax ?? PENDING_MAX;
  }

  async run(): Promise<void> {
    const { engine, paths, signal } = this.#parts;
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      for await (const found of walk(paths, engine.list)) {
        while (this.#isFull() && !this.#isOver()) await this.#change();
        await this.#slowReport;
        if (this.#isOver()) break;
        this.#begin(found);
      }
      while (this.#count() > 0 && !this.#isOver()) await this.#change();
      await this.#slowReport;
    } finally {
      signal.removeEventListener('abort', wake);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #count(): number {
    return this.#pending.length - this.#reported;
  }

  #isFull(): boolean {
    return this.#inFlight >= this.#parts.engine.inFlightMax || this.#count() >= this.#pendingMax;
  }

  #isOver(): boolean {
    return this.#parts.signal.aborted || this.#failure !== undefined;
  }

  #begin({ path, error }: Found): void {
    const pending: Pending = { result: undefined };
    this.#pending.push(pending);
    const startMs = performance.now();
    const end = (outcome: { sum: Sum } | { error: unknown }): void => {
      pending.result = { path, ...outcome, durationMs: performance.now() - startMs };
      this.#reportInOrder();
    };
    if (error !== undefined) {
      end({ error });
      return;
    }
    this.#inFlight++;
    this.#parts.engine.sum(path).then(
      (sum) => {
        this.#inFlight--;
        end({ sum });
      },
      (reason: unknown) => {
        this.#inFlight--;
        end({ error: reason });
      },
    );
  }

  /** Reports what nothing earlier holds up any more. */
  #reportInOrder(): void {
    try {
      while (this.#reported < this.#pending.length && !this.#isOver()) {
        const { result } = this.#pending[this.#reported]!;
        if (result === undefined) break;
        this.#reported++;
        this.#slowReport = this.#parts.report(result) ?? this.#slowReport;
      }
    } catch (error) {
      this.#failure = { error };
    }
    if (this.#reported >= this.#pendingMax) {
      this.#pending = this.#pending.slice(this.#reported);
      this.#reported = 0;
    }
    this.#wake();
  }

  /** Resolves when a file ended or the signal came. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Sums every regular file under the paths; resolves when all are reported, or the signal came. */
export const runJob = (parts: JobParts): Promise<void> => new Job(parts).run();
