/** A kernel that a test plays: it sees what a ring submitted, and answers when it is told to. */
import { RING_STATE, SQE } from '../../../src/abi/layout.ts';
import { DOORBELL_BYTES } from '../../../src/abi/private.ts';
import { PolledPort } from '../../../src/client/polled-port.ts';
import { Ring } from '../../../src/client/ring.ts';
import { Uring } from '../../../src/doors/uring.ts';
import { CompletionSink } from '../../../src/ring/completion.ts';
import { closeRegion } from '../../../src/ring/ending.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { createRegion, type Region, viewRegion } from '../../../src/ring/region.ts';
import { SubmissionSource } from '../../../src/ring/submission.ts';

/** One entry that was submitted, as far as tests look. */
export interface Submitted {
  readonly opcode: number;
  readonly fd: number;
  readonly addr: number;
  readonly off: number;
  readonly len: number;
  readonly userData: number;
}

/** Lets everything that is ready happen. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The kernel's end of one ring. */
export class ScriptedKernel {
  readonly ring: Ring;
  readonly memory: ProcessMemory;
  /** Entries at each look that found any: how requests were batched. */
  readonly batches: number[] = [];
  readonly #region: Region;
  readonly #source: SubmissionSource;
  readonly #sink: CompletionSink;
  readonly #pending: Submitted[] = [];

  constructor({ entries = 8, memory = ProcessMemory.reserve(1 << 20) } = {}) {
    const facts = { sqEntries: entries, cqEntries: 2 * entries, flags: 0 };
    const region = createRegion(facts);
    this.memory = memory;
    this.#region = viewRegion(region);
    this.#source = new SubmissionSource(this.#region, 0);
    this.#sink = new CompletionSink(this.#region, 0, 0);
    this.#sink.setRingState(RING_STATE.LIVE);
    const doorbell = new SharedArrayBuffer(DOORBELL_BYTES);
    const process = { pid: 1, fd: 3, slot: 1, spinNs: 0 };
    const handle = { region, memory: memory.handle, doorbell, ...process };
    this.ring = new Ring(new PolledPort(handle), handle);
  }

  /** What was submitted and not answered, after everything that is ready has happened. */
  async pending(): Promise<readonly Submitted[]> {
    await turn();
    this.#take();
    return this.#pending;
  }

  /** Answers the oldest `results.length` entries, in one batch. */
  async answer(...results: number[]): Promise<void> {
    await this.pending();
    for (const res of results) {
      const entry = this.#pending.shift();
      if (entry === undefined) throw new Error('nothing to answer');
      this.#sink.write(this.#sink.reserve(), entry.userData, 0, res, 0);
    }
    this.#sink.publish();
    await turn();
    await turn();
  }

  /** Answers the entry at `index`. */
  async answerAt(index: number, res: number): Promise<void> {
    await this.pending();
    this.#pending.unshift(...this.#pending.splice(index, 1));
    await this.answer(res);
  }

  /** The text before the NUL at an address. */
  textAt(addr: number): string {
    const { bytes } = this.memory;
    return Buffer.from(bytes.slice(addr, bytes.indexOf(0, addr))).toString();
  }

  /** Writes bytes at an address, as a read does. */
  put(addr: number, bytes: Uint8Array): void {
    this.memory.bytes.set(bytes, addr);
  }

  /** The ring ends, as it does with its kernel. */
  end(): void {
    closeRegion(this.#region, 0);
  }

  #take(): void {
    const count = this.#source.available();
    const { words } = this.#region;
    for (let ahead = 0; ahead < count; ahead++) {
      const sqe = this.#source.slotAt(ahead);
      this.#pending.push({
        opcode: words[sqe + SQE.head]! & 0xff,
        fd: words[sqe + SQE.fd]!,
        addr: words[sqe + SQE.addrLow]! >>> 0,
        off: words[sqe + SQE.offLow]! >>> 0,
        len: words[sqe + SQE.len]! >>> 0,
        userData: words[sqe + SQE.userDataLow]!,
      });
    }
    if (count > 0) this.batches.push(count);
    this.#source.release(count);
  }
}

/** What every file holds. */
export const DATA = Buffer.from('contents');

/** A door over `lanes` scripted kernels with one memory. */
export function door({ lanes = 1, entries = 8, memoryBytes = 1 << 20 } = {}) {
  const memory = ProcessMemory.reserve(memoryBytes);
  const kernels = Array.from({ length: lanes }, () => new ScriptedKernel({ entries, memory }));
  let closed = 0;
  const close = async (): Promise<void> => {
    closed++;
  };
  const uring = new Uring(
    { rings: kernels.map(({ ring }) => ring), memory, stats: () => undefined, close },
    '/here',
  );
  return { uring, kernel: kernels[0] as ScriptedKernel, kernels, closes: () => closed };
}

/** Answers every READ_FILE that is pending with DATA. */
export async function serve(kernel: ScriptedKernel): Promise<number> {
  const pending = [...(await kernel.pending())];
  for (const { off } of pending) kernel.put(off, DATA);
  if (pending.length > 0) await kernel.answer(...pending.map(() => DATA.length));
  return pending.length;
}
