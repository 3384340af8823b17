/** A ring of provided buffers: the process fills entries, the kernel consumes them. */
import type { Res } from '../abi/errno.ts';
import { fail } from '../abi/errno.ts';
import { CQE_FLAG } from '../abi/flags.ts';
import { BUNDLE_BUFFERS_MAX, TRANSFER_BYTES_MAX } from '../abi/limits.ts';
import { BUF, BUF_SHIFT, BUF_TAIL_SHIFT, U64 } from '../abi/records.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { Segments } from './segments.ts';

// Head and tail run free in 16 bits and are masked on use. The tail is loaded so that the entries
// before it are seen (M3 of memory.ts); each entry is read once, when it is chosen, and what take()
// decides by is the copy. In a ring that is consumed in pieces (SEMANTICS M6) the rest of a buffer
// is written back into its entry, as Linux does it: address and length move on, the head does not.

// As in submission.ts: constants of this module are compiled into the code.
const { addr: ADDR, len: LEN, bid: BID } = BUF;
const HIGH = U64.high;
const SHIFT = BUF_SHIFT;
const TAIL_SHIFT = BUF_TAIL_SHIFT;
const BUFFERS_MAX = BUNDLE_BUFFERS_MAX;
const BYTES_MAX = TRANSFER_BYTES_MAX;
const { BUFFER, BUF_MORE } = CQE_FLAG;
const ENOBUFS = fail('ENOBUFS');
const EFAULT = fail('EFAULT');
const INDEX = 0xffff;
const ID_SHIFT = 16;

/** Where a ring lies: a byte index that is mapped to its end, and a power of two of entries. */
export interface BufferRingParts {
  readonly memory: ProcessMemory;
  readonly start: number;
  readonly entries: number;
  /** Buffers are consumed in pieces. */
  readonly isIncremental: boolean;
}

/** A group whose buffers come from a ring. */
export class BufferRing {
  readonly isRing = true;
  readonly #memory: ProcessMemory;
  readonly #start: number;
  readonly #mask: number;
  readonly #isIncremental: boolean;
  #head = 0;
  // What was chosen last: how many, the first one's id, and where and how long each was.
  #chosen = 0;
  #id = 0;
  readonly #starts: number[] = [0];
  readonly #lengths: number[] = [0];

  constructor({ memory, start, entries, isIncremental }: BufferRingParts) {
    this.#memory = memory;
    this.#start = start;
    this.#mask = entries - 1;
    this.#isIncremental = isIncremental;
  }

  /** The entry that is consumed next, counted from the beginning, in 16 bits. */
  get head(): number {
    return this.#head;
  }

  choose(wanted: number, isBundle: boolean, segments: Segments): Res {
    const memory = this.#memory;
    const tail = memory.loadAcquire(this.#start + BID) >>> TAIL_SHIFT;
    const available = (tail - this.#head) & INDEX;
    this.#chosen = 0;
    if (available === 0) return ENOBUFS;
    segments.reset(memory.bytes);
    const limit = wanted === 0 ? BYTES_MAX : Math.min(wanted >>> 0, BYTES_MAX);
    const res = this.#add(limit, segments);
    if (res !== 0 || !isBundle) return res;
    if (segments.total === 0) return ENOBUFS; // a bundle cannot begin with an empty buffer
    const count = Math.min(available, BUFFERS_MAX);
    while (this.#chosen < count && segments.total < limit)
      if (this.#add(limit - segments.total, segments) !== 0) break;
    return 0;
  }

  take(moved: number): number {
    const flags = BUFFER | (this.#id << ID_SHIFT);
    if (!this.#isIncremental) {
      this.#head = (this.#head + this.#covering(moved)) & INDEX;
      return flags;
    }
    return this.#consume(moved) ? flags : flags | BUF_MORE;
  }

  /** Adds at most `limit` bytes of the next entry: 0, or -EFAULT. */
  #add(limit: number, segments: Segments): Res {
    const memory = this.#memory;
    const index = this.#chosen;
    const at = this.#entry(index);
    const low = memory.i32(at + ADDR);
    const high = memory.i32(at + ADDR + HIGH);
    const whole = memory.u32(at + LEN);
    const length = Math.min(whole, limit);
    const start = memory.at(low, high, length);
    if (start < 0) return EFAULT;
    if (index === 0) this.#id = memory.i32(at + BID) & INDEX;
    this.#starts[index] = start;
    this.#lengths[index] = whole;
    this.#chosen = index + 1;
    segments.add(start, length);
    return 0;
  }

  #entry(index: number): number {
    return this.#start + (((this.#head + index) & this.#mask) << SHIFT);
  }

  /** Buffers that `moved` bytes reach into, one at least. */
  #covering(moved: number): number {
    const lengths = this.#lengths;
    let count = 1;
    for (let left = moved - lengths[0]!; left > 0 && count < this.#chosen; count++)
      left -= lengths[count]!;
    return count;
  }

  /** Consumes `moved` bytes; false when the buffer they end in has space left (M6). */
  #consume(moved: number): boolean {
    const memory = this.#memory;
    let left = moved;
    for (let i = 0; i < this.#chosen; i++) {
      const at = this.#entry(0);
      const length = this.#lengths[i]!;
      if (left < length || length === 0) {
        if (left > 0) {
          memory.setU32(at + ADDR, this.#starts[i]! + left);
          memory.setU32(at + LEN, length - left);
        }
        return false;
      }
      memory.setU32(at + LEN, 0);
      this.#head = (this.#head + 1) & INDEX;
      left -= length;
      if (left === 0) return true;
    }
    return true;
  }
}
