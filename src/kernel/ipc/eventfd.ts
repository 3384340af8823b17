/** An eventfd: a counter that is written to and waited for, as in eventfd(2). */
import { fail, type Res } from '../../abi/errno.ts';
import { O } from '../../abi/files.ts';
import { EFD } from '../../abi/ipc.ts';
import { POLL } from '../../abi/poll.ts';
import { type Channel, Description } from '../open-file.ts';
import type { Segments } from '../segments.ts';
import { WaitQueue } from '../wait-queue.ts';

// The counter has 64 bits, kept as two halves: doubles would lose the lower bits of a large one,
// and a bigint would be garbage at every signal of a ring. It ends at 2^64 - 2 for those who write;
// 2^64 - 1 is reached by signals alone, and shows as POLLERR.

/** Bytes of one read or write. */
const VALUE_BYTES = 8;
const EINVAL = fail('EINVAL');
const EAGAIN = fail('EAGAIN');
const HALF = 2 ** 32;
const HALF_MAX = HALF - 1;
const { IN, OUT, ERR } = POLL;

/** On its way between memory and a counter; filled and read at once. Little-endian, as the host. */
const HALVES = new Uint32Array(VALUE_BYTES / 4);
const BYTES = new Uint8Array(HALVES.buffer);

/** One counter. */
export class EventFd extends Description implements Channel {
  readonly flags: number;
  readonly waiters = new WaitQueue();
  readonly #isSemaphore: boolean;
  #low: number;
  #high = 0;

  /** `initial`: a u32; `flags`: EFD_ bits. */
  constructor(initial: number, flags: number) {
    super();
    this.#low = initial >>> 0;
    this.#isSemaphore = (flags & EFD.SEMAPHORE) !== 0;
    this.flags = O.RDWR | (flags & (EFD.NONBLOCK | EFD.CLOEXEC));
  }

  get channel(): this {
    return this;
  }

  get pollable(): this {
    return this;
  }

  /** The counter, which becomes 0; of a semaphore 1, and it becomes one less. */
  read(into: Segments): Res {
    if (into.total < VALUE_BYTES) return EINVAL;
    if ((this.#low | this.#high) === 0) return EAGAIN;
    if (this.#isSemaphore) this.#takeOne();
    else this.#takeAll();
    into.put(0, BYTES, 0, VALUE_BYTES);
    this.waiters.wake(OUT);
    return VALUE_BYTES;
  }

  /** Adds the value written, unless the counter would leave its range. */
  write(from: Segments): Res {
    if (from.total < VALUE_BYTES) return EINVAL;
    from.take(0, BYTES, 0, VALUE_BYTES);
    const low = HALVES[0]!;
    const high = HALVES[1]!;
    if (low === HALF_MAX && high === HALF_MAX) return EINVAL;
    if (!this.#add(low, high)) return EAGAIN;
    this.waiters.wake(IN);
    return VALUE_BYTES;
  }

  /** A ring, or whoever else counts events here, has one more. */
  signal(): void {
    if (!this.#add(1, 0)) {
      this.#low = HALF_MAX;
      this.#high = HALF_MAX;
    }
    this.waiters.wake(IN);
  }

  /** IN above 0, OUT when 1 can be added, ERR when signals filled it. */
  readiness(): number {
    const low = this.#low;
    let bits = (low | this.#high) !== 0 ? IN : 0;
    if (this.#high < HALF_MAX || low < HALF_MAX - 1) bits |= OUT;
    else if (low === HALF_MAX) bits |= ERR;
    return bits;
  }

  protected released(): void {}

  /** False when the sum would be above 2^64 - 2: then nothing changed. */
  #add(low: number, high: number): boolean {
    const sumLow = this.#low + low;
    const carries = sumLow >= HALF;
    const newLow = carries ? sumLow - HALF : sumLow;
    const newHigh = this.#high + high + (carries ? 1 : 0);
    if (newHigh > HALF_MAX || (newHigh === HALF_MAX && newLow === HALF_MAX)) return false;
    this.#low = newLow;
    this.#high = newHigh;
    return true;
  }

  #takeAll(): void {
    HALVES[0] = this.#low;
    HALVES[1] = this.#high;
    this.#low = 0;
    this.#high = 0;
  }

  #takeOne(): void {
    HALVES[0] = 1;
    HALVES[1] = 0;
    if (this.#low === 0) this.#high--;
    this.#low = (this.#low - 1) >>> 0;
  }
}
