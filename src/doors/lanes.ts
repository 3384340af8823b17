/** The lanes of a door: memory for each call, the lane that takes it, and how it is settled. */
import { fail, type Res } from '../abi/errno.ts';
import type { Ring } from '../client/ring.ts';
import { NULL } from '../ring/allocator.ts';
import { type Block, type Call, PHASE } from './call.ts';
import type { Descriptor } from './descriptor.ts';
import { abortErrorOf, FileError } from './errors.ts';
import { Lane } from './lane.ts';
import type { Staging } from './staging.ts';

const OWNER_DIED = fail('EOWNERDEAD');
/** The request was taken by an executor that died, and had certainly not begun. */
const NOT_BEGUN = fail('ECANCELED');

/** What close() of a door ends. */
export interface Live {
  close(): Promise<unknown>;
}

/** Calls of a chain begin at multiples of this, in bytes. */
const BLOCK_ALIGN_BYTES = 16;
const aligned = (bytes: number): number => (bytes + BLOCK_ALIGN_BYTES - 1) & -BLOCK_ALIGN_BYTES;

/** Starts calls, on the lane they belong to or on the one with the least to do. */
export class Lanes {
  readonly staging: Staging;
  readonly #lanes: readonly Lane[];
  readonly #descriptors = new Set<Descriptor>();
  readonly #live = new Set<Live>();
  /** Calls that are not settled, and jobs of several calls that go on. */
  #busy = 0;
  #whenIdle: (() => void) | undefined;

  constructor(rings: readonly Ring[], staging: Staging) {
    this.staging = staging;
    const answered = (call: Call, res: Res): void => this.#answered(call, res);
    this.#lanes = rings.map((ring) => new Lane(ring, answered));
  }

  /** What is open. */
  get descriptors(): Set<Descriptor> {
    return this.#descriptors;
  }

  /** What goes on until it is told to end: channels, listeners, intervals. */
  get live(): Set<Live> {
    return this.#live;
  }

  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** Starts a call; its Promise. */
  start<T>(call: Call<T>, lane: Lane = this.#leastBusy()): Promise<T> {
    this.#busy++;
    call.lane = lane;
    if (call.signal !== undefined && !this.#watch(call, call.signal)) return call.promise;
    const { bytes } = call;
    if (bytes > 0) {
      const address = this.staging.allocator.allocate(bytes);
      if (address === NULL) {
        void this.#awaitMemory(call, lane);
        return call.promise;
      }
      call.address = address;
      call.stage(this.staging);
    }
    lane.add(call);
    return call.promise;
  }

  /**
   * Starts calls that run one after the other, each only if those before it succeeded: at most
   * `chainMax` of the lane. Those that did not run are answered with -ECANCELED. One signal takes
   * all of them back, as far as it still can.
   */
  async startChain(calls: readonly Call[], lane: Lane, signal?: AbortSignal): Promise<void> {
    const [head] = calls;
    if (head === undefined) return;
    this.#busy += calls.length;
    const onAbort = (): void => this.#abortChain(calls, signal as AbortSignal);
    let left = calls.length;
    let address: number = NULL;
    const drop = (): void => {
      if (--left > 0) return;
      signal?.removeEventListener('abort', onAbort);
      if (address !== NULL) this.staging.allocator.free(address);
    };
    const block: Block = { drop };
    for (const [i, call] of calls.entries()) {
      Object.assign(call, { lane, block, signal, next: calls[i + 1] });
    }
    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    const bytes = calls.reduce((sum, call) => sum + aligned(call.bytes), 0);
    try {
      if (bytes > 0) address = await this.staging.allocator.allocateAsync(bytes, signal);
    } catch (error) {
      const failure = error instanceof RangeError ? outOfMemory(error) : error;
      for (const call of calls) if (call.phase !== PHASE.SETTLED) this.#settle(call, failure);
      return;
    }
    if (head.phase === PHASE.SETTLED) {
      if (address !== NULL) this.staging.allocator.free(address); // granted, and aborted since
      return;
    }
    let at = address;
    for (const call of calls) {
      call.address = at;
      call.stage(this.staging);
      at += aligned(call.bytes);
    }
    lane.add(head);
  }

  #abortChain(calls: readonly Call[], signal: AbortSignal): void {
    const [head] = calls;
    if (head?.phase === PHASE.QUEUED) head.lane?.remove(head);
    for (const call of calls)
      if (call.phase === PHASE.IN_FLIGHT) call.lane?.cancel(call);
      else if (call.phase !== PHASE.SETTLED) this.#settle(call, abortErrorOf(signal));
  }

