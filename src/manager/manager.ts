/** The manager: processes to rings, rings to executors; a handle on a kernel for any thread. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { fail } from '../abi/errno.ts';
import { SETUP } from '../abi/flags.ts';
import { KernelError } from '../client/error.ts';
import { KeepAlive } from '../client/keep-alive.ts';
import { PolledPort, type RingHandle } from '../client/polled-port.ts';
import { Ring } from '../client/ring.ts';
import { checkSetup } from '../kernel/setup.ts';
import { closeRegion } from '../ring/ending.ts';
import { ProcessMemory } from '../ring/memory.ts';
import { createRegion, type RegionHandle, viewRegion } from '../ring/region.ts';
import { NO_SLOT, Slots } from '../ring/slots.ts';
import type { KernelShare, ManagerMessage, SupervisorMessage } from './messages.ts';
import { createShare, type ShareOptions } from './share.ts';
import { type KernelStats, readStats } from './stats.ts';

/** How a kernel is booted. */
export interface KernelOptions extends ShareOptions {
  /** Told of executors that were replaced and of throws inside operations. */
  readonly onEvent?: (event: KernelEvent) => void;
}

/** What a kernel tells its managers. */
export type KernelEvent = Extract<SupervisorMessage, { type: 'bug' | 'replaced' }>;

/** How a ring is made. */
export interface RingOptions {
  /** SQ entries, 1 to 32768, rounded up to a power of two; default 256. */
  readonly sqEntries?: number;
  /** CQ entries, up to 65536; default twice the SQ's. */
  readonly cqEntries?: number;
  /** SETUP flags; SQPOLL is added, because that is what an executor does. */
  readonly flags?: number;
  /** Another ring of the process; read only with ATTACH_WQ. */
  readonly wqFd?: number;
  /** Requests the ring may have in flight; default max(4096, 2 x CQ entries). */
  readonly inFlightMax?: number;
  /** Memory of the process; the first ring of a pid decides. Default: 256 MiB, reserved. */
  readonly memory?: ProcessMemory;
}

/**
 * What crosses threads to make a manager of the same kernel there; the port must be transferred.
 */
export interface ManagerHandle {
  readonly share: KernelShare;
  readonly port: MessagePort;
}

/** A ring as its manager knows it. */
interface ManagedRing {
  readonly id: string;
  readonly ring: Ring;
  readonly region: RegionHandle;
}

/** A process as its manager knows it: one home executor, rings by descriptor. */
interface ManagedProcess {
  readonly id: string;
  readonly memory: ProcessMemory;
  readonly executor: number;
  readonly rings: Map<number, ManagedRing>;
  /** No descriptor below is free. */
  lowestFd: number;
}

/** The first descriptor of a process: 0 to 2 are its standard streams. */
const FIRST_FD = 3;

/** Maps processes to rings and rings to executors. */
export class IoUringManager {
  readonly #share: KernelShare;
  readonly #port: MessagePort;
  readonly #onEvent: (event: KernelEvent) => void;
  readonly #slots: readonly Slots[];
  readonly #processes = new Map<number, ManagedProcess>();
  /** Rings that are being closed, by their id. */
  readonly #closing = new Map<string, PromiseWithResolvers<void>>();
  readonly #ready = Promise.withResolvers<void>();
  #ended = false;
  readonly #keepAlive = new KeepAlive();
  readonly #exited = Promise.withResolvers<void>();
  #supervisor: Worker | undefined;

