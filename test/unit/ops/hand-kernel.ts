/** A kernel that a test turns by hand: what waits goes on when it says so. */
import { fail, type Res } from '../../../src/abi/errno.ts';
import { prepareRequest } from '../../../src/executor/dispatch.ts';
import { NodeDigests } from '../../../src/host/digests.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import type { FileSystem, SlowCall } from '../../../src/kernel/file-system.ts';
import { Futexes } from '../../../src/kernel/ipc/futexes.ts';
import { Network } from '../../../src/kernel/net/network.ts';
import type { Pollable } from '../../../src/kernel/open-file.ts';
import { type KernelCalls, type Outcome, PENDING } from '../../../src/kernel/operation.ts';
import type { Request } from '../../../src/kernel/request.ts';
import { Segments } from '../../../src/kernel/segments.ts';
import { Waiter } from '../../../src/kernel/wait-queue.ts';
import type { Held } from '../../../src/ops/held.ts';

/** What became of a request. */
export interface Ended {
  readonly res: Res;
  /** Breaks a link chain (D6, D7). */
  readonly isFailure: boolean;
  /** Failed while its SQE was read. */
  readonly isPreparation: boolean;
  /** Turns of the kernel it took. */
  readonly turns: number;
  /** Flags of its last CQE. */
  readonly cqeFlags: number;
}

/** A CQE of a request that went on. */
export interface Posted {
  readonly request: Request;
  readonly res: Res;
  readonly flags: number;
}

interface Waiting {
  readonly request: Request;
  readonly call: SlowCall | undefined;
  readonly res: Res;
}

/** As the machine has it: woken, the request goes on in the next turn. */
class Woken extends Waiter {
  readonly #goOn: () => void;

  constructor(goOn: () => void) {
    super();
    this.#goOn = goOn;
  }

  woken(): void {
    this.leave();
    this.#goOn();
  }
}

const unused = (): never => {
  throw new Error('no operation of these tests asks for this');
};

/** The kernel: what again() and later() leave, and what was woken, waits until turn(). */
export class HandKernel implements KernelCalls {
  readonly clock = new VirtualClock();
  readonly digests = new NodeDigests();
  readonly files: FileSystem;
  readonly #waiting: Waiting[] = [];
  readonly #blocked = new Set<Request>();
  readonly #ended = new Map<Request, Ended>();
  readonly #news: [userData: number, res: Res][] = [];
  turns = 0;
  /** What multishot requests posted, and how many CQEs of theirs still have room. */
  readonly posted: Posted[] = [];
  room = Number.POSITIVE_INFINITY;
  /** Called when something that waited went on. */
  #wake = (): void => {};

  constructor(files: FileSystem) {
    this.files = files;
  }

  complete = unused;
  armDeadline = unused;
  armCount = unused;
  countTimeout = unused;
  dropCount = unused;
  retry = unused;
  cancel = unused;
  findPending = unused;
  rename = unused;
  readonly segments = new Segments();
  readonly futexes = new Futexes();
  readonly net = new Network();

  postMore(request: Request, res: Res, flags: number): boolean {
    if (this.room === 0) return false;
    this.room--;
    this.posted.push({ request, res, flags });
    return true;
  }

  block(request: Request, { waiters }: Pollable, events: number): typeof PENDING {
    this.#blocked.add(request);
    request.waiter = new Woken(() => {
      this.#blocked.delete(request);
      this.again(request, 0);
    });
    waiters.add(request.waiter, events);
    return PENDING;
  }

  /** Not later: nothing here comes between. */
  finishLater(request: Request, res: Res): void {
    this.#end(request, res, false);
  }

  /** Takes back what is blocked, or sleeps. */
  takeBack(request: Request): Res {
    const goesOn = this.#waiting.some((one) => one.request === request);
    if (goesOn || this.#ended.has(request)) throw new Error('it does not wait for others');
    this.#blocked.delete(request);
    request.waiter?.leave();
    this.#end(request, fail('ECANCELED'), false);
    return 0;
  }

  again(request: Request, res: Res): typeof PENDING {
    this.#waiting.push({ request, call: undefined, res });
    return PENDING;
  }

  later(request: Request, call: SlowCall): typeof PENDING {
    this.#waiting.push({ request, call, res: 0 });
    return PENDING;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  start(request: Request): void {
    const failure = prepareRequest(request, this);
    if (failure !== 0) this.#end(request, failure, true);
    else this.#settle(request, request.operation.run(request, this));
  }

  /** Everything that waits goes on by one step. */
  turn(): void {
    this.turns++;
    for (const waiting of this.#waiting.splice(0)) this.#step(waiting);
  }

  #step({ request, call, res }: Waiting): void {
    const resume = (result: Res): void => {
      this.#settle(request, request.operation.resume(request, result, this));
      this.#wake();
    };
    if (call === undefined) resume(res);
    else call(resume);
  }

  /** Every ring closes: calls that were handed over come back, and nothing is resumed. */
  closeRings(): void {
    for (const { request, call } of this.#waiting.splice(0)) {
      call?.(() => {});
      (request.state as Partial<Held> | undefined)?.drop?.();
      request.letGo();
    }
    for (const request of this.#blocked) {
      request.waiter?.leave();
      request.letGo();
    }
    this.#blocked.clear();
  }

  endOf(request: Request): Ended | undefined {
    return this.#ended.get(request);
  }

  /** What ended since the last look, in order, of the requests that have a user_data. */
  takeEnded(): readonly (readonly [userData: number, res: Res])[] {
    return this.#news.splice(0);
  }

  /** The end of a request that waits for a host. */
  async ended(request: Request): Promise<Ended> {
    for (;;) {
      while (!this.isIdle) this.turn();
      const end = this.#ended.get(request);
      if (end !== undefined) return end;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #settle(request: Request, outcome: Outcome): void {
    if (outcome !== PENDING) this.#end(request, outcome, false);
  }

  #end(request: Request, res: Res, isPreparation: boolean): void {
    const isFailure = isPreparation || request.operation.isFailure(request, res);
    const { cqeFlags, userDataLow } = request;
    if (userDataLow !== 0) this.#news.push([userDataLow, res]);
    this.#ended.set(request, { res, isFailure, isPreparation, turns: this.turns, cqeFlags });
    request.letGo();
  }
}
