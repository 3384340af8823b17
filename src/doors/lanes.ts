/** The lanes of a door: memory for each call, the lane that takes it, and how it is settled. */
import { fail, type Res } from '../abi/errno.ts';
import type { Ring } from '../client/ring.ts';
import { NULL } from '../ring/allocator.ts';
import { type Call, PHASE } from './call.ts';
import type { Descriptor } from './descriptor.ts';
import { AbortError, FileError } from './errors.ts';
import { Lane } from './lane.ts';
import type { Staging } from './staging.ts';

const OWNER_DIED = fail('EOWNERDEAD');
/** The request was taken by an executor that died, and had certainly not begun. */
const NOT_BEGUN = fail('ECANCELED');

/** Starts calls, on the lane they belong to or on the one with the least to do. */
export class Lanes {
  readonly staging: Staging;
  /** What is open. */
  readonly descriptors = new Set<Descriptor>();
  readonly #lanes: readonly Lane[];
  /** Calls that are not settled, and jobs of several calls that go on. */
  #busy = 0;
  #whenIdle: (() => void) | undefined;

  constructor(rings: readonly Ring[], staging: Staging) {
    this.staging = staging;
    const answered = (call: Call, res: Res): void => this.#answered(call, res);
    this.#lanes = rings.map((ring) => new Lane(ring, answered));
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
      this.#settle(call, new AbortError(signal.reason));
      return false;
    }
    call.onAbort = () => this.#onAbort(call, signal);
    signal.addEventListener('abort', call.onAbort, { once: true });
    return true;
  }

  /** What has not been submitted ends now; what has, when its CQE arrives. */
  #onAbort(call: Call, signal: AbortSignal): void {
    if (call.phase === PHASE.IN_FLIGHT) return;
    if (call.phase === PHASE.QUEUED) call.lane?.remove(call);
    this.#settle(call, new AbortError(signal.reason));
  }

  /** The result of a call is there. */
  #answered(call: Call, res: Res): void {
    const { signal, lane } = call;
    if (signal?.aborted) {
      this.#settle(call, new AbortError(signal.reason));
      return;
    }
    const lost = (res === OWNER_DIED && call.repeatable) || res === NOT_BEGUN;
    if (lost && !call.repeated && lane?.ended === false) {
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
    if (call.address !== NULL) this.staging.allocator.free(call.address);
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
