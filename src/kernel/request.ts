/** A request: one SQE's private copy and the state of what became of it. */
import { SQE_FLAG } from '../abi/flags.ts';
import { SQE, SQE_SHIFT } from '../abi/layout.ts';
import type { RegisteredBuffers } from './file-system.ts';
import type { OpenFile } from './open-file.ts';
import type { Operation } from './operation.ts';
import type { Process } from './process.ts';
import type { Resource } from './resource.ts';
import type { ProvidedBuffers, RegisteredFiles } from './resources.ts';
import { type Due, NOT_ARMED } from './timers.ts';
import type { Waiter } from './wait-queue.ts';

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
  userDataLow: USER_DATA_LOW,
  userDataHigh: USER_DATA_HIGH,
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
  readonly buffers: RegisteredBuffers;
  readonly files: RegisteredFiles;
  readonly groups: ProvidedBuffers;
  /** The newest member of the chain that is being read from its SQ. */
  readonly chainTail: Request | undefined;
  /** An entry asked for silence: no barrier is possible any more (SEMANTICS E5). */
  hasSilent: boolean;
  /**
   * Posts a CQE that belongs to no request, behind the backlog if there is one; false when no row
   * is free for it to wait in.
   */
  post(userDataLow: number, userDataHigh: number, res: number, flags: number): boolean;
  /** Calls for it that the host's pool works on. */
  hostCalls: number;
}

/** A queue whose links lie in the requests that are in it. */
export interface RequestQueue {
  remove(request: Request): void;
}

/** No time: what began before anybody looked at the clock. */
export const UNTIMED = -1;

/** What an operation keeps of its own may have to be let go; twice is allowed (src/ops/held.ts). */
interface RequestState {
  drop?(): void;
  keepText?(): void;
}

/**
 * The record of a request. Records are used again and again, and their fields are plain int32
 * numbers, so that running an operation allocates nothing.
 */
export class Request implements Due {
  /** Its row in the ledger, or NO_ROW: it did not pend yet. */
  row: number;
  ring: RequestRing;
  operation: Operation;

  // The SQE, copied before any check (law 5): what its operation reads, each word once.
  userDataLow = 0;
  userDataHigh = 0;
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
  // What an operation keeps from one step to the next: where it is, how far it came, the file it
  // holds, and anything else. Both are let go when the request ends.
  stage = 0;
  progress = 0;
  // What the machine keeps of a request with a row (src/executor): see the files that are named.
  /** The errno its preparation failed with, or that its chain is doomed; 0: neither (chains.ts). */
  failure = 0;
  /** The next member of its chain. */
  link: Request | undefined;
  /** The LINK_TIMEOUT that is armed for it; and of that one, the request that it bounds. */
  linkTimeout: Request | undefined;
  bounds: Request | undefined;
  /** It ends without a CQE, whatever its result. */
  isMuted = false;
  /** The result it is about to end with is a failure: what tells that is let go before (D6). */
  hasFailed = false;
  /** It waits for all before it to be over (barrier.ts). */
  isDrained = false;
  /** It waits for something, and is in the lists of pending.ts. */
  isPending = false;
  nextPending: Request | undefined;
  previousPending: Request | undefined;
  nextOfKey: Request | undefined;
  previousOfKey: Request | undefined;
  /** What it is to do in its turn, and with which result (task-work.ts). */
  work = 0;
  workRes = 0;
  workQueue: RequestQueue | undefined;
  nextWork: Request | undefined;
  previousWork: Request | undefined;
  /** When it began, in nanoseconds of the monotonic clock; kept of what pends. */
  startedNs = UNTIMED;
  /** Its ring ended, or it was answered, while it waited: resume() will not be called. */
  orphaned = false;
  /** It waits for another turn or for the host, and resume() will be called. */
  waits = false;
  /** Its place in a wait queue. */
  waiter: Waiter | undefined;
  file: OpenFile | undefined;
  /** What of its ring's registered resources it uses, so that their tags follow its CQE (K8). */
  fileNode: Resource | undefined;
  bufferNode: Resource | undefined;
  /** Flags of its CQE: set before its result is returned, or given to complete(). */
  cqeFlags = 0;
  state: unknown;

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

  /** Becomes the request of the SQE whose first word is `slot`; each word is read once. */
  load(words: Int32Array, slot: number, head: number, operation: Operation): void {
    const { parts } = operation;
    this.head = head;
    this.operation = operation;
    this.cqeFlags = 0;
    this.userDataLow = words[slot + USER_DATA_LOW]!;
    this.userDataHigh = words[slot + USER_DATA_HIGH]!;
    this.fd = words[slot + FD]!;
    this.len = words[slot + LEN]!;
    this.opFlags = words[slot + OP_FLAGS]!;
    this.buffer = words[slot + BUFFER]!;
    if ((parts & SQE_PART.ADDRESS) !== 0) this.#loadAddress(words, slot);
    if ((parts & SQE_PART.EXTRA) !== 0) this.#loadExtra(words, slot);
  }

  /** Its row is free: nothing of what the machine kept of it is true of the next request. */
  forget(): void {
    this.failure = 0;
    this.link = undefined;
    this.linkTimeout = undefined;
    this.bounds = undefined;
    this.isMuted = false;
    this.hasFailed = false;
    this.isDrained = false;
    this.startedNs = UNTIMED;
  }

  /** It was prepared, and waits before it runs. */
  keepText(): void {
    (this.state as RequestState | undefined)?.keepText?.();
  }

  /** It pends: what it uses of the registered resources stays until it ends. */
  holdResources(): void {
    const { ring, operation } = this;
    if ((this.flags & SQE_FLAG.FIXED_FILE) !== 0) this.fileNode = ring.files.nodeOf(this.fd);
    this.fileNode?.hold();
    if (operation.fixedBuffer) this.bufferNode = ring.buffers.nodeOf(this.bufIndex);
    this.bufferNode?.hold();
  }

  /** Its CQE is on its way, or nobody waits for it: their tags may follow. */
  releaseResources(): void {
    this.fileNode?.drop();
    this.fileNode = undefined;
    this.bufferNode?.drop();
    this.bufferNode = undefined;
  }

  /** It ended: what it kept from step to step is nobody's any more. */
  letGo(): void {
    this.file?.drop();
    this.file = undefined;
    (this.state as RequestState | undefined)?.drop?.();
    this.state = undefined;
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
