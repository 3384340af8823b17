/** The life of requests that have a row, and what operations may ask of the kernel meanwhile. */
import { fail, type Res } from '../abi/errno.ts';
import { TURN_WORK } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { LEDGER_HEAD, RECORD } from '../abi/private.ts';
import type { Clock } from '../kernel/clock.ts';
import type { FileSystem, SlowCall } from '../kernel/file-system.ts';
import type { HostDigests } from '../kernel/host.ts';
import { Futexes } from '../kernel/ipc/futexes.ts';
import { Network } from '../kernel/net/network.ts';
import type { Pollable } from '../kernel/open-file.ts';
import {
  type CancelKey,
  type KernelCalls,
  type Outcome,
  PENDING,
  type UserDataKey,
} from '../kernel/operation.ts';
import type { Request, RequestRing } from '../kernel/request.ts';
import { Segments } from '../kernel/segments.ts';
import { NOT_ARMED } from '../kernel/timers.ts';
import type { OperationTable } from '../ops/table.ts';
import type { Ledger } from '../ring/ledger.ts';
import { Blocked } from './blocked.ts';
import { cancelMatching } from './cancel.ts';
import { releaseLinks, takeLinkTimeout } from './chains.ts';
import { Continuations } from './continuations.ts';
import { isSilent } from './dispatch.ts';
import { Dues } from './dues.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { MachineParts, ReportBug } from './machine-parts.ts';
import { Outbox } from './outbox.ts';
import { Requests } from './requests.ts';
import { Stopwatch, UNREAD } from './stopwatch.ts';
import { TaskWork, WORK } from './task-work.ts';

// waiting -> running -> pending <-> running ... -> finished -> posted (outbox.ts)
// A request that pends is in one place: a wait queue (blocked.ts), a heap (dues.ts), the work of
// its turn (task-work.ts), or with the host (continuations.ts). It ends through complete(), once.

/** One kernel's requests; a machine adds the rings that they come from. */
export abstract class RequestLife implements KernelCalls {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly table: OperationTable;
  readonly files: FileSystem;
  readonly digests: HostDigests;
  readonly net = new Network();
  readonly futexes = new Futexes();
  readonly segments = new Segments();
  readonly requests: Requests;
  readonly outbox: Outbox;
  readonly continuations: Continuations;
  readonly work = new TaskWork();
  readonly dues: Dues;
  readonly stopwatch: Stopwatch;
  readonly #report: ReportBug;

  constructor(parts: MachineParts) {
    const { ledger, table, pooledMax: callsMax = 1, woken = () => {} } = parts;
    this.ledger = ledger;
    this.clock = parts.clock;
    this.table = table;
    this.files = parts.files;
    this.digests = parts.digests;
    this.requests = new Requests(table);
    this.outbox = new Outbox(ledger, this.requests, (ring) => this.markFinished(ring));
    this.stopwatch = new Stopwatch(parts.clock, parts.latencies ?? UNREAD);
    this.dues = new Dues(this);
    this.continuations = new Continuations({
      callsMax,
      woken,
      quiet: (ring) => this.quiet(ring as KernelRing),
      withdrawn: (request, res) => this.finishLater(request, res),
      bug: (error) => this.bug(error),
    });
    this.#report = parts.report;
  }

  /** The ring has something to post. */
  abstract markFinished(ring: KernelRing): void;

  /** The host does nothing for the ring any more. */
  protected abstract quiet(ring: KernelRing): void;

  /** An operation threw. */
  bug(error: unknown): void {
    this.ledger.count(LEDGER_HEAD.exceptions);
    this.#report(error);
  }

  /** Whether something can go on without anything else happening. */
  get hasReady(): boolean {
    return this.work.hasReady || this.continuations.hasReady;
  }

  /** Begins a request, or a chain by its head: now, behind a barrier, or not at all. */
  begin(first: Request): void {
    const ring = first.ring as KernelRing;
    if (first.failure !== 0) this.#abandon(first, first.failure, true);
    else if (ring.barrier?.isUp === true) ring.barrier.hold(first, ring.active, this.addWork);
    else this.perform(first, WORK.START, 0);
  }

