/** What requests have yet to do when it is their turn: begin, go on, expire, or end. */
import type { Res } from '../abi/errno.ts';
import type { Request } from '../kernel/request.ts';
import type { KernelRing } from './kernel-ring.ts';

// Whoever finds out that a request can move (a predecessor that ended, an object that woke it, a
// cancel) is in the middle of something else, so it only notes what is to be done. A request has
// one thing to do at a time; an end overrides whatever else it was to do.
//
// Most rings have it done as soon as the machine gets to it. A ring with DEFER_TASKRUN keeps its
// own queue, which is worked off only when its owner enters for events (SEMANTICS R2).

/** What a request is to do. */
export const WORK = {
  NOTHING: 0,
  /** Its operation is called: what it waited behind is over. */
  START: 1,
  /** Its operation goes on. */
  RESUME: 2,
  /** What it armed is due: a deadline. */
  DUE: 3,
  /** The same: a count of completions. */
  COUNT: 4,
  /** It ends with the result that is noted. */
  FINISH: 5,
} as const;

/** Requests in the order in which they got something to do; the links lie in them. */
export class WorkQueue {
  #first: Request | undefined;
  #last: Request | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Adds a request that is in no queue. */
  push(request: Request): void {
    request.workQueue = this;
    request.previousWork = this.#last;
    request.nextWork = undefined;
    if (this.#last === undefined) this.#first = request;
    else this.#last.nextWork = request;
    this.#last = request;
  }

  /** Takes out one that is in this queue. */
  remove(request: Request): void {
    const { nextWork: next, previousWork: previous } = request;
    if (previous === undefined) this.#first = next;
    else previous.nextWork = next;
    if (next === undefined) this.#last = previous;
    else next.previousWork = previous;
    request.workQueue = undefined;
    request.nextWork = undefined;
    request.previousWork = undefined;
  }

  take(): Request | undefined {
    const request = this.#first;
    if (request !== undefined) this.remove(request);
    return request;
  }
}

/** Carries out what a request has to do. */
export type Perform = (request: Request, work: number, res: Res) => void;

/** All work of one machine. */
export class TaskWork {
  readonly #queue = new WorkQueue();

  /** Whether something can be done now. */
  get hasReady(): boolean {
    return !this.#queue.isEmpty;
  }

  /** Notes what a request is to do, unless its end is noted already. */
  add(request: Request, work: number, res: Res): void {
    if (request.work === WORK.FINISH) return;
    request.work = work;
    request.workRes = res;
    if (request.workQueue !== undefined) return;
    const ring = request.ring as KernelRing;
    if (!ring.defersWork) {
      this.#queue.push(request);
      return;
    }
    ring.deferred.push(request);
    ring.showWork(true);
  }

  /** The request ended, or its ring did: it has nothing to do any more. */
  cancel(request: Request): void {
    request.work = WORK.NOTHING;
    request.workQueue?.remove(request);
  }

  /** Does what is ready, and what that makes ready, at most `max` pieces; how many. */
  run(perform: Perform, max: number): number {
    return this.#run(this.#queue, perform, max);
  }

  /** Works off the queue that a ring with DEFER_TASKRUN keeps; how many pieces. */
  runDeferred(ring: KernelRing, perform: Perform): number {
    return this.#run(ring.deferred, perform, Number.POSITIVE_INFINITY);
  }

  #run(queue: WorkQueue, perform: Perform, max: number): number {
    let done = 0;
    for (; done < max; done++) {
      const request = queue.take();
      if (request === undefined) break;
      const { work, workRes } = request;
      request.work = WORK.NOTHING;
      perform(request, work, workRes);
    }
    return done;
  }
}
