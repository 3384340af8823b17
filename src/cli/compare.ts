/** `uring sum --compare`: the same job by this package and by its rivals, in turns. */
import { createHash } from 'node:crypto';
import { answer } from './answer.ts';
import { fromText, toBytes } from './byte-string.ts';
import type { Engine, OpenEngine } from './engine.ts';
import { EXIT, Interruptions } from './exit.ts';
import { codeOf } from './failure.ts';
import { formatBytes, formatCount, formatDuration, formatRate, formatTable } from './figures.ts';
import { runJob } from './job.ts';
import { PiscinaEngine } from './piscina-engine.ts';
import { PromisesEngine } from './promises-engine.ts';
import { asLine, toJsonLine } from './report.ts';
import type { SumOptions } from './sum.ts';

// Every round runs each engine once, and begins one engine further than the last, so that what
// drifts on the machine meets all of them. Threads are started before, and idle ones sleep. The
// first round is not counted: it fills the page cache and compiles the code. In it fs.promises runs
// once for each concurrency below, and keeps the one it was fastest with.

/** Odd, so that the median is a round. */
export const ROUNDS = 5;

/** Files in flight that fs.promises is tried with. */
export const CONCURRENCIES = [8, 16, 32, 64, 128];

/** One engine over the tree, once. */
export interface Lap {
  readonly durationMs: number;
  /** Processor time of all threads. */
  readonly cpuMs: number;
  readonly files: number;
  readonly bytes: number;
  /** Digest of everything that the job reported, in its order. */
  readonly checksum: string;
}

/** What an engine's laps come to. */
export interface Standing {
  readonly engine: string;
  readonly medianMs: number;
  readonly cpuMs: number;
  readonly files: number;
  readonly bytes: number;
  readonly checksum: string;
  /** Its median over the first engine's: above 1, it is slower. */
  readonly ratio: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Whose turn it is: each round starts one engine further. */
export const turnsOf = (round: number, engines: number): number[] =>
  Array.from({ length: engines }, (_, place) => (place + round) % engines);

/** Every lap must have reported the same; the message names the engines that did not agree. */
export function standingsOf(laps: ReadonlyMap<string, readonly Lap[]>): Standing[] {
  const checksums = new Set([...laps.values()].flat().map(({ checksum }) => checksum));
  if (checksums.size > 1) {
    const each = [...laps].map(
      ([name, own]) => `${name} ${[...new Set(own.map(({ checksum }) => checksum.slice(0, 12)))]}`,
    );
    throw new Error(`the engines do not agree, or the files changed: ${each.join(', ')}`);
  }
  const reference = median([...laps.values()][0]!.map(({ durationMs }) => durationMs));
  return [...laps].map(([engine, own]) => {
    const medianMs = median(own.map(({ durationMs }) => durationMs));
    const { files, bytes, checksum } = own[0]!;
    const cpuMs = median(own.map((lap) => lap.cpuMs));
    return { engine, medianMs, cpuMs, files, bytes, checksum, ratio: medianMs / reference };
  });
}

/** The table for people. */
export function describeStandings(standings: readonly Standing[]): string {
  const rows = standings.map((each) => [
    each.engine,
    formatDuration(each.medianMs),
    formatRate(each.bytes, each.medianMs),
    `${formatCount(Math.round((each.files * 1000) / each.medianMs))}/s`,
    formatDuration(each.cpuMs),
    `${each.ratio.toFixed(2)}x`,
  ]);
  const { files, bytes, checksum } = standings[0]!;
  return (
    formatTable([['', 'median', 'bytes', 'files', 'cpu', 'time'], ...rows]) +
    `${formatCount(files)} files, ${formatBytes(bytes)}, ${ROUNDS} rounds; ` +
    `all results equal: ${checksum.slice(0, 16)}\n`
  );
}

class Race {
  readonly #options: SumOptions;
  readonly #signal: AbortSignal;

  constructor(options: SumOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  async lap(engine: Engine): Promise<Lap> {
    const { paths } = this.#options;
    const reported = createHash('sha256');
    let files = 0;
    let bytes = 0;
    const cpuBefore = process.cpuUsage();
    const startMs = performance.now();
    await runJob({
      engine,
      paths,
      signal: this.#signal,
      report: (result) => {
        files += result.sum === undefined ? 0 : 1;
        bytes += result.sum?.bytes ?? 0;
        const failed = result.sum === undefined ? `${codeOf(result.error)} ${result.path}` : '';
        reported.update(toBytes(asLine(result) + failed));
      },
    });
    const durationMs = performance.now() - startMs;
    const cpu = process.cpuUsage(cpuBefore);
    const checksum = reported.digest('hex');
    return { durationMs, cpuMs: (cpu.user + cpu.system) / 1000, files, bytes, checksum };
  }

  /** The engine of fs.promises with the concurrency that it is fastest with. */
  async tune(): Promise<Engine> {
    let best: { engine: Engine; durationMs: number } | undefined;
    for (const inFlight of CONCURRENCIES) {
      const engine = new PromisesEngine(this.#options.algorithm, inFlight);
      const { durationMs } = await this.lap(engine);
      if (best === undefined || durationMs < best.durationMs) best = { engine, durationMs };
    }
    return best!.engine;
  }

  /** Empty when it was interrupted. */
  async run(ours: Engine, piscina: Engine): Promise<Standing[]> {
    await this.lap(ours);
    await this.lap(piscina);
    const engines = [ours, await this.tune(), piscina];
    const laps = new Map(engines.map(({ name }) => [name, [] as Lap[]]));
    for (let round = 0; round < ROUNDS && !this.#signal.aborted; round++)
      for (const turn of turnsOf(round, engines.length)) {
        const engine = engines[turn]!;
        laps.get(engine.name)!.push(await this.lap(engine));
      }
    return this.#signal.aborted ? [] : standingsOf(laps);
  }
}

/** Runs the command; its exit code. Throws when the engines do not agree. */
export async function compare(options: SumOptions, open: OpenEngine): Promise<number> {
  const interruptions = new Interruptions();
  const ours = await open(options.algorithm);
  const piscina = new PiscinaEngine(options.algorithm);
  try {
    const standings = await new Race(options, interruptions.signal).run(ours, piscina);
    if (standings.length === 0) return interruptions.ending()?.code ?? EXIT.failed;
    const text = options.json
      ? standings.map(toJsonLine).join('')
      : fromText(describeStandings(standings));
    return await answer(text, { code: EXIT.ok, interruptions });
  } finally {
    if (!interruptions.endsProcess) await Promise.all([ours.close(), piscina.close()]);
    interruptions.close();
  }
}
