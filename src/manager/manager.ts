/** The manager: processes, rings and requests by number, as one object; a handle on a kernel. */
import type { MessagePort } from 'node:worker_threads';
import { fail } from '../abi/errno.ts';
import { KernelError } from '../client/error.ts';
import type { Ring } from '../client/ring.ts';
import type { Channel } from './channel.ts';
import type { SyscallCompletionEntry } from './completion-entry.ts';
import { type KernelEvent, KernelLink } from './kernel-link.ts';
import type { ManagedProcess, RingOptions } from './managed.ts';
import type { KernelShare } from './messages.ts';
import { FIRST_FD, Processes } from './processes.ts';
import { createShare, type ShareOptions } from './share.ts';
import { type KernelStats, readStats } from './stats.ts';
import type { SyscallSubmissionEntry } from './submission-entry.ts';

export type { KernelEvent, RingOptions };

/** How a kernel is booted. */
export interface KernelOptions extends ShareOptions {
  /** Told of executors that were replaced and of throws inside operations. */
  readonly onEvent?: (event: KernelEvent) => void;
}

/**
 * What crosses threads to make a manager of the same kernel there; the port must be transferred.
 */
export interface ManagerHandle {
  readonly share: KernelShare;
  readonly port: MessagePort;
}

/**
 * Maps processes to rings, rings to executors, and requests to completions. Errors are thrown as
 * KernelError: ESRCH for a pid without a ring of this manager, ESHUTDOWN after the kernel ended.
 */
export class IoUringManager {
  readonly #share: KernelShare;
  readonly #link: KernelLink;
  readonly #processes: Processes;
  #lastSeq = 0;
  readonly #nextSeq = (): number => ++this.#lastSeq;

  /** Boots a kernel, or attaches to one that runs: see IoUringManager.attach. */
  constructor(options: KernelOptions = {}, handle?: ManagerHandle) {
    this.#share = handle?.share ?? createShare(options);
    const events = {
      event: options.onEvent ?? (() => {}),
      closed: (id: string) => this.#processes.forget(id),
      ended: () => this.#processes.endAll(),
    };
    this.#link = new KernelLink(this.#share, events, handle?.port);
    this.#processes = new Processes(this.#share, (message) => this.#link.tell(message));
  }

  /** A manager of a kernel that another thread booted. Close that one to end the kernel. */
  static attach(
    handle: ManagerHandle,
    options: Pick<KernelOptions, 'onEvent'> = {},
  ): IoUringManager {
    return new IoUringManager(options, handle);
  }

