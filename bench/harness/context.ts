/** What a question is given: turns for its contenders, and a place for what they say. */
import type { Native } from '../native/native.ts';
import { type Bar, type BarAsked, describeVerdict, judge } from './bar.ts';
import { Comparison } from './comparison.ts';
import { type Contender, interleave } from './interleave.ts';

export interface Question {
  readonly name: string;
  readonly asks: string;
  /** How to read the answer: what is expected, and what would be a surprise. */
  readonly readsAs: string;
  run(context: Context): Promise<void>;
}

/** All that one question leaves behind; plain data, fit for JSON. */
export interface Report {
  readonly name: string;
  readonly asks: string;
  readonly readsAs: string;
  readonly rounds: number;
  readonly scale: number;
  readonly elapsedMs: number;
  readonly checksum: number;
  readonly bars: readonly Bar[];
  readonly notes: readonly string[];
  readonly comparisons: readonly object[];
}

export interface Effort {
  readonly rounds: number;
  /** The share of a full run's operations that a round performs. */
  readonly scale: number;
}

export const FULL: Effort = { rounds: 15, scale: 1 };
export const SHORT: Effort = { rounds: 5, scale: 0.1 };

export class Context {
  readonly rounds: number;
  readonly scale: number;
  /** The C baseline, where a compiler could build it. */
  readonly native: Native | undefined;
  readonly #print: (text: string) => void;
  readonly #comparisons: { comparison: Comparison; title: string | undefined }[] = [];
  readonly #bars: Bar[] = [];
  readonly #notes: string[] = [];
  readonly #closers: (() => unknown)[] = [];
  readonly #startMs = performance.now();
  #checksum = 0;

  constructor(options: {
    readonly effort: Effort;
    readonly native?: Native | undefined;
    readonly print?: (text: string) => void;
  }) {
    this.rounds = options.effort.rounds;
    this.scale = options.effort.scale;
    this.native = options.native;
    this.#print = options.print ?? console.log;
  }

  /** How many operations this run performs of those a full run would; at least one. */
  count(full: number): number {
    return Math.max(1, Math.round(full * this.scale));
  }

  /** Measures in turns. Undefined contenders are left out; the first is the default reference. */
  async interleave(
    contenders: readonly (Contender | undefined)[],
    options: { readonly reference?: string; readonly rounds?: number; readonly unit?: string } = {},
  ): Promise<Comparison> {
    const present = contenders.filter((contender) => contender !== undefined);
    const reference = options.reference ?? present[0]?.name ?? '';
    const measured = await interleave(present, { rounds: options.rounds ?? this.rounds });
    const comparison = new Comparison(measured, { reference, unit: options.unit ?? 'ns/op' });
    this.#comparisons.push({ comparison, title: undefined });
    return comparison;
  }

  /** Prints the table and takes down the bars that its contenders carry. */
  table(title: string, comparison: Comparison): void {
    const kept = this.#comparisons.find((each) => each.comparison === comparison);
    if (kept !== undefined) kept.title = title;
    this.#print(`\n${title}\n${comparison.table()}`);
    this.#bars.push(...comparison.bars(title));
  }

  /** Takes down a bar that no contender carries: against a second reference, or no ratio at all. */
  bar(asked: BarAsked): Bar {
    const bar = judge(asked);
    this.#bars.push(bar);
    this.#print(`${bar.name}: ${bar.measured}, bar ${bar.limit}: ${describeVerdict(bar)}`);
    return bar;
  }

  /** Adds what the work computed to a printed sum, so that no compiler may leave the work out. */
  checksum(amount: number): void {
    if (!Number.isFinite(amount)) throw new RangeError(`${amount} is no checksum`);
    this.#checksum = (this.#checksum + amount) % Number.MAX_SAFE_INTEGER;
  }

  /** A printed sentence that the results keep. */
  note(text: string): void {
    this.#notes.push(text);
    this.#print(text);
  }

  /** Runs after the question, last added first, even when it failed. */
  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      await close();
    }
  }

  report({ name, asks, readsAs }: Question): Report {
    const elapsedMs = Math.round(performance.now() - this.#startMs);
    this.#print(`\nchecksum ${this.#checksum}, ${(elapsedMs / 1000).toFixed(1)} s`);
    return {
      ...{ name, asks, readsAs, elapsedMs },
      rounds: this.rounds,
      scale: this.scale,
      checksum: this.#checksum,
      bars: this.#bars,
      notes: this.#notes,
      comparisons: this.#comparisons.map(({ title, comparison }) => ({
        title,
        ...comparison.toJSON(),
      })),
    };
  }
}
