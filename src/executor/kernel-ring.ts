/** A ring as the kernel sees it: its two ends, its share of the ledger, what it waits for. */
import { SETUP, SQ_FLAG } from '../abi/flags.ts';
import { RING_STATE } from '../abi/layout.ts';
import { IN_FLIGHT_MIN, IN_FLIGHT_PER_CQ_ENTRY } from '../abi/limits.ts';
import { POLL } from '../abi/poll.ts';
import { RECORD } from '../abi/private.ts';
import { Buffers } from '../kernel/buffers.ts';
import type { MessageTarget, OpenFile, Pollable } from '../kernel/open-file.ts';
import { Personalities } from '../kernel/personalities.ts';
import type { Process } from '../kernel/process.ts';
import { BufferGroups } from '../kernel/provided-buffers.ts';
import { FileTable } from '../kernel/registered-files.ts';
import type { CountDue, Request, RequestRing } from '../kernel/request.ts';
import type { Restrictions } from '../kernel/restrictions.ts';
import { DueHeap } from '../kernel/timers.ts';
import { WaitQueue } from '../kernel/wait-queue.ts';
import { CallDesk } from '../ring/call.ts';
import { CompletionSink } from '../ring/completion.ts';
import type { Ledger } from '../ring/ledger.ts';
import type { Region } from '../ring/region.ts';
import { SubmissionSource } from '../ring/submission.ts';
import type { Barrier } from './barrier.ts';
import { chainLength } from './chains.ts';
import type { Notices } from './notices.ts';
import type { Outbox } from './outbox.ts';
import { Pending } from './pending.ts';
import type { Poller } from './poller.ts';
import { WorkQueue } from './task-work.ts';

const READABLE = POLL.IN | POLL.RDNORM;
const WRITABLE = POLL.OUT | POLL.WRNORM;

/** How a ring is served: by a thread that never enters (Linux's SQPOLL), or inside enter(). */
export type ServeMode = 'poll' | 'enter';

/** What a ring is made from. */
export interface RingParts {
  /** Its place in the executor: doorbell bit and ledger record. */
  readonly slot: number;
  readonly process: Process;
  readonly region: Region;
  readonly flags: number;
  readonly mode: ServeMode;
  /** Requests it may have in flight; default max(4096, 2 x CQ entries). */
  readonly inFlightMax?: number | undefined;
}

/** The kernel's side of one ring. Belongs to one executor; its fields belong to the machine. */
export class KernelRing implements RequestRing, OpenFile, Pollable, MessageTarget {
  readonly slot: number;
  /** First word of its record in the ledger. */
  readonly record: number;
  readonly process: Process;
  readonly flags: number;
  readonly mode: ServeMode;
  /** Its memory and the kernel's ends of its queues: new ones when it is resized. */
  region: Region;
  source: SubmissionSource;
  sink: CompletionSink;
  desk: CallDesk;
  readonly inFlightMax: number;
  readonly #outbox: Outbox;

  // What it has registered.
  readonly buffers: Buffers;
  readonly files: FileTable;
  readonly groups: BufferGroups;
  readonly personalities = new Personalities();
  restrictions: Restrictions | undefined;
  notices: Notices | undefined;
  /** What takes its entries without enter(), on an inline kernel. */
  poller: Poller | undefined;
  /** Restrictions that hold once it is enabled. */
  awaitedRestrictions: Restrictions | undefined;
  /** The clock that absolute waits go by: the monotonic one, or that plus the time suspended. */
  waitsBootTime = false;
  /** Threads of the host's pool that it was asked to limit itself to, for who asks (U1). */
  readonly workersMax: [bounded: number, unbounded: number] = [0, 0];

  /** RING_STATE, the master copy being the ledger's. */
  state: number;
  /** Rows it holds. */
  inFlight = 0;
  /** Finished rows without a CQE, and the ends of their list: this batch's, or the backlog. */
  finished = 0;
  firstFinished = 0;
  lastFinished = 0;
  hostCalls = 0;
  /** CQ_OVERFLOW is raised; perhaps by a predecessor. */
  overflowed: boolean;
  /** Waits in the machine's list of rings to post. */
  dirty = false;
  /** Entries were left in the SQ because no row was free. */
  starved = false;
  /** Is to be served again in the executor's next turn. */
  queued = false;
  /** A sweep found work that nobody had rung for, and the bell did not ring since. */
  suspect = false;
  /** CQEs that count for TIMEOUTs up to `#countedTail`, and the tail when this batch began. */
  #counted = 0;
  #countedTail: number;
  batchTail: number;
  /** TIMEOUTs that wait for a count of completions. */
  readonly counting = new DueHeap<CountDue>();
  /** Messages of other rings that wait for it as well: user_data, result and flags of each. */
  readonly #inbox: number[] = [];
  /** Requests that wait for something. */
  readonly pending = new Pending();
  /** The ends of the chain that is being read (chains.ts). */
  chainHead: Request | undefined;
  chainTail: Request | undefined;
  /** Where entries wait behind a barrier; there is none before the first DRAIN. */
  barrier: Barrier | undefined;
  hasSilent = false;
  /** What waits until its owner enters for events (DEFER_TASKRUN). */
  readonly deferred = new WorkQueue();
  /** Who polls it. */
  readonly waiters = new WaitQueue();
  /** Number of the last control call answered. */
  callDone: number;
  /** The task that may submit (SINGLE_ISSUER), or undefined while nobody owns it. */
  owner: number | undefined;

