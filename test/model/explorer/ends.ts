/** The ends of a ring reduced to the protocol: a submitter, an executor and a reaper. */
import { SQ_FLAG } from '../../../src/abi/flags.ts';
import { CONTROL, CQE, SQE } from '../../../src/abi/layout.ts';
import { CompletionQueue, CompletionSink } from '../../../src/ring/completion.ts';
import { Doorbell, Rung } from '../../../src/ring/doorbell.ts';
import { Parking } from '../../../src/ring/park.ts';
import type { Region } from '../../../src/ring/region.ts';
import { CORRUPT, FULL, SubmissionQueue, SubmissionSource } from '../../../src/ring/submission.ts';
import { CompletionWait, SpaceWait } from '../../../src/ring/wait.ts';

// These run both under the explorer and as real threads (test/race), and use nothing but the
// shipped classes. The executor reads an entry, releases its slot and posts a CQE with the same
// user data; a TICK stands for a plain TIMEOUT that expires and posts nothing.

/** User data of an entry that has no CQE but counts as an expired TIMEOUT. */
export const TICK = -1;

/** Waits with neither spinning nor a limit: a lost wake-up lasts for ever. */
export const FOR_EVER = { spinNs: 0, timeoutMs: Number.POSITIVE_INFINITY };

const stopped = (): number => 0;

export function must(law: boolean, what: string): asserts law {
  if (!law) throw new Error(what);
}

/** Tells an explorer the state of an end; nothing when the ends are threads. */
export type MarkEnd = (
  position: string,
  regions: readonly Region[],
  remembered: readonly number[],
) => void;

const unmarked: MarkEnd = () => {};

/** What it takes to reach one ring: its region, the executor's doorbell and its slot there. */
export interface Line {
  readonly region: Region;
  readonly doorbell: Int32Array;
  readonly slot: number;
  readonly mark?: MarkEnd;
}

/** The submitting end: publishes batches, rings, and sleeps while the SQ is full. */
export class Submitter {
  readonly #region: Region;
  readonly #queue: SubmissionQueue;
  readonly #bell: Doorbell;
  readonly #space: SpaceWait;
  readonly #mark: MarkEnd;
  #unpublished = 0;

  constructor({ region, doorbell, slot, mark = unmarked }: Line) {
    this.#mark = mark;
    this.#region = region;
    this.#queue = new SubmissionQueue(region);
    this.#bell = new Doorbell(doorbell, slot);
    this.#space = new SpaceWait(region, stopped);
  }

  /** Writes one entry, waiting for a slot when there is none; false: the ring ended. */
  put(userData: number): boolean {
    let slot = this.#queue.reserve();
    if (slot === FULL) {
      this.flush();
      if (!this.#space.block(() => this.#queue.space() > 0, FOR_EVER.timeoutMs)) return false;
      slot = this.#queue.reserve();
      must(slot !== FULL, 'space() promised a slot');
      this.#reach(`room for ${userData}`);
    }
    this.#region.words[slot + SQE.userDataLow] = userData;
    this.#unpublished++;
    return true;
  }

  flush(): void {
    if (this.#queue.publish() > 0) this.#bell.ring();
    this.#unpublished = 0;
  }

  /** Puts all, flushing after each `batch` of them. */
  putAll(values: readonly number[], batch: number): void {
    values.forEach((value, at) => {
      must(this.put(value), 'the ring lives');
      if ((at + 1) % batch === 0) this.flush();
      this.#reach(`put ${at + 1}`);
    });
    this.flush();
  }

  #reach(position: string): void {
    this.#mark(`${position}, ${this.#unpublished} new`, [this.#region], [CONTROL.sqHead]);
  }
}

/** One ring as the executor serves it. */
export class Service {
  readonly #region: Region;
  readonly #source: SubmissionSource;
  readonly #sink: CompletionSink;
  #backlog: number[] = [];
  taken = 0;

  constructor(region: Region, firstIndex: number) {
    this.#region = region;
    this.#source = new SubmissionSource(region, firstIndex);
    this.#sink = new CompletionSink(region, firstIndex, 0);
  }

  /** Whether nothing it took waits for CQ space. */
  get clear(): boolean {
    return this.#backlog.length === 0;
  }

  /** All that decides what it does next, but for the newest cqHead. */
  get position(): string {
    return `taken ${this.taken} backlog ${this.#backlog}`;
  }

  serve(): void {
    const count = this.#source.available();
    must(count !== CORRUPT, 'the tail is one that the submitter stored');
    let ticks = 0;
    for (let ahead = 0; ahead < count; ahead++) {
      const userData = this.#region.words[this.#source.slotAt(ahead) + SQE.userDataLow]!;
      if (userData === TICK) ticks++;
      else this.#backlog.push(userData);
    }
    if (count > 0) this.#source.release(count);
    this.taken += count;
    for (; ticks > 0; ticks--) this.#sink.countTimeout();
    this.#post();
  }

  #post(): void {
    const sink = this.#sink;
    let posted = 0;
    while (posted < this.#backlog.length) {
      const slot = sink.reserve();
      if (slot === FULL) {
        sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, true); // O1
        if (sink.ready() === this.#region.geometry.cqEntries) break; // O2
      } else {
        sink.write(slot, this.#backlog[posted++]!, 0, 0, 0);
      }
    }
    this.#backlog = this.#backlog.slice(posted);
    if (this.clear) sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, false);
    sink.publish();
  }
}

