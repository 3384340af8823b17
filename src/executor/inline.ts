/** The inline kernel: the same machine on the caller's thread, run by enter() as Linux's is. */
import { fail, type Res } from '../abi/errno.ts';
import { ENTER, SETUP } from '../abi/flags.ts';
import { RING_STATE } from '../abi/layout.ts';
import { RINGS_PER_EXECUTOR_MAX } from '../abi/limits.ts';
import { REGISTER } from '../abi/register.ts';
import type { SleepingClock } from '../kernel/clock.ts';
import type { FileSystem } from '../kernel/file-system.ts';
import type { HostDigests } from '../kernel/host.ts';
import { NO_DIGESTS } from '../kernel/no-digests.ts';
import type { Process } from '../kernel/process.ts';
import { checkSetup, type SetupParams } from '../kernel/setup.ts';
import { Mounts } from '../kernel/vfs/mounts.ts';
import { type OperationTable, operationTable } from '../ops/table.ts';
import type { Call } from '../ring/call.ts';
import { createLedger, Ledger } from '../ring/ledger.ts';
import { createRegion, type Region, viewRegion } from '../ring/region.ts';
import { control, isControl } from './calls/control.ts';
import { sendMessage } from './calls/request-calls.ts';
import { RingFds } from './calls/ring-fds.ts';
import { readGoal, type WaitArguments, type WaitingKernel, waitForEvents } from './event-wait.ts';
import { KernelRing } from './kernel-ring.ts';
import { Machine } from './machine.ts';
import type { ReportBug } from './machine-parts.ts';
import { Poller } from './poller.ts';

/** Ledger rows of an inline kernel unless its creator says otherwise: it serves few processes. */
const INLINE_ROWS = 1 << 15;

/** What an inline kernel is built from. */
export interface InlineParts {
  readonly clock: SleepingClock;
  /** Told of throws inside operations. */
  readonly report: ReportBug;
  readonly table?: OperationTable;
  /** The mounts; without any, no path exists. They must not hand calls to a pool. */
  readonly files?: FileSystem;
  /** Default: no algorithm is known. */
  readonly digests?: HostDigests;
  /** Ledger rows: requests in flight on all rings together. */
  readonly rows?: number;
}

/** The arguments of io_uring_enter(2). */
export interface EnterCall extends WaitArguments {
  /** A descriptor, or with REGISTERED_RING an index of what RING_FDS registered. */
  readonly fd: number;
  readonly toSubmit: number;
  /** The calling task, where rings have one owner (SINGLE_ISSUER); 0 unless told. */
  readonly task?: number;
}

/** What setup gives back: the ring's descriptor and its shared memory. */
export interface CreatedRing {
  readonly fd: number;
  readonly region: Region;
}

/** All but EXT_ARG_REG: no memory can be registered to wait by. */
const ENTER_KNOWN =
  ENTER.GETEVENTS |
  ENTER.SQ_WAKEUP |
  ENTER.SQ_WAIT |
  ENTER.EXT_ARG |
  ENTER.REGISTERED_RING |
  ENTER.ABS_TIMER |
  ENTER.NO_IOWAIT;

const isRingFdCall = (number: number): boolean =>
  number === REGISTER.RING_FDS || number === REGISTER.UNREGISTER_RING_FDS;

/** One kernel and its processes, all on the calling thread. */
export class InlineKernel implements WaitingKernel {
  readonly machine: Machine;
  readonly clock: SleepingClock;
  readonly #ringFds = new RingFds();
  readonly #freeSlots: number[] = [];
  #slotsUsed = 0;

  constructor(parts: InlineParts) {
    const { clock, report, table = operationTable(), rows = INLINE_ROWS } = parts;
    const { files = new Mounts([], clock), digests = NO_DIGESTS } = parts;
    const ledger = new Ledger(new Int32Array(createLedger(rows)));
    const closed = (ring: KernelRing) => {
      ring.process.descriptors.remove(ring);
      this.#ringFds.forget(ring);
      this.#freeSlots.push(ring.slot);
    };
    this.machine = new Machine({ ledger, clock, table, files, digests, report, closed });
    this.clock = clock;
  }

