/** Processes whose requests sleep until another one wakes them, under a kernel of a few lines. */
import type { Res } from '../../../src/abi/errno.ts';
import { SQE, SQE_BYTES } from '../../../src/abi/layout.ts';
import { Entries } from '../../../src/client/entries.ts';
import { prepareRequest, UNKNOWN_OPERATION } from '../../../src/executor/dispatch.ts';
import { Futexes } from '../../../src/kernel/ipc/futexes.ts';
import type { Pollable } from '../../../src/kernel/open-file.ts';
import { type KernelCalls, type Outcome, PENDING } from '../../../src/kernel/operation.ts';
import { Process } from '../../../src/kernel/process.ts';
import { Request, type RequestRing } from '../../../src/kernel/request.ts';
import { Waiter } from '../../../src/kernel/wait-queue.ts';
import { operationTable } from '../../../src/ops/table.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const TABLE = operationTable();

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

/** A request that ended: its number, and its result. */
export type Ended = readonly [request: number, res: Res];

/** Completes, blocks and resumes; notes what ended, in order. */
export class SleepWorld {
  readonly futexes = new Futexes();
  readonly #ready: Request[] = [];
  #ended: Ended[] = [];
  readonly #kernel = {
    futexes: this.futexes,
    finishLater: (request: Request, res: Res) => this.#end(request, res),
    block: (request: Request, { waiters }: Pollable, events: number) => {
      request.waiter = new Woken(() => this.#ready.push(request));
      waiters.add(request.waiter, events);
      return PENDING;
    },
  } as unknown as KernelCalls;

  process(pid: number, memory = ProcessMemory.reserve(1 << 16)): Process {
    return new Process(pid, memory);
  }

  /** Begins a request and gives it a number; `spoil` sets words of the SQE by name. */
  submit(
    process: Process,
    id: number,
    prepare: (ring: Entries) => void,
    spoil: Readonly<Record<string, number>> = {},
  ): Request {
    const entries = new Entries(new Int32Array(SQE_BYTES / 4));
    prepare(entries);
    for (const [field, value] of Object.entries(spoil))
      entries.words[SQE[field as keyof typeof SQE]] = value;
    const head = entries.words[SQE.head]!;
    const ring = { process, flags: 0, hostCalls: 0 } as unknown as RequestRing;
    const request = new Request(0, ring, UNKNOWN_OPERATION);
    request.load(entries.words, 0, head, TABLE[head & 0xff] ?? UNKNOWN_OPERATION);
    request.userDataLow = id;
    const failure = prepareRequest(request, this.#kernel);
    if (failure === 0) this.#settle(request, request.operation.run(request, this.#kernel));
    else this.#end(request, failure);
    return request;
  }

  /** Lets go on what was woken. */
  turn(): void {
    for (const request of this.#ready.splice(0))
      this.#settle(request, request.operation.resume(request, 0, this.#kernel));
  }

  /** Takes a request back, as a cancel or the end of its ring does. */
  cancel(request: Request): void {
    request.waiter?.leave();
    request.letGo();
  }

  /** What ended since the last look, first that which ended first. */
  ended(): Ended[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  /** The result of one request that ends at once. */
  res(process: Process, prepare: (ring: Entries) => void, spoil?: Record<string, number>): Res {
    const id = -1;
    this.submit(process, id, prepare, spoil);
    const mine = this.#ended.find(([request]) => request === id);
    if (mine === undefined) throw new Error('the request sleeps');
    this.#ended.splice(this.#ended.indexOf(mine), 1);
    return mine[1];
  }

  #settle(request: Request, outcome: Outcome): void {
    if (outcome !== PENDING) this.#end(request, outcome);
  }

  #end(request: Request, res: Res): void {
    this.#ended.push([request.userDataLow, res]);
    request.letGo();
  }
}
