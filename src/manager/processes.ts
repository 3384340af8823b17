/** The processes of a manager: their home executors, their rings by descriptor, and their end. */
import { fail } from '../abi/errno.ts';
import { SETUP } from '../abi/flags.ts';
import { CONTROL, type RegionFacts } from '../abi/layout.ts';
import { DESCRIPTORS_MAX, RING_DESCRIPTORS_MAX } from '../abi/limits.ts';
import { KernelError } from '../client/error.ts';
import { PolledPort, type RingHandle } from '../client/polled-port.ts';
import { Ring } from '../client/ring.ts';
import { checkSetup } from '../kernel/setup.ts';
import { closeRegion } from '../ring/ending.ts';
import { createRegion, viewRegion } from '../ring/region.ts';
import { NO_SLOT, Slots } from '../ring/slots.ts';
import { Channel } from './channel.ts';
import {
  inFlightMaxOf,
  type ManagedProcess,
  type ManagedRing,
  memoryOf,
  ProcessRing,
  type RingOptions,
} from './managed.ts';
import type { KernelShare, ManagerMessage } from './messages.ts';
import { Staging } from './staging.ts';

/** The first descriptor of a process: 0 to 2 are its standard streams. */
export const FIRST_FD = 3;

/** Makes rings, tells the supervisor of them, and knows them until their executor let go. */
export class Processes {
  readonly #share: KernelShare;
  readonly #tell: (message: ManagerMessage) => void;
  readonly #slots: readonly Slots[];
  /** Rings on each executor: other managers' when this one was made, and all of this one since. */
  readonly #ringsOn: Int32Array;
  readonly #processes = new Map<number, ManagedProcess>();
  readonly #rings = new Map<string, ManagedRing>();
  /** Rings that are being closed, by their id. */
  readonly #closing = new Map<string, PromiseWithResolvers<void>>();

  constructor(share: KernelShare, tell: (message: ManagerMessage) => void) {
    this.#share = share;
    this.#tell = tell;
    this.#slots = share.executors.map(({ slots }) => new Slots(slots));
    this.#ringsOn = Int32Array.from(this.#slots, (slots) => slots.taken);
  }

  /** The process with that pid; undefined when it has no ring of this manager. */
  get(pid: number): ManagedProcess | undefined {
    return this.#processes.get(pid);
  }

  /** Makes a ring; throws what createRing() says. */
  createRing(pid: number, options: RingOptions): ManagedRing {
    const facts = this.#factsOf(pid, options);
    const inFlightMax = inFlightMaxOf(options, facts.cqEntries);
    const process = this.#processOf(pid, options);
    const { executor } = process;
    const region = createRegion(facts);
    const slot = this.#slots[executor]!.claim();
    if (slot === NO_SLOT) throw new KernelError(fail('ENFILE'), 'io_uring_setup');
    const fd = this.#nextFd(process);
    this.#processes.set(pid, process);
    this.#ringsOn[executor]!++;
    const id = crypto.randomUUID();
    const memory = process.memory.handle;
    const order = { id, process: process.id, slot, pid, fd, region, memory, inFlightMax };
    this.#tell({ type: 'attach', executor, ring: order });
    const { doorbell } = this.#share.executors[executor]!;
    const spinNs = this.#share.cores > 1 ? this.#share.spinMaxNs : 0;
    const handle = { region, memory: process.visible, doorbell, slot, pid, fd, spinNs };
    const made: ManagedRing = {
      id,
      process,
      fd,
      ring: new ProcessRing(new PolledPort(handle), handle),
      handle,
      region,
      options,
      inFlightMax,
      channel: undefined,
    };
    process.rings.set(fd, made);
    this.#rings.set(id, made);
    return made;
  }

  /** What the manager submits through for a process: on a ring left to it, or on a new one. */
  channelOf(process: ManagedProcess, nextSeq: () => number): Channel {
    process.channel ??= this.#openChannel(process, nextSeq);
    return process.channel;
  }

  /** Asks for the end of a ring; resolves when its executor has let go. */
  destroyRing({ id, process, channel }: ManagedRing): Promise<void> {
    let closing = this.#closing.get(id);
    if (closing === undefined) {
      closing = Promise.withResolvers();
      this.#closing.set(id, closing);
      channel?.end();
      if (process.channel === channel) process.channel = undefined;
      this.#tell({ type: 'detach', executor: process.executor, id });
    }
    return closing.promise;
  }

  /** An executor let go of a ring: nothing touches its memory any more. */
  forget(id: string): void {
    const made = this.#rings.get(id);
    if (made === undefined) return; // another manager's
    this.#rings.delete(id);
    const { process, fd, channel } = made;
    channel?.end();
    channel?.releaseMemory();
    if (process.channel === channel) process.channel = undefined;
    process.rings.delete(fd);
    if (fd !== FIRST_FD) process.endFd = Math.max(process.endFd, fd + 1);
    this.#ringsOn[process.executor]!--;
    if (process.rings.size === 0) this.#processes.delete(process.pid);
    this.#closing.get(id)?.resolve();
    this.#closing.delete(id);
  }