  /** The lane of everything whose parts must find each other: pipes, sockets. */
  get meetingLane(): Lane {
    return this.#lanes[0] as Lane;
  }

  /** The lane with the least to do. */
  get idlestLane(): Lane {
    return this.#leastBusy();
  }

  /** Submits what waits for the end of the tick. */
  submit(): void {
    for (const lane of this.#lanes) lane.pump();
  }

  /** A job of several calls: close() waits for all of it. */
  async job<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  /** Resolves when nothing is going on. One caller. */
  async becomeIdle(): Promise<void> {
    if (this.#busy > 0)
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
  }

  #leastBusy(): Lane {
    let best = this.#lanes[0] as Lane;
    for (let i = 1; i < this.#lanes.length; i++) {
      const lane = this.#lanes[i] as Lane;
      if (best.ended || (!lane.ended && lane.load < best.load)) best = lane;
    }
    return best;
  }

  /** Backpressure: the call stands in line for memory. */
  async #awaitMemory(call: Call, lane: Lane): Promise<void> {
    const { allocator } = this.staging;
    try {
      call.address = await allocator.allocateAsync(call.bytes, call.signal);
    } catch (error) {
      if (call.phase === PHASE.SETTLED) return; // its abort told it
      this.#settle(call, error instanceof RangeError ? outOfMemory(error) : error);
      return;
    }
    if (call.phase === PHASE.SETTLED)
      allocator.free(call.address); // granted, and aborted since
    else {
      call.stage(this.staging);
      lane.add(call);
    }
  }

  /** False when it is aborted already, and rejected. */
  #watch(call: Call, signal: AbortSignal): boolean {
    if (signal.aborted) {
      this.#settle(call, abortErrorOf(signal));
      return false;
    }
    call.onAbort = () => this.#onAbort(call, signal);
    signal.addEventListener('abort', call.onAbort, { once: true });
    return true;
  }

  /** What has not been submitted ends now; what has, is cancelled and ends with its CQE. */
  #onAbort(call: Call, signal: AbortSignal): void {
    if (call.phase === PHASE.IN_FLIGHT) {
      call.lane?.cancel(call);
      return;
    }
    if (call.phase === PHASE.QUEUED) call.lane?.remove(call);
    this.#settle(call, abortErrorOf(signal));
  }

  /** The result of a call is there. */
  #answered(call: Call, res: Res): void {
    const { signal, lane } = call;
    const lost = (res === OWNER_DIED && call.repeatable) || res === NOT_BEGUN;
    if (lost && signal?.aborted) {
      this.#settle(call, abortErrorOf(signal));
      return;
    }
    if (lost && !call.repeated && call.block === undefined && lane?.ended === false) {
      call.repeated = true;
      lane.add(call);
      return;
    }
    call.answer(res, this.staging);
    this.#end(call);
  }

  #settle(call: Call, error: unknown): void {
    call.refuse(error);
    this.#end(call);
  }

  #end(call: Call): void {
    call.phase = PHASE.SETTLED;
    if (call.block !== undefined) call.block.drop();
    else if (call.address !== NULL) this.staging.allocator.free(call.address);
    if (call.onAbort !== undefined) call.signal?.removeEventListener('abort', call.onAbort);
    call.ended();
    this.#release();
  }

  #release(): void {
    if (--this.#busy === 0) this.#whenIdle?.();
  }
}

/** More than there is altogether: no waiting would help. */
const outOfMemory = (cause: RangeError): Error =>
  Object.assign(new FileError(fail('ENOMEM'), 'allocate'), { cause });
