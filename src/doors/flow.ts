/** A flow: a multishot request as an async iterator, which waits for its reader. */
import { fail, type Res } from '../abi/errno.ts';
import { CQE_FLAG } from '../abi/flags.ts';
import type { Ring } from '../client/ring.ts';
import { checkSignal } from './arguments.ts';
import type { Call } from './call.ts';
import { abortErrorOf } from './errors.ts';
import type { Lane } from './lane.ts';
import type { Lanes, Live } from './lanes.ts';
import { PlainCall } from './plain-call.ts';
import type { Staging } from './staging.ts';

// A flow is armed when its first value is asked for, and again when the request ended and more is
// asked for. What completes while nobody asks stands in a queue; when that is full, the request is
// cancelled until it is empty: backpressure, and nothing is lost, for what the kernel has not told
// of stays in the kernel. The end of the loop cancels the request and waits for its last CQE.

const CANCELED = fail('ECANCELED');
/** The buffers of the request are all in use: it goes on when they are given back. */
const NO_BUFFERS = fail('ENOBUFS');

/** How a flow is read. */
export interface FlowOptions {
  /** Ends the loop with AbortError. */
  readonly signal?: AbortSignal | undefined;
}

/** What a flow is made of. */
export interface FlowParts<T> {
  readonly lanes: Lanes;
  readonly lane: Lane;
  /** Values that may wait for their reader. */
  readonly waitingMax: number;
  /** Gets what the request needs; before the first one. */
  open?(): Promise<void>;
  /** Bytes of the record that the entry points to, and what stands there. */
  readonly recordBytes?: number;
  stage?(at: number, staging: Staging): void;
  prepare(ring: Ring, sqe: number, at: number): void;
  /** Starts the request. */
  start(call: Call<Res>): Promise<Res>;
  /** The request has ended, whatever comes after it. */
  ended?(): void;
  /** Whether a completion has a value for the reader. */
  hasValue(res: Res, flags: number): boolean;
  /** The value, when the reader takes it. */
  value(res: Res, flags: number): T;
  /** A value that nobody will take. */
  discard?(res: Res, flags: number): Promise<void> | undefined;
  /** Whether the result of the last completion ends the flow; throws what the reader is told. */
  isOver(res: Res): boolean;
  /** Gives back what open() got. */
  close?(): Promise<void>;
}

class FlowCall<T> extends PlainCall<Res> {
  readonly #shot: (res: Res, flags: number) => void;
  flags = 0;

  constructor(parts: FlowParts<T>, shot: (res: Res, flags: number) => void) {
    super({
      bytes: parts.recordBytes ?? 0,
      stage: (at, staging) => parts.stage?.(at, staging),
      prepare: (ring, sqe, at) => parts.prepare(ring, sqe, at),
      value: (res) => res,
      ended: () => parts.ended?.(),
    });
    this.#shot = shot;
  }

  override noted(res: Res, flags: number): void {
    if ((flags & CQE_FLAG.MORE) === 0) this.flags = flags;
    else this.#shot(res, flags);
  }
}

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

const OVER = { done: true, value: undefined } as const;

/** `for await (const value of flow)`; leaving the loop ends it. One flow, one loop. */
export class Flow<T> implements AsyncIterableIterator<T, undefined>, AsyncDisposable, Live {
  readonly #parts: FlowParts<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #waiting: (readonly [res: Res, flags: number])[] = [];
  readonly #readers: Reader<T>[] = [];
  #opened: Promise<void> | undefined;
  /** Takes back the request that runs. */
  #cancel: AbortController | undefined;
  #running: Promise<void> | undefined;
  #isPaused = false;
  /** No request follows: what waits is the rest, and then `#failure` is told, if there is one. */
  #isDone = false;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: FlowParts<T>, options: FlowOptions = {}) {
    this.#parts = parts;
    this.#signal = checkSignal(options.signal);
    parts.lanes.live.add(this);
    this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (this.#signal?.aborted) this.#onAbort();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next value. */
  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#serve();
    });
  }

  /** Ends it: the request is taken back, and what nobody took is let go. */
  async return(): Promise<IteratorResult<T, undefined>> {
    await this.close();
    return OVER;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  readonly #onAbort = (): void => {
    this.#failure = { error: abortErrorOf(this.#signal as AbortSignal) };
    void this.close();
  };

  /** Gives readers what there is; asks for more when there is nothing. */
  #serve(): void {
    while (this.#readers.length > 0 && this.#waiting.length > 0) {
      const [res, flags] = this.#waiting.shift() as readonly [Res, number];
      this.#readers.shift()?.resolve({ done: false, value: this.#parts.value(res, flags) });
    }
    if (this.#readers.length === 0) return;
    if (this.#isOver) this.#tellEnd();
    else if (this.#isDone) void this.close();
    else if (this.#running === undefined && this.#closing === undefined)
      this.#running = this.#run();
  }

  #tellEnd(): void {
    const failure = this.#failure;
    this.#failure = undefined; // told once; then it is over
    if (failure !== undefined) this.#readers.shift()?.reject(failure.error);
    for (const { resolve } of this.#readers.splice(0)) resolve(OVER);
  }

  /** One request, until its last completion. */
  async #run(): Promise<void> {
    try {
      this.#opened ??= this.#parts.open?.() ?? Promise.resolve();
      await this.#opened;
      if (this.#closing === undefined) await this.#request();
    } catch (error) {
      this.#failure ??= { error };
      this.#isDone = true;
    } finally {
      this.#running = undefined;
      this.#serve();
    }
  }

  async #request(): Promise<void> {
    const call = new FlowCall(this.#parts, this.#onShot);
    const cancel = new AbortController();
    this.#cancel = cancel;
    this.#isPaused = false;
    call.signal = cancel.signal;
    const res = await this.#parts.start(call).catch((error: unknown) => {
      if (cancel.signal.aborted) return CANCELED;
      throw error;
    });
    this.#cancel = undefined;
    if (res === NO_BUFFERS || (res === CANCELED && cancel.signal.aborted)) return;
    if (this.#parts.hasValue(res, call.flags)) this.#waiting.push([res, call.flags]);
    if (this.#parts.isOver(res)) this.#isDone = true;
  }

  readonly #onShot = (res: Res, flags: number): void => {
    if (!this.#parts.hasValue(res, flags)) return;
    this.#waiting.push([res, flags]);
    this.#serve();
    if (this.#waiting.length < this.#parts.waitingMax || this.#isPaused) return;
    this.#isPaused = true;
    this.#cancel?.abort();
  };

  async #close(): Promise<void> {
    const { lanes, discard, close } = this.#parts;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    await undefined; // #closing is set
    this.#cancel?.abort();
    await this.#running;
    const left = this.#waiting.splice(0);
    await Promise.allSettled(left.map(([res, flags]) => discard?.call(this.#parts, res, flags)));
    if (this.#opened !== undefined) await close?.call(this.#parts);
    lanes.live.delete(this);
    this.#isOver = true;
    this.#serve();
  }
}
