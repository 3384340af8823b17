/** One process, its memory, and files in memory, under a kernel that a test turns by hand. */
import type { Res } from '../../../src/abi/errno.ts';
import { SQE, SQE_BYTES, SQE_SHIFT } from '../../../src/abi/layout.ts';
import { NULL_PAGE_BYTES } from '../../../src/abi/limits.ts';
import { Entries } from '../../../src/client/entries.ts';
import { prepareRequest, UNKNOWN_OPERATION } from '../../../src/executor/dispatch.ts';
import { NodeDigests } from '../../../src/host/digests.ts';
import { Buffers } from '../../../src/kernel/buffers.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import type { FileSystem, SlowCall } from '../../../src/kernel/file-system.ts';
import { type KernelCalls, type Outcome, PENDING } from '../../../src/kernel/operation.ts';
import { Process } from '../../../src/kernel/process.ts';
import { Request } from '../../../src/kernel/request.ts';
import { NO_FILES, NO_GROUPS } from '../../../src/kernel/resources.ts';
import { Segments } from '../../../src/kernel/segments.ts';
import type { Held } from '../../../src/ops/held.ts';
import { operationTable } from '../../../src/ops/table.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { FakeFiles } from './fake-files.ts';

/** What became of a request. */
export interface Ended {
  readonly res: Res;
  /** Breaks a link chain (D6, D7). */
  readonly isFailure: boolean;
  /** Failed while its SQE was read. */
  readonly isPreparation: boolean;
  /** Turns of the kernel it took. */
  readonly turns: number;
}

/** The field values that a test sets behind the back of a prep function. */
export interface Spoilt {
  readonly [field: string]: number;
}

interface Waiting {
  readonly request: Request;
  readonly call: SlowCall | undefined;
  readonly res: Res;
}

const TABLE = operationTable();
const unused = (): never => {
  throw new Error('no operation on files asks for this');
};

/** The kernel: what again() and later() leave waits until turn(). */
export class HandKernel implements KernelCalls {
  readonly clock = new VirtualClock();
  readonly digests = new NodeDigests();
  readonly files: FileSystem;
  readonly #waiting: Waiting[] = [];
  readonly #ended = new Map<Request, Ended>();
  turns = 0;
  /** Called when something that waited went on. */
  #wake = (): void => {};

  constructor(files: FileSystem) {
    this.files = files;
  }

  complete = unused;
  postMore = unused;
  armDeadline = unused;
  armCount = unused;
  countTimeout = unused;
  block = unused;
  readonly segments = new Segments();

  again(request: Request, res: Res): typeof PENDING {
    this.#waiting.push({ request, call: undefined, res });
    return PENDING;
  }

  later(request: Request, call: SlowCall): typeof PENDING {
    this.#waiting.push({ request, call, res: 0 });
    return PENDING;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  start(request: Request): void {
    const failure = prepareRequest(request, this);
    if (failure !== 0) this.#end(request, failure, true);
    else this.#settle(request, request.operation.run(request, this));
  }

  /** Everything that waits goes on by one step. */
  turn(): void {
    this.turns++;
    for (const waiting of this.#waiting.splice(0)) this.#step(waiting);
  }

  #step({ request, call, res }: Waiting): void {
    const resume = (result: Res): void => {
      this.#settle(request, request.operation.resume(request, result, this));
      this.#wake();
    };
    if (call === undefined) resume(res);
    else call(resume);
  }

  /** Every ring closes: calls that were handed over come back, and nothing is resumed. */
  closeRings(): void {
    for (const { request, call } of this.#waiting.splice(0)) {
      call?.(() => {});
      (request.state as Partial<Held> | undefined)?.drop?.();
      request.letGo();
    }
  }

  endOf(request: Request): Ended | undefined {
    return this.#ended.get(request);
  }

  /** The end of a request that waits for a host. */
  async ended(request: Request): Promise<Ended> {
    for (;;) {
      while (!this.isIdle) this.turn();
      const end = this.#ended.get(request);
      if (end !== undefined) return end;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #settle(request: Request, outcome: Outcome): void {
    if (outcome !== PENDING) this.#end(request, outcome, false);
  }

  #end(request: Request, res: Res, isPreparation: boolean): void {
    const isFailure = isPreparation || request.operation.isFailure(request, res);
    this.#ended.set(request, { res, isFailure, isPreparation, turns: this.turns });
    request.letGo();
  }
}

/** What a world may be made from. */
export interface WorldParts {
  /** Whether the files in memory answer later. */
  readonly slow?: boolean;
  readonly memory?: ProcessMemory;
  /** SETUP flags. */
  readonly ringFlags?: number;
  /** In place of files in memory. */
  readonly fileSystem?: FileSystem;
}

/** Everything of one test. */
export class World {
  readonly files = new FakeFiles();
  readonly kernel: HandKernel;
  readonly buffers = new Buffers();
  readonly memory: ProcessMemory;
  readonly process: Process;
  readonly ring;
  readonly entries = new Entries(new Int32Array(SQE_BYTES / 4));
  #free = NULL_PAGE_BYTES;

