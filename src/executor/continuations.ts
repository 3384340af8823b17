/** What requests wait for outside of rings and clocks: another turn, or the host's thread pool. */
import { fail, type Res } from '../abi/errno.ts';
import type { SlowCall } from '../kernel/file-system.ts';
import { PENDING } from '../kernel/operation.ts';
import type { Request, RequestRing } from '../kernel/request.ts';
import { NO_ROW } from '../ring/ledger.ts';

// A pool calls back late: perhaps after the ring of the request closed. The ring's end takes the
// record from its row and leaves it without one (Requests.orphan), so that no later request can be
// mistaken for it; when its result comes, the orphan lets go of what it held. Until the last call
// for a ring came back, the pool may write to its process's memory: only then is the ring gone.

/** One step that can be taken: the request, and what its resume() is to be told. */
interface Ready {
  readonly request: Request;
  readonly res: Res;
}

/** What the machine does with a request that can go on. */
export type Resume = (request: Request, res: Res) => void;

export interface ContinuationParts {
  /** Calls that are under way at once. */
  readonly callsMax: number;
  /** Told of each call that came back. */
  readonly woken: () => void;
  /** Told of a ring when no call for it is under way any more. */
  readonly quiet: (ring: RequestRing) => void;
  /** Told of a throw where none should be. */
  readonly bug: (error: unknown) => void;
}

/** The continuations of one machine, in the order in which they became ready. */
export class Continuations {
  #ready: Ready[] = [];
  /** Calls that wait for others to come back. */
  readonly #queued: { readonly request: Request; readonly call: SlowCall }[] = [];
  #underWay = 0;
  readonly #callsMax: number;
  readonly #woken: () => void;
  readonly #quiet: (ring: RequestRing) => void;
  readonly #bug: (error: unknown) => void;

  constructor(parts: ContinuationParts) {
    this.#callsMax = parts.callsMax;
    this.#woken = parts.woken;
    this.#quiet = parts.quiet;
    this.#bug = parts.bug;
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
    if (this.#underWay < this.#callsMax) this.#begin(request, call);
    else this.#queued.push({ request, call });
    return PENDING;
  }

  /** Lets everything go on that was ready before; how many. What it makes ready waits. */
  run(resume: Resume): number {
    const ready = this.#ready;
    if (ready.length === 0) return 0;
    this.#ready = [];
    for (const { request, res } of ready) {
      request.waits = false;
      if (request.row === NO_ROW) request.letGo();
      else resume(request, res);
    }
    return ready.length;
  }

  #begin(request: Request, call: SlowCall): void {
    this.#underWay++;
    request.ring.hostCalls++;
    try {
      call((res) => this.#answered(request, res));
    } catch (error) {
      this.#bug(error);
      this.#answered(request, fail('EIO'));
    }
  }

  #answered(request: Request, res: Res): void {
    this.#underWay--;
    if (--request.ring.hostCalls === 0) this.#quiet(request.ring);
    this.again(request, res);
    while (this.#underWay < this.#callsMax) {
      const next = this.#queued.shift();
      if (next === undefined) break;
      if (next.request.row === NO_ROW) next.request.letGo();
      else this.#begin(next.request, next.call);
    }
    this.#woken();
  }
}
