/** Channels: ends of pipes, and what sockets have in common with them. */
import { fail, type Res } from '../abi/errno.ts';
import { SQE_FLAG } from '../abi/flags.ts';
import { MSG } from '../abi/net.ts';
import type { Ring } from '../client/ring.ts';
import { asBuffer, attempt, checkSignal } from './arguments.ts';
import { BufferGroup } from './buffer-group.ts';
import { Call } from './call.ts';
import type { Descriptor } from './descriptor.ts';
import { FileError, typeError } from './errors.ts';
import { Flow, type FlowOptions, type FlowParts } from './flow.ts';
import type { Lanes, Live } from './lanes.ts';
import type { CallOptions } from './options.ts';
import { inScope } from './scope.ts';
import type { Staging } from './staging.ts';

const NO_BUFFERS = fail('ENOBUFS');
/** Chunks that may wait for their reader: as many as there are buffers for. */
const WAITING_MAX = 64;

/** How bytes go through a descriptor. */
export interface ChannelKind {
  readonly reads: 'read' | 'recv';
  readonly writes: 'write' | 'send';
}

/** READ_MULTISHOT and WRITE. */
export const PIPE_KIND: ChannelKind = { reads: 'read', writes: 'write' };
/** RECV and SEND. */
export const SOCKET_KIND: ChannelKind = { reads: 'recv', writes: 'send' };

/** A piece of what is sent. */
class SendCall extends Call<number> {
  readonly #channel: { readonly fd: number; readonly kind: ChannelKind; drop(): void };
  readonly #piece: Buffer;

  constructor(channel: { fd: number; kind: ChannelKind; drop(): void }, piece: Buffer) {
    super();
    this.#channel = channel;
    this.#piece = piece;
  }

  get repeatable(): boolean {
    return false;
  }

  override get waitsForOthers(): boolean {
    return true;
  }

  get bytes(): number {
    return this.#piece.length;
  }

  stage({ buffer }: Staging): void {
    this.#piece.copy(buffer, this.address);
  }

  prepare(ring: Ring, sqe: number): void {
    const { fd, kind } = this.#channel;
    const { length } = this.#piece;
    if (kind.writes === 'write') ring.prepWrite(sqe, fd, this.address, length, -1);
    else ring.prepSend(sqe, fd, this.address, length, MSG.WAITALL | MSG.NOSIGNAL);
  }

  value(res: Res): number {
    if (res < 0) throw new FileError(res, this.#channel.kind.writes);
    return res;
  }

  override ended(): void {
    this.#channel.drop();
  }
}

/**
 * An end of a pipe, or a socket: bytes in order. close() takes back what goes on; `await using`
 * closes it.
 */
export class Channel implements AsyncDisposable, Live {
  protected readonly lanes: Lanes;
  protected readonly descriptor: Descriptor;
  readonly #kind: ChannelKind;
  readonly #flows = new Set<Flow<unknown>>();
  /** Aborted by close(). */
  readonly #gone = new AbortController();
  #closing: Promise<void> | undefined;

  /** Channels are made by a door. */
  constructor(lanes: Lanes, descriptor: Descriptor, kind: ChannelKind) {
    this.lanes = lanes;
    this.descriptor = descriptor;
    this.#kind = kind;
    lanes.live.add(this);
  }

  /** Its descriptor in the process of its lane; -1 once it is closed. */
  get fd(): number {
    return this.descriptor.closed ? -1 : this.descriptor.fd;
  }

  /**
   * Sends all of a text (UTF-8) or of bytes, waiting while the other end is full. Rejects with
   * EPIPE or ECONNRESET when nobody will read it, with AbortError when the channel closes; what is
   * taken back may have been sent in part.
   */
  send(data: string | NodeJS.ArrayBufferView, options?: CallOptions): Promise<void> {
    return attempt(() => {
      const bytes = toBytes(data);
      const work = (lanes: Lanes): Promise<void> => lanes.job(() => this.#sendAll(bytes, lanes));
      if (options === undefined) return work(this.lanes);
      const gone = this.#gone.signal;
      const own = checkSignal(options.signal);
      const signal = own === undefined ? gone : AbortSignal.any([own, gone]);
      return inScope(this.lanes, { ...options, signal }, work);
    });
  }

  /**
   * What arrives, in chunks of at most 16 KiB, until the other end says that nothing follows:
   * `for await (const chunk of channel.receive())`. Leaving the loop takes the request back and
   * loses nothing that the loop did not take: but chunks that had arrived already are gone. A slow
   * reader makes the sender wait.
   */
  receive(options: FlowOptions = {}): Flow<Buffer> {
    const { descriptor } = this;
    const { fd, lane } = descriptor;
    const syscall = this.#kind.reads;
    const group = new BufferGroup(lane, this.lanes.staging);
    const parts: FlowParts<Buffer> = {
      lanes: this.lanes,
      lane,
      waitingMax: WAITING_MAX,
      open: () => group.open(),
      prepare: (ring, sqe) => {
        if (syscall === 'read') ring.prepReadMultishot(sqe, fd, 0, 0, group.group);
        else {
          ring.prepRecvMultishot(sqe, fd, 0, 0, 0);
          ring.sqeSetFlags(sqe, SQE_FLAG.BUFFER_SELECT);
          ring.sqeSetBufGroup(sqe, group.group);
        }
      },
      start: (call) => descriptor.launch(syscall, call),
      ended: () => descriptor.drop(),
      hasValue: (res) => res > 0,
      value: (res, flags) => group.take(res, flags),
      isOver: (res) => {
        if (res < 0 && res !== NO_BUFFERS) throw new FileError(res, syscall);
        return res === 0;
      },
      close: async () => {
        this.#flows.delete(flow);
        await group.close();
      },
    };
    const flow: Flow<Buffer> = new Flow(parts, options);
    this.#flows.add(flow);
    return flow;
  }

  /** The same as receive(): `for await (const chunk of channel)`. */
  [Symbol.asyncIterator](): Flow<Buffer> {
    return this.receive();
  }

  /** Ends what goes on, and closes it. Again: the same Promise. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #sendAll(bytes: Buffer, lanes: Lanes): Promise<void> {
    const { descriptor } = this;
    const { fd } = descriptor;
    const { pieceBytes } = lanes.staging;
    const end = { fd, kind: this.#kind, drop: () => descriptor.drop() };
    for (let at = 0; at < bytes.length; ) {
      const call = new SendCall(end, bytes.subarray(at, at + pieceBytes));
      call.signal = this.#gone.signal; // unless a scope has its own
      at += await descriptor.launch(this.#kind.writes, call, lanes);
    }
  }

  async #close(): Promise<void> {
    const closed = this.descriptor.close(); // from here on nothing new begins
    this.#gone.abort();
    await Promise.allSettled([...this.#flows].map((flow) => flow.close()));
    this.lanes.live.delete(this);
    await closed;
  }
}

function toBytes(data: unknown): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return asBuffer(data as NodeJS.ArrayBufferView);
  throw typeError('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}
