/** One process, its memory, and files in memory, under a kernel that a test turns by hand. */
import type { Res } from '../../../src/abi/errno.ts';
import { SQE, SQE_BYTES, SQE_SHIFT } from '../../../src/abi/layout.ts';
import { NULL_PAGE_BYTES } from '../../../src/abi/limits.ts';
import { Entries } from '../../../src/client/entries.ts';
import { UNKNOWN_OPERATION } from '../../../src/executor/dispatch.ts';
import { Buffers } from '../../../src/kernel/buffers.ts';
import type { FileSystem } from '../../../src/kernel/file-system.ts';
import type { OpenFile } from '../../../src/kernel/open-file.ts';
import { Process } from '../../../src/kernel/process.ts';
import { Request, type RequestRing } from '../../../src/kernel/request.ts';
import {
  NO_FILES,
  NO_GROUPS,
  type ProvidedBuffers,
  type RegisteredFiles,
} from '../../../src/kernel/resources.ts';
import { operationTable } from '../../../src/ops/table.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { FakeFiles } from './fake-files.ts';
import { type Ended, HandKernel } from './hand-kernel.ts';

export type { Ended } from './hand-kernel.ts';

/** The field values that a test sets behind the back of a prep function. */
export interface Spoilt {
  readonly [field: string]: number;
}

const TABLE = operationTable();
const unused = (): never => {
  throw new Error('no operation of these tests asks for this');
};

/** What a world may be made from. */
export interface WorldParts {
  /** Whether the files in memory answer later. */
  readonly slow?: boolean;
  readonly memory?: ProcessMemory;
  /** SETUP flags. */
  readonly ringFlags?: number;
  /** That of another process; one of its own. */
  readonly kernel?: HandKernel;
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
    kernel,
    fileSystem,
    files = NO_FILES,
    groups = NO_GROUPS,
  }: WorldParts = {}) {
    this.files.slow = slow;
    this.kernel = kernel ?? new HandKernel(fileSystem ?? this.files);
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
