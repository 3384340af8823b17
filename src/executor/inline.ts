/** The inline kernel: the same machine on the caller's thread, run by enter() as Linux's is. */
import { fail, type Res } from '../abi/errno.ts';
import { ENTER, SETUP } from '../abi/flags.ts';
import { RING_STATE } from '../abi/layout.ts';
import { RINGS_PER_EXECUTOR_MAX } from '../abi/limits.ts';
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
import { CORRUPT } from '../ring/submission.ts';
import { control } from './control.ts';
import { KernelRing } from './kernel-ring.ts';
import { Machine } from './machine.ts';
import type { ReportBug } from './machine-parts.ts';

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
export interface EnterCall {
  readonly fd: number;
  readonly toSubmit: number;
  readonly minComplete: number;
  /** ENTER flags. */
  readonly flags: number;
  /** When a wait gives up, in nanoseconds of the monotonic clock; absent: never. */
  readonly untilNs?: number;
  /** The calling task, where rings have one owner (SINGLE_ISSUER); 0 unless told. */
  readonly task?: number;
}

/** What setup gives back: the ring's descriptor and its shared memory. */
export interface CreatedRing {
  readonly fd: number;
  readonly region: Region;
}

const ENTER_KNOWN = ENTER.GETEVENTS | ENTER.SQ_WAKEUP | ENTER.SQ_WAIT;

/** One kernel and its processes, all on the calling thread. */
export class InlineKernel {
  readonly machine: Machine;
  readonly #clock: SleepingClock;
  readonly #freeSlots: number[] = [];
  #slotsUsed = 0;

  constructor(parts: InlineParts) {
    const { clock, report, table = operationTable(), rows = INLINE_ROWS } = parts;
    const { files = new Mounts([], clock), digests = NO_DIGESTS } = parts;
    const ledger = new Ledger(new Int32Array(createLedger(rows)));
    const closed = (ring: KernelRing) => {
      ring.process.descriptors.remove(ring);
      this.#freeSlots.push(ring.slot);
    };
    this.machine = new Machine({ ledger, clock, table, files, digests, report, closed });
    this.#clock = clock;
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
    const fd = process.descriptors.install(ring);
    if (fd < 0) {
      this.machine.end(ring, RING_STATE.CLOSED);
      return fd;
    }
    return { fd, region };
  }

  /** io_uring_enter(2): consumes entries, and waits if asked to (B1 to B7). */
  enter(process: Process, call: EnterCall): Res {
    const { flags, toSubmit } = call;
    if ((flags & ~ENTER_KNOWN) !== 0) return fail('EINVAL');
    const ring = this.#ringOf(process, call.fd);
    if (typeof ring === 'number') return ring;
    if (ring.state !== RING_STATE.LIVE) return fail('EBADFD');
    const polled = (ring.flags & SETUP.SQPOLL) !== 0;
    const waits = (flags & ENTER.GETEVENTS) !== 0;
    if (this.#isForeign(ring, call, polled ? 0 : toSubmit, waits)) return fail('EEXIST');
    this.turn();
    if (!polled && toSubmit > 0) {
      const submitted = this.#submit(ring, toSubmit);
      if (submitted !== toSubmit) return submitted; // B4; also -EAGAIN, -EBADFD
    }
    if (!waits) return toSubmit;
    const waited = this.#wait(ring, call.minComplete, call.untilNs ?? Number.POSITIVE_INFINITY);
    return toSubmit > 0 ? toSubmit : waited;
  }

  /** io_uring_register(2) on a ring of `process`. */
  register(process: Process, fd: number, call: Call, task = 0): Res {
    const ring = this.#ringOf(process, fd);
    if (typeof ring === 'number') return ring;
    if (ring.owner !== undefined && ring.owner !== task) return fail('EEXIST');
    const wasDisabled = ring.state === RING_STATE.DISABLED;
    const res = control(this.machine, ring, call);
    const enabled = wasDisabled && ring.state === RING_STATE.LIVE;
    if (enabled && (ring.flags & SETUP.SINGLE_ISSUER) !== 0) ring.owner = task;
    return res;
  }

  /** close(2): of a ring, it ends what the ring has in flight (V1). */
  close(process: Process, fd: number): Res {
    const file = process.descriptors.get(fd);
    if (!(file instanceof KernelRing)) return process.descriptors.close(fd);
    this.machine.end(file, RING_STATE.CLOSED);
    this.machine.continuations.dropOrphans(); // nobody may enter again
    return 0;
  }

  /** The process exited: its descriptors close. */
  exit(process: Process): void {
    for (const ring of [...this.machine.rings.values()])
      if (ring.process === process) this.machine.end(ring, RING_STATE.CLOSED);
    this.machine.continuations.dropOrphans();
    process.descriptors.closeAll();
  }

  /** What the kernel does by itself: serves polled rings, runs what is due, posts. */
  turn(): void {
    const { machine } = this;
    for (const ring of machine.rings.values())
      if ((ring.flags & SETUP.SQPOLL) !== 0 && ring.state === RING_STATE.LIVE)
        machine.submit(ring, ring.region.geometry.sqEntries);
    machine.resume();
    machine.expire();
    machine.post();
  }

  #ringOf(process: Process, fd: number): KernelRing | Res {
    const file = process.descriptors.get(fd);
    if (file === undefined) return fail('EBADF');
    return file instanceof KernelRing ? file : fail('EOPNOTSUPP');
  }

  /** R1: only its owner submits to a SINGLE_ISSUER ring; DEFER_TASKRUN also reserves GETEVENTS. */
  #isForeign(ring: KernelRing, { task = 0 }: EnterCall, toSubmit: number, waits: boolean): boolean {
    if (ring.owner === undefined || ring.owner === task) return false;
    return toSubmit > 0 || (waits && (ring.flags & SETUP.DEFER_TASKRUN) !== 0);
  }

  #submit(ring: KernelRing, toSubmit: number): Res {
    const { machine } = this;
    const submitted = machine.submit(ring, toSubmit);
    machine.post();
    if (ring.state === RING_STATE.RETIRED) return fail('EBADFD');
    const starved = machine.clearStarved(ring);
    return starved && submitted === 0 ? fail('EAGAIN') : submitted;
  }

  /** B5, B6, C6: until enough CQEs are there, a TIMEOUT expired, or `untilNs` came. */
  #wait(ring: KernelRing, minComplete: number, untilNs: number): Res {
    const { machine } = this;
    const wanted = Math.min(minComplete, ring.region.geometry.cqEntries);
    const timeouts = ring.sink.timeouts;
    machine.flush(ring);
    for (;;) {
      if (ring.state === RING_STATE.RETIRED) return fail('EBADFD');
      const ready = ring.sink.ready();
      if (ready === CORRUPT) {
        machine.end(ring, RING_STATE.RETIRED);
        continue;
      }
      if (ready >= wanted || ring.sink.timeouts !== timeouts) return 0;
      if (this.#clock.now() >= untilNs) return ready === 0 ? fail('ETIME') : 0;
      if (!machine.continuations.hasReady) {
        const nextNs = Math.min(machine.nextDeadline, untilNs);
        if (nextNs === Number.POSITIVE_INFINITY) return fail('EDEADLK');
        this.#clock.sleepUntil(nextNs);
      }
      this.turn();
      machine.flush(ring);
    }
  }
}
