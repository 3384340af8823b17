/** A thread that swaps what a name stands for while a race goes on. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** What the thread does with three paths of the host. */
export interface Swap {
  /** The name that is there, goes away, and comes back. */
  readonly name: string;
  /** Where it is meanwhile. */
  readonly aside: string;
  /** What takes the name meanwhile, if anything does. */
  readonly other?: string;
}

/** Outcomes of a race, by what was seen, and how often. */
export type Seen = Map<string, number>;

/**
 * Tries something while names are swapped, until each outcome of `wanted` was seen `times` times,
 * or `triesMax` tries were in vain.
 */
export async function raceSwaps(
  swap: Swap,
  attempt: () => string | Promise<string>,
  { wanted, times, triesMax }: { wanted: readonly string[]; times: number; triesMax: number },
): Promise<Seen> {
  const worker = new Worker(new URL('./workers/swap.ts', import.meta.url), { workerData: swap });
  await once(worker, 'message');
  const seen: Seen = new Map();
  const isEnough = (): boolean => wanted.every((outcome) => (seen.get(outcome) ?? 0) >= times);
  for (let tries = 0; tries < triesMax && !isEnough(); tries++) {
    const outcome = await attempt();
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  }
  worker.postMessage('stop');
  await once(worker, 'exit');
  return seen;
}
