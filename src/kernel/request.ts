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

  // The SQE, copied before any check (law 5).
  opcode = 0;
  flags = 0;
  ioprio = 0;
  fd = 0;
  offLow = 0;
  offHigh = 0;
  addrLow = 0;
  addrHigh = 0;
  len = 0;
  opFlags = 0;
  userDataLow = 0;
  userDataHigh = 0;
  bufIndex = 0;
  personality = 0;
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
  /**
   * A time the operation read from memory at preparation, in nanoseconds of the monotonic clock.
   */
  timeNs = 0;
  /** Firings a multishot request still has; Infinity for ever. */
  shotsLeft = 0;

  constructor(row: number, ring: RequestRing, operation: Operation) {
    this.row = row;
    this.ring = ring;
    this.operation = operation;
  }

  /** Copies the SQE whose first word is `slot`; each word is read once. */
  load(words: Int32Array, slot: number): void {
    const head = words[slot + SQE.head]!;
    this.opcode = head & 0xff;
    this.flags = (head >>> SQE_SHIFT.flags) & 0xff;
    this.ioprio = head >>> SQE_SHIFT.ioprio;
    this.fd = words[slot + SQE.fd]!;
    this.offLow = words[slot + SQE.offLow]!;
    this.offHigh = words[slot + SQE.offHigh]!;
    this.addrLow = words[slot + SQE.addrLow]!;
    this.addrHigh = words[slot + SQE.addrHigh]!;
    this.len = words[slot + SQE.len]!;
    this.opFlags = words[slot + SQE.opFlags]!;
    this.userDataLow = words[slot + SQE.userDataLow]!;
    this.userDataHigh = words[slot + SQE.userDataHigh]!;
    const buffer = words[slot + SQE.bufPersonality]!;
    this.bufIndex = buffer & 0xffff;
    this.personality = buffer >>> SQE_SHIFT.personality;
    this.fileIndex = words[slot + SQE.fileIndex]!;
    this.addr3Low = words[slot + SQE.addr3Low]!;
    this.addr3High = words[slot + SQE.addr3High]!;
    this.padLow = words[slot + SQE.padLow]!;
    this.padHigh = words[slot + SQE.padHigh]!;
    this.failure = 0;
    this.cqeFlags = 0;
  }

  /** The first word of the SQE again: opcode, flags and ioprio. */
  get head(): number {
    return this.opcode | (this.flags << SQE_SHIFT.flags) | (this.ioprio << SQE_SHIFT.ioprio);
  }
}
