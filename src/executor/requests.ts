/** The request records: one with each row in use, and spare ones that are used again. */

import { NULL_PAGE_BYTES } from '../abi/limits.ts';
import { ROW } from '../abi/private.ts';
import type { Operation } from '../kernel/operation.ts';
import { Process } from '../kernel/process.ts';
import { Request, type RequestRing } from '../kernel/request.ts';
import { NO_FILES, NO_GROUPS } from '../kernel/resources.ts';
import type { OperationTable } from '../ops/table.ts';
import { type Ledger, NO_ROW } from '../ring/ledger.ts';
import { ProcessMemory } from '../ring/memory.ts';
import { UNKNOWN_OPERATION } from './dispatch.ts';
import type { KernelRing } from './kernel-ring.ts';

/** The ring of records that are in no use. */
const NOBODY: RequestRing = {
  process: new Process(0, ProcessMemory.adopt(new ArrayBuffer(2 * NULL_PAGE_BYTES))),
  flags: 0,
  buffers: { covers: () => false, has: () => false, nodeOf: () => undefined },
  files: NO_FILES,
  groups: NO_GROUPS,
  chainTail: undefined,
  hasSilent: false,
  post: () => false,
  hostCalls: 0,
};

/** Rows to records. Rows are dense, so this is an array without holes. */
export class Requests {
  readonly #records: Request[] = [];
  readonly #operations: readonly Operation[];

  constructor(table: OperationTable) {
    this.#operations = table.map((row) => row ?? UNKNOWN_OPERATION);
  }

  /** A record without a row. */
  spare(): Request {
    return new Request(NO_ROW, NOBODY, UNKNOWN_OPERATION);
  }

  /** The record of a row in use. */
  of(row: number): Request {
    return this.#records[row]!;
  }

  /** The row of an opcode from 0 to 255. */
  operationOf(opcode: number): Operation {
    return this.#operations[opcode]!;
  }

  /** Leaves `request` with its row; returns the record that the row had before, to be used now. */
  keep(row: number, request: Request): Request {
    const records = this.#records;
    while (records.length <= row) records.push(this.spare());
    const spare = records[row]!;
    spare.row = NO_ROW;
    records[row] = request;
    request.row = row;
    return spare;
  }

  /** A row that is no request's: its record is in no use, and there. */
  keepBlank(row: number): void {
    while (this.#records.length <= row) this.#records.push(this.spare());
  }

  /**
   * Takes the record from a row whose ring ended. One that waits for the host is told apart by that
   * when its answer comes; any other lets go of what it holds.
   */
  orphan(row: number): void {
    const request = this.of(row);
    this.#records[row] = this.spare();
    request.row = NO_ROW;
    request.orphaned = request.waits;
    request.releaseResources();
    if (!request.waits) request.letGo();
  }

  /**
   * A record to be answered in place of one that waits and must not any more: its operation threw.
   */
  successorOf(request: Request): Request {
    const successor = this.spare();
    successor.ring = request.ring;
    successor.head = request.head;
    successor.userDataLow = request.userDataLow;
    successor.userDataHigh = request.userDataHigh;
    successor.operation = request.operation;
    successor.startedNs = request.startedNs;
    if (request.row !== NO_ROW) this.keep(request.row, successor);
    request.orphaned = true;
    return successor;
  }

  /** A record in no use keeps no ring, and so no process's memory, alive. */
  rest(request: Request): void {
    request.ring = NOBODY;
    request.forget();
  }

  /** The record of a row that an earlier executor left: what adoption needs to complete it. */
  recall(row: number, ring: KernelRing, ledger: Ledger): Request {
    const { words } = ledger;
    const at = ledger.rowAt(row);
    const request = this.spare();
    request.ring = ring;
    request.head = words[at + ROW.head]!;
    request.userDataLow = words[at + ROW.userDataLow]!;
    request.userDataHigh = words[at + ROW.userDataHigh]!;
    request.operation = this.operationOf(request.head & 0xff);
    this.keep(row, request);
    return request;
  }
}
