/** One process, two rings and a succession of mortal executors, on one thread, in virtual time. */
import { CQE_FLAG, NOP_FLAG, SQE_FLAG, TIMEOUT_FLAG } from '../../src/abi/flags.ts';
import { CQE, SQE, SQE_SHIFT } from '../../src/abi/layout.ts';
import { OP } from '../../src/abi/opcodes.ts';
import { POLL } from '../../src/abi/poll.ts';
import { LEDGER_ROWS_START, ROW, ROW_STATE, ROW_WORDS } from '../../src/abi/private.ts';
import { adopt } from '../../src/executor/adopt.ts';
import { answerCall } from '../../src/executor/calls/control.ts';
import type { KernelRing } from '../../src/executor/kernel-ring.ts';
import { Machine } from '../../src/executor/machine.ts';
import { VirtualClock } from '../../src/kernel/clock.ts';
import { Pipe } from '../../src/kernel/ipc/pipe.ts';
import { NO_DIGESTS } from '../../src/kernel/no-digests.ts';
import { Process } from '../../src/kernel/process.ts';
import { Segments } from '../../src/kernel/segments.ts';
import { Mounts } from '../../src/kernel/vfs/mounts.ts';
import { op, type SqeWords } from '../../src/ops/define.ts';
import { prepRw } from '../../src/ops/encode.ts';
import { operations, operationTable } from '../../src/ops/table.ts';
import { CallSlot } from '../../src/ring/call.ts';
import { CompletionQueue } from '../../src/ring/completion.ts';
import { createLedger, Ledger } from '../../src/ring/ledger.ts';
import { ProcessMemory } from '../../src/ring/memory.ts';
import { createRegion, type Region, viewRegion } from '../../src/ring/region.ts';
import { SubmissionQueue } from '../../src/ring/submission.ts';
import type { Entry, Fate } from './crash-fates.ts';
import { Crash, Mortality, mortalWords, withMortalAtomics } from './faulty-memory.ts';

/** An operation with a side effect that can be counted. */
export const OP_EFFECT = 230;
/** A register call without a row: its answer is -EINVAL. */
const CALL_UNKNOWN = 250;
const TIMESPEC_AT = 8192;
const SLOT = 7;
/** The ring that messages go to. */
const PEER_SLOT = 9;
/** The upper word of their user_data. */
const MESSAGE_HIGH = 1;
const TWO_TO_32 = 2 ** 32;
/** Descriptors of a process, from the first. */
const FD = { pipe: 3, peer: 4 };

/** What a cancel is for: the newest of these. */
const AIMS: readonly Entry[] = ['poll', 'timeout', 'shots'];

/** Flags of entries that have some. */
const FLAGS_OF: { readonly [E in Entry]?: number } = {
  linked: SQE_FLAG.IO_LINK,
  drained: SQE_FLAG.IO_DRAIN,
  silent: SQE_FLAG.CQE_SKIP_SUCCESS,
};

export type Action =
  | { readonly submit: readonly Entry[] }
  | { readonly reap: number }
  | { readonly advanceNs: number }
  /** Somebody else writes a byte to the pipe of the life that is. */
  | { readonly pour: true }
  | { readonly call: true };

/** Runs actions; after each, the executor of the day serves, and its successor if it died. */
export class CrashWorld {
  readonly fates = new Map<number, Fate>();
  readonly callResults: number[] = [];
  deaths = 0;
  stores = 0;
  readonly #ledger = new Int32Array(createLedger(64));
  readonly #region: ReturnType<typeof viewRegion>;
  readonly #submission: SubmissionQueue;
  readonly #completion: CompletionQueue;
  readonly #peerRegion: ReturnType<typeof viewRegion>;
  readonly #peerCompletion: CompletionQueue;
  readonly #calls: CallSlot;
  readonly #memory = ProcessMemory.reserve(1 << 14);
  readonly #clock = new VirtualClock();
  readonly #crashes: number[];
  #mortality = new Mortality(Number.POSITIVE_INFINITY);
  #machine!: Machine;
  #ring!: KernelRing;
  #peer!: KernelRing;
  #pipe!: Pipe;
  #openCall: number | undefined;