  constructor({
    slow = false,
    memory = ProcessMemory.reserve(1 << 21),
    ringFlags = 0,
    fileSystem,
  }: WorldParts = {}) {
    this.files.slow = slow;
    this.kernel = new HandKernel(fileSystem ?? this.files);
    this.memory = memory;
    this.process = new Process(1, memory);
    const { process, buffers } = this;
    const rest = { files: NO_FILES, groups: NO_GROUPS, hostCalls: 0 };
    this.ring = { process, flags: ringFlags, buffers, ...rest };
  }

  /** Address of so many fresh bytes, aligned to 16. */
  room(bytes: number): number {
    const at = this.#free;
    this.#free += (bytes + 15) & ~15;
    if (this.#free > this.memory.sizeBytes) throw new Error('the memory of the test is too small');
    return at;
  }

  /** Address of fresh memory with this text; `string` adds the NUL. */
  place(text: string | Uint8Array): number {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
    const at = this.room(bytes.length);
    this.memory.bytes.set(bytes, at);
    return at;
  }

  string(text: string): number {
    return this.place(`${text}\0`);
  }

  /** Address of an array of u64. */
  words64(...values: number[]): number {
    const at = this.room(8 * values.length);
    values.forEach((value, i) => {
      this.memory.setU64(at + 8 * i, value);
    });
    return at;
  }

  text(at: number, bytes: number): string {
    return Buffer.from(this.memory.bytes.slice(at, at + bytes)).toString('latin1');
  }

  /** A descriptor of a file that exists. */
  fd(path: string, flags?: number): number {
    return this.process.descriptors.install(this.files.openNow(path, flags));
  }

  /** Begins a request; `spoil` sets fields after its prep function (and `flags`: SQE_FLAG). */
  begin(prepare: (ring: Entries) => void, spoil: Spoilt = {}): Request {
    const { entries } = this;
    entries.words.fill(0);
    prepare(entries);
    for (const [field, value] of Object.entries(spoil)) {
      if (field === 'flags') entries.words[SQE.head]! |= value << SQE_SHIFT.flags;
      else if (field === 'ioprio') entries.words[SQE.head]! |= value << SQE_SHIFT.ioprio;
      else entries.words[SQE[field as keyof typeof SQE]] = value;
    }
    const head = entries.words[SQE.head]!;
    const request = new Request(0, this.ring, UNKNOWN_OPERATION);
    request.load(entries.words, 0, head, TABLE[head & 0xff] ?? UNKNOWN_OPERATION);
    this.kernel.start(request);
    return request;
  }

  /** Turns the kernel until nothing waits. */
  drain(): void {
    while (!this.kernel.isIdle) this.kernel.turn();
  }

  /** Runs one request to its end. */
  run(prepare: (ring: Entries) => void, spoil?: Spoilt): Ended {
    const request = this.begin(prepare, spoil);
    this.drain();
    return this.kernel.endOf(request)!;
  }

  /** Its result alone. */
  res(prepare: (ring: Entries) => void, spoil?: Spoilt): Res {
    return this.run(prepare, spoil).res;
  }
}

/** A ring is open, and no file. */
export const RING_OBJECT = { hold: () => {}, drop: () => {} };

/** An address that is never mapped. */
export const BAD = 0x7fff_0000;
