/** What a process may see of its requests when executors die: law 2, one request at a time. */
import { fail } from '../../src/abi/errno.ts';
import { POLL } from '../../src/abi/poll.ts';

export type Entry =
  | 'nop'
  | 'effect'
  | 'linked'
  | 'drained'
  | 'silent'
  | 'timeout'
  | 'shots'
  | 'counted'
  | 'bad'
  | 'poll'
  | 'cancel'
  | 'message';

/** What the process saw of one request. */
export interface Fate {
  readonly entry: Entry;
  readonly results: number[];
  /** The request that a cancel is for. */
  readonly target?: number | undefined;
  /** Messages of it that came. */
  arrivals: number;
  runs: number;
  more: number;
}

const LOST = fail('EOWNERDEAD');
const CANCELED = fail('ECANCELED');

/** Law 2 for one request: what is wrong with its fate, or undefined. */
export function violation({ entry, results, runs, more, arrivals }: Fate): string | undefined {
  const [res] = results;
  if (results.length > 1) return `${entry}: ${results.length} terminal CQEs`;
  if (runs > 1) return `${entry}: ran ${runs} times`;
  if (res === undefined) return entry === 'silent' && runs === 1 ? undefined : `${entry}: lost`;
  if (arrivals > 1) return `${entry}: came ${arrivals} times`;
  if (arrivals === 1 && entry === 'message' && res === CANCELED)
    return 'message: came, yet was called cancelled';
  if (entry === 'message' && res === 0 && arrivals === 0) return 'message: sent, and lost';
  if (res === CANCELED && runs > 0) return `${entry}: ran, yet was called cancelled`;
  if (res === LOST || res === CANCELED) return undefined;
  const expected: Record<Entry, readonly number[]> = {
    nop: [0],
    effect: [0],
    linked: [0],
    drained: [0, fail('EOPNOTSUPP')], // refused once somebody asked for silence
    silent: [],
    timeout: [fail('ETIME')],
    shots: [fail('ETIME')],
    counted: [fail('ETIME'), 0],
    bad: [fail('EINVAL')],
    poll: [POLL.IN | POLL.RDNORM],
    cancel: [0, fail('ENOENT')],
    message: [0],
  };
  if (!expected[entry].includes(res)) return `${entry}: ended with ${res}`;
  const ran = entry === 'effect' || entry === 'linked' || (entry === 'drained' && res === 0);
  if (ran && runs !== 1) return `${entry}: said to have run, but did not`;
  return more > 2 ? `${entry}: ${more} shots before the last` : undefined;
}

/** A cancel that found its request: that one was taken back, or died with its executor. */
export function falseCancels(fates: ReadonlyMap<number, Fate>): string[] {
  return [...fates.values()].flatMap(({ entry, results, target }) => {
    if (entry !== 'cancel' || results[0] !== 0) return [];
    const { results: found } = fates.get(target!)!;
    return found[0] === CANCELED || found[0] === LOST ? [] : [`${target}: cancelled, yet ${found}`];
  });
}
