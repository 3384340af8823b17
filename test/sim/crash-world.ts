/** One process, one ring and a succession of mortal executors, on one thread, in virtual time. */
import { fail } from '../../src/abi/errno.ts';
import { CQE_FLAG, NOP_FLAG, SQE_FLAG, TIMEOUT_FLAG } from '../../src/abi/flags.ts';
import { CQE, SQE, SQE_SHIFT } from '../../src/abi/layout.ts';
import { OP } from '../../src/abi/opcodes.ts';
import { LEDGER_ROWS_START, ROW, ROW_STATE, ROW_WORDS } from '../../src/abi/private.ts';
import { adopt } from '../../src/executor/adopt.ts';
import { answerCall } from '../../src/executor/calls/control.ts';
import type { KernelRing } from '../../src/executor/kernel-ring.ts';
import { Machine } from '../../src/executor/machine.ts';
import { VirtualClock } from '../../src/kernel/clock.ts';
import { NO_DIGESTS } from '../../src/kernel/no-digests.ts';
import { Process } from '../../src/kernel/process.ts';
import { Mounts } from '../../src/kernel/vfs/mounts.ts';
import { op, type SqeWords } from '../../src/ops/define.ts';
import { prepRw } from '../../src/ops/encode.ts';
import { operations, operationTable } from '../../src/ops/table.ts';
import { CallSlot } from '../../src/ring/call.ts';
import { CompletionQueue } from '../../src/ring/completion.ts';
import { createLedger, Ledger } from '../../src/ring/ledger.ts';
import { ProcessMemory } from '../../src/ring/memory.ts';
import { createRegion, viewRegion } from '../../src/ring/region.ts';
import { SubmissionQueue } from '../../src/ring/submission.ts';
import { Crash, Mortality, mortalWords, withMortalAtomics } from './faulty-memory.ts';

/** An operation with a side effect that can be counted. */
export const OP_EFFECT = 230;
/** A register call without a row: its answer is -EINVAL. */
const CALL_UNKNOWN = 250;
const TIMESPEC_AT = 8192;
const SLOT = 7;

export type Entry =
  | 'nop'
  | 'effect'
  | 'linked'
  | 'drained'
  | 'silent'
  | 'timeout'
  | 'shots'
  | 'counted'
  | 'bad';

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
  | { readonly call: true };

/** What the process saw of one request. */
export interface Fate {
  readonly entry: Entry;
  readonly results: number[];
  runs: number;
  more: number;
}

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
  readonly #calls: CallSlot;
  readonly #memory = ProcessMemory.reserve(1 << 14);
  readonly #clock = new VirtualClock();
  readonly #crashes: number[];
  #mortality = new Mortality(Number.POSITIVE_INFINITY);
  #machine!: Machine;
  #ring!: KernelRing;
  #openCall: number | undefined;

  /** `crashes`: the store at which each life ends, in order; later lives are long. */
  constructor(crashes: readonly number[], firstIndex: number) {
    this.#crashes = [...crashes];
    this.#region = viewRegion(
      createRegion({ sqEntries: 8, cqEntries: 8, flags: 0 }, { firstIndex }),
    );
    this.#submission = new SubmissionQueue(this.#region);
    this.#completion = new CompletionQueue(this.#region);
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
    for (let i = 0; i < 12; i++) this.run([{ advanceNs: 1_000_000 }, { reap: 8 }]);
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
    return this.#ring.inFlight;
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
    const words = mortalWords(this.#region.words, mortality);
    const region = { words, geometry: this.#region.geometry };
    const report = (error: unknown) => {
      throw error;
    };
    const table = operationTable([...Object.values(operations), this.#effect()]);
    const files = new Mounts([], this.#clock);
    const digests = NO_DIGESTS;
    this.#machine = new Machine({ ledger, clock: this.#clock, table, files, digests, report });
    const process = new Process(1, this.#memory);
    const parts = { slot: SLOT, process, region, flags: 0, mode: 'poll', inFlightMax: 12 } as const;
    this.#ring = this.#machine.attach(parts);
    adopt(this.#machine);
  }

  #serve(): void {
    answerCall(this.#machine, this.#ring);
    for (let took = 1; took > 0; ) {
      took = this.#machine.submit(this.#ring, 3);
      this.#machine.expire();
      this.#machine.resume();
      this.#machine.post();
      if (this.#ring.overflowed) this.#machine.flush(this.#ring);
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
    this.fates.set(userData, { entry, results: [], runs: 0, more: 0 });
    const { words } = this.#region;
    const target = { words };
    const { nop, timeout } = operations;
    if (entry === 'nop') nop.encode.call(target, sqe);
    else if (entry === 'effect' || entry in FLAGS_OF)
      prepRw(OP_EFFECT, words, sqe, -1, 0, userData, 0);
    else if (entry === 'timeout') timeout.encode.call(target, sqe, TIMESPEC_AT, 0, 0);
    else if (entry === 'counted') timeout.encode.call(target, sqe, TIMESPEC_AT, 2, 0);
    else if (entry === 'shots')
      timeout.encode.call(target, sqe, TIMESPEC_AT, 3, TIMEOUT_FLAG.MULTISHOT);
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
  }

  #answer(): void {
    if (this.#openCall === undefined) return;
    this.callResults.push(this.#calls.block(this.#openCall)); // it was served: this returns at once
    this.#openCall = undefined;
  }
}

const LOST = fail('EOWNERDEAD');
const CANCELED = fail('ECANCELED');

/** Law 2 for one request: what is wrong with its fate, or undefined. */
export function violation({ entry, results, runs, more }: Fate): string | undefined {
  const [res] = results;
  if (results.length > 1) return `${entry}: ${results.length} terminal CQEs`;
  if (runs > 1) return `${entry}: ran ${runs} times`;
  if (res === undefined) return entry === 'silent' && runs === 1 ? undefined : `${entry}: lost`;
  if (res === CANCELED && runs > 0) return `${entry}: ran, yet was called cancelled`;
  if (res === LOST || res === CANCELED) return undefined;
  const expected: Record<Entry, readonly number[]> = {
    nop: [0],
    effect: [0],
    linked: [0],
    drained: [0, fail('EOPNOTSUPP')], // refused once somebody asked for silence
    silent: [],
    timeout: [fail('ETIME')],
    shots: [fail('ETIME')],
    counted: [fail('ETIME'), 0],
    bad: [fail('EINVAL')],
  };
  if (!expected[entry].includes(res)) return `${entry}: ended with ${res}`;
  const ran = entry === 'effect' || entry === 'linked' || (entry === 'drained' && res === 0);
  if (ran && runs !== 1) return `${entry}: said to have run, but did not`;
  return more > 2 ? `${entry}: ${more} shots before the last` : undefined;
}
