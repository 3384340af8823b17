/** The request record of each ledger row, made when the row is first used and then used again. */

import { SQE_SHIFT } from '../abi/layout.ts';
import { ROW } from '../abi/private.ts';
import type { Operation } from '../kernel/operation.ts';
import { Request } from '../kernel/request.ts';
import type { OperationTable } from '../ops/table.ts';
import type { Ledger } from '../ring/ledger.ts';
import { UNKNOWN_OPERATION } from './dispatch.ts';
import type { KernelRing } from './kernel-ring.ts';

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

  /** The record of a row that an earlier executor left: what adoption needs to complete it. */
  recall(row: number, ring: KernelRing, ledger: Ledger): Request {
    const request = this.begin(row, ring);
    const { words } = ledger;
    const at = ledger.rowAt(row);
    const head = words[at + ROW.head]!;
    request.opcode = head & 0xff;
    request.flags = (head >>> SQE_SHIFT.flags) & 0xff;
    request.userDataLow = words[at + ROW.userDataLow]!;
    request.userDataHigh = words[at + ROW.userDataHigh]!;
    request.opFlags = 0;
    request.operation = this.operationOf(request.opcode);
    return request;
  }
}
