/** The Ring door: liburing in camelCase, numbers in and out, nothing allocated per operation. */
import { fail, type Res } from '../abi/errno.ts';
import { CONTROL_CALL } from '../abi/register.ts';
import { highWord } from '../ops/encode.ts';
import { claimRing, unclaimRing } from '../ring/binding.ts';
import { CompletionQueue } from '../ring/completion.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import { FULL, SubmissionQueue } from '../ring/submission.ts';
import { KernelError } from './error.ts';
import { KeepAlive } from './keep-alive.ts';
import { PolledPort, type RingHandle } from './polled-port.ts';
import type { RingEnds, RingPort, WaitGoal } from './port.ts';
import { Registrations } from './registrations.ts';

/** What getSqe() and peekCqe() return when there is none: no entry begins at word 0. */
export const NONE = 0;
const TIME_IS_UP = fail('ETIME');
const FOREVER = Number.POSITIVE_INFINITY;

/**
 * A ring of one process, for one thread: it submits and reaps. Entries are named by the number that
 * getSqe() and peekCqe() return, valid until submit() and cqAdvance(). Results below 0 are -errno,
 * as in liburing; see io_uring(7) and the man page of each function.
 */
export class Ring extends Registrations {
  readonly #port: RingPort;
  readonly #handle: RingHandle | undefined;
  readonly #keepAlive = new KeepAlive();
  #ends: RingEnds | undefined;
  #submission!: SubmissionQueue;
  #completion!: CompletionQueue;
  /** One asynchronous wait sleeps at a time; the next begins when it ended. */
  #lastWait: Promise<unknown> = Promise.resolve();

  /** Rings are made by managers and kernels; the calling thread claims it on first use. */
  constructor(port: RingPort, handle?: RingHandle) {
    super(port.region.words);
    this.#port = port;
    this.#handle = handle;
  }

  /**
   * Binds a ring to the calling thread, from the `handle` of a ring made elsewhere.
   * Throws EEXIST while another thread has it.
   */
  static attach(handle: RingHandle): Ring {
    const ring = new Ring(new PolledPort(handle), handle);
    ring.#bind();
    return ring;
  }

