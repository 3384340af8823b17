/** What requests wait for outside of rings and clocks: another turn, or the host's thread pool. */
import { fail, type Res } from '../abi/errno.ts';
import { TURN_CONTINUATIONS } from '../abi/limits.ts';
import type { SlowCall } from '../kernel/file-system.ts';
import { PENDING } from '../kernel/operation.ts';
import type { Request, RequestRing } from '../kernel/request.ts';

// A pool calls back late: perhaps after the ring of the request closed. The ring's end takes the
// record from its row and marks it as an orphan (Requests.orphan), so that no later request can be
// mistaken for it; when its result comes, the orphan lets go of what it held. Until the last call
// for a ring came back, the pool may write to its process's memory: only then is the ring gone.

/** What the machine does with a request that can go on. */
export type Resume = (request: Request, res: Res) => void;

export interface ContinuationParts {
  /** Calls that are under way at once. */
  readonly callsMax: number;
  /** Told of each call that came back. */
  readonly woken: () => void;
  /** Told of a ring when no call for it is under way any more. */
  readonly quiet: (ring: RequestRing) => void;
  /** Ends a request that was taken back before its call was begun. */
  readonly withdrawn: (request: Request, res: Res) => void;
  /** Told of a throw where none should be. */
  readonly bug: (error: unknown) => void;
}

/** First in, first out; taking costs the same however many wait. */
class Queue<T> {
  #items: T[] = [];
  #next = 0;

  get length(): number {
    return this.#items.length - this.#next;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes out the first that fits; whether there was one. */
  remove(fits: (item: T) => boolean): boolean {
    const at = this.#items.findIndex((item, i) => i >= this.#next && fits(item));
    if (at >= 0) this.#items.splice(at, 1);
    return at >= 0;
  }

  take(): T | undefined {
    if (this.#next === this.#items.length) return undefined;
    const item = this.#items[this.#next++];
    if (2 * this.#next >= this.#items.length) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    return item;
  }
}

/** The continuations of one machine, in the order in which they became ready. */
export class Continuations {
  readonly #ready = new Queue<{ readonly request: Request; readonly res: Res }>();
  /** Calls that wait for others to come back. */
  readonly #queued = new Queue<{ readonly request: Request; readonly call: SlowCall }>();
  #underWay = 0;
  #pumping = false;
  readonly #parts: ContinuationParts;

  constructor(parts: ContinuationParts) {
    this.#parts = parts;
  }

  /** Whether anything can go on now. */
  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Calls the host has not answered yet: its thread's event loop must turn. */
  get underWay(): number {
    return this.#underWay;
  }

  /** The request goes on in the next turn. */
  again(request: Request, res: Res): typeof PENDING {
    request.waits = true;
    this.#ready.push({ request, res });
    return PENDING;
  }

  /** The request goes on when the host answered its call. */
  later(request: Request, call: SlowCall): typeof PENDING {
    request.waits = true;
    this.#queued.push({ request, call });
    this.#pump();
    return PENDING;
  }

  /**
   * Takes back a request that waits for the host or for a turn: 0 when its call was not begun, and
   * it ends with `res` in its turn; -EALREADY when it was, or is between two slices.
   */
  withdraw(request: Request, res: Res): Res {
    if (!this.#queued.remove((queued) => queued.request === request)) return fail('EALREADY');
    request.waits = false;
    this.#parts.withdrawn(request, res);
    return 0;
  }

  /** Lets what was ready before go on, at most TURN_CONTINUATIONS; how many. */
  run(resume: Resume): number {
    const count = Math.min(this.#ready.length, TURN_CONTINUATIONS);
    for (let i = 0; i < count; i++) {
      const { request, res } = this.#ready.take()!; // there are at least `count`
      request.waits = false;
      if (request.orphaned) request.letGo();
      else resume(request, res);
    }
    return count;
  }

  /** Lets go of what waits for a turn and whose ring ended, when no turn may come. */
  dropOrphans(): void {
    for (let left = this.#ready.length; left > 0; left--) {
      const ready = this.#ready.take()!; // as above
      if (ready.request.orphaned) ready.request.letGo();
      else this.#ready.push(ready);
    }
  }

  /** Begins calls while there is room. One that answers at once makes room within this loop. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#underWay < this.#parts.callsMax) {
      const next = this.#queued.take();
      if (next === undefined) break;
      if (next.request.orphaned) next.request.letGo();
      else this.#begin(next.request, next.call);
    }
    this.#pumping = false;
  }

  /** Begins one call, which answers once: what comes after its first answer is a bug. */
  #begin(request: Request, call: SlowCall): void {
    let isOpen = true;
    const answer = (res: Res): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#answered(request, res);
    };
    this.#underWay++;
    request.ring.hostCalls++;
    try {
      call(answer);
    } catch (error) {
      this.#parts.bug(error);
      answer(fail('EIO'));
    }
  }

  #answered(request: Request, res: Res): void {
    this.#underWay--;
    if (--request.ring.hostCalls === 0) this.#parts.quiet(request.ring);
    this.again(request, res);
    this.#pump();
    this.#parts.woken();
  }
}
