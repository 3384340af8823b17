/** The engine of this package: directories listed and files hashed by executors, through rings. */
import type { Dirent } from '../doors/directory.ts';
import { open } from '../doors/open.ts';
import type { Uring } from '../doors/uring.ts';
import { type ByteString, toBytes } from './byte-string.ts';
import type { Counters, Engine, Entry, OpenEngine, Sum } from './engine.ts';

/** Files in flight for each executor: enough for a batch to wait while one is served. */
const IN_FLIGHT_PER_EXECUTOR = 64;

const kindOf = (entry: Dirent): Entry['kind'] =>
  entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';

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

  readonly list = async (path: ByteString): Promise<Entry[]> => {
    const options = { encoding: 'latin1', withFileTypes: true } as const;
    const entries = await this.#uring.readdir(toBytes(path), options);
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  };

  async sum(path: ByteString): Promise<Sum> {
    const bytes = toBytes(path);
    const [digest, { size }] = await Promise.all([
      this.#uring.hashFile(bytes, this.#algorithm, { encoding: 'hex' }),
      this.#uring.stat(bytes),
    ]);
    return { digest: digest.toString(), bytes: size };
  }

  counters(): Counters {
    const { lanes, peakBytes } = this.#uring.stats();
    return { lanes: lanes.length, 'peak bytes of ring memory': peakBytes };
  }

  close(): Promise<void> {
    return this.#uring.close();
  }
}