  /** What attach() takes on another thread; list its port for transfer. */
  createHandle(): ManagerHandle {
    return { share: this.#share, port: this.#link.join() };
  }

  /** Resolves when every executor has begun to serve. Rings work before: they wait in their SQ. */
  get ready(): Promise<void> {
    return this.#link.ready;
  }

  // --- rings ---

  /**
   * A new ring of process `pid`. It returns at once; what is submitted waits until the executor
   * has the ring. Entries of other rings may name its descriptor (MSG_RING, POLL_ADD) once a first
   * call on it, such as registerProbe(), was answered: before, that is EBADF. Whoever uses the ring
   * first owns it: its creator, another thread through `ring.handle`, or submit(). Throws EINVAL
   * (SEMANTICS A1 to A3), ENFILE when its executor has no slot free, and RangeError or TypeError
   * for other options.
   */
  createRing(pid: number, options: RingOptions = {}): Ring {
    if (this.#link.ended) throw new KernelError(fail('ESHUTDOWN'), 'io_uring_setup');
    return this.#processes.createRing(pid, options).ring;
  }

  /** The rings of a process that this manager made, oldest first. */
  ringsOf(pid: number): readonly Ring[] {
    return [...(this.#processes.get(pid)?.rings.values() ?? [])].map(({ ring }) => ring);
  }

  /**
   * Ends a ring: its requests in flight are over without completions, whoever waits on it gets
   * -EBADFD, whoever awaits a completion() gets ECANCELED, and what was not reaped is gone.
   * Resolves when its executor has let go; rejects with EBADF when there is no such ring.
   */
  async destroyRing(pid: number, fd: number = FIRST_FD): Promise<void> {
    const ring = this.#processes.get(pid)?.rings.get(fd);
    if (ring === undefined) throw new KernelError(fail('EBADF'), 'close');
    await this.#link.during(this.#processes.destroyRing(ring));
  }

  /** Ends all rings of a process; resolves with how many they were. */
  async cleanupProcessRings(pid: number): Promise<number> {
    const fds = [...(this.#processes.get(pid)?.rings.keys() ?? [])];
    await Promise.all(fds.map((fd) => this.destroyRing(pid, fd)));
    return fds.length;
  }

  // --- requests ---

  /**
   * Submits one request; its sequence number, by which its completion is asked for, once: with
   * reapCompletions(), waitCompletion() or completion(). Never blocks; throws EAGAIN when the SQ,
   * the memory for requests or their table (`inFlightMax`) is full: reap, then try again. Throws
   * ENOMEM for a request that could never fit into the memory of its process (`stagingBytes`),
   * EINVAL for an entry of another pid, EBADFD when the kernel ended the ring.
   *
   * It goes through the oldest ring of the process that was left to the manager, which owns it from
   * then on. A ring is not left to it when somebody used it or asked for its handle. Where there is
   * none, the manager makes one of its own, with the sizes of the oldest.
   */
  submit(pid: number, entry: SyscallSubmissionEntry): number {
    const [seq] = this.submitBatch(pid, [entry]);
    if (seq === undefined) throw new KernelError(fail('EAGAIN'), 'io_uring_enter');
    return seq;
  }

  /**
   * Submits as many requests as fit, from the first on, with one look at the executor. Their
   * numbers: when there are fewer than entries, the rest did not fit. Throws like submit(), EAGAIN
   * excepted; then none was submitted.
   */
  submitBatch(pid: number, entries: readonly SyscallSubmissionEntry[]): number[] {
    const process = this.#processOf(pid);
    if (entries.some((entry) => entry.pid !== pid))
      throw new KernelError(fail('EINVAL'), 'io_uring_enter');
    return this.#processes.channelOf(process, this.#nextSeq).submit(entries);
  }

  /** Completions that nobody asked for, oldest first, at most `max`. Never blocks. */
  reapCompletions(pid: number, max: number = Number.POSITIVE_INFINITY): SyscallCompletionEntry[] {
    return this.#processOf(pid).channel?.reap(max) ?? [];
  }

  /**
   * Blocks the thread until request `seq` completed. Throws ENOENT when its completion was handed
   * out or it never was, ETIME after `timeoutMs` milliseconds, ECANCELED when its ring ended.
   */
  waitCompletion(
    pid: number,
    seq: number,
    timeoutMs: number = Number.POSITIVE_INFINITY,
  ): SyscallCompletionEntry {
    return this.#channelWith(pid).wait(seq, timeoutMs);
  }

  /** The same without blocking the thread; the program stays alive meanwhile. */
  async completion(pid: number, seq: number): Promise<SyscallCompletionEntry> {
    return this.#channelWith(pid).completion(seq);
  }

  // --- the kernel ---

  /** Counters of every executor and latencies of every operation, read from shared memory. */
  stats(): KernelStats {
    return readStats(this.#share);
  }

  /** Ends an executor's thread; its successor adopts the rings. An operator's drill. */
  replaceExecutor(executor: number): void {
    if (this.#share.executors[executor] === undefined)
      throw new KernelError(fail('ESRCH'), 'replace');
    this.#link.tell({ type: 'replace', executor });
  }

  /**
   * Ends the kernel's threads, and with them every ring: who waits gets -EBADFD. On a manager that
   * was attached: only lets go of the kernel.
   */
  async close(): Promise<void> {
    await this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #processOf(pid: number): ManagedProcess {
    if (this.#link.ended) throw new KernelError(fail('ESHUTDOWN'), 'io_uring_enter');
    const process = this.#processes.get(pid);
    if (process === undefined) throw new KernelError(fail('ESRCH'), 'io_uring_enter');
    return process;
  }

  /** Where the requests of a process are; ENOENT when none was ever made. */
  #channelWith(pid: number): Channel {
    const channel = this.#processOf(pid).channel;
    if (channel === undefined) throw new KernelError(fail('ENOENT'), 'io_uring_enter');
    return channel;
  }
}