  /** Goes on from the ledger's record of this slot. */
  constructor(parts: RingParts, ledger: Ledger, outbox: Outbox) {
    const { slot, process, region, flags, mode } = parts;
    const record = ledger.recordAt(slot);
    const master = ledger.words;
    this.slot = slot;
    this.record = record;
    this.process = process;
    this.region = region;
    this.flags = flags;
    this.mode = mode;
    this.state = master[record + RECORD.state]!;
    this.callDone = master[record + RECORD.callDone]!;
    this.source = new SubmissionSource(region, ledger.headOf(record));
    const tail = ledger.tailOf(record);
    this.sink = new CompletionSink(region, tail, master[record + RECORD.cqTimeouts]!);
    this.batchTail = tail;
    this.#countedTail = tail;
    this.desk = new CallDesk(region);
    this.#outbox = outbox;
    const postTag = (low: number, high: number): void => void this.post(low, high, 0, 0);
    this.buffers = new Buffers(postTag);
    this.files = new FileTable(process, postTag);
    this.groups = new BufferGroups(process.memory);
    this.overflowed = this.sink.hasSqFlag(SQ_FLAG.CQ_OVERFLOW);
    this.inFlightMax =
      parts.inFlightMax ??
      Math.max(IN_FLIGHT_MIN, IN_FLIGHT_PER_CQ_ENTRY * region.geometry.cqEntries);
  }

  /** Whether it is served at all. */
  get alive(): boolean {
    return this.state === RING_STATE.LIVE || this.state === RING_STATE.DISABLED;
  }

  /** A bad SQE ends the batch, unless the ring is polled or asked otherwise (B3). */
  get stopsAtBadEntry(): boolean {
    return this.mode === 'enter' && (this.flags & (SETUP.SUBMIT_ALL | SETUP.SQPOLL)) === 0;
  }

  /** Its entries cannot all be served one by one: a chain or a barrier is open, or rules apply. */
  get isSpecial(): boolean {
    const { chainHead, barrier, restrictions } = this;
    return (
      chainHead !== undefined ||
      restrictions !== undefined ||
      (barrier !== undefined && (barrier.isUp || barrier.drainsNext))
    );
  }

  /** Requests that are not over, without a chain that is still being read. */
  get active(): number {
    const { chainHead } = this;
    const open = chainHead === undefined ? 0 : chainLength(chainHead);
    return this.inFlight - this.finished - open;
  }

  /** Whether what its requests have to do waits for its owner (R2). */
  get defersWork(): boolean {
    return (this.flags & SETUP.DEFER_TASKRUN) !== 0;
  }

  /** CQEs that count for TIMEOUTs, as of now. */
  countedNow(): number {
    this.#counted += (this.sink.tail - this.#countedTail) | 0;
    this.#countedTail = this.sink.tail;
    return this.#counted;
  }

  /** The same as of when the newest batch began: what it posted itself comes after (G2). */
  countedBefore(): number {
    return this.countedNow() - ((this.sink.tail - this.batchTail) | 0);
  }

  /** The CQE of a TIMEOUT that is over does not count for others. */
  leaveOutOfCount(): void {
    this.#counted--;
  }

  /** CQEs were published; `inLine`: by the submission that they belong to. */
  tell(inLine: boolean): void {
    if (!this.waiters.isEmpty) this.waiters.wake(READABLE);
    this.notices?.posted(this.sink, inLine);
  }

  /** Tells its owner, who asked for it, whether something waits. */
  showWork(waits: boolean): void {
    if ((this.flags & SETUP.TASKRUN_FLAG) !== 0) this.sink.setSqFlag(SQ_FLAG.TASKRUN, waits);
  }

  post(userDataLow: number, userDataHigh: number, res: number, flags: number): boolean {
    if (!this.alive) return false;
    return this.#outbox.message(this, userDataLow, userDataHigh, res, flags);
  }

  /** Has a message posted; a ring that defers its work gets it when its owner enters for events. */
  send(userDataLow: number, userDataHigh: number, res: number, flags: number): boolean {
    if (!this.defersWork) return this.post(userDataLow, userDataHigh, res, flags);
    this.#inbox.push(userDataLow, userDataHigh, res, flags);
    this.showWork(true);
    return true;
  }

  /** Whether something waits for its owner. */
  get hasDeferred(): boolean {
    return this.#inbox.length > 0 || !this.deferred.isEmpty;
  }

  /** Posts messages that waited for its owner, while there is room: how many. */
  postMessages(): number {
    const inbox = this.#inbox;
    let at = 0;
    while (
      at < inbox.length &&
      this.post(inbox[at]!, inbox[at + 1]!, inbox[at + 2]!, inbox[at + 3]!)
    )
      at += 4;
    if (at > 0) inbox.splice(0, at);
    return at / 4;
  }

  // --- what its descriptor can do (A9) ---

  get messages(): this {
    return this;
  }

  get isDisabled(): boolean {
    return this.state !== RING_STATE.LIVE;
  }

  get pollable(): this {
    return this;
  }

  /** As io_uring_poll(): readable also while an enter() for events would find some. */
  readiness(): number {
    const { source, sink, region } = this;
    const isReadable = sink.ready() !== 0 || this.overflowed || this.hasDeferred;
    const hasRoom = source.available() < region.geometry.sqEntries;
    return (isReadable ? READABLE : 0) | (hasRoom ? WRITABLE : 0);
  }

  /** What the close of its descriptor does is asked of the machine by whoever closes it. */
  hold(): void {}
  drop(): void {}
}