/** Rings by their slot in the doorbell, and what the executor needs beside them. */
export interface Floor {
  readonly doorbell: Int32Array;
  readonly board: Int32Array;
  readonly rings: ReadonlyMap<number, { readonly region: Region; readonly firstIndex: number }>;
  readonly mark?: MarkEnd;
}

/** The executing end: collects who rang, serves them, parks. It never looks unasked. */
export class Executor {
  readonly services: ReadonlyMap<number, Service>;
  readonly #rung: Rung;
  readonly #parking: Parking;
  readonly #slots = new Int32Array(64);
  readonly #reach: (place: string) => void;

  constructor({ doorbell, board, rings, mark = unmarked }: Floor) {
    this.#rung = new Rung(doorbell);
    this.#parking = new Parking({ doorbell, board, index: 0, rung: this.#rung });
    this.services = new Map(
      [...rings].map(([slot, { region, firstIndex }]) => [slot, new Service(region, firstIndex)]),
    );
    const regions = [...rings.values()].map(({ region }) => region);
    this.#reach = (place) => {
      const states = [...this.services.values()].map((service) => service.position);
      mark(`${place}: ${states.join('; ')}`, regions, [CONTROL.cqHead]);
    };
  }

  /** Serves until `total` entries were taken and everything was posted. */
  run(total: number): void {
    for (;;) {
      this.turn();
      const services = [...this.services.values()];
      const taken = services.reduce((sum, service) => sum + service.taken, 0);
      must(taken <= total, 'no entry is taken twice');
      if (taken === total && services.every((service) => service.clear)) return;
      this.#reach('parking');
      this.#parking.park(FOR_EVER.timeoutMs);
      this.#reach('awake');
    }
  }

  /** Serves every ring that rang. */
  turn(): void {
    const found = this.#rung.collect(this.#slots);
    for (let i = 0; i < found; i++) {
      const service = this.services.get(this.#slots[i]!);
      must(service !== undefined, 'only rings ring');
      service.serve();
    }
  }
}

/** What user data comes in which place. */
export interface Expected {
  at(place: number): number | undefined;
}

/** The reaping end: sleeps for what it wants, reads, releases, rings when others wait for room. */
export class Reaper {
  readonly #region: Region;
  readonly #queue: CompletionQueue;
  readonly #wait: CompletionWait;
  readonly #bell: Doorbell;
  readonly #mark: MarkEnd;

  constructor({ region, doorbell, slot, mark = unmarked }: Line) {
    this.#mark = mark;
    this.#region = region;
    this.#queue = new CompletionQueue(region);
    this.#wait = new CompletionWait(region, this.#queue, stopped);
    this.#bell = new Doorbell(doorbell, slot);
  }

  /** Sleeps until `wanted` CQEs are there, or a TIMEOUT beyond `timeouts` expired, or the end. */
  sleep(wanted: number, timeouts: number): void {
    must(this.#wait.block(wanted, timeouts, FOR_EVER), 'without a limit time is never up');
  }

  timeouts(): number {
    return CompletionWait.timeoutsOf(this.#region);
  }

  /** Takes what is there, which must be `expected[from]` and so on; returns how many. */
  take(expected: Expected, from: number): number {
    this.#reach(`taking from ${from}`);
    const count = this.#queue.available();
    must(count <= this.#queue.entries, 'no more CQEs than slots');
    for (let ahead = 0; ahead < count; ahead++) {
      const userData = this.#region.words[this.#queue.slotAt(ahead) + CQE.userDataLow]!;
      const wanted = expected.at(from + ahead);
      must(userData === wanted, `CQE ${from + ahead} is ${userData}, expected ${wanted}`);
    }
    if (count > 0 && this.#queue.release(count)) this.#bell.ring(); // R4
    this.#reach(`took ${from + count}`);
    return count;
  }

  #reach(position: string): void {
    this.#mark(position, [this.#region], [CONTROL.cqTail]);
  }

  /** Takes all of `expected` beyond `from`, asleep for `wanted` (or the rest) at a time. */
  takeAll(expected: readonly number[], wanted: number, start = 0): void {
    for (let from = start; from < expected.length; ) {
      this.sleep(Math.min(wanted, expected.length - from), 0);
      const count = this.take(expected, from);
      must(count > 0, 'a wait for CQEs ends with CQEs');
      from += count;
    }
  }
}

/** A process whose one thread submits a batch, then reaps it, and so on. */
export class Process {
  readonly #submitter: Submitter;
  readonly #reaper: Reaper;
  readonly #reach: (position: string) => void;

  constructor({ mark = unmarked, ...line }: Line) {
    this.#submitter = new Submitter(line);
    this.#reaper = new Reaper(line);
    const remembered = [CONTROL.sqHead, CONTROL.cqTail];
    this.#reach = (position) => mark(position, [line.region], remembered);
  }

  run(values: readonly number[], { batch, wanted }: { batch: number; wanted: number }): void {
    for (let from = 0; from < values.length; from += batch) {
      this.#submitter.putAll(values.slice(from, from + batch), batch);
      this.#reach(`submitted from ${from}`);
      this.#reaper.takeAll(values.slice(0, from + batch), wanted, from);
      this.#reach(`reaped from ${from}`);
    }
  }
}
