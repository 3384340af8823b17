/** The engine of this package: files hashed by executors, through rings. */
import { open } from '../doors/open.ts';
import type { Uring } from '../doors/uring.ts';
import type { ExecutorStats } from '../manager/stats.ts';
import { type ByteString, toBytes } from './byte-string.ts';
import type { Counters, Engine, OpenEngine, Sum } from './engine.ts';
import { listDirectory } from './promises-engine.ts';

/** Files in flight for each executor: enough for a batch to wait while one is served. */
const IN_FLIGHT_PER_EXECUTOR = 128;

export class UringEngine implements Engine {
  readonly name = 'uring';
  readonly inFlightMax: number;
  readonly #uring: Uring;
  readonly #algorithm: string;

  private constructor(uring: Uring, algorithm: string, executors: number) {
    this.inFlightMax = executors * IN_FLIGHT_PER_EXECUTOR;
    this.#uring = uring;
    this.#algorithm = algorithm;
  }

  /** Boots a kernel with so many executors. */
  static opener(executors: number): OpenEngine {
    return async (algorithm) => new UringEngine(await open({ executors }), algorithm, executors);
  }

  /** By node:fs, as the rivals do: a listing takes three requests, and each waits behind files. */
  readonly list = listDirectory;

  async sum(path: ByteString): Promise<Sum> {
    const { digest, bytes } = await this.#uring.sumFile(toBytes(path), this.#algorithm);
    return { digest: digest.toString('hex'), bytes };
  }

  counters(): Counters {
    const { peakBytes, kernel } = this.#uring.stats();
    const executors = kernel?.executors ?? [];
    const total = (of: (stats: ExecutorStats) => number): number =>
      executors.reduce((sum, stats) => sum + of(stats), 0);
    return {
      executors: executors.length,
      completed: total(({ completed }) => completed),
      overflowed: total(({ overflowed }) => overflowed),
      sleeps: total(({ parks }) => parks),
      rescues: total(({ rescues }) => rescues),
      'peak bytes of ring memory': peakBytes,
    };
  }

  close(): Promise<void> {
    return this.#uring.close();
  }
}