  /** Calls the operation of a request that waited for this, or was whole just now. */
  #start(request: Request): void {
    this.ledger.start(request.row);
    this.#settle(request, request.operation.run(request, this));
  }

  #settle(request: Request, outcome: Outcome): void {
    if (outcome === PENDING) this.pend(request);
    else this.complete(request, outcome, request.cqeFlags);
  }

  /** It goes on: it can be found from now on, and its LINK_TIMEOUT is armed (H1). */
  pend(request: Request): void {
    const ring = request.ring as KernelRing;
    if (request.isPending) return;
    ring.pending.add(request);
    request.holdResources();
    if (request.link === undefined) return;
    const timeout = takeLinkTimeout(request);
    if (timeout === undefined) return;
    request.linkTimeout = timeout;
    timeout.bounds = request;
    this.#start(timeout);
  }

  complete(request: Request, res: Res, cqeFlags: number): void {
    this.disarm(request);
    this.stopwatch.ended(request);
    const ring = request.ring as KernelRing;
    const { link, linkTimeout, operation } = request;
    const failed = request.failure !== 0 || request.hasFailed;
    const silent = request.isMuted || (!failed && isSilent(request, res));
    if (!silent) {
      this.outbox.add(ring, request.row, res, cqeFlags);
      this.markFinished(ring);
    }
    if (link !== undefined || linkTimeout !== undefined)
      releaseLinks(request, failed || operation.isFailure(request, res), this.addWork);
    if (silent) {
      this.ledger.free(request.row);
      this.requests.rest(request);
      ring.inFlight--;
    }
    if (ring.barrier !== undefined) ring.barrier.advance(ring.active, this.addWork);
    request.releaseResources();
    request.letGo();
  }

  /** Ends a request that did not run to its end. */
  #abandon(request: Request, res: Res, isFirst: boolean): void {
    const ended = request.operation.abandoned(request, res, this, isFirst);
    this.complete(request, ended, request.cqeFlags);
  }

  /** Notes what a request is to do in its turn. */
  readonly addWork = (request: Request, work: number, res: Res): void => {
    this.work.add(request, work, res);
  };

  finishLater(request: Request, res: Res): void {
    this.disarm(request);
    request.hasFailed = request.operation.isFailure(request, res);
    request.letGo();
    this.work.add(request, WORK.FINISH, res);
  }

  retry(request: Request): void {
    request.waiter?.leave();
    this.work.add(request, WORK.RESUME, 0);
  }

  cancel(ring: RequestRing, key: CancelKey): Res {
    return cancelMatching(this, ring as KernelRing, key);
  }

  takeBack(request: Request): Res {
    const { operation } = request;
    if (request.waits) return this.continuations.withdraw(request, operation.undone(request));
    if (operation.cancel === 'never') return fail('EALREADY');
    this.finishLater(request, operation.undone(request));
    return operation.cancelAnswer;
  }

  findPending(ring: RequestRing, { low, high, opcode }: UserDataKey): Request | undefined {
    const { pending } = ring as KernelRing;
    const fits = ({ operation }: Request): boolean => operation.code === opcode;
    const isPoll = opcode === OP.POLL_ADD;
    return isPoll ? pending.findLast(low, high, fits) : pending.findFirst(low, high, fits);
  }

  rename(request: Request, userDataLow: number, userDataHigh: number): void {
    (request.ring as KernelRing).pending.rename(request, userDataLow, userDataHigh);
    this.ledger.rename(request.row, userDataLow, userDataHigh);
  }

  again(request: Request, res: Res): typeof PENDING {
    return this.continuations.again(request, res);
  }

  block(request: Request, pollable: Pollable, events: number): typeof PENDING {
    request.waiter ??= new Blocked(request, this.addWork);
    pollable.waiters.add(request.waiter, events);
    return PENDING;
  }

  later(request: Request, call: SlowCall): typeof PENDING {
    return this.continuations.later(request, call);
  }

  /** Lets requests do what they have to, and go on that waited for the host; how many. */
  resume(): number {
    return this.work.run(this.perform, TURN_WORK) + this.continuations.run(this.#goOn);
  }

  /** The same for what a ring with DEFER_TASKRUN keeps for its owner (R2). */
  runDeferred(ring: KernelRing): number {
    let done = 0;
    for (;;) {
      const posted = ring.postMessages();
      const ran = this.work.runDeferred(ring, this.perform); // which may send it messages
      done += ran;
      if (posted + ran === 0) break;
    }
    ring.showWork(ring.hasDeferred);
    return done;
  }

  /** It waited for a slice of time, or for the host. */
  readonly #goOn = (request: Request, res: Res): void => {
    if ((request.ring as KernelRing).defersWork) this.work.add(request, WORK.RESUME, res);
    else this.perform(request, WORK.RESUME, res);
  };

  /** Does what a request has to do; a throw is a bug of ours, answered with -EIO. */
  readonly perform = (request: Request, work: number, res: Res): void => {
    try {
      const { operation } = request;
      if (work === WORK.RESUME) this.#settle(request, operation.resume(request, res, this));
      else if (work === WORK.FINISH) this.#abandon(request, res, false);
      else if (work === WORK.START) this.#start(request);
      else this.#due(request, work === WORK.COUNT);
    } catch (error) {
      this.bug(error);
      const answered = request.waits ? this.requests.successorOf(request) : request;
      this.complete(answered, fail('EIO'), 0);
    }
  };

  /** What it armed is due; what is armed again can be found again. */
  #due(request: Request, byCount: boolean): void {
    request.operation.due(request, this, byCount);
    if (request.dueIndex !== NOT_ARMED) (request.ring as KernelRing).pending.add(request);
  }

  postMore(request: Request, res: Res, cqeFlags: number): boolean {
    const ring = request.ring as KernelRing;
    this.markFinished(ring); // what it posts may satisfy a count
    return this.outbox.more(ring, request, res, cqeFlags);
  }

  armDeadline(request: Request, deadlineNs: number): void {
    this.dues.armDeadline(request, deadlineNs);
  }

  armCount(request: Request, count: number): void {
    this.dues.armCount(request, count);
  }

  dropCount(request: Request): void {
    this.dues.dropCount(request);
  }

  countTimeout(request: Request): void {
    const ring = request.ring as KernelRing;
    this.ledger.words[ring.record + RECORD.cqTimeouts]!++;
    ring.sink.countTimeout();
    ring.leaveOutOfCount();
    this.markFinished(ring);
  }

  /** Takes a request out of whatever would make it go on. */
  disarm(request: Request): void {
    this.dues.disarm(request);
    request.waiter?.leave();
    if (request.workQueue !== undefined) this.work.cancel(request);
    if (request.isPending) (request.ring as KernelRing).pending.remove(request);
  }
}
