/** A ring as the kernel sees it: its two ends, its share of the ledger, what it waits for. */
import { SETUP, SQ_FLAG } from '../abi/flags.ts';
import { RING_STATE } from '../abi/layout.ts';
import { IN_FLIGHT_MIN, IN_FLIGHT_PER_CQ_ENTRY } from '../abi/limits.ts';
import { RECORD } from '../abi/private.ts';
import { Buffers } from '../kernel/buffers.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import type { Process } from '../kernel/process.ts';
import type { CountDue, RequestRing } from '../kernel/request.ts';
import { NO_FILES, NO_GROUPS } from '../kernel/resources.ts';
import { DueHeap } from '../kernel/timers.ts';
import { CallDesk } from '../ring/call.ts';
import { CompletionSink } from '../ring/completion.ts';
import type { Ledger } from '../ring/ledger.ts';
import type { Region } from '../ring/region.ts';
import { SubmissionSource } from '../ring/submission.ts';

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
export class KernelRing implements RequestRing, OpenFile {
  readonly slot: number;
  /** First word of its record in the ledger. */
  readonly record: number;
  readonly process: Process;
  readonly flags: number;
  readonly mode: ServeMode;
  readonly region: Region;
  readonly buffers = new Buffers();
  readonly files = NO_FILES;
  readonly groups = NO_GROUPS;
  readonly source: SubmissionSource;
  readonly sink: CompletionSink;
  readonly desk: CallDesk;
  readonly inFlightMax: number;
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
  /** CQEs posted of requests that count for TIMEOUTs, while any is counting. */
  eventsPosted = 0;
  /** TIMEOUTs that wait for a count of completions. */
  readonly counting = new DueHeap<CountDue>();
  /** Number of the last control call answered. */
  callDone: number;
  /** The task that may submit (SINGLE_ISSUER), or undefined while nobody owns it. */
  owner: number | undefined;

  /** Goes on from the ledger's record of this slot. */
  constructor(parts: RingParts, ledger: Ledger) {
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
    this.desk = new CallDesk(region);
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

  /** What the close of its descriptor does is asked of the machine by whoever closes it. */
  hold(): void {}
  drop(): void {}
}
