/** A pipe: bytes on their way from one end to the other, as in pipe(7). */
import { fail, type Res } from '../../abi/errno.ts';
import { O } from '../../abi/files.ts';
import { PIPE_BYTES } from '../../abi/limits.ts';
import { POLL } from '../../abi/poll.ts';
import { type Channel, Description } from '../open-file.ts';
import type { Segments } from '../segments.ts';
import { WaitQueue } from '../wait-queue.ts';
import { ByteQueue } from './byte-queue.ts';
import { PipePages, type Span, slotsOf, type Taken } from './pipe-pages.ts';

// A pipe is full when no slot for a page is free: then the write end shows no OUT, and a slot that
// becomes free is worth a wake-up. A full pipe may still take a short write, into its last page;
// whoever waits has found that page too full, and it has no more room before it is gone.

const EAGAIN = fail('EAGAIN');
const EBADF = fail('EBADF');
const EPIPE = fail('EPIPE');
const { IN, OUT, RDNORM, WRNORM, ERR, HUP } = POLL;

/** What both ends share. */
export class Pipe {
  readonly reader: ReadEnd;
  readonly writer: WriteEnd;
  readonly #bytes = new ByteQueue(PIPE_BYTES);
  readonly #pages = new PipePages();

  /** `flags`: O_ flags of both ends, beside the access mode. */
  constructor(flags: number) {
    this.reader = new ReadEnd(this, flags | O.RDONLY);
    this.writer = new WriteEnd(this, flags | O.WRONLY);
  }

  /** Bytes that can be read. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Slots for pages. */
  get freeSlots(): number {
    return this.#pages.free;
  }

  get isFull(): boolean {
    return this.#pages.isFull;
  }

  /** O2: what is there; 0 at the end, when there are no writers. */
  read(into: Segments): Res {
    if (into.total === 0) return 0;
    const { length } = this.#bytes;
    if (length === 0) return this.writer.isOpen ? EAGAIN : 0;
    const count = Math.min(length, into.total);
    const wasFull = this.isFull;
    this.#bytes.moveInto(into, count);
    this.#pages.take(count);
    if (wasFull) this.#mayHaveRoom();
    return count;
  }

  /** O2: as much as there are pages for, so up to PIPE_ATOMIC_BYTES all or nothing. */
  write(from: Segments): Res {
    const { total } = from;
    if (total === 0) return 0;
    if (!this.reader.isOpen) return EPIPE;
    const count = this.#pages.write(total);
    if (count === 0) return EAGAIN;
    this.#bytes.addFrom(from, count);
    this.#bytesCame();
    return count;
  }

  // For splice(2) and tee(2).

  /** Moves its oldest bytes to the end of another pipe, as far as that has slots; how many. */
  moveTo(other: Pipe, wanted: number): number {
    const wasFull = this.isFull;
    const count = this.#pages.moveTo(other.#pages, wanted);
    other.#addCopy(this, count);
    this.#bytes.remove(count);
    if (wasFull) this.#mayHaveRoom();
    return count;
  }

  /** Copies its oldest bytes to the end of another pipe, as far as that has slots; how many. */
  copyTo(other: Pipe, wanted: number): number {
    const count = this.#pages.copyTo(other.#pages, wanted);
    other.#addCopy(this, count);
    return count;
  }

  /** Bytes that append() has slots for, when the first lies at byte `offset` of its page. */
  roomFrom(offset: number): number {
    return this.#pages.roomFrom(offset);
  }

  /** Adds the first bytes of a buffer, in pages of their own; there are slots for them. */
  append(source: Uint8Array, span: Span): void {
    this.#pages.append(span);
    this.#bytes.add(source, span.count);
    this.#bytesCame();
  }

  /** Claims the slots of bytes that are still to come. */
  claim(span: Span): void {
    this.#pages.claim(slotsOf(span));
  }

  /** Ends a claim: the first `count` bytes of it came, in a buffer, or none. */
  fulfil(claimed: Span, source: Uint8Array, count: number): void {
    const wasFull = this.isFull;
    this.#pages.release(slotsOf(claimed));
    if (count > 0) this.append(source, { count, offset: claimed.offset });
    if (wasFull) this.#mayHaveRoom();
  }

  /** Copies its oldest bytes to the beginning of a buffer. */
  peek(target: Uint8Array, count: number): void {
    this.#bytes.copy(target, count);
  }

  /** Its oldest bytes went elsewhere. */
  remove(count: number): void {
    const wasFull = this.isFull;
    this.#bytes.remove(count);
    this.#pages.take(count);
    if (wasFull) this.#mayHaveRoom();
  }

  /** Takes its oldest bytes out; their pages keep their slots until they are settled. */
  takeOut(count: number): Taken {
    this.#bytes.remove(count);
    return this.#pages.takeOut(count);
  }

  /** Of bytes taken out, the first `used` went elsewhere; the others come back, from a buffer. */
  settle(taken: Taken, source: Uint8Array, used: number): void {
    const wasFull = this.isFull;
    this.#pages.settle(taken, used);
    if (used < taken.count) {
      this.#bytes.restore(source, used, taken.count - used);
      this.#bytesCame();
    }
    if (wasFull) this.#mayHaveRoom();
  }

  /** An end closed. */
  closed(end: ReadEnd | WriteEnd): void {
    if (end === this.reader) {
      this.#bytes.clear(); // its pages stay: one that was full still has no room
      this.writer.waiters.wake(ERR | OUT | WRNORM);
    } else this.reader.waiters.wake(HUP | IN | RDNORM);
  }

  #bytesCame(): void {
    this.reader.waiters.wake(IN | RDNORM);
  }

  #addCopy(other: Pipe, count: number): void {
    this.#bytes.addCopy(other.#bytes, count);
    this.#bytesCame();
  }

  /** It was full. */
  #mayHaveRoom(): void {
    if (!this.isFull) this.writer.waiters.wake(OUT | WRNORM);
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
