/** One process, its memory, and files in memory, under a kernel that a test turns by hand. */
import { fail, type Res } from '../../../src/abi/errno.ts';
import { SQE, SQE_BYTES, SQE_SHIFT } from '../../../src/abi/layout.ts';
import { NULL_PAGE_BYTES } from '../../../src/abi/limits.ts';
import { Entries } from '../../../src/client/entries.ts';
import { prepareRequest, UNKNOWN_OPERATION } from '../../../src/executor/dispatch.ts';
import { NodeDigests } from '../../../src/host/digests.ts';
import { Buffers } from '../../../src/kernel/buffers.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import type { FileSystem, SlowCall } from '../../../src/kernel/file-system.ts';
import { Futexes } from '../../../src/kernel/ipc/futexes.ts';
import { Network } from '../../../src/kernel/net/network.ts';
import type { OpenFile, Pollable } from '../../../src/kernel/open-file.ts';
import { type KernelCalls, type Outcome, PENDING } from '../../../src/kernel/operation.ts';
import { Process } from '../../../src/kernel/process.ts';
import { Request, type RequestRing } from '../../../src/kernel/request.ts';
import {
  NO_FILES,
  NO_GROUPS,
  type ProvidedBuffers,
  type RegisteredFiles,
} from '../../../src/kernel/resources.ts';
import { Segments } from '../../../src/kernel/segments.ts';
import { Waiter } from '../../../src/kernel/wait-queue.ts';
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
  /** Flags of its last CQE. */
  readonly cqeFlags: number;
}

/** A CQE of a request that went on. */
export interface Posted {
  readonly request: Request;
  readonly res: Res;
  readonly flags: number;
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

/** As the machine has it: woken, the request goes on in the next turn. */
class Woken extends Waiter {
  readonly #goOn: () => void;

  constructor(goOn: () => void) {
    super();
    this.#goOn = goOn;
  }

  woken(): void {
    this.leave();
    this.#goOn();
  }
}

const TABLE = operationTable();
const unused = (): never => {
  throw new Error('no operation on files asks for this');
};

/** The kernel: what again() and later() leave, and what was woken, waits until turn(). */
export class HandKernel implements KernelCalls {
  readonly clock = new VirtualClock();
  readonly digests = new NodeDigests();
  readonly files: FileSystem;
  readonly #waiting: Waiting[] = [];
  readonly #blocked = new Set<Request>();
  readonly #ended = new Map<Request, Ended>();
  turns = 0;
  /** What multishot requests posted, and how many CQEs of theirs still have room. */
  readonly posted: Posted[] = [];
  room = Number.POSITIVE_INFINITY;
  /** Called when something that waited went on. */
  #wake = (): void => {};

  constructor(files: FileSystem) {
    this.files = files;
  }

  complete = unused;
  armDeadline = unused;
  armCount = unused;
  countTimeout = unused;
  dropCount = unused;
  finishLater = unused;
  retry = unused;
  cancel = unused;
  findPending = unused;
  rename = unused;
  readonly segments = new Segments();
  readonly futexes = new Futexes();
  readonly net = new Network();

  postMore(request: Request, res: Res, flags: number): boolean {
    if (this.room === 0) return false;
    this.room--;
    this.posted.push({ request, res, flags });
    return true;
  }

  block(request: Request, { waiters }: Pollable, events: number): typeof PENDING {
    this.#blocked.add(request);
    request.waiter = new Woken(() => {
      this.#blocked.delete(request);
      this.again(request, 0);
    });
    waiters.add(request.waiter, events);
    return PENDING;
  }

  /** Takes back what is blocked. */
  takeBack(request: Request): Res {
    if (!this.#blocked.delete(request)) throw new Error('it is not blocked');
    request.waiter?.leave();
    this.#end(request, fail('ECANCELED'), false);
    return 0;
  }

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
    for (const request of this.#blocked) {
      request.waiter?.leave();
      request.letGo();
    }
    this.#blocked.clear();
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
    const { cqeFlags } = request;
    this.#ended.set(request, { res, isFailure, isPreparation, turns: this.turns, cqeFlags });
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
  /** What the ring has registered; nothing. */
  readonly files?: RegisteredFiles;
  readonly groups?: ProvidedBuffers;
}

/** Everything of one test. */
export class World {
  readonly files = new FakeFiles();
  readonly kernel: HandKernel;
  readonly buffers = new Buffers();
  readonly memory: ProcessMemory;
  readonly process: Process;
  readonly ring: RequestRing;
  readonly entries = new Entries(new Int32Array(SQE_BYTES / 4));
  #free = NULL_PAGE_BYTES;

  constructor({
    slow = false,
    memory = ProcessMemory.reserve(1 << 21),
    ringFlags = 0,
    fileSystem,
    files = NO_FILES,
    groups = NO_GROUPS,
  }: WorldParts = {}) {
    this.files.slow = slow;
    this.kernel = new HandKernel(fileSystem ?? this.files);
    this.memory = memory;
    this.process = new Process(1, memory);
    const { process, buffers } = this;
    this.ring = {
      process,
      flags: ringFlags,
      buffers,
      files,
      groups,
      chainTail: undefined,
      hasSilent: false,
      post: unused,
      hostCalls: 0,
    };
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

  /** A descriptor of what is open, whose hold it takes over. */
  install(open: OpenFile): number {
    return this.process.descriptors.install(open);
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
