/** Runs contenders in turns, round by round, so that whatever drifts drifts under all of them. */
import type { Limit } from './bar.ts';

/**
 * What one round of a contender measured: a number (usually ns per operation), or the number with
 * the cores kept busy where the work ran in another process, or undefined: not possible here.
 */
export type Sample = number | { readonly value: number; readonly coresBusy: number } | undefined;

export interface Contender {
  readonly name: string;
  readonly run: () => Sample | Promise<Sample>;
  /** A promise about this contender's ratio to the reference; lower is better. */
  readonly bar?: Limit;
}

export interface Measured {
  readonly name: string;
  readonly bar?: Limit;
  /** The round before the first, kept but never counted. */
  readonly warmUp: number | undefined;
  /** One per round, in order; none when the contender cannot run here. */
  readonly samples: readonly number[];
  /** Processor seconds per second of wall time, all threads; one per round. */
  readonly coresBusy: readonly number[];
}

/** Which contender runs when: each round starts one further, so none is always first. */
export function orderOf(turn: { readonly round: number; readonly contenders: number }): number[] {
  return Array.from(
    { length: turn.contenders },
    (_, place) => (place + turn.round) % turn.contenders,
  );
}

interface Taken {
  readonly value: number;
  readonly coresBusy: number;
}

/** Garbage of one contender must not be collected on the clock of the next. */
async function settle(): Promise<void> {
  await new Promise((resume) => setImmediate(resume));
  globalThis.gc?.({ type: 'minor', execution: 'sync' });
}

async function take(contender: Contender): Promise<Taken | undefined> {
  await settle();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const sample = await contender.run();
  const wallUs = (performance.now() - startMs) * 1000;
  const cpu = process.cpuUsage(cpuBefore);
  if (sample === undefined) return undefined;
  const taken =
    typeof sample === 'number'
      ? { value: sample, coresBusy: (cpu.user + cpu.system) / wallUs }
      : sample;
  if (!Number.isFinite(taken.value) || taken.value < 0) {
    throw new RangeError(`'${contender.name}' measured ${taken.value}, which is no amount`);
  }
  return taken;
}

function demandDistinctNames(contenders: readonly Contender[]): void {
  const names = new Set<string>();
  for (const { name } of contenders) {
    if (names.has(name)) throw new TypeError(`two contenders are called '${name}'`);
    names.add(name);
  }
}

/** One warm-up each, then `rounds` rounds; a contender that yields undefined once is out. */
export async function interleave(
  contenders: readonly Contender[],
  options: { readonly rounds: number },
): Promise<Measured[]> {
  demandDistinctNames(contenders);
  const lanes = contenders.map((contender) => ({
    contender,
    able: true,
    warmUp: undefined as number | undefined,
    taken: [] as Taken[],
  }));
  for (let round = -1; round < options.rounds; round++) {
    for (const index of orderOf({ round: Math.max(round, 0), contenders: lanes.length })) {
      const lane = lanes[index]!;
      if (!lane.able) continue;
      const taken = await take(lane.contender);
      if (taken === undefined) lane.able = false;
      else if (round < 0) lane.warmUp = taken.value;
      else lane.taken.push(taken);
    }
  }
  return lanes.map(({ contender, able, warmUp, taken }) => ({
    name: contender.name,
    ...(contender.bar === undefined ? {} : { bar: contender.bar }),
    warmUp,
    samples: able ? taken.map((each) => each.value) : [],
    coresBusy: able ? taken.map((each) => each.coresBusy) : [],
  }));
}
