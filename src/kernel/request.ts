/** A request: one SQE's private copy and the state of what became of it. */
import type { Res } from '../abi/errno.ts';
import { SQE, SQE_SHIFT } from '../abi/layout.ts';
import type { Operation } from './operation.ts';
import type { Process } from './process.ts';
import { type Due, NOT_ARMED } from './timers.ts';

/** A request's place in the heap of completion counts: a TIMEOUT can be in both heaps. */
export class CountDue implements Due {
  readonly request: Request;
  dueAt = 0;
  dueOrder = 0;
  dueIndex = NOT_ARMED;

  constructor(request: Request) {
    this.request = request;
  }
}

/** What a request knows of the ring it came from. */
export interface RequestRing {
  readonly process: Process;
  /** SETUP flags. */
  readonly flags: number;
}

/**
 * The record of one ledger row. It is made once per row and used again, and its fields are plain
 * int32 numbers, so that running an operation allocates nothing.
 */
export class Request implements Due {
  /** Its row in the ledger, for ever. */
  readonly row: number;
  ring: RequestRing;
  operation: Operation;
  /** Preparation failed with this; 0 when it did not. */
  failure: Res = 0;
  /** cqe.flags of its terminal completion. */
  cqeFlags = 0;

  // The SQE, copied before any check (law 5), word by word: 16 loads and 16 stores.
  /** opcode, flags and ioprio in one word, as in the entry. */
  head = 0;
  fd = 0;
  offLow = 0;
  offHigh = 0;
  addrLow = 0;
  addrHigh = 0;
  len = 0;
  opFlags = 0;
  userDataLow = 0;
  userDataHigh = 0;
  /** buf_index and personality in one word, as in the entry. */
  buffer = 0;
  fileIndex = 0;
  addr3Low = 0;
  addr3High = 0;
  padLow = 0;
  padHigh = 0;

  // Its places in the heap of deadlines and, as `counted`, in that of completion counts.
  dueAt = 0;
  dueOrder = 0;
  dueIndex = NOT_ARMED;
  counted: CountDue | undefined;
  /** A time the operation read from memory at preparation, in nanoseconds: a span or a moment. */
  timeNs = 0;
  /** Firings a multishot request still has; Infinity for ever. */
  shotsLeft = 0;

  constructor(row: number, ring: RequestRing, operation: Operation) {
    this.row = row;
    this.ring = ring;
    this.operation = operation;
  }

  get opcode(): number {
    return this.head & 0xff;
  }

  /** SQE_FLAG bits. */
  get flags(): number {
    return (this.head >>> SQE_SHIFT.flags) & 0xff;
  }

  get ioprio(): number {
    return this.head >>> SQE_SHIFT.ioprio;
  }

  get bufIndex(): number {
    return this.buffer & 0xffff;
  }

  get personality(): number {
    return this.buffer >>> SQE_SHIFT.personality;
  }

  /** Copies the SQE whose first word is `slot`; each word is read once. */
  load(words: Int32Array, slot: number): void {
    this.head = words[slot + SQE.head]!;
    this.fd = words[slot + SQE.fd]!;
    this.offLow = words[slot + SQE.offLow]!;
    this.offHigh = words[slot + SQE.offHigh]!;
    this.addrLow = words[slot + SQE.addrLow]!;
    this.addrHigh = words[slot + SQE.addrHigh]!;
    this.len = words[slot + SQE.len]!;
    this.opFlags = words[slot + SQE.opFlags]!;
    this.userDataLow = words[slot + SQE.userDataLow]!;
    this.userDataHigh = words[slot + SQE.userDataHigh]!;
    this.buffer = words[slot + SQE.bufPersonality]!;
    this.fileIndex = words[slot + SQE.fileIndex]!;
    this.addr3Low = words[slot + SQE.addr3Low]!;
    this.addr3High = words[slot + SQE.addr3High]!;
    this.padLow = words[slot + SQE.padLow]!;
    this.padHigh = words[slot + SQE.padHigh]!;
  }
}
