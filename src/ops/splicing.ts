/** One SPLICE on its way: what it holds, and how bytes pass between a pipe and something else. */
import { fail, type Res } from '../abi/errno.ts';
import { SPLICE_F } from '../abi/ipc.ts';
import { PAGE_BYTES, PIPE_BYTES, SPLICE_BUFFERS_KEPT } from '../abi/limits.ts';
import { POLL } from '../abi/poll.ts';
import { type Pipe, ReadEnd, WriteEnd } from '../kernel/ipc/pipe.ts';
import type { Span, Taken } from '../kernel/ipc/pipe-pages.ts';
import type { Channel, OpenFile, Pollable } from '../kernel/open-file.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { type Held, keep } from './held.ts';

// Between a pipe and a file or a socket the bytes go through a buffer that only this request uses:
// the host's pool may fill it, or write from it, while the pipe is used by others. A pipe holds
// PIPE_BYTES at most, so that is what one SPLICE moves at most, as splice(2) does. While the pool
// is busy
//   into a pipe: slots are claimed, so that what the file gives surely finds its pages;
//   from a pipe: the bytes are out of it, and those that the file did not take come back.
// A request that is over before its file answered settles that in drop().
// Pages out of a file end where those of the file do, as if they were of its page cache
// (splice_folio_into_pipe); those out of a socket are as full as can be.

const EAGAIN = fail('EAGAIN');
const { IN, OUT, ERR, HUP } = POLL;

/** Buffers that were used before. */
const KEPT: Uint8Array[] = [];

/** The pipe that an open file is an end of. */
export function pipeOf({ channel }: OpenFile): Pipe | undefined {
  return channel instanceof ReadEnd || channel instanceof WriteEnd ? channel.pipe : undefined;
}

/** What is spliced. */
export interface SplicingParts {
  readonly source: OpenFile;
  readonly target: OpenFile;
  /** Bytes asked for. */
  readonly wanted: number;
  /** Where in the one that is a file; -1: at its position. */
  readonly position: number;
}

/** The state of a request; the two files are held once it pends. */
export class Splicing implements Held {
  readonly from: Pipe | undefined;
  readonly to: Pipe | undefined;
  readonly wanted: number;
  readonly #parts: SplicingParts;
  /** While its file is being read. */
  #claimed: Span | undefined;
  /** While its file is being written. */
  #taken: Taken | undefined;
  #buffer: Uint8Array | undefined;
  #holdsSource = false;

  constructor(parts: SplicingParts) {
    this.#parts = parts;
    this.from = pipeOf(parts.source);
    this.to = pipeOf(parts.target);
    this.wanted = parts.wanted;
  }

  /** The host's pool reads or writes its file. */
  get isUnderWay(): boolean {
    return this.#claimed !== undefined || this.#taken !== undefined;
  }

  /** Waits for one of the two, unless it is not to. */
  wait(request: Request, kernel: KernelCalls, object: Pollable, events: number): Outcome {
    if ((request.opFlags & SPLICE_F.NONBLOCK) !== 0) return EAGAIN;
    this.#hold(request);
    return kernel.block(request, object, events);
  }

  /** Moves bytes from what is no pipe to one. */
  intoPipe(request: Request, kernel: KernelCalls, to: Pipe): Outcome {
    if (!to.reader.isOpen) return fail('EPIPE');
    if (to.isFull) return this.wait(request, kernel, to.writer, OUT);
    const { file, channel } = this.#parts.source;
    if (file === undefined) return this.#receive(request, kernel, channel as Channel, to);
    const { position } = this.#parts;
    const offset = (position === -1 ? file.position : position) % PAGE_BYTES;
    const count = Math.min(this.wanted, to.roomFrom(offset));
    const buffer = this.#borrow();
    const outcome = file.read(request, kernel, buffer, 0, count, position);
    if (outcome === PENDING) {
      this.#claimed = { count, offset };
      to.claim(this.#claimed);
      this.#hold(request);
    } else if (outcome > 0) to.append(buffer, { count: outcome, offset });
    return outcome;
  }

  /** Moves bytes from a pipe to what is none; 0 when nothing is there and nobody writes. */
  fromPipe(request: Request, kernel: KernelCalls, from: Pipe): Outcome {
    const { length } = from;
    if (length === 0) return from.writer.isOpen ? this.wait(request, kernel, from.reader, IN) : 0;
    const count = Math.min(this.wanted, length);
    const { file, channel } = this.#parts.target;
    if (file === undefined) return this.#send(request, kernel, channel as Channel, from, count);
    const buffer = this.#borrow();
    from.peek(buffer, count);
    const { position } = this.#parts;
    const outcome = file.write(request, kernel, buffer, 0, count, position);
    if (outcome === PENDING) {
      this.#taken = from.takeOut(count);
      this.#hold(request);
    } else if (outcome > 0) from.remove(outcome);
    return outcome;
  }

  /** The file was read, or written: so many bytes moved, or -errno. */
  settle(res: Res): Res {
    const buffer = this.#borrow();
    const moved = Math.max(0, res);
    if (this.#claimed !== undefined) this.to?.fulfil(this.#claimed, buffer, moved);
    if (this.#taken !== undefined) this.from?.settle(this.#taken, buffer, moved);
    this.#claimed = undefined;
    this.#taken = undefined;
    return res;
  }

  drop(): void {
    // Whether a write happened that nobody waited for is unknown: bytes are not given twice.
    if (this.isUnderWay) this.settle(this.#taken?.count ?? 0);
    if (this.#buffer !== undefined && KEPT.length < SPLICE_BUFFERS_KEPT) KEPT.push(this.#buffer);
    this.#buffer = undefined;
    if (!this.#holdsSource) return;
    this.#holdsSource = false;
    this.#parts.source.drop();
  }

  #hold(request: Request): void {
    keep(request, this.#parts.target);
    if (this.#holdsSource) return;
    this.#holdsSource = true;
    this.#parts.source.hold();
  }

  #borrow(): Uint8Array {
    this.#buffer ??= KEPT.pop() ?? new Uint8Array(PIPE_BYTES);
    return this.#buffer;
  }

  /** From a socket. */
  #receive(request: Request, kernel: KernelCalls, channel: Channel, to: Pipe): Outcome {
    const buffer = this.#borrow();
    const { segments } = kernel;
    segments.reset(buffer);
    segments.add(0, Math.min(this.wanted, to.roomFrom(0)));
    const res = channel.read(segments);
    if (res === EAGAIN) return this.wait(request, kernel, channel, IN);
    if (res > 0) to.append(buffer, { count: res, offset: 0 });
    return res;
  }

  /** To a socket. */
  #send(
    request: Request,
    kernel: KernelCalls,
    channel: Channel,
    from: Pipe,
    count: number,
  ): Outcome {
    const isReady = (channel.readiness() & (OUT | ERR | HUP)) !== 0;
    if (!isReady) return this.wait(request, kernel, channel, OUT);
    const buffer = this.#borrow();
    const { segments } = kernel;
    from.peek(buffer, count);
    segments.reset(buffer);
    segments.add(0, count);
    const res = channel.write(segments);
    if (res > 0) from.remove(res);
    return res === EAGAIN ? this.wait(request, kernel, channel, OUT) : res;
  }
}