  /** io_uring_setup(2): a new ring of `process`, or -errno (A1 to A3). */
  setup(
    process: Process,
    entries: number,
    params: SetupParams & { firstIndex?: number; inFlightMax?: number; task?: number } = {},
  ): CreatedRing | Res {
    const facts = checkSetup(entries, params);
    if (typeof facts === 'number') return facts;
    if ((facts.flags & SETUP.ATTACH_WQ) !== 0) {
      const shared = process.descriptors.get(params.wqFd ?? -1);
      if (shared === undefined) return fail('ENXIO');
      if (!(shared instanceof KernelRing)) return fail('EINVAL');
    }
    const slot = this.#freeSlots.pop() ?? this.#slotsUsed++;
    if (slot >= RINGS_PER_EXECUTOR_MAX) return fail('ENFILE');
    const region = viewRegion(createRegion(facts, { firstIndex: params.firstIndex ?? 0 }));
    const { flags } = facts;
    const { inFlightMax } = params;
    const ring = this.machine.attach({ slot, process, region, flags, mode: 'enter', inFlightMax });
    const disabled = (flags & SETUP.R_DISABLED) !== 0;
    if ((flags & SETUP.SINGLE_ISSUER) !== 0 && !disabled) ring.owner = params.task ?? 0;
    if ((flags & SETUP.SQPOLL) !== 0) {
      const { sqThreadIdleMs: idleMs = 0 } = params;
      ring.poller = new Poller(ring, { idleMs, nowNs: this.clock.now() });
    }
    const fd = process.descriptors.install(ring);
    if (fd < 0) {
      this.machine.end(ring, RING_STATE.CLOSED);
      return fd;
    }
    return { fd, region };
  }

