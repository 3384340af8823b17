/** One run of an engine over a tree: files in flight within bounds, results in the walk's order. */
import type { ByteString } from './byte-string.ts';
import type { Engine, Sum, SumEnd } from './engine.ts';
import { walk } from './walk.ts';

/**
 * Files that are known and not reported yet, for want of the result of an earlier one: so many can
 * overtake a large file. A few hundred bytes each.
 */
export const PENDING_MAX = 16_384;

/** A file's end: its sum or the reason why there is none, and how long it took from the request. */
export interface Result {
  readonly path: ByteString;
  readonly sum?: Sum | undefined;
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

/** A file from being found to being reported: one object for all that is known of it. */
class Pending implements Result, SumEnd {
  readonly path: ByteString;
  sum: Sum | undefined;
  error: unknown;
  /** Until it ended, when it began. */
  durationMs = performance.now();
  isOver = false;
  readonly #ended: (pending: Pending) => void;

  constructor(path: ByteString, ended: (pending: Pending) => void) {
    this.path = path;
    this.#ended = ended;
  }

  summed(sum: Sum): void {
    this.sum = sum;
    this.#end();
  }

  failed(reason: unknown): void {
    this.error = reason;
    this.#end();
  }

  #end(): void {
    this.durationMs = performance.now() - this.durationMs;
    this.isOver = true;
    this.#ended(this);
  }
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
      for (const step of walk(paths, engine.list)) {
        if (step instanceof Promise) {
          await step;
          if (this.#isOver()) break;
          continue;
        }
        while (this.#isFull() && !this.#isOver()) await this.#change();
        if (this.#slowReport !== undefined) await this.#slowReport;
        if (this.#isOver()) break;
        if (step.error === undefined) this.#begin(step.path);
        else this.#add(step.path).failed(step.error);
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

  #begin(path: ByteString): void {
    const pending = this.#add(path);
    this.#parts.engine.sum(path, pending);
  }

  #add(path: ByteString): Pending {
    const pending = new Pending(path, this.#ended);
    this.#pending.push(pending);
    this.#inFlight++;
    return pending;
  }

  readonly #ended = (pending: Pending): void => {
    this.#inFlight--;
    if (this.#pending[this.#reported] === pending) this.#reportInOrder();
    this.#wake();
  };

  /** Reports what nothing earlier holds up any more. */
  #reportInOrder(): void {
    try {
      for (; this.#reported < this.#pending.length && !this.#isOver(); ) {
        const pending = this.#pending[this.#reported]!;
        if (!pending.isOver) break;
        this.#reported++;
        this.#report(pending);
      }
    } catch (error) {
      this.#failure = { error };
    }
    if (this.#reported < this.#pendingMax) return;
    this.#pending = this.#pending.slice(this.#reported);
    this.#reported = 0;
  }

  #report(pending: Pending): void {
    const slow = this.#parts.report(pending);
    if (slow === undefined || slow === this.#slowReport) return;
    this.#slowReport = slow.finally(() => {
      this.#slowReport = undefined;
    });
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
