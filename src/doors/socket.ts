/** Sockets of a door: stream sockets of the network that its kernel has within itself. */

import type { Res } from '../abi/errno.ts';
import { PIPE_FDS, PIPE_FDS_BYTES } from '../abi/ipc.ts';
import { AF, SHUT, SOCK, SOCKADDR_BYTES_MAX, SOCKNAME_PEER } from '../abi/net.ts';
import type { Ring } from '../client/ring.ts';
import { familyOf, fromSockaddr, type SocketAddress, toSockaddr } from './address.ts';
import { attempt, toInteger } from './arguments.ts';
import { Channel, PIPE_KIND, SOCKET_KIND } from './channel.ts';
import { Descriptor } from './descriptor.ts';
import { FileError } from './errors.ts';
import { Flow, type FlowOptions, type FlowParts } from './flow.ts';
import type { Lane } from './lane.ts';
import type { Lanes, Live } from './lanes.ts';
import { PlainCall } from './plain-call.ts';

/** Connections that wait for accept(), unless told otherwise. */
const BACKLOG = 511;
const BACKLOG_MAX = 2 ** 31 - 1;
/** Accepted connections that may wait for their reader. */
const WAITING_MAX = 32;
/** Bytes of a socklen_t. */
const LENGTH_BYTES = 4;

/** A result that is not below 0; else an error of that name. */
function check(res: Res, syscall: string): Res {
  if (res < 0) throw new FileError(res, syscall);
  return res;
}

/** A connected stream socket. */
export class Socket extends Channel {
  /** Sockets are made by a door. */
  constructor(lanes: Lanes, descriptor: Descriptor) {
    super(lanes, descriptor, SOCKET_KIND);
  }

  /** Says that nothing follows: the other end's loop ends. Receiving goes on. */
  end(): Promise<void> {
    return attempt(() => onDescriptor(this.descriptor, 'shutdown', shutDown));
  }

  /** The address of the other end. */
  peer(): Promise<SocketAddress> {
    return attempt(() => addressOf(this.descriptor, SOCKNAME_PEER));
  }
}

/** A socket that connections come to: `for await (const socket of listener)`. */
export class Listener implements AsyncDisposable, Live {
  readonly #lanes: Lanes;
  readonly #descriptor: Descriptor;
  readonly #flows = new Set<Flow<Socket>>();
  /** Where it is found, with the port that it got. */
  readonly address: SocketAddress;
  #closing: Promise<void> | undefined;

  /** Listeners are made by a door. */
  constructor(lanes: Lanes, descriptor: Descriptor, address: SocketAddress) {
    this.#lanes = lanes;
    this.#descriptor = descriptor;
    this.address = address;
    lanes.live.add(this);
  }

  /** Its descriptor in the process of its lane; -1 once it is closed. */
  get fd(): number {
    return this.#descriptor.closed ? -1 : this.#descriptor.fd;
  }

  /** Connections as they come, until the loop is left. Those that nobody took are closed. */
  accept(options: FlowOptions = {}): Flow<Socket> {
    const lanes = this.#lanes;
    const descriptor = this.#descriptor;
    const { fd, lane } = descriptor;
    const socket = (res: Res): Socket => new Socket(lanes, new Descriptor(lanes, lane, res));
    const parts: FlowParts<Socket> = {
      lanes,
      lane,
      waitingMax: WAITING_MAX,
      prepare: (ring, sqe) => ring.prepMultishotAccept(sqe, fd, 0, 0, 0),
      start: (call) => descriptor.launch('accept', call),
      ended: () => descriptor.drop(),
      hasValue: (res) => res >= 0,
      value: socket,
      discard: (res) => socket(res).close(),
      isOver: (res) => check(res, 'accept') < 0,
      close: async () => {
        this.#flows.delete(flow);
      },
    };
    const flow: Flow<Socket> = new Flow(parts, options);
    this.#flows.add(flow);
    return flow;
  }

  /** The same as accept(). */
  [Symbol.asyncIterator](): Flow<Socket> {
    return this.accept();
  }