  /** No executor serves any more: what they would have answered is answered here, once. */
  endAll(): void {
    for (const { region } of this.#rings.values()) closeRegion(viewRegion(region), fail('EBADF'));
    for (const id of [...this.#rings.keys()]) this.forget(id);
  }

  /** Sizes and flags of the ring asked for (SEMANTICS A1 to A3). */
  #factsOf(pid: number, options: RingOptions): RegionFacts {
    const { sqEntries = 256, cqEntries, sqArray = false } = options;
    const cqSize = cqEntries === undefined ? {} : { cqEntries };
    const asked = (options.flags ?? 0) | SETUP.SQPOLL; // an executor is an SQ poller
    const withSize = cqEntries === undefined ? 0 : SETUP.CQSIZE;
    const flags = asked | withSize | (sqArray ? 0 : SETUP.NO_SQARRAY);
    const facts = checkSetup(sqEntries, { flags, ...cqSize });
    if (typeof facts === 'number') throw new KernelError(facts, 'io_uring_setup');
    const shares = (flags & SETUP.ATTACH_WQ) !== 0; // its executor it shares anyway
    if (shares && !this.#processes.get(pid)?.rings.has(options.wqFd ?? -1))
      throw new KernelError(fail('ENXIO'), 'io_uring_setup');
    return facts;
  }

  /** The process with that pid, or a new one that is not entered yet. */
  #processOf(pid: number, options: RingOptions): ManagedProcess {
    const { executor } = options;
    if (executor !== undefined && this.#share.executors[executor] === undefined)
      throw new RangeError(`there is no executor ${executor}`);
    const known = this.#processes.get(pid);
    if (known !== undefined) {
      if (executor !== undefined && executor !== known.executor)
        throw new RangeError(`process ${pid} lives on executor ${known.executor}`);
      return known;
    }
    const [memory, stagingBytes] = memoryOf(options);
    const { buffer, sizeBytes } = memory.handle;
    return {
      id: crypto.randomUUID(),
      pid,
      memory,
      visible: { buffer, sizeBytes: sizeBytes - stagingBytes },
      staging: new Staging(memory, stagingBytes),
      executor: executor ?? this.#ringsOn.indexOf(Math.min(...this.#ringsOn)),
      rings: new Map(),
      endFd: DESCRIPTORS_MAX,
      channel: undefined,
    };
  }

  /**
   * The first ring gets the first descriptor. Others get the highest that is free: from below come
   * those of files, which the executor hands out without asking.
   */
  #nextFd(process: ManagedProcess): number {
    if (!this.#processes.has(process.pid)) return FIRST_FD;
    let fd = process.endFd - 1;
    while (process.rings.has(fd)) fd--;
    if (fd < DESCRIPTORS_MAX - RING_DESCRIPTORS_MAX)
      throw new KernelError(fail('EMFILE'), 'io_uring_setup');
    process.endFd = fd;
    return fd;
  }

  /** A ring that its creator left alone becomes the manager's; else it makes one of its own. */
  #openChannel(process: ManagedProcess, nextSeq: () => number): Channel {
    const [oldest, ...others] = [...process.rings.values()].filter(
      ({ id }) => !this.#closing.has(id),
    );
    if (oldest === undefined) throw new KernelError(fail('ESRCH'), 'io_uring_enter');
    for (const made of [oldest, ...others]) {
      const ring = made.ring.lent ? undefined : claimUnused(made.handle);
      if (ring !== undefined) return openOn(process, made, ring, nextSeq);
    }
    const made = this.createRing(process.pid, { ...oldest.options, flags: 0 });
    return openOn(process, made, Ring.attach(made.handle), nextSeq);
  }
}

/**
 * The ring for this manager alone; undefined when somebody has it, or had it: what they left in the
 * CQ could be taken for answers to requests of ours.
 */
function claimUnused(handle: RingHandle): Ring | undefined {
  try {
    const ring = Ring.attach(handle);
    if (ring.words[CONTROL.sqTail] === 0) return ring; // where a new region begins
    ring.detach();
  } catch (error) {
    if (!(error instanceof KernelError && error.code === 'EEXIST')) throw error;
  }
  return undefined;
}

function openOn(
  { staging }: ManagedProcess,
  made: ManagedRing,
  ring: Ring,
  nextSeq: () => number,
): Channel {
  const { inFlightMax } = made;
  made.channel = new Channel({ ring, staging, inFlightMax, nextSeq });
  return made.channel;
}
