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

// An imported object is loaded and checked at every use; a module's own constants are compiled into
// the code (bench/stack.bench.ts).
const {
  fd: FD,
  len: LEN,
  opFlags: OP_FLAGS,
  bufPersonality: BUFFER,
  offLow: OFF_LOW,
  offHigh: OFF_HIGH,
  addrLow: ADDR_LOW,
  addrHigh: ADDR_HIGH,
  fileIndex: FILE_INDEX,
  addr3Low: ADDR3_LOW,
  addr3High: ADDR3_HIGH,
  padLow: PAD_LOW,
  padHigh: PAD_HIGH,
} = SQE;

/** Parts of an SQE beside fd, len, op_flags, buf_index and personality, always copied. */
export const SQE_PART = {
  /** off and addr. */
  ADDRESS: 1,
  /** file_index, addr3 and the padding. */
  EXTRA: 2,
} as const;

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

  // The SQE, copied before any check (law 5): what its operation reads, each word once. Its user
  // data is in the ledger.
  /** opcode, flags and ioprio in one word, as in the entry. */
  head = 0;
  fd = 0;
  offLow = 0;
  offHigh = 0;
  addrLow = 0;
  addrHigh = 0;
  len = 0;
  opFlags = 0;
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

  /** SQE_FLAG bits. */
  get flags(): number {
    return (this.head >>> SQE_SHIFT.flags) & 0xff;
  }

  get bufIndex(): number {
    return this.buffer & 0xffff;
  }

  get personality(): number {
    return this.buffer >>> SQE_SHIFT.personality;
  }

  get ioprio(): number {
    return this.head >>> SQE_SHIFT.ioprio;
  }

  /** Copies what the operation reads of the SQE whose first word is `slot`; each word once. */
  load(words: Int32Array, slot: number, parts: number): void {
    this.fd = words[slot + FD]!;
    this.len = words[slot + LEN]!;
    this.opFlags = words[slot + OP_FLAGS]!;
    this.buffer = words[slot + BUFFER]!;
    if ((parts & SQE_PART.ADDRESS) !== 0) this.#loadAddress(words, slot);
    if ((parts & SQE_PART.EXTRA) !== 0) this.#loadExtra(words, slot);
  }

  #loadAddress(words: Int32Array, slot: number): void {
    this.offLow = words[slot + OFF_LOW]!;
    this.offHigh = words[slot + OFF_HIGH]!;
    this.addrLow = words[slot + ADDR_LOW]!;
    this.addrHigh = words[slot + ADDR_HIGH]!;
  }

  #loadExtra(words: Int32Array, slot: number): void {
    this.fileIndex = words[slot + FILE_INDEX]!;
    this.addr3Low = words[slot + ADDR3_LOW]!;
    this.addr3High = words[slot + ADDR3_HIGH]!;
    this.padLow = words[slot + PAD_LOW]!;
    this.padHigh = words[slot + PAD_HIGH]!;
  }
}
