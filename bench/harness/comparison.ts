/** What one interleaved run of contenders says: medians, ratios, and the table of them. */
import { type Bar, describeLimit, describeRatio, describeVerdict, digits, judge } from './bar.ts';
import type { Measured } from './interleave.ts';
import { median, quantile, type Ratio, ratioOfMedians } from './statistics.ts';

export class Comparison {
  readonly contenders: readonly Measured[];
  /** The contender all others are set against. */
  readonly reference: string;
  readonly unit: string;

  constructor(contenders: readonly Measured[], options: { reference: string; unit: string }) {
    this.contenders = contenders;
    this.reference = options.reference;
    this.unit = options.unit;
  }

  /** Undefined when no such contender was given, or it could not run here. */
  median(name: string): number | undefined {
    const samples = this.#samples(name);
    return samples && median(samples);
  }

  /** Time over time: below 1, `name` is the faster of the two. */
  ratio(name: string, against = this.reference): Ratio | undefined {
    const samples = this.#samples(name);
    const reference = this.#samples(against);
    return samples && reference && ratioOfMedians({ samples, reference });
  }

  /** The inverse of ratio: how many times faster `name` is. */
  speedup(name: string, against = this.reference): Ratio | undefined {
    return this.ratio(against, name);
  }

  /** The bars that contenders carry themselves, judged against the reference. */
  bars(title: string): Bar[] {
    return this.contenders.flatMap(({ name, bar }) =>
      bar === undefined
        ? []
        : [
            judge({
              ...bar,
              name: `${title}: ${name} / ${this.reference}`,
              value: this.ratio(name),
            }),
          ],
    );
  }

  table(): string {
    const head = ['contender', this.unit, 'p25 .. p75', 'cores', `/ ${this.reference}`, 'bar'];
    return align([head, ...this.contenders.map((contender) => this.#row(contender))]);
  }

  toJSON(): object {
    const { reference, unit } = this;
    const contenders = this.contenders.map((contender) => ({
      ...contender,
      median: this.median(contender.name),
      ratio: this.ratio(contender.name),
    }));
    return { reference, unit, contenders };
  }

  #samples(name: string): readonly number[] | undefined {
    const samples = this.contenders.find((contender) => contender.name === name)?.samples;
    return samples?.length ? samples : undefined;
  }

  #row({ name, samples, coresBusy, bar }: Measured): string[] {
    if (samples.length === 0) return [name, '-', 'not possible here'];
    const ratio = this.ratio(name);
    const limit =
      bar && `${describeLimit(bar)} ${describeVerdict(judge({ ...bar, name, value: ratio }))}`;
    return [
      name,
      digits(median(samples)),
      `${digits(quantile(samples, 0.25))} .. ${digits(quantile(samples, 0.75))}`,
      median(coresBusy).toFixed(1),
      name === this.reference || ratio === undefined ? '-' : describeRatio(ratio),
      limit ?? '',
    ];
  }
}

/** Left-aligned names, right-aligned figures, two spaces between. */
export function align(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isLeft = (column: number): boolean => column === 0 || column === columns - 1;
  return rows
    .map((row) =>
      row
        .map((cell, at) => (isLeft(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
