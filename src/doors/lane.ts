/** A lane: one ring, the calls that wait for it, and the calls in flight, found by an index. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { fail, type Res } from '../abi/errno.ts';
import { NONE, type Ring } from '../client/ring.ts';
import { NULL } from '../ring/allocator.ts';
import { type Call, PHASE } from './call.ts';

// Every call first stands in the queue. The pump moves calls from there to the ring: once per tick,
// in a microtask, so that requests made together are submitted together; at once when a batch is
// full, so that the executor begins while this thread still makes requests; and after completions
// made room. At most as many calls are in flight as the CQ has entries, so it never overflows. What
// waits in the queue was not submitted, and can be taken back.
//
// The reaper runs while anything is in flight and lets the event loop turn between two looks: a
// chain of calls whose answers are always there already must not starve timers and sockets.

/** Calls that are submitted before the tick is over. */
const EAGER_CALLS = 32;

/** What becomes of a call whose ring is gone. */
const RING_ENDED = fail('ECANCELED');

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One ring of one executor. */
export class Lane {
  readonly ring: Ring;
  /** Calls in flight; the user_data of each is its place here. */
  readonly #calls: (Call | undefined)[] = [];
  /** A stack of the free places. */
  readonly #free: number[] = [];
  readonly #windowCalls: number;
  #queue: (Call | undefined)[] = [];
  #next = 0;
  #waiting = 0;
  #inFlight = 0;
  #pumpPending = false;
  #reaping = false;
  #ended = false;
  readonly #answered: (call: Call, res: Res) => void;
  /** Runs the reaper outside of the contexts of callers, which it would keep alive. */
  readonly #inOwnContext = AsyncLocalStorage.snapshot();

  /** `answered` is told of each call's result, once. */
  constructor(ring: Ring, answered: (call: Call, res: Res) => void) {
    this.ring = ring;
    this.#answered = answered;
    this.#windowCalls = 2 * ring.sqSpaceLeft();
    for (let index = this.#windowCalls - 1; index >= 0; index--) {
      this.#calls.push(undefined);
      this.#free.push(index);
    }
  }

  /** Calls that it has to serve. */
  get load(): number {
    return this.#inFlight + this.#waiting;
  }

  /** Calls whose SQE is written and whose CQE is not reaped. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether its ring is gone. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes a call whose memory is staged. */
  add(call: Call): void {
    if (this.#ended) {
      this.#answered(call, RING_ENDED);
      return;
    }
    call.phase = PHASE.QUEUED;
    this.#queue.push(call);
    this.#waiting++;
    if (this.#waiting >= EAGER_CALLS) this.pump();
    else if (!this.#pumpPending) {
      this.#pumpPending = true;
      queueMicrotask(this.#pumpLater);
    }
  }

  /** Takes back a call that is QUEUED. */
  remove(call: Call): void {
    this.#queue[this.#queue.indexOf(call, this.#next)] = undefined;
    this.#waiting--;
  }

  readonly #pumpLater = (): void => {
    this.#pumpPending = false;
    this.pump();
  };

  /** Moves calls from the queue to the ring, as far as there is room. */
  pump(): void {
    if (this.#waiting === 0) return;
    const { ring } = this;
    const queue = this.#queue;
    for (; this.#next < queue.length; this.#next++) {
      const call = queue[this.#next];
      if (call === undefined) continue; // it was taken back
      const index = this.#free[this.#free.length - 1];
      const sqe = index === undefined ? NONE : this.#sqe();
      if (index === undefined || sqe === NONE) break; // a completion will make room
      this.#free.pop();
      this.#calls[index] = call;
      queue[this.#next] = undefined;
      this.#waiting--;
      this.#inFlight++;
      call.phase = PHASE.IN_FLIGHT;
      call.prepare(ring, sqe);
      ring.sqeSetData(sqe, index);
    }
    this.#forgetMoved();
    ring.submit();
    if (this.#inFlight === 0 || this.#reaping) return;
    this.#reaping = true;
    void this.#inOwnContext(() => this.#reap());
  }

  /** A free entry; what fills the SQ is submitted to make room. */
  #sqe(): number {
    const sqe = this.ring.getSqe();
    if (sqe !== NONE) return sqe;
    this.ring.submit();
    return this.ring.getSqe();
  }

  #forgetMoved(): void {
    if (this.#next === this.#queue.length) this.#queue.length = 0;
    else if (this.#next < this.#windowCalls) return;
    else this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
  }

  async #reap(): Promise<void> {
    const { ring } = this;
    while (this.#inFlight > 0) {
      const ready = ring.cqReady() > 0 ? 0 : await ring.waitCqeAsync();
      if (ready < 0) {
        this.#end();
        break;
      }
      if (ready === 0) await nextTurn();
      ring.cqAdvance(ring.forEachCqe(this.#onCqe));
      this.pump();
    }
    this.#reaping = false;
  }

  readonly #onCqe = (cqe: number): void => {
    const index = this.ring.cqeGetData(cqe);
    const call = this.#calls[index];
    if (call === undefined) throw new Error(`a completion for no call: ${index}`);
    this.#calls[index] = undefined;
    this.#free.push(index);
    this.#inFlight--;
    this.#answered(call, this.ring.cqeRes(cqe));
  };

  /** The ring is gone: nobody will answer any more. */
  #end(): void {
    this.#ended = true;
    // A call in the host's pool may still write to the memory of what was in flight: keep it taken.
    for (const call of this.#calls) if (call !== undefined) call.address = NULL;
    const calls = [...this.#calls, ...this.#queue.slice(this.#next)];
    this.#calls.length = 0;
    this.#queue.length = 0;
    this.#next = 0;
    this.#inFlight = 0;
    this.#waiting = 0;
    for (const call of calls) if (call !== undefined) this.#answered(call, RING_ENDED);
  }
}
