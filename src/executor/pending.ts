/** The requests of one ring that wait for something, findable by their user_data. */
import type { Request } from '../kernel/request.ts';

// A table of lists whose links lie in the requests: joining and leaving allocate nothing, and a
// cancel by user_data looks at one list, however many requests wait. All are in one list besides,
// in the order in which they began to wait, for keys that are no user_data.

/** Lists at first; their number doubles when there are twice as many requests. */
const LISTS_MIN = 16;

const hash = (low: number, high: number): number => {
  const mixed = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
};

/** Waiting requests of one ring. */
export class Pending {
  #heads: (Request | undefined)[] = new Array(LISTS_MIN).fill(undefined);
  #tails: (Request | undefined)[] = new Array(LISTS_MIN).fill(undefined);
  #first: Request | undefined;
  #last: Request | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** It began to wait; a request that is in already stays where it is. */
  add(request: Request): void {
    if (request.isPending) return;
    request.isPending = true;
    if (++this.#size > 2 * this.#heads.length) this.#grow();
    request.previousPending = this.#last;
    request.nextPending = undefined;
    if (this.#last === undefined) this.#first = request;
    else this.#last.nextPending = request;
    this.#last = request;
    this.#append(request);
  }

  /** It ended. */
  remove(request: Request): void {
    if (!request.isPending) return;
    request.isPending = false;
    this.#size--;
    const { nextPending: next, previousPending: previous } = request;
    if (previous === undefined) this.#first = next;
    else previous.nextPending = next;
    if (next === undefined) this.#last = previous;
    else next.previousPending = previous;
    request.nextPending = undefined;
    request.previousPending = undefined;
    this.#cut(request);
  }

  /** Of those that wait under a user_data and fit, the one that began first. */
  findFirst(low: number, high: number, fits: (request: Request) => boolean): Request | undefined {
    let request = this.#heads[this.#listOf(low, high)];
    for (; request !== undefined; request = request.nextOfKey) {
      const matches = request.userDataLow === low && request.userDataHigh === high;
      if (matches && fits(request)) return request;
    }
    return undefined;
  }

  /** Of those that wait under a user_data and fit, the one that began last. */
  findLast(low: number, high: number, fits: (request: Request) => boolean): Request | undefined {
    let request = this.#tails[this.#listOf(low, high)];
    for (; request !== undefined; request = request.previousOfKey) {
      const matches = request.userDataLow === low && request.userDataHigh === high;
      if (matches && fits(request)) return request;
    }
    return undefined;
  }

  /** Gives a waiting request another user_data. */
  rename(request: Request, low: number, high: number): void {
    this.#cut(request);
    request.userDataLow = low;
    request.userDataHigh = high;
    this.#append(request);
  }

  /** Those that wait, longest first. The one that was visited last may leave meanwhile. */
  *[Symbol.iterator](): Generator<Request> {
    for (let request = this.#first; request !== undefined; ) {
      const { nextPending } = request;
      yield request;
      request = nextPending;
    }
  }

  #listOf(low: number, high: number): number {
    return hash(low, high) & (this.#heads.length - 1);
  }

  #append(request: Request): void {
    const list = this.#listOf(request.userDataLow, request.userDataHigh);
    const tail = this.#tails[list];
    request.previousOfKey = tail;
    request.nextOfKey = undefined;
    if (tail === undefined) this.#heads[list] = request;
    else tail.nextOfKey = request;
    this.#tails[list] = request;
  }

  #cut(request: Request): void {
    const list = this.#listOf(request.userDataLow, request.userDataHigh);
    const { nextOfKey: next, previousOfKey: previous } = request;
    if (previous === undefined) this.#heads[list] = next;
    else previous.nextOfKey = next;
    if (next === undefined) this.#tails[list] = previous;
    else next.previousOfKey = previous;
    request.nextOfKey = undefined;
    request.previousOfKey = undefined;
  }

  #grow(): void {
    const lists = 2 * this.#heads.length;
    this.#heads = new Array(lists).fill(undefined);
    this.#tails = new Array(lists).fill(undefined);
    for (let request = this.#first; request !== undefined; request = request.nextPending)
      this.#append(request);
  }
}
