/** What every door does: calls through lanes, batches, leases, and the end. */
import type { KernelStats } from '../manager/stats.ts';
import { attempt, toInteger } from './arguments.ts';
import { closedError } from './errors.ts';
import type { DoorKernel } from './kernel.ts';
import { Lanes } from './lanes.ts';
import type { BufferLease } from './lease.ts';
import { type Path, toPath } from './path.ts';
import { inScope } from './scope.ts';
import { SizeGuess } from './size-guess.ts';
import { Staging } from './staging.ts';

/** The results of what a batch began. */
type Settled<T extends readonly unknown[]> = {
  -readonly [K in keyof T]: PromiseSettledResult<Awaited<T[K]>>;
};

/** What a door is doing. */
export interface UringStats {
  /** For each lane: calls in the ring, and calls that wait for room in it. */
  readonly lanes: readonly { readonly inFlight: number; readonly waiting: number }[];
  /** Bytes of memory in use by calls and leases, the most so far, and all there are. */
  readonly usedBytes: number;
  readonly peakBytes: number;
  readonly capacityBytes: number;
  /** What the executors did so far; undefined on an inline kernel. */
  readonly kernel: KernelStats | undefined;
}

/** The part of a door that is not about files. */
export abstract class Door implements AsyncDisposable {
  readonly #kernel: DoorKernel;
  readonly #cwd: string | undefined;
  protected readonly lanes: Lanes;
  protected readonly guess: SizeGuess;
  #closing: Promise<void> | undefined;

  /** Relative paths begin at `cwd`, or where the process is at the time. */
  constructor(kernel: DoorKernel, cwd: string | undefined) {
    const staging = new Staging(kernel.memory);
    this.#kernel = kernel;
    this.#cwd = cwd;
    this.lanes = new Lanes(kernel.rings, staging);
    this.guess = new SizeGuess(staging.pieceBytes);
  }

  /**
   * What `begin` begins is submitted together before this returns, and answered together: one
   * result for each, in its order; a failure of one is no failure of the others.
   */
  batch<const T extends readonly unknown[]>(begin: (uring: this) => T): Promise<Settled<T>> {
    return this.attempt((lanes) => {
      const begun = begin(this);
      lanes.submit();
      return Promise.allSettled(begun) as Promise<Settled<T>>;
    });
  }

  /** Memory for reads and writes of open files without a copy; it is not cleared. */
  lease(bytes: number): Promise<BufferLease> {
    return this.attempt(async ({ staging }) => {
      const length = toInteger(bytes, 'bytes', 0);
      return staging.lend(await staging.allocator.allocateAsync(length), length);
    });
  }

  /** What it is doing now. */
  stats(): UringStats {
    const lanes = this.lanes.lanes.map(({ inFlight, load }) => ({
      inFlight,
      waiting: load - inFlight,
    }));
    return { lanes, ...this.lanes.staging.allocator.stats, kernel: this.#kernel.stats() };
  }

  /**
   * Refuses new calls, ends channels, listeners and intervals, waits for calls under way, closes
   * what is open, and ends the kernel. Rejects
   * when a file could not be closed; the kernel has ended all the same.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Begins a call, with the CallOptions in `options`; what throws, rejects. */
  protected attempt<T>(work: (lanes: Lanes) => Promise<T>, options?: unknown): Promise<T> {
    return attempt(() => {
      this.check();
      return inScope(this.lanes, options, work);
    });
  }

  /** Throws when it is closed. */
  protected check(): void {
    if (this.#closing !== undefined) throw closedError();
  }

  protected path(path: unknown, name?: string): Path {
    return toPath(path, this.#cwd, name);
  }

  async #close(): Promise<void> {
    const { lanes } = this;
    await Promise.allSettled([...lanes.live].map((live) => live.close()));
    await lanes.becomeIdle();
    const open = [...lanes.descriptors];
    const closed = await Promise.allSettled(open.map((descriptor) => descriptor.close()));
    await lanes.becomeIdle();
    await this.#kernel.close();
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  }
}
