/** One SPLICE on its way: what it holds, and how bytes pass between a pipe and something else. */
import { fail, type Res } from '../abi/errno.ts';
import { SPLICE_F } from '../abi/ipc.ts';
import { PIPE_BYTES, SPLICE_BUFFERS_KEPT } from '../abi/limits.ts';
import { POLL } from '../abi/poll.ts';
import { type Pipe, ReadEnd, WriteEnd } from '../kernel/ipc/pipe.ts';
import type { Channel, OpenFile, Pollable } from '../kernel/open-file.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { type Held, keep } from './held.ts';

// Between a pipe and a file or a socket the bytes go through a buffer that only this request uses:
// the host's pool may fill it, or write from it, while the pipe is used by others. A pipe holds
// PIPE_BYTES at most, so that is what one SPLICE moves at most, as splice(2) does.
//   Into a pipe: room is claimed first, so that what the file gives surely fits.
//   From a pipe: the bytes are taken out first, and those that the file did not take come back.
// A request that is over before its file answered settles that in drop().

const EAGAIN = fail('EAGAIN');
const { IN, OUT, ERR, HUP } = POLL;

/** Buffers that were used before. */
const KEPT: Uint8Array[] = [];

/** What the request is at. */
const STAGE = {
  /** Nothing moved yet; it may wait. */
  BEGUN: 0,
  /** Its file is being read, or written. */
  READING: 1,
  WRITING: 2,
} as const;

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
  #stage: number = STAGE.BEGUN;
  /** Bytes that are claimed in a pipe, or were taken from it. */
  #count = 0;
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
    return this.#stage !== STAGE.BEGUN;
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
    const { room } = to;
    if (room === 0) return this.wait(request, kernel, to.writer, OUT);
    const count = Math.min(this.wanted, room);
    const buffer = this.#borrow();
    const { file, channel } = this.#parts.source;
    if (file === undefined) return this.#receive(request, kernel, channel as Channel, to, count);
    to.claim(count);
    this.#begin(STAGE.READING, count);
    const { position } = this.#parts;
    return this.#answered(request, file.read(request, kernel, buffer, 0, count, position));
  }

  /** Moves bytes from a pipe to what is none; 0 when nothing is there and nobody writes. */
  fromPipe(request: Request, kernel: KernelCalls, from: Pipe): Outcome {
    const { length } = from;
    if (length === 0) return from.writer.isOpen ? this.wait(request, kernel, from.reader, IN) : 0;
    const count = Math.min(this.wanted, length);
    const buffer = this.#borrow();
    const { file, channel } = this.#parts.target;
    if (file === undefined) return this.#send(request, kernel, channel as Channel, from, count);
    from.takeOut(buffer, count);
    this.#begin(STAGE.WRITING, count);
    const { position } = this.#parts;
    return this.#answered(request, file.write(request, kernel, buffer, 0, count, position));
  }

  /** The file was read, or written: so many bytes moved, or -errno. */
  settle(res: Res): Res {
    const stage = this.#stage;
    const buffer = this.#borrow();
    const moved = Math.max(0, res);
    this.#stage = STAGE.BEGUN;
    if (stage === STAGE.READING) this.to?.fulfil(this.#count, buffer, moved);
    if (stage === STAGE.WRITING) this.from?.settle(buffer, this.#count, moved);
    return res;
  }

  drop(): void {
    // Whether a write happened that nobody waited for is unknown: bytes are not given twice.
    if (this.isUnderWay) this.settle(this.#stage === STAGE.READING ? 0 : this.#count);
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

  #begin(stage: number, count: number): void {
    this.#stage = stage;
    this.#count = count;
  }

  #answered(request: Request, outcome: Outcome): Outcome {
    if (outcome !== PENDING) return this.settle(outcome);
    this.#hold(request);
    return PENDING;
  }

  /** From a socket. */
  #receive(
    request: Request,
    kernel: KernelCalls,
    channel: Channel,
    to: Pipe,
    count: number,
  ): Outcome {
    const buffer = this.#borrow();
    const { segments } = kernel;
    segments.reset(buffer);
    segments.add(0, count);
    const res = channel.read(segments);
    if (res === EAGAIN) return this.wait(request, kernel, channel, IN);
    if (res > 0) to.fulfil(0, buffer, res);
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
    from.takeOut(buffer, count);
    segments.reset(buffer);
    segments.add(0, count);
    const res = channel.write(segments);
    from.settle(buffer, count, Math.max(0, res));
    return res === EAGAIN ? this.wait(request, kernel, channel, OUT) : res;
  }
}