  /** io_uring_enter(2): consumes entries, and waits if asked to (B1 to B11). */
  enter(process: Process, call: EnterCall): Res {
    const { flags, toSubmit, task = 0 } = call;
    if ((flags & ~ENTER_KNOWN) !== 0) return fail('EINVAL');
    const registered = (flags & ENTER.REGISTERED_RING) !== 0;
    const ring = registered
      ? this.#ringFds.get(process, task, call.fd)
      : this.#ringOf(process, call.fd);
    if (typeof ring === 'number') return ring;
    if (ring.state !== RING_STATE.LIVE) return fail('EBADFD');
    const polled = ring.poller !== undefined;
    const waits = (flags & ENTER.GETEVENTS) !== 0;
    if (this.#isForeign(ring, task, polled ? 0 : toSubmit, waits)) return fail('EEXIST');
    this.turn();
    if (polled) this.#poke(ring, flags);
    else if (toSubmit > 0) {
      const submitted = this.#submit(ring, toSubmit);
      if (submitted !== toSubmit) return submitted; // B4; also -EAGAIN, -EBADFD
    }
    if (!waits) return toSubmit;
    const goal = readGoal(ring, this.clock, call);
    const waited = typeof goal === 'number' ? goal : waitForEvents(this, ring, goal);
    return toSubmit > 0 ? toSubmit : waited;
  }

  /** io_uring_register(2) on a ring of `process`; SEND_MSG_RING needs none. */
  register(process: Process, fd: number, call: Call, task = 0): Res {
    if (!isControl(call.number) && !isRingFdCall(call.number)) return fail('EINVAL');
    if (fd === -1) return sendMessage(process, call);
    const ring = this.#ringOf(process, fd);
    if (typeof ring === 'number') return ring;
    if (ring.owner !== undefined && ring.owner !== task) return fail('EEXIST');
    if (isRingFdCall(call.number))
      return ring.restrictions?.admitsCall(call.number) === false
        ? fail('EACCES')
        : this.#ringFds.call(process, task, call);
    const wasDisabled = ring.state === RING_STATE.DISABLED;
    const res = control(this.machine, ring, call);
    const enabled = wasDisabled && ring.state === RING_STATE.LIVE;
    if (enabled && (ring.flags & SETUP.SINGLE_ISSUER) !== 0) ring.owner = task;
    this.turn();
    return res;
  }

  /** The memory of a ring of `process`: another one after RESIZE_RINGS. */
  regionOf(process: Process, fd: number): Region | undefined {
    const ring = this.#ringOf(process, fd);
    return typeof ring === 'number' ? undefined : ring.region;
  }

  /** close(2): of a ring, it ends what the ring has in flight (V1). */
  close(process: Process, fd: number): Res {
    const file = process.descriptors.get(fd);
    if (!(file instanceof KernelRing)) return process.descriptors.close(fd);
    this.machine.end(file, RING_STATE.CLOSED);
    this.machine.continuations.dropOrphans(); // nobody may enter again
    return 0;
  }

  /** The process exited: its descriptors close, and its parent may wait for it with that status. */
  exit(process: Process, status = 0): void {
    for (const ring of [...this.machine.rings.values()])
      if (ring.process === process) this.machine.end(ring, RING_STATE.CLOSED);
    this.machine.continuations.dropOrphans();
    process.descriptors.closeAll();
    process.exited(status);
  }

  /** What the kernel does by itself, until nothing is left to do; when it next will, in ns. */
  turn(): number {
    const { machine } = this;
    do {
      for (const ring of machine.rings.values()) if (ring.poller !== undefined) this.#poll(ring);
      machine.expire();
      machine.resume();
      machine.post();
    } while (machine.work.hasReady);
    return machine.hasReady ? 0 : machine.nextDeadline;
  }

  gather(ring: KernelRing): void {
    this.machine.runDeferred(ring);
    this.machine.post();
    this.machine.flush(ring);
  }

  retire(ring: KernelRing): void {
    this.machine.end(ring, RING_STATE.RETIRED);
  }

  /** The SQ poller takes what is there, while it is awake (Q1). */
  #poll(ring: KernelRing): void {
    const { poller } = ring;
    if (poller === undefined || poller.isAsleep || ring.state !== RING_STATE.LIVE) return;
    const found = this.machine.submit(ring, ring.region.geometry.sqEntries) > 0;
    poller.looked(found, this.clock.now());
  }

  /** SQ_WAKEUP wakes the poller. A turn leaves no entry in the SQ, so SQ_WAIT is over. */
  #poke(ring: KernelRing, flags: number): void {
    if ((flags & ENTER.SQ_WAKEUP) === 0) return;
    ring.poller?.wake(this.clock.now());
    this.turn();
  }

  #ringOf(process: Process, fd: number): KernelRing | Res {
    const file = process.descriptors.get(fd);
    if (file === undefined) return fail('EBADF');
    return file instanceof KernelRing ? file : fail('EOPNOTSUPP');
  }

  /** R1: only its owner submits to a SINGLE_ISSUER ring; DEFER_TASKRUN also reserves GETEVENTS. */
  #isForeign(ring: KernelRing, task: number, toSubmit: number, waits: boolean): boolean {
    if (ring.owner === undefined || ring.owner === task) return false;
    return toSubmit > 0 || (waits && ring.defersWork);
  }

  /** Takes entries, and lets what they began go on: successors run after the batch (C2). */
  #submit(ring: KernelRing, toSubmit: number): Res {
    const { machine } = this;
    const submitted = machine.submit(ring, toSubmit);
    machine.post();
    if (ring.state === RING_STATE.RETIRED) return fail('EBADFD');
    const starved = machine.clearStarved(ring);
    if (machine.work.hasReady) this.turn();
    return starved && submitted === 0 ? fail('EAGAIN') : submitted;
  }
}
