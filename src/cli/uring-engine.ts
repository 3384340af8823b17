/** The engine of this package: files hashed by executors, through rings. */
import { IoUringManager } from '../manager/manager.ts';
import type { ExecutorStats } from '../manager/stats.ts';
import type { ByteString } from './byte-string.ts';
import { Directories } from './directories.ts';
import type { Counters, Engine, OpenEngine, SumEnd } from './engine.ts';
import { HashLane, PLACES } from './hash-lane.ts';

/**
 * Files that a lane may have more than another and get the next all the same: so lanes take turns,
 * and two large files that are neighbours (a package and its like) go to two executors.
 */
const LEAD_MAX = 32;

export class UringEngine implements Engine {
  readonly name = 'uring';
  readonly inFlightMax: number;
  readonly #manager: IoUringManager;
  readonly #lanes: readonly HashLane[];
  #turn = 0;
  /** By node:fs, as the rivals do: in a ring a listing waits behind files. */
  readonly list = new Directories().list;

  private constructor(manager: IoUringManager, algorithm: string, executors: number) {
    const parts = { algorithm, directory: process.cwd() };
    this.#manager = manager;
    this.#lanes = Array.from({ length: executors }, (_, i) => new HashLane(manager, i, parts));
    this.inFlightMax = executors * PLACES;
  }

  /** Boots a kernel with so many executors. */
  static opener(executors: number): OpenEngine {
    return async (algorithm) =>
      new UringEngine(new IoUringManager({ executors }), algorithm, executors);
  }

  sum(path: ByteString, end: SumEnd): void {
    let best = this.#lanes[0]!;
    for (const lane of this.#lanes) if (lane.load < best.load) best = lane;
    this.#turn = (this.#turn + 1) % this.#lanes.length;
    const next = this.#lanes[this.#turn]!;
    (next.load <= best.load + LEAD_MAX ? next : best).add(path, end);
  }

  counters(): Counters {
    const { executors } = this.#manager.stats();
    const total = (of: (stats: ExecutorStats) => number): number =>
      executors.reduce((sum, stats) => sum + of(stats), 0);
    return {
      executors: executors.length,
      completed: total(({ completed }) => completed),
      overflowed: total(({ overflowed }) => overflowed),
      sleeps: total(({ parks }) => parks),
      rescues: total(({ rescues }) => rescues),
    };
  }

  close(): Promise<void> {
    return this.#manager.close();
  }
}
