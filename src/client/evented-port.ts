/** The port to an inline kernel that leaves the event loop free while it waits. */
import { fail, type Res } from '../abi/errno.ts';
import type { CreatedRing, InlineKernel } from '../executor/inline.ts';
import type { Process } from '../kernel/process.ts';
import { CompletionWait } from '../ring/wait.ts';
import { InlinePort } from './inline-port.ts';
import type { RingEnds, WaitGoal } from './port.ts';

/** Longest delay of a timer, in milliseconds. */
const DELAY_MAX_MS = 2 ** 31 - 1;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * For programs whose next submission comes from their event loop: an asynchronous wait sleeps until
 * this ring submits something, or until the kernel has something to do by its clock, which must be
 * the host's. So a wait that nothing could end goes on, where InlinePort answers -EDEADLK.
 */
export class EventedInlinePort extends InlinePort {
  readonly #kernel: InlineKernel;
  #wake: (() => void) | undefined;

  constructor(kernel: InlineKernel, process: Process, created: CreatedRing) {
    super(kernel, process, created);
    this.#kernel = kernel;
  }

  override submit(ends: RingEnds, published: number): Res {
    const res = super.submit(ends, published);
    if (res !== 0) this.#wake?.();
    return res;
  }

  override call(call: Parameters<InlinePort['call']>[0]): Res {
    const res = super.call(call);
    this.#wake?.();
    return res;
  }

  override timeouts(): number {
    return CompletionWait.timeoutsOf(this.region);
  }

  override async waitAsync(ends: RingEnds, { count, since, timeoutMs }: WaitGoal): Promise<Res> {
    const untilMs = this.nowMs() + timeoutMs;
    for (;;) {
      const gathered = this.wait(ends, { count: 0, since, timeoutMs: 0 });
      if (gathered < 0) return gathered;
      if (this.#isOver(ends, count, since)) return 0;
      const nowMs = this.nowMs();
      if (nowMs >= untilMs) return fail('ETIME');
      const nextMs = this.#kernel.turn() / 1e6;
      if (this.#isOver(ends, count, since)) return 0; // by what the turn posted
      if (nextMs <= nowMs) await nextTurn();
      else await this.#sleep(Math.min(nextMs, untilMs) - nowMs);
    }
  }

  #isOver({ completion }: RingEnds, count: number, since: number): boolean {
    return completion.ready() >= count || this.timeouts() !== since;
  }

  /** Until it is woken, or the time is up. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const delay = Math.min(Math.ceil(ms), DELAY_MAX_MS);
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => wake(), delay);
      const wake = (): void => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
    });
  }
}