  /** What Ring.attach takes on another thread. Rings of an inline kernel have none. */
  get handle(): RingHandle {
    if (this.#handle === undefined) throw new KernelError(fail('EOPNOTSUPP'), 'attach');
    return this.#handle;
  }

  /** What addresses in its entries point into. */
  override get memory(): ProcessMemory {
    return this.#port.memory;
  }

  /** Its descriptor in its process. */
  override get fd(): number {
    return this.#port.fd;
  }

  /** Lets another thread attach. Reserved entries that were not submitted are lost. */
  detach(): void {
    if (this.#ends === undefined) return;
    this.#ends = undefined;
    unclaimRing(this.#port.region);
  }

  // --- submission ---

  /** A free entry with user_data 0, or NONE when the SQ is full. Prepare it before submit(). */
  getSqe(): number {
    if (this.#ends === undefined) this.#bind();
    const sqe = this.#submission.reserve();
    if (sqe === FULL) return NONE;
    this.sqeSetData(sqe, 0);
    return sqe;
  }

  /** Shows all prepared entries to the kernel; how many it took, or -errno. Never blocks. */
  submit(): Res {
    const ends = this.#bound();
    return this.#port.submit(ends, ends.submission.publish());
  }

  /** Entries prepared or submitted and not consumed yet (io_uring_sq_ready). */
  sqReady(): number {
    return this.#bound().submission.ready();
  }

  /** Entries that getSqe() would give now (io_uring_sq_space_left). */
  sqSpaceLeft(): number {
    return this.#bound().submission.space();
  }

  /** Blocks until getSqe() has an entry (io_uring_sqring_wait); 0, -ETIME, -EDEADLK, -EBADFD. */
  sqringWait(timeoutMs: number = FOREVER): Res {
    return this.#port.waitSpace(this.#bound(), timeoutMs);
  }

  /** The same without blocking the thread. */
  sqringWaitAsync(timeoutMs: number = FOREVER): Promise<Res> {
    return this.#keepAlive.during(this.#port.waitSpaceAsync(this.#bound(), timeoutMs));
  }

  // --- waiting ---

  /** Submits, then blocks until `count` CQEs are there; entries submitted, or -errno. */
  submitAndWait(count: number, timeoutMs: number = FOREVER): Res {
    const ends = this.#bound();
    const goal = this.#goal(count, timeoutMs);
    const submitted = this.submit();
    if (submitted < 0 || !this.#port.tookAll(ends)) return submitted;
    const waited = this.#port.wait(ends, goal);
    return submitted > 0 ? submitted : waited;
  }

  /** The same without blocking the thread. */
  async submitAndWaitAsync(count: number, timeoutMs: number = FOREVER): Promise<Res> {
    const ends = this.#bound();
    const goal = this.#goal(count, timeoutMs);
    const submitted = this.submit();
    if (submitted < 0 || !this.#port.tookAll(ends)) return submitted;
    const waited = await this.#inTurn(() => this.#port.waitAsync(ends, goal));
    return submitted > 0 ? submitted : waited;
  }

  /**
   * Blocks until there is a CQE, and returns it; -ETIME when `timeoutMs` passed first, -EDEADLK
   * when an inline kernel runs nothing that could complete, -EBADFD when the ring ended.
   */
  waitCqe(timeoutMs: number = FOREVER): number {
    return this.waitCqes(1, timeoutMs);
  }

  /** Blocks until there are `count` CQEs, or one and a TIMEOUT expired; the first, or -errno. */
  waitCqes(count: number, timeoutMs: number = FOREVER): number {
    const ends = this.#bound();
    const until = this.#port.nowMs() + timeoutMs;
    for (let left = timeoutMs; ; left = until - this.#port.nowMs()) {
      const res = this.#port.wait(ends, this.#goal(count, Math.max(left, 0)));
      if (res < 0) return res;
      const cqe = this.peekCqe();
      if (cqe !== NONE) return cqe; // else a silent TIMEOUT expired
    }
  }

  /** waitCqe without blocking the thread; the program stays alive meanwhile. */
  waitCqeAsync(timeoutMs: number = FOREVER): Promise<number> {
    return this.waitCqesAsync(1, timeoutMs);
  }

  /** waitCqes without blocking the thread; waits of one ring are served one after the other. */
  waitCqesAsync(count: number, timeoutMs: number = FOREVER): Promise<number> {
    const ends = this.#bound();
    const until = this.#port.nowMs() + timeoutMs;
    return this.#inTurn(async () => {
      for (;;) {
        const left = Math.max(until - this.#port.nowMs(), 0);
        const res = await this.#port.waitAsync(ends, this.#goal(count, left));
        if (res < 0) return res;
        const cqe = this.peekCqe();
        if (cqe !== NONE) return cqe;
      }
    });
  }

  /**
   * Submits, then blocks until `count` CQEs are there, or one and `minWaitMs` passed, or
   * `timeoutMs` (io_uring_submit_and_wait_min_timeout); entries submitted, or -errno.
   */
  submitAndWaitMinTimeout(count: number, timeoutMs: number, minWaitMs: number): Res {
    const firstMs = Math.min(minWaitMs, timeoutMs);
    const submitted = this.submitAndWait(count, firstMs);
    const { completion } = this.#bound();
    const isOver = completion.ready() > 0 || timeoutMs <= minWaitMs;
    if (isOver || (submitted < 0 && submitted !== TIME_IS_UP)) return submitted;
    const waited = this.#port.wait(this.#bound(), this.#goal(1, timeoutMs - firstMs));
    return submitted > 0 ? submitted : waited;
  }

  // --- completion ---

  /** The oldest CQE, or NONE. It stays until cqAdvance() or cqeSeen(). */
  peekCqe(): number {
    if (this.#ends === undefined) this.#bind();
    return this.#completion.available() === 0 ? NONE : this.#completion.slotAt(0);
  }

  /**
   * Calls `visit` with each CQE that is there, oldest first; how many. cqAdvance() lets them go.
   */
  forEachCqe(visit: (cqe: number) => void): number {
    const { completion } = this.#bound();
    const count = completion.ready();
    completion.fetchLines(count);
    for (let ahead = 0; ahead < count; ahead++) visit(completion.slotAt(ahead));
    return count;
  }

  /** Gives the oldest `count` CQEs back to the kernel. */
  cqAdvance(count: number): void {
    if (count > 0 && this.#bound().completion.release(count)) this.#port.roomMade();
  }

  /** Gives back the oldest CQE. */
  cqeSeen(): void {
    this.cqAdvance(1);
  }

  /** CQEs that wait to be reaped. */
  cqReady(): number {
    return this.#bound().completion.ready();
  }

  // --- calls ---

  /** io_uring_register(2): blocks until the kernel answered. */
  override register(number: number, addr: number, count: number): Res {
    return this.#port.call({ number, addrLow: addr | 0, addrHigh: highWord(addr), count });
  }

  /** The same without blocking the thread; one call of a ring at a time. */
  registerAsync(number: number, addr: number, count: number): Promise<Res> {
    const call = { number, addrLow: addr | 0, addrHigh: highWord(addr), count };
    return this.#keepAlive.during(this.#port.callAsync(call));
  }

  /**
   * Moves the ring into memory for other numbers of entries (io_uring_resize_rings): 0, -EINVAL
   * unless it was made with DEFER_TASKRUN on an inline kernel, -EOVERFLOW when what is queued does
   * not fit. `flags` are SETUP_CQSIZE (`cqEntries` counts) and SETUP_CLAMP. Numbers of entries from
   * before are void, and reserved entries that were not submitted are lost.
   */
  resizeRings(sqEntries: number, cqEntries = 0, flags = 0): Res {
    this.#bound();
    const res = this.askForSizes(sqEntries, cqEntries, flags);
    if (res < 0 || !this.#port.moved()) return res;
    this.words = this.#port.region.words;
    this.#bind();
    return res;
  }

  /** Closes the ring: what it has in flight ends without a CQE (io_uring_queue_exit). */
  queueExit(): Res {
    const res = this.register(CONTROL_CALL.CLOSE, 0, 0);
    return res === fail('EOWNERDEAD') ? this.queueExit() : res; // to the executor that took over
  }

  [Symbol.dispose](): void {
    this.queueExit();
  }

  #bound(): RingEnds {
    return this.#ends ?? this.#bind();
  }

  #bind(): RingEnds {
    const { region } = this.#port;
    if (!claimRing(region)) throw new KernelError(fail('EEXIST'), 'attach');
    this.#submission = new SubmissionQueue(region);
    this.#completion = new CompletionQueue(region);
    this.#ends = { submission: this.#submission, completion: this.#completion };
    return this.#ends;
  }

  #goal(count: number, timeoutMs: number): WaitGoal {
    return { count, since: this.#port.timeouts(), timeoutMs };
  }

  /** Asynchronous waits queue up behind each other: cqWanted holds one number. */
  #inTurn<T>(wait: () => Promise<T>): Promise<T> {
    const turn = this.#lastWait.then(wait);
    this.#lastWait = turn.catch(() => undefined);
    return this.#keepAlive.during(turn);
  }
}
