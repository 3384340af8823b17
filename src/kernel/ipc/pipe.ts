/** A pipe: bytes on their way from one end to the other, as in pipe(7). */
import { fail, type Res } from '../../abi/errno.ts';
import { O } from '../../abi/files.ts';
import { PIPE_ATOMIC_BYTES, PIPE_BYTES } from '../../abi/limits.ts';
import { POLL } from '../../abi/poll.ts';
import { type Channel, Description } from '../open-file.ts';
import type { Segments } from '../segments.ts';
import { WaitQueue } from '../wait-queue.ts';
import { ByteQueue } from './byte-queue.ts';

// A pipe is full when less than PIPE_ATOMIC_BYTES are free: then the write end shows no OUT, and
// room that is made is worth a wake-up. Only in a full pipe can a writer have to wait, since what
// is longer than that takes any room there is.

const EAGAIN = fail('EAGAIN');
const EBADF = fail('EBADF');
const EPIPE = fail('EPIPE');
const { IN, OUT, RDNORM, WRNORM, ERR, HUP } = POLL;

/** What both ends share. */
export class Pipe {
  readonly reader: ReadEnd;
  readonly writer: WriteEnd;
  readonly #bytes = new ByteQueue(PIPE_BYTES);
  /** Room that splices under way have claimed. */
  #claimed = 0;

  /** `flags`: O_ flags of both ends, beside the access mode. */
  constructor(flags: number) {
    this.reader = new ReadEnd(this, flags | O.RDONLY);
    this.writer = new WriteEnd(this, flags | O.WRONLY);
  }

  /** Bytes that can be read. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Bytes that can be written. */
  get room(): number {
    return this.#bytes.room - this.#claimed;
  }

  get isFull(): boolean {
    return this.room < PIPE_ATOMIC_BYTES;
  }

  /** O2: what is there; 0 at the end, when there are no writers. */
  read(into: Segments): Res {
    if (into.total === 0) return 0;
    const { length } = this.#bytes;
    if (length === 0) return this.writer.isOpen ? EAGAIN : 0;
    const count = Math.min(length, into.total);
    const wasFull = this.isFull;
    this.#bytes.moveInto(into, count);
    if (wasFull) this.#roomMade();
    return count;
  }

  /** O2: as much as there is room for, but up to PIPE_ATOMIC_BYTES all or nothing. */
  write(from: Segments): Res {
    const { total } = from;
    if (total === 0) return 0;
    if (!this.reader.isOpen) return EPIPE;
    const { room } = this;
    if (room === 0 || (room < total && total <= PIPE_ATOMIC_BYTES)) return EAGAIN;
    const count = Math.min(room, total);
    this.#bytes.addFrom(from, count);
    this.#bytesCame();
    return count;
  }

  // For splice(2) and tee(2). Counts are within length and room.

  /** Moves its oldest bytes to the end of another pipe. */
  moveTo(other: Pipe, count: number): void {
    this.copyTo(other, count);
    const wasFull = this.isFull;
    this.#bytes.remove(count);
    if (wasFull) this.#roomMade();
  }

  /** Copies its oldest bytes to the end of another pipe. */
  copyTo(other: Pipe, count: number): void {
    other.#bytes.addCopy(this.#bytes, count);
    other.#bytesCame();
  }

  /** Claims room for bytes that are still to come, from elsewhere. */
  claim(count: number): void {
    this.#claimed += count;
  }

  /** Ends a claim of `claimed` bytes: the first `count` bytes of the buffer came, or none. */
  fulfil(claimed: number, source: Uint8Array, count: number): void {
    const wasFull = this.isFull;
    this.#claimed -= claimed;
    if (count > 0) {
      this.#bytes.add(source, count);
      this.#bytesCame();
    }
    if (wasFull && count < claimed) this.#roomMade();
  }

  /** Takes its oldest bytes out, into a buffer; their room stays claimed until they are settled. */
  takeOut(target: Uint8Array, count: number): void {
    this.#bytes.copy(target, count);
    this.#bytes.remove(count);
    this.#claimed += count;
  }

  /** Of the `count` bytes taken out, the first `used` went elsewhere; the others come back. */
  settle(source: Uint8Array, count: number, used: number): void {
    const wasFull = this.isFull;
    this.#claimed -= count;
    if (used < count) {
      this.#bytes.restore(source, used, count - used);
      this.#bytesCame();
    }
    if (wasFull && used > 0) this.#roomMade();
  }

  /** An end closed. */
  closed(end: ReadEnd | WriteEnd): void {
    if (end === this.reader) {
      this.#bytes.clear();
      this.writer.waiters.wake(ERR | OUT | WRNORM);
    } else this.reader.waiters.wake(HUP | IN | RDNORM);
  }

  #bytesCame(): void {
    this.reader.waiters.wake(IN | RDNORM);
  }

  #roomMade(): void {
    this.writer.waiters.wake(OUT | WRNORM);
  }
}

/** One end of a pipe. */
abstract class PipeEnd extends Description {
  readonly pipe: Pipe;
  readonly flags: number;
  readonly waiters = new WaitQueue();
  isOpen = true;

  constructor(pipe: Pipe, flags: number) {
    super();
    this.pipe = pipe;
    this.flags = flags;
  }

  get channel(): this {
    return this;
  }

  get pollable(): this {
    return this;
  }

  abstract readiness(): number;
}

/** Where bytes come out. */
export class ReadEnd extends PipeEnd implements Channel {
  read(into: Segments): Res {
    return this.pipe.read(into);
  }

  write(): Res {
    return EBADF;
  }

  /** IN when there are bytes, HUP when there are no writers. */
  readiness(): number {
    const bits = this.pipe.length > 0 ? IN | RDNORM : 0;
    return this.pipe.writer.isOpen ? bits : bits | HUP;
  }

  protected released(): void {
    this.isOpen = false;
    this.pipe.closed(this);
  }
}

/** Where bytes go in. */
export class WriteEnd extends PipeEnd implements Channel {
  read(): Res {
    return EBADF;
  }

  write(from: Segments): Res {
    return this.pipe.write(from);
  }

  /** OUT unless it is full, ERR when there are no readers. */
  readiness(): number {
    const bits = this.pipe.isFull ? 0 : OUT | WRNORM;
    return this.pipe.reader.isOpen ? bits : bits | ERR;
  }

  protected released(): void {
    this.isOpen = false;
    this.pipe.closed(this);
  }
}
