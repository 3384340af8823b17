/** A lane: one ring, the calls that wait for it, and the calls in flight, found by an index. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { fail, type Res } from '../abi/errno.ts';
import { CQE_FLAG, SQE_FLAG } from '../abi/flags.ts';
import { NONE, type Ring } from '../client/ring.ts';
import { NULL } from '../ring/allocator.ts';
import { type Call, chained, PHASE } from './call.ts';

// Every call first stands in the queue. The pump moves calls from there to the ring: once per tick,
// in a microtask, so that requests made together are submitted together; at once when a batch is
// full, so that the executor begins while this thread still makes requests; and after completions
// made room. Calls of higher priority stand before others. Calls that are linked go to the ring
// together or not at all. At most as many calls are in flight as the CQ has entries, so it seldom
// overflows; those that may wait for others do not count, or they would keep these from coming.
// What waits in the queue was not submitted, and can be taken back.
//
// The reaper runs while anything is in flight and lets the event loop turn between two looks: a
// chain of calls whose answers are always there already must not starve timers and sockets.
//
// A request in flight is taken back by an ASYNC_CANCEL with its place; whatever that answers, the
// request itself has its own completion, and only that ends the call. A place is taken again only
// after that completion was seen, so no cancel can meet a later call.

/** Calls that are submitted before the tick is over. */
const EAGER_CALLS = 32;

/** What becomes of a call whose ring is gone. */
const RING_ENDED = fail('ECANCELED');

