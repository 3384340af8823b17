/** Keeps requests in flight on a ring, each with a slot of process memory of its own. */
import { AT } from '../../src/abi/files.ts';
import { Allocator, NONE, type Ring } from '../../src/index.ts';
import { FILE_BYTES } from './files.ts';

/** What a flight does. */
export interface Trip {
  readonly total: number;
  /** Fills the SQE of request `index`, whose memory begins at `slot`. */
  prepare(sqe: number, slot: number, index: number): void;
}

/** A kernel that is silent for so long is dead: the question fails instead of waiting for ever. */
const SILENCE_MAX_MS = 10_000;

/** Bytes of a slot: a file with room to spare, and a path behind it. */
const ROOM_BYTES = FILE_BYTES + 512;
const PATH_BYTES = 1024;
const SLOT_BYTES = ROOM_BYTES + PATH_BYTES;

/** Submits what was prepared, and may wait until `count` have come back. */
export type Wait = (ring: Ring, count: number) => void;

const asleep: Wait = (ring, count) => {
  const res = ring.submitAndWait(count, SILENCE_MAX_MS);
  if (res < 0) throw new Error(`nothing completes any more (${res})`);
};

/** Looks again and again instead. */
export const spinning: Wait = (ring) => void ring.submit();

/** One submitter and reaper of reads of FILE_BYTES. It allocates nothing per request. */
export class SlotFlight {
  readonly ring: Ring;
  readonly #window: number;
  /** Addresses of all slots; a request's user_data is the index of its slot. */
  readonly #slots: readonly number[];
  /** A stack of the slots that are free. */
  readonly #free: Int32Array;
  #freeCount = 0;
  #weight = 0;
  readonly #memory: Buffer;
  readonly #visit: (cqe: number) => void;

  constructor(ring: Ring, window: number) {
    this.ring = ring;
    this.#window = window;
    const allocator = new Allocator(ring.memory);
    this.#slots = Array.from({ length: window }, () => allocator.allocate(SLOT_BYTES));
    this.#free = new Int32Array(window);
    const { bytes } = ring.memory;
    this.#memory = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#visit = (cqe) => this.#land(cqe);
  }

  /** Reads every file by READ_FILE, their paths written one by one; what they weigh. */
  readFiles(paths: readonly string[], wait?: Wait): number {
    const { ring } = this;
    const memory = this.#memory;
    const prepare = (sqe: number, slot: number, index: number): void => {
      const path = slot + ROOM_BYTES;
      memory[path + memory.write(paths[index]!, path, 'utf8')] = 0;
      ring.prepReadFile(sqe, AT.FDCWD, path, slot, ROOM_BYTES);
    };
    return this.fly({ total: paths.length, prepare }, wait);
  }

  /** Keeps the window full until all came back; what they weigh. */
  fly({ total, prepare }: Trip, wait: Wait = asleep): number {
    const { ring } = this;
    this.#weight = 0;
    this.#freeAll();
    let sent = 0;
    for (let landed = 0; landed < total; ) {
      for (; sent < total && this.#freeCount > 0; sent++) {
        const sqe = ring.getSqe();
        if (sqe === NONE) throw new RangeError('the window does not fit the SQ');
        const slot = this.#free[--this.#freeCount]!;
        prepare(sqe, this.#slots[slot]!, sent);
        ring.sqeSetData(sqe, slot);
      }
      wait(ring, Math.ceil(Math.min(this.#window / 2, total - landed)));
      const count = ring.forEachCqe(this.#visit);
      ring.cqAdvance(count);
      landed += count;
    }
    return this.#weight;
  }

  #freeAll(): void {
    for (let slot = 0; slot < this.#window; slot++) this.#free[slot] = slot;
    this.#freeCount = this.#window;
  }

  #land(cqe: number): void {
    const { ring } = this;
    const res = ring.cqeRes(cqe);
    if (res !== FILE_BYTES) throw new Error(`a read ended with ${res}`);
    const slot = ring.cqeGetData(cqe);
    const at = this.#slots[slot]!;
    this.#weight += FILE_BYTES + this.#memory[at]! + this.#memory[at + FILE_BYTES - 1]!;
    this.#free[this.#freeCount++] = slot;
  }
}
