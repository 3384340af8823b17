/** Where a scenario's memory lies in its process, and scratch memory for the runner's own calls. */
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { ScenarioError } from './names.ts';

/** Resources begin here and go up; below are addresses that look like small numbers. */
const FIRST_ADDRESS = 8192;
/** Resources end and scratch memory begins; the rest of the memory is scratch. */
const SCRATCH_ADDRESS = 8 << 20;
const MEMORY_BYTES = 16 << 20;
const ALIGN = 16;
/** Between resources, so that the end of one is not the beginning of the next. */
const GAP_BYTES = 64;

/** A new process's memory: pages that nobody touches cost nothing. */
export const newMemory = (): ProcessMemory => ProcessMemory.reserve(MEMORY_BYTES);

/** Hands out addresses of one process, upwards, and never takes any back. */
export class Arena {
  readonly #memory: ProcessMemory;
  #next = FIRST_ADDRESS;

  constructor(memory: ProcessMemory) {
    this.#memory = memory;
  }

  /** Places bytes for as long as the scenario runs; their address. */
  place(bytes: Uint8Array, align = ALIGN): number {
    const at = Math.ceil(this.#next / Math.max(align, 1)) * Math.max(align, 1);
    if (at + bytes.length > SCRATCH_ADDRESS) throw new ScenarioError('too much memory');
    this.#next = at + bytes.length + GAP_BYTES;
    this.write(at, bytes);
    return at;
  }

  /** Places bytes, with `room` more behind them, until the next call of this. */
  scratch(bytes: Uint8Array, room = 0): number {
    if (SCRATCH_ADDRESS + bytes.length + room > MEMORY_BYTES)
      throw new ScenarioError('too many bytes for one system call');
    this.write(SCRATCH_ADDRESS, bytes);
    return SCRATCH_ADDRESS;
  }

  write(address: number, bytes: Uint8Array): void {
    if (!(address >= 0 && address + bytes.length <= MEMORY_BYTES))
      throw new ScenarioError(`nothing can be stored at ${address}`);
    this.#memory.bytes.set(bytes, address);
  }

  /** A copy of what lies there; shorter when the memory ends before. */
  read(address: number, length: number): Uint8Array {
    return Uint8Array.from(this.#memory.bytes.subarray(address, address + length));
  }

  /** A view of a few bytes that are there to be changed. */
  view(address: number, length: number): DataView {
    if (!(address >= 0 && address + length <= MEMORY_BYTES))
      throw new ScenarioError(`nothing lies at ${address}`);
    return new DataView(this.#memory.bytes.buffer, this.#memory.bytes.byteOffset + address, length);
  }

  /** Stores a u16 that the other side may be waiting for. */
  publishU16(address: number, value: number): void {
    const { buffer, byteOffset } = this.#memory.bytes;
    Atomics.store(new Uint16Array(buffer, byteOffset + address, 1), 0, value);
  }
}