/** user_data of what no call waits for: cancels. */
const ASIDE = 2 ** 32 - 1;

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
  /** Calls to be cancelled, and cancels whose CQE was not seen. */
  readonly #cancels: Call[] = [];
  #asides = 0;
  /** Calls in flight that may wait for others. */
  #waiters = 0;
  #pumpPending = false;
  /** The SQ was full: the executor has not taken what is in it. */
  #lacksRoom = false;
  #awaitsRoom = false;
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

  /** Calls that may still be put in flight, beside those that may wait for others. */
  get #window(): number {
    return this.#windowCalls - (this.#inFlight - this.#waiters);
  }

  /** Calls that a chain may have. */
  get chainMax(): number {
    return this.#windowCalls / 2;
  }

  /** Whether its ring is gone. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes a call whose memory is staged. */
  add(call: Call): void {
    if (this.#ended) {
      for (const member of chained(call)) this.#answered(member, RING_ENDED);
      return;
    }
    call.phase = PHASE.QUEUED;
    this.#enqueue(call);
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

  /** Asks the kernel to take back a call that is IN_FLIGHT. Its own CQE tells whether it did. */
  cancel(call: Call): void {
    this.#cancels.push(call);
    this.pump();
  }

  /** Behind all of its priority and of higher ones. */
  #enqueue(call: Call): void {
    const queue = this.#queue;
    let at = queue.length;
    for (; at > this.#next; at--) {
      const before = queue[at - 1];
      if (before !== undefined && before.priority >= call.priority) break;
    }
    if (at === queue.length) queue.push(call);
    else queue.splice(at, 0, call);
  }

  readonly #pumpLater = (): void => {
    this.#pumpPending = false;
    this.pump();
  };

  /** Moves calls from the queue to the ring, as far as there is room. */
  pump(): void {
    if (this.#waiting === 0 && this.#cancels.length === 0) return;
    if (this.#cancels.length > 0) this.#sendCancels();
    if (this.#waiting > 0) this.#moveCalls();
    this.ring.submit();
    if (this.#lacksRoom && (this.#waiters > 0 || this.#cancels.length > 0)) this.#awaitRoom();
    this.#lacksRoom = false;
    if (this.#inFlight + this.#asides === 0 || this.#reaping) return;
    this.#reaping = true;
    void this.#inOwnContext(() => this.#reap());
  }

  #moveCalls(): void {
    const queue = this.#queue;
    for (; this.#next < queue.length; this.#next++) {
      const call = queue[this.#next];
      if (call === undefined) continue; // it was taken back
      const isIn = call.next === undefined ? this.#begin(call) : this.#beginChain(call);
      if (!isIn) break;
      queue[this.#next] = undefined;
      this.#waiting--;
    }
    this.#forgetMoved();
  }

  /** Writes the SQE of a call; false when there is no room. */
  #begin(call: Call): boolean {
    const { ring } = this;
    const isWaiter = call.waitsForOthers;
    if (!isWaiter && this.#window === 0) return false; // a completion will make room
    const sqe = this.#sqe();
    if (sqe === NONE) return false;
    const index = this.#free.pop() ?? this.#calls.push(undefined) - 1;
    this.#calls[index] = call;
    this.#inFlight++;
    if (isWaiter) this.#waiters++;
    call.phase = PHASE.IN_FLIGHT;
    call.place = index;
    call.prepare(ring, sqe);
    ring.sqeSetData(sqe, index);
    if (call.next !== undefined) ring.sqeSetFlags(sqe, SQE_FLAG.IO_LINK);
    return true;
  }

  /** The same for linked calls: a submission that ends in between would cut the chain (D1). */
  #beginChain(head: Call): boolean {
    const calls = [...chained(head)];
    const count = calls.length;
    if (this.#window < count) return false;
    if (this.ring.sqSpaceLeft() < count) this.ring.submit();
    this.#lacksRoom = this.ring.sqSpaceLeft() < count;
    if (this.#lacksRoom) return false;
    for (const call of calls) this.#begin(call);
    return true;
  }

  #sendCancels(): void {
    const { ring } = this;
    for (let call = this.#cancels[0]; call !== undefined; call = this.#cancels[0]) {
      if (call.phase === PHASE.IN_FLIGHT) {
        const sqe = this.#sqe();
        if (sqe === NONE) return;
        ring.prepCancel64(sqe, call.place, 0);
        ring.sqeSetData(sqe, ASIDE);
        this.#asides++;
      }
      this.#cancels.shift();
    }
  }

  /** A free entry; what fills the SQ is submitted to make room. */
  #sqe(): number {
    let sqe = this.ring.getSqe();
    if (sqe !== NONE) return sqe;
    this.ring.submit();
    sqe = this.ring.getSqe();
    this.#lacksRoom = sqe === NONE;
    return sqe;
  }

  /** No completion may come before another entry is taken: the SQ itself tells of its room. */
  #awaitRoom(): void {
    if (this.#awaitsRoom) return;
    this.#awaitsRoom = true;
    void this.#inOwnContext(async () => {
      if ((await this.ring.sqringWaitAsync()) < 0) return; // it ended, as the reaper will see
      this.#awaitsRoom = false;
      this.pump();
    });
  }

  #forgetMoved(): void {
    if (this.#next === this.#queue.length) this.#queue.length = 0;
    else if (this.#next < this.#windowCalls) return;
    else this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
  }

  async #reap(): Promise<void> {
    const { ring } = this;
    while (this.#inFlight + this.#asides > 0) {
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
    const { ring } = this;
    const index = ring.cqeGetData(cqe);
    if (index === ASIDE) {
      this.#asides--;
      return;
    }
    const call = this.#calls[index];
    if (call === undefined) throw new Error(`a completion for no call: ${index}`);
    const res = ring.cqeRes(cqe);
    const flags = ring.cqeFlags(cqe);
    if (flags !== 0) {
      call.noted(res, flags);
      if ((flags & CQE_FLAG.MORE) !== 0) return;
    }
    this.#calls[index] = undefined;
    this.#free.push(index);
    this.#inFlight--;
    if (call.waitsForOthers) this.#waiters--;
    this.#answered(call, res);
  };

  /** The ring is gone: nobody will answer any more. */
  #end(): void {
    this.#ended = true;
    // A call in the host's pool may still write to the memory of what was in flight: keep it taken.
    for (const call of this.#calls)
      if (call !== undefined) {
        call.address = NULL;
        call.block = undefined;
      }
    const queued = this.#queue.slice(this.#next).flatMap((call) => [...chained(call)]);
    const calls = [...this.#calls, ...queued];
    this.#calls.length = 0;
    this.#queue.length = 0;
    this.#next = 0;
    this.#inFlight = 0;
    this.#waiters = 0;
    this.#waiting = 0;
    this.#asides = 0;
    this.#cancels.length = 0;
    for (const call of calls) if (call !== undefined) this.#answered(call, RING_ENDED);
  }
}
