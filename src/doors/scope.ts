/** The scope of one method call: its signal, deadline and priority, for every request it makes. */
import { checkSignal, toInteger } from './arguments.ts';
import type { Call } from './call.ts';
import { TimeoutError } from './errors.ts';
import { close, DescriptorCall } from './fd-calls.ts';
import type { Lane } from './lane.ts';
import { Lanes } from './lanes.ts';
import type { CallOptions } from './options.ts';

/** Longest timeout in milliseconds: what a timer of the host takes. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/** What was open must be closed, however late it is. */
const isClose = (call: Call): boolean => call instanceof DescriptorCall && call.operation === close;

/** The lanes of a door while one method runs: what is started here belongs to the method. */
class ScopedLanes extends Lanes {
  readonly #root: Lanes;
  readonly #priority: number;
  readonly #controller = new AbortController();
  #isOver = false;

  constructor(root: Lanes, priority: number) {
    super([], root.staging);
    this.#root = root;
    this.#priority = priority;
  }

  override get lanes(): readonly Lane[] {
    return this.#root.lanes;
  }

  override get meetingLane(): Lane {
    return this.#root.meetingLane;
  }

  override get idlestLane(): Lane {
    return this.#root.idlestLane;
  }

  override get descriptors(): Lanes['descriptors'] {
    return this.#root.descriptors;
  }

  override get live(): Lanes['live'] {
    return this.#root.live;
  }

  override start<T>(call: Call<T>, lane?: Lane): Promise<T> {
    if (!this.#isOver && !isClose(call)) {
      call.signal = this.#controller.signal;
      call.priority = this.#priority;
    }
    return this.#root.start(call, lane);
  }

  override startChain(calls: readonly Call[], lane: Lane): Promise<void> {
    for (const call of calls) call.priority = this.#priority;
    return this.#root.startChain(calls, lane, this.#controller.signal);
  }

  override submit(): void {
    this.#root.submit();
  }

  override job<T>(work: () => Promise<T>): Promise<T> {
    return this.#root.job(work);
  }

  /** Runs a method: aborted with `signal`, or when the time is up. */
  async run<T>(
    work: (lanes: Lanes) => Promise<T>,
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
  ): Promise<T> {
    const controller = this.#controller;
    const onAbort = (): void => controller.abort(signal?.reason);
    const late = (): void => controller.abort(new TimeoutError(timeoutMs ?? 0));
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await work(this);
    } finally {
      this.#isOver = true; // what it opened lives on, without it
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

/** Runs a method with the CallOptions in `options`, whatever else is there. */
export function inScope<T>(
  lanes: Lanes,
  options: unknown,
  work: (lanes: Lanes) => Promise<T>,
): Promise<T> {
  if (typeof options !== 'object' || options === null) return work(lanes);
  const { signal, timeout, priority } = options as CallOptions;
  const aborts = checkSignal(signal);
  if (timeout !== undefined) toInteger(timeout, 'options.timeout', 0, TIMEOUT_MAX_MS);
  if (priority !== undefined) toInteger(priority, 'options.priority');
  if (aborts === undefined && timeout === undefined && priority === undefined) return work(lanes);
  return new ScopedLanes(lanes, priority ?? 0).run(work, aborts, timeout);
}