  /** Ends its loops, and closes it: connections that nobody accepted are reset. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const closed = this.#descriptor.close();
    await Promise.allSettled([...this.#flows].map((flow) => flow.close()));
    this.#lanes.live.delete(this);
    await closed;
  }
}

type Prepare = (ring: Ring, sqe: number, fd: number, at: number) => void;

const shutDown: Prepare = (ring, sqe, fd) => ring.prepShutdown(sqe, fd, SHUT.WR);

/** A request on a descriptor that has no other result than success, and some bytes it points to. */
function onDescriptor(
  descriptor: Descriptor,
  syscall: string,
  prepare: Prepare,
  { bytes, lanes }: { readonly bytes?: Buffer; readonly lanes?: Lanes } = {},
): Promise<void> {
  const call = new PlainCall<void>({
    bytes: bytes?.length ?? 0,
    stage: (at, { buffer }) => void bytes?.copy(buffer, at),
    prepare: (ring, sqe, at) => prepare(ring, sqe, descriptor.fd, at),
    value: (res) => void check(res, syscall),
    ended: () => descriptor.drop(),
  });
  return descriptor.launch(syscall, call, lanes);
}

/** GETSOCKNAME: the room for an address, and then its length. */
function addressOf(descriptor: Descriptor, flags: number): Promise<SocketAddress> {
  const call = new PlainCall<SocketAddress>({
    bytes: SOCKADDR_BYTES_MAX + LENGTH_BYTES,
    stage: (at, { memory }) => memory.setU32(at + SOCKADDR_BYTES_MAX, SOCKADDR_BYTES_MAX),
    prepare: (ring, sqe, at) =>
      ring.prepGetsockname(sqe, descriptor.fd, at, at + SOCKADDR_BYTES_MAX, flags),
    value: (res, at, { memory, buffer }) => {
      check(res, flags === 0 ? 'getsockname' : 'getpeername');
      const length = memory.u32(at + SOCKADDR_BYTES_MAX);
      return fromSockaddr(Buffer.from(buffer.subarray(at, at + length)));
    },
    ended: () => descriptor.drop(),
  });
  return descriptor.launch('getsockname', call);
}

/** A new stream socket, on the lane where all of them are. */
function newSocket(lanes: Lanes, family: number): Promise<Descriptor> {
  const lane = lanes.meetingLane;
  const call = new PlainCall<Descriptor>({
    prepare: (ring, sqe) => ring.prepSocket(sqe, family, SOCK.STREAM, 0, 0),
    value: (res) => new Descriptor(lanes, lane, check(res, 'socket')),
  });
  return lanes.start(call, lane);
}

/** Closes a descriptor when what follows its making fails. */
async function orClose<T>(descriptor: Descriptor, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await descriptor.close().catch(() => undefined);
    throw error;
  }
}

/** How a listener is made. */
export type ListenOptions = SocketAddress & {
  /** Connections that wait to be accepted, at most; default 511. */
  readonly backlog?: number | undefined;
};

/** A listener at an address; port 0 is any that is free. `own` outlives the call. */
export function listen(lanes: Lanes, own: Lanes, options: ListenOptions): Promise<Listener> {
  const bytes = toSockaddr(options);
  const backlog = toInteger(options.backlog ?? BACKLOG, 'options.backlog', 0, BACKLOG_MAX);
  const bind: Prepare = (ring, sqe, fd, at) => ring.prepBind(sqe, fd, at, bytes.length);
  const prepare: Prepare = (ring, sqe, fd) => ring.prepListen(sqe, fd, backlog);
  return lanes.job(async () => {
    const descriptor = await newSocket(lanes, familyOf(bytes));
    return orClose(descriptor, async () => {
      await onDescriptor(descriptor, 'bind', bind, { bytes, lanes });
      await onDescriptor(descriptor, 'listen', prepare, { lanes });
      return new Listener(own, descriptor, await addressOf(descriptor, 0));
    });
  });
}

/** A socket connected to the listener at an address; ECONNREFUSED, ENOENT without one. */
export function connect(lanes: Lanes, own: Lanes, address: SocketAddress): Promise<Socket> {
  const bytes = toSockaddr(address);
  const prepare: Prepare = (ring, sqe, fd, at) => ring.prepConnect(sqe, fd, at, bytes.length);
  return lanes.job(async () => {
    const descriptor = await newSocket(lanes, familyOf(bytes));
    return orClose(descriptor, async () => {
      await onDescriptor(descriptor, 'connect', prepare, { bytes, lanes });
      return new Socket(own, descriptor);
    });
  });
}

/** A request that makes two descriptors. */
function twoOf(
  lanes: Lanes,
  syscall: string,
  prepare: (ring: Ring, sqe: number, at: number) => void,
): Promise<[Descriptor, Descriptor]> {
  const lane: Lane = lanes.meetingLane;
  const call = new PlainCall<[Descriptor, Descriptor]>({
    bytes: PIPE_FDS_BYTES,
    prepare,
    value: (res, at, { memory }) => {
      check(res, syscall);
      const [first, second] = [memory.i32(at + PIPE_FDS.reader), memory.i32(at + PIPE_FDS.writer)];
      return [new Descriptor(lanes, lane, first), new Descriptor(lanes, lane, second)];
    },
  });
  return lanes.start(call, lane);
}

/** Two unix sockets that are connected to each other. */
export async function socketPair(lanes: Lanes, own: Lanes): Promise<[Socket, Socket]> {
  const pair = await twoOf(lanes, 'socketpair', (ring, sqe, at) =>
    ring.prepSocketpair(sqe, AF.UNIX, SOCK.STREAM, 0, at),
  );
  return [new Socket(own, pair[0]), new Socket(own, pair[1])];
}

/** The two ends of a pipe: what is sent into `writer` is received from `reader`. */
export interface PipeEnds {
  readonly reader: Channel;
  readonly writer: Channel;
}

/** A pipe of 16 pages: 64 KiB when they are full. */
export async function pipe(lanes: Lanes, own: Lanes): Promise<PipeEnds> {
  const prepare = (ring: Ring, sqe: number, at: number): void => ring.prepPipe(sqe, at, 0);
  const [reader, writer] = await twoOf(lanes, 'pipe', prepare);
  return {
    reader: new Channel(own, reader, PIPE_KIND),
    writer: new Channel(own, writer, PIPE_KIND),
  };
}