  /** `crashes`: the store at which each life ends, in order; later lives are long. */
  constructor(crashes: readonly number[], firstIndex: number) {
    this.#crashes = [...crashes];
    this.#region = viewRegion(
      createRegion({ sqEntries: 8, cqEntries: 8, flags: 0 }, { firstIndex }),
    );
    this.#submission = new SubmissionQueue(this.#region);
    this.#completion = new CompletionQueue(this.#region);
    this.#peerRegion = viewRegion(
      createRegion({ sqEntries: 2, cqEntries: 2, flags: 0 }, { firstIndex }),
    );
    this.#peerCompletion = new CompletionQueue(this.#peerRegion);
    this.#calls = new CallSlot(this.#region);
    this.#memory.setU64(TIMESPEC_AT, 0);
    this.#memory.setU64(TIMESPEC_AT + 8, 1000);
    withMortalAtomics(
      () => this.#mortality,
      () => this.#live(() => this.#adopt()),
    );
  }

  run(actions: readonly Action[]): void {
    for (const action of actions) {
      if ('submit' in action) for (const entry of action.submit) this.#prepare(entry);
      else if ('reap' in action) this.#reap(action.reap);
      else if ('advanceNs' in action) this.#clock.advance(action.advanceNs);
      else if ('pour' in action) this.#pour();
      else
        this.#openCall ??= this.#calls.place({
          number: CALL_UNKNOWN,
          addrLow: 0,
          addrHigh: 0,
          count: 0,
        });
      this.#submission.publish();
      withMortalAtomics(
        () => this.#mortality,
        () => this.#live(() => this.#serve()),
      );
      this.#answer();
    }
  }

  /** Lets everything end: time passes, the process reaps until nothing comes. */
  drain(): void {
    const last: readonly Action[] = [{ pour: true }, { advanceNs: 1_000_000 }, { reap: 8 }];
    for (let i = 0; i < 12; i++) this.run(last);
  }

  /** Rows that are still in use. */
  busyRows(): number {
    let busy = 0;
    for (let at = LEDGER_ROWS_START; at < this.#ledger.length; at += ROW_WORDS)
      if (this.#ledger[at + ROW.state] !== ROW_STATE.FREE) busy++;
    return busy;
  }

  /** Stores of the executor that lives now. */
  get storesOfThisLife(): number {
    return this.#mortality.stores;
  }

  get inFlight(): number {
    return this.#ring.inFlight + this.#peer.inFlight;
  }

  /** One life after another until one gets through `work`. */
  #live(work: () => void): void {
    let todo = work;
    for (;;) {
      try {
        todo();
        return;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.deaths++;
        this.stores += this.#mortality.stores;
        todo = () => {
          this.#adopt();
          this.#serve();
        };
      }
    }
  }

  #adopt(): void {
    const mortality = new Mortality(this.#crashes.shift() ?? Number.POSITIVE_INFINITY);
    this.#mortality = mortality;
    const ledger = new Ledger(mortalWords(this.#ledger, mortality));
    const report = (error: unknown) => {
      throw error;
    };
    const table = operationTable([...Object.values(operations), this.#effect()]);
    const files = new Mounts([], this.#clock);
    const digests = NO_DIGESTS;
    this.#machine = new Machine({ ledger, clock: this.#clock, table, files, digests, report });
    const process = new Process(1, this.#memory);
    this.#pipe = new Pipe(0);
    process.descriptors.installAt(FD.pipe, this.#pipe.reader);
    const attach = (slot: number, of: Region): KernelRing => {
      const region = { words: mortalWords(of.words, mortality), geometry: of.geometry };
      const parts = { slot, process, region, flags: 0, mode: 'poll', inFlightMax: 12 } as const;
      return this.#machine.attach(parts);
    };
    this.#ring = attach(SLOT, this.#region);
    this.#peer = attach(PEER_SLOT, this.#peerRegion);
    process.descriptors.installAt(FD.peer, this.#peer);
    adopt(this.#machine);
  }

  #serve(): void {
    answerCall(this.#machine, this.#ring);
    for (let took = 1; took > 0; ) {
      took = this.#machine.submit(this.#ring, 3);
      this.#machine.expire();
      this.#machine.resume();
      this.#machine.post();
      for (const ring of [this.#ring, this.#peer]) if (ring.overflowed) this.#machine.flush(ring);
      if (took === 0 && this.#machine.takeStarved().length > 0) took = 1;
      if (this.#machine.hasReady) took = 1;
    }
  }

  #effect() {
    return op({
      code: OP_EFFECT,
      name: 'EFFECT',
      does: 'Counts that it ran.',
      encode(this: SqeWords, sqe: number) {
        prepRw(OP_EFFECT, this.words, sqe, -1, 0, 0, 0);
      },
      run: (request) => {
        this.fates.get(request.len)!.runs++; // #prepare puts the user data there too
        return 0;
      },
    });
  }

  #prepare(entry: Entry): void {
    const sqe = this.#submission.reserve();
    if (sqe < 0) return; // the SQ is full: an honest process waits
    const userData = this.fates.size + 1;
    const aim = [...this.fates].findLast(([, fate]) => AIMS.includes(fate.entry))?.[0];
    this.fates.set(userData, { entry, results: [], runs: 0, more: 0, arrivals: 0, target: aim });
    const { words } = this.#region;
    const target = { words };
    const { nop, timeout, pollAdd, asyncCancel, msgRing } = operations;
    if (entry === 'nop') nop.encode.call(target, sqe);
    else if (entry === 'effect' || entry in FLAGS_OF)
      prepRw(OP_EFFECT, words, sqe, -1, 0, userData, 0);
    else if (entry === 'timeout') timeout.encode.call(target, sqe, TIMESPEC_AT, 0, 0);
    else if (entry === 'counted') timeout.encode.call(target, sqe, TIMESPEC_AT, 2, 0);
    else if (entry === 'shots')
      timeout.encode.call(target, sqe, TIMESPEC_AT, 3, TIMEOUT_FLAG.MULTISHOT);
    else if (entry === 'poll') pollAdd.encode.call(target, sqe, FD.pipe, POLL.IN | POLL.RDNORM);
    else if (entry === 'cancel') asyncCancel.encode.call(target, sqe, aim ?? 0, 0);
    else if (entry === 'message')
      msgRing.encode.call(target, sqe, FD.peer, 5, MESSAGE_HIGH * TWO_TO_32 + userData, 0);
    else prepRw(OP.NOP, words, sqe, -1, 0, 0, 0);
    if (entry === 'bad') words[sqe + SQE.opFlags] = ~NOP_FLAG.INJECT_RESULT;
    words[sqe + SQE.head]! |= (FLAGS_OF[entry] ?? 0) << SQE_SHIFT.flags;
    words[sqe + SQE.userDataLow] = userData;
    words[sqe + SQE.userDataHigh] = 0;
  }

  #reap(max: number): void {
    const { words } = this.#region;
    const count = Math.min(this.#completion.ready(), max);
    for (let ahead = 0; ahead < count; ahead++) {
      const cqe = this.#completion.slotAt(ahead);
      const fate = this.fates.get(words[cqe + CQE.userDataLow]!);
      if (fate === undefined) throw new Error(`a CQE for nobody: ${words[cqe + CQE.userDataLow]}`);
      if ((words[cqe + CQE.flags]! & CQE_FLAG.MORE) !== 0) {
        if (fate.results.length > 0) throw new Error('a CQE after the terminal one');
        fate.more++;
      } else fate.results.push(words[cqe + CQE.res]!);
    }
    this.#completion.release(count);
    this.#reapPeer();
  }

  #reapPeer(): void {
    const { words } = this.#peerRegion;
    const count = this.#peerCompletion.ready();
    for (let ahead = 0; ahead < count; ahead++) {
      const cqe = this.#peerCompletion.slotAt(ahead);
      const fate = this.fates.get(words[cqe + CQE.userDataLow]!);
      if (fate?.entry !== 'message' || words[cqe + CQE.userDataHigh] !== MESSAGE_HIGH)
        throw new Error('a message of nobody');
      fate.arrivals++;
    }
    this.#peerCompletion.release(count);
  }

  #pour(): void {
    const segments = new Segments();
    segments.reset(new Uint8Array(1));
    segments.add(0, 1);
    this.#pipe.writer.write(segments);
  }

  #answer(): void {
    if (this.#openCall === undefined) return;
    this.callResults.push(this.#calls.block(this.#openCall)); // it was served: this returns at once
    this.#openCall = undefined;
  }
}
