/** The request record of each ledger row, made when the row is first used and then used again. */

import { NULL_PAGE_BYTES } from '../abi/limits.ts';
import type { Operation } from '../kernel/operation.ts';
import { Process } from '../kernel/process.ts';
import { Request, type RequestRing } from '../kernel/request.ts';
import type { OperationTable } from '../ops/table.ts';
import type { Ledger } from '../ring/ledger.ts';
import { ProcessMemory } from '../ring/memory.ts';
import { UNKNOWN_OPERATION } from './dispatch.ts';
import type { KernelRing } from './kernel-ring.ts';

/** The ring of records that are in no use. */
const NOBODY: RequestRing = {
  process: new Process(0, ProcessMemory.adopt(new ArrayBuffer(2 * NULL_PAGE_BYTES))),
  flags: 0,
};

/** Rows to records. Rows are dense, so this is an array without holes. */
export class Requests {
  readonly #records: Request[] = [];
  readonly #table: OperationTable;

  constructor(table: OperationTable) {
    this.#table = table;
  }

  /** The record of a row in use. */
  of(row: number): Request {
    return this.#records[row]!;
  }

  /** The row of an opcode. */
  operationOf(opcode: number): Operation {
    return this.#table[opcode] ?? UNKNOWN_OPERATION;
  }

  /** The record of a row that begins a new life on `ring`. */
  begin(row: number, ring: KernelRing): Request {
    const records = this.#records;
    while (records.length <= row)
      records.push(new Request(records.length, ring, UNKNOWN_OPERATION));
    const request = records[row]!;
    request.ring = ring;
    return request;
  }

  /** Lets go of a ring that is gone: a free record would keep its process's memory alive. */
  forget(ring: KernelRing): void {
    for (const request of this.#records) if (request.ring === ring) request.ring = NOBODY;
  }

  /** The record of a row that an earlier executor left: what adoption needs to complete it. */
  recall(row: number, ring: KernelRing, ledger: Ledger): Request {
    const request = this.begin(row, ring);
    request.head = ledger.headOf(row);
    request.opFlags = 0;
    request.failure = 0;
    request.operation = this.operationOf(request.head & 0xff);
    return request;
  }
}
