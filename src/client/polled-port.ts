/** The port to an executor thread: publish, ring its doorbell, wait on shared words. */
import { fail, type Res } from '../abi/errno.ts';
import { RING_STATE } from '../abi/layout.ts';
import { ringState } from '../ring/binding.ts';
import { type Call, CallSlot } from '../ring/call.ts';
import { Doorbell } from '../ring/doorbell.ts';
import { type MemoryHandle, ProcessMemory } from '../ring/memory.ts';
import { type Region, type RegionHandle, viewRegion } from '../ring/region.ts';
import { CompletionWait, SpaceWait } from '../ring/wait.ts';
import type { RingEnds, RingPort, WaitGoal } from './port.ts';

/** What crosses threads to reach the same ring from elsewhere; structured-cloneable. */
export interface RingHandle {
  readonly region: RegionHandle;
  readonly memory: MemoryHandle;
  readonly doorbell: SharedArrayBuffer;
  /** The ring's place in its executor. */
  readonly slot: number;
  readonly pid: number;
  readonly fd: number;
  /** Nanoseconds a blocking wait looks for its answer before it sleeps. */
  readonly spinNs: number;
}

const nowNs = (): number => performance.now() * 1e6;

/** One ring's way to its executor. */
export class PolledPort implements RingPort {
  readonly region: Region;
  readonly memory: ProcessMemory;
  readonly fd: number;
  readonly #doorbell: Doorbell;
  readonly #spinNs: number;
  readonly #calls: CallSlot;
  readonly #space: SpaceWait;
  #completions: CompletionWait | undefined;

  constructor(handle: RingHandle) {
    this.region = viewRegion(handle.region);
    this.memory = ProcessMemory.attach(handle.memory);
    this.fd = handle.fd;
    this.#doorbell = new Doorbell(new Int32Array(handle.doorbell), handle.slot);
    this.#spinNs = handle.spinNs;
    this.#calls = new CallSlot(this.region);
    this.#space = new SpaceWait(this.region, nowNs);
  }

  get #ended(): boolean {
    return ringState(this.region) >= RING_STATE.RETIRED;
  }

  submit(_ends: RingEnds, published: number): Res {
    if (published === 0) return 0;
    this.#doorbell.ring();
    return this.#ended ? fail('EBADFD') : published;
  }

  nowMs(): number {
    return performance.now();
  }

  /** An executor goes on after a bad entry: it will take them all. */
  tookAll(): boolean {
    return true;
  }

  timeouts(): number {
    return CompletionWait.timeoutsOf(this.region);
  }

  wait(ends: RingEnds, { count, since, timeoutMs }: WaitGoal): Res {
    const over = this.#waitOf(ends).block(count, since, { spinNs: this.#spinNs, timeoutMs });
    return this.#waited(ends, count, over);
  }

  async waitAsync(ends: RingEnds, { count, since, timeoutMs }: WaitGoal): Promise<Res> {
    const over = await this.#waitOf(ends).sleep(count, since, timeoutMs);
    return this.#waited(ends, count, over);
  }

  waitSpace({ submission }: RingEnds, timeoutMs: number): Res {
    const room = this.#space.block(() => submission.space() > 0, timeoutMs);
    return room ? 0 : fail(this.#ended ? 'EBADFD' : 'ETIME');
  }

  async waitSpaceAsync({ submission }: RingEnds, timeoutMs: number): Promise<Res> {
    const room = await this.#space.sleep(() => submission.space() > 0, timeoutMs);
    return room ? 0 : fail(this.#ended ? 'EBADFD' : 'ETIME');
  }

  roomMade(): void {
    this.#doorbell.ring();
  }

  call(call: Call): Res {
    if (ringState(this.region) === RING_STATE.CLOSED) return fail('EBADF');
    const seq = this.#calls.place(call);
    this.#doorbell.ring();
    return this.#calls.block(seq);
  }

  /** An executor's end of the memory cannot move while a process uses it. */
  moved(): boolean {
    return false;
  }

  async callAsync(call: Call): Promise<Res> {
    if (ringState(this.region) === RING_STATE.CLOSED) return fail('EBADF');
    const seq = this.#calls.place(call);
    this.#doorbell.ring();
    return this.#calls.answer(seq);
  }

  #waitOf({ completion }: RingEnds): CompletionWait {
    this.#completions ??= new CompletionWait(this.region, completion, nowNs);
    return this.#completions;
  }

  #waited({ completion }: RingEnds, count: number, over: boolean): Res {
    if (completion.ready() >= count) return 0;
    if (this.#ended) return fail('EBADFD');
    return over ? 0 : fail('ETIME');
  }
}