  /** Boots a kernel, or attaches to one that runs: see IoUringManager.attach. */
  constructor(options: KernelOptions = {}, handle?: ManagerHandle) {
    this.#share = handle?.share ?? createShare(options);
    this.#onEvent = options.onEvent ?? (() => {});
    this.#slots = this.#share.executors.map(({ slots }) => new Slots(slots));
    this.#port = handle?.port ?? this.#boot();
    if (handle !== undefined) this.#ready.resolve();
    this.#port.on('message', (message: SupervisorMessage) => this.#receive(message));
    this.#port.on('close', () => this.#onEnd());
    this.#port.unref(); // a kernel keeps no program alive: awaited completions do
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
    const { port1, port2 } = new MessageChannel();
    this.#port.postMessage({ type: 'manager', port: port1 } satisfies ManagerMessage, [port1]);
    return { share: this.#share, port: port2 };
  }

  /** Resolves when every executor has begun to serve. Rings work before: they wait in their SQ. */
  get ready(): Promise<void> {
    return this.#keepAlive.during(this.#ready.promise);
  }

  /**
   * A new ring of process `pid`. It returns at once; whoever uses the ring first owns it, here or
   * through `ring.handle` on another thread. Throws EINVAL (SEMANTICS A1 to A3), or ENFILE when its
   * executor has no slot free.
   */
  createRing(pid: number, options: RingOptions = {}): Ring {
    const { sqEntries = 256, cqEntries, inFlightMax } = options;
    const cqSize = cqEntries === undefined ? {} : { cqEntries };
    const asked = (options.flags ?? 0) | SETUP.SQPOLL; // an executor is an SQ poller
    const flags = asked | (cqEntries === undefined ? 0 : SETUP.CQSIZE);
    const facts = checkSetup(sqEntries, { flags, ...cqSize });
    if (typeof facts === 'number') throw new KernelError(facts, 'io_uring_setup');
    const shares = (flags & SETUP.ATTACH_WQ) !== 0; // its executor it shares anyway
    if (shares && !this.#processes.get(pid)?.rings.has(options.wqFd ?? -1))
      throw new KernelError(fail('ENXIO'), 'io_uring_setup');
    if (this.#ended) throw new KernelError(fail('ESHUTDOWN'), 'io_uring_setup');
    if (inFlightMax !== undefined && !(Number.isInteger(inFlightMax) && inFlightMax > 0))
      throw new RangeError(`inFlightMax must be a whole number above 0, not ${inFlightMax}`);
    const process = this.#processOf(pid, options.memory);
    const region = createRegion(facts);
    const slot = this.#slots[process.executor]!.claim();
    if (slot === NO_SLOT) throw new KernelError(fail('ENFILE'), 'io_uring_setup');
    let fd = process.lowestFd;
    while (process.rings.has(fd)) fd++;
    process.lowestFd = fd + 1;
    const id = crypto.randomUUID();
    const memory = process.memory.handle;
    const order = { id, process: process.id, slot, pid, fd, region, memory, inFlightMax };
    this.#tell({ type: 'attach', executor: process.executor, ring: order });
    const { doorbell } = this.#share.executors[process.executor]!;
    const spinNs = this.#share.cores > 1 ? this.#share.spinMaxNs : 0;
    const handle: RingHandle = { region, memory, doorbell, slot, pid, fd, spinNs };
    const ring = new Ring(new PolledPort(handle), handle);
    process.rings.set(fd, { id, ring, region });
    return ring;
  }

  /** The rings of a process that this manager made, oldest first. */
  ringsOf(pid: number): readonly Ring[] {
    return [...(this.#processes.get(pid)?.rings.values() ?? [])].map(({ ring }) => ring);
  }

  /**
   * Ends a ring: its requests in flight are over without completions, whoever waits on it gets
   * -EBADFD. Resolves when its executor has let go; rejects with EBADF when there is none.
   */
  async destroyRing(pid: number, fd: number = FIRST_FD): Promise<void> {
    const process = this.#processes.get(pid);
    const entry = process?.rings.get(fd);
    if (process === undefined || entry === undefined) throw new KernelError(fail('EBADF'), 'close');
    const { id } = entry;
    let closing = this.#closing.get(id);
    if (closing === undefined) {
      closing = Promise.withResolvers<void>();
      this.#closing.set(id, closing);
      this.#tell({ type: 'detach', executor: process.executor, id });
    }
    await this.#keepAlive.during(closing.promise);
  }

  /** Ends all rings of a process; how many there were. */
  async cleanupProcessRings(pid: number): Promise<number> {
    const fds = [...(this.#processes.get(pid)?.rings.keys() ?? [])];
    await Promise.all(fds.map((fd) => this.destroyRing(pid, fd)));
    return fds.length;
  }

  /** Counters of every executor, read from shared memory. */
  stats(): KernelStats {
    return readStats(this.#share);
  }

  /** Ends an executor's thread; its successor adopts the rings. An operator's drill. */
  replaceExecutor(executor: number): void {
    if (this.#share.executors[executor] === undefined)
      throw new KernelError(fail('ESRCH'), 'replace');
    this.#tell({ type: 'replace', executor });
  }

  /**
   * Ends the kernel's threads, and with them every ring: who waits gets -EBADFD. On a manager that
   * was attached: only lets go of the kernel.
   */
  async close(): Promise<void> {
    const supervisor = this.#supervisor;
    if (supervisor === undefined) {
      this.#ended = true; // for this manager only: its rings are still served
      this.#port.close();
      return;
    }
    this.#tell({ type: 'close' });
    await this.#keepAlive.during(this.#exited.promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #boot(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    const suffix = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const supervisor = new Worker(new URL(`../../workers/supervisor.${suffix}`, import.meta.url), {
      workerData: { share: this.#share, port: port2 },
      transferList: [port2],
    });
    supervisor.unref();
    supervisor.once('error', (error: unknown) => {
      this.#onEvent({ type: 'bug', executor: -1, message: `supervisor: ${error}` });
    });
    supervisor.once('exit', () => {
      this.#onEnd();
      this.#exited.resolve();
    });
    this.#supervisor = supervisor;
    return port1;
  }

  /** No executor serves any more: what they would have answered is answered here, once. */
  #onEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#port.close();
    for (const { rings } of this.#processes.values())
      for (const { region } of rings.values()) closeRegion(viewRegion(region), fail('EBADF'));
    this.#processes.clear();
    this.#ready.resolve();
    for (const { resolve } of this.#closing.values()) resolve();
    this.#closing.clear();
  }

  #processOf(pid: number, memory: ProcessMemory | undefined): ManagedProcess {
    let process = this.#processes.get(pid);
    if (memory !== undefined && !(memory.bytes.buffer instanceof SharedArrayBuffer))
      throw new TypeError('the memory of a process must be shared with its executor');
    if (process === undefined) {
      process = {
        id: crypto.randomUUID(),
        memory: memory ?? ProcessMemory.reserve(),
        executor: this.#leastBusy(),
        rings: new Map(),
        lowestFd: FIRST_FD,
      };
      this.#processes.set(pid, process);
    }
    return process;
  }

  /** The executor with the fewest rings. */
  #leastBusy(): number {
    const taken = this.#slots.map((slots) => slots.taken);
    return taken.indexOf(Math.min(...taken));
  }

  #receive(message: SupervisorMessage): void {
    switch (message.type) {
      case 'ready':
        this.#ready.resolve();
        break;
      case 'closed':
        this.#forget(message.id);
        break;
      default:
        this.#onEvent(message);
    }
  }

  #forget(id: string): void {
    for (const [pid, process] of this.#processes) {
      for (const [fd, ring] of process.rings) {
        if (ring.id !== id) continue;
        process.rings.delete(fd);
        process.lowestFd = Math.min(process.lowestFd, fd);
      }
      if (process.rings.size === 0) this.#processes.delete(pid);
    }
    this.#closing.get(id)?.resolve();
    this.#closing.delete(id);
  }

  #tell(message: ManagerMessage): void {
    this.#port.postMessage(message);
  }
}
