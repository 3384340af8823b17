/** What a kernel was seen to do with each request: when it ran, how it ended, what it posted. */
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { ROW } from '../../../src/abi/private.ts';
import type { KernelRing } from '../../../src/executor/kernel-ring.ts';
import type { Machine } from '../../../src/executor/machine.ts';
import { type Operation, type Outcome, PENDING } from '../../../src/kernel/operation.ts';
import type { Request } from '../../../src/kernel/request.ts';
import { type OperationTable, operations, operationTable } from '../../../src/ops/table.ts';
import { NO_ROW } from '../../../src/ring/ledger.ts';

// Moments are counted: each thing that is seen is one later. A key is a user_data as a double; one
// that a poll was given later stands for its first.

const TWO_TO_32 = 2 ** 32;
export const keyOf = (low: number, high: number): number => (high >>> 0) * TWO_TO_32 + (low >>> 0);

export interface Seen {
  readonly at: number;
  readonly res: number;
  /** CQE_FLAG bits. */
  readonly flags: number;
}

/** A CQE that was found to stand, in the order of its ring. */
export interface Stand {
  readonly key: number;
  readonly at: number;
}

const push = <K, V>(lists: Map<K, V[]>, key: K, value: V): void => {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
};

/** Watches one kernel. */
export class Trace {
  /** Moments at which the operation was called. */
  readonly runs = new Map<number, number[]>();
  readonly ends = new Map<number, Seen[]>();
  readonly mores = new Map<number, Seen[]>();
  /** CQEs of each ring, in the order in which their results stood. */
  readonly stood = new Map<KernelRing, Stand[]>();
  readonly #renamed = new Map<number, number>();
  #now = 0;
  /** The request whose end inside run() is known already. */
  #inline: Request | undefined;
  #inMessage = false;

  /** The first user_data of a request. */
  nameOf(key: number): number {
    return this.#renamed.get(key) ?? key;
  }

  runsOf = (key: number): readonly number[] => this.runs.get(key) ?? [];
  endsOf = (key: number): readonly Seen[] => this.ends.get(key) ?? [];

  get renames(): number {
    return this.#renamed.size;
  }

  /** Our operations, each watched. */
  table(): OperationTable {
    return operationTable(Object.values(operations).map((row) => this.#watched(row)));
  }

  #keyOf({ userDataLow, userDataHigh }: Request): number {
    return this.nameOf(keyOf(userDataLow, userDataHigh));
  }

  #watched(row: Operation): Operation {
    const run: Operation['run'] = (request, kernel): Outcome => {
      const key = this.#keyOf(request);
      push(this.runs, key, this.#now++);
      this.#inline = undefined;
      const outcome = row.run(request, kernel);
      if (outcome !== PENDING && request.row === NO_ROW) this.#endedInline(request, key, outcome);
      return outcome;
    };
    return { ...row, run };
  }

  #endedInline(request: Request, key: number, res: number): void {
    push(this.ends, key, { at: this.#now++, res, flags: request.cqeFlags });
    this.#inline = request;
    const asksSilence = (request.flags & SQE_FLAG.CQE_SKIP_SUCCESS) !== 0;
    if (asksSilence && !request.operation.isFailure(request, res)) return;
    push(this.stood, request.ring as KernelRing, { key, at: this.#now++ });
  }

  watch(machine: Machine): void {
    const { outbox, ledger, requests } = machine;
    const complete = machine.complete.bind(machine);
    machine.complete = (request, res, flags) => {
      this.#inline = undefined;
      push(this.ends, this.#keyOf(request), { at: this.#now++, res, flags });
      complete(request, res, flags);
    };
    const rename = machine.rename.bind(machine);
    machine.rename = (request, low, high) => {
      this.#renamed.set(keyOf(low, high), this.#keyOf(request));
      rename(request, low, high);
    };
    const add = outbox.add.bind(outbox);
    outbox.add = (ring, row, res, flags) => {
      const at = ledger.rowAt(row);
      const { userDataLow, userDataHigh } = ROW;
      const key = keyOf(ledger.words[at + userDataLow]!, ledger.words[at + userDataHigh]!);
      const isKnown = this.#inMessage || requests.of(row) === this.#inline;
      if (!isKnown) push(this.stood, ring, { key: this.nameOf(key), at: this.#now++ });
      add(ring, row, res, flags);
    };
    this.#watchPosts(machine);
  }

  #watchPosts({ outbox }: Machine): void {
    const more = outbox.more.bind(outbox);
    outbox.more = (ring, request, res, flags) => {
      const isPosted = more(ring, request, res, flags);
      const key = this.#keyOf(request);
      if (isPosted) push(this.mores, key, { at: this.#now, res, flags });
      if (isPosted) push(this.stood, ring, { key, at: this.#now++ });
      return isPosted;
    };
    const message = outbox.message.bind(outbox);
    outbox.message = (ring, low, high, res, flags) => {
      this.#inMessage = true;
      const isPosted = message(ring, low, high, res, flags);
      this.#inMessage = false;
      if (isPosted) push(this.stood, ring, { key: keyOf(low, high), at: this.#now++ });
      return isPosted;
    };
  }
}
