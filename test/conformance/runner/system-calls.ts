/** Ordinary system calls of the process, as operations on a ring that scenarios do not see. */
import { fail, type Res } from '../../../src/abi/errno.ts';
import type { Arena } from './arena.ts';
import { constant, ScenarioError } from './names.ts';
import { RawRing, type SqeValues } from './raw-ring.ts';
import { GIVE_UP_MS, type Target } from './target.ts';

/** Calls that are no operations of Linux; the simulator has them beyond its last opcode. */
const OWN = { LSEEK: 194, EVENTFD: 199, DUP: 200, SOCKETPAIR: 201, GETSOCKNAME: 202 } as const;

const ENTRIES = 8;
const SEEK_CUR = 1;
const INT_BYTES = 4;
/** Room for any socket's address. */
const ADDRESS_BYTES = 128;
/** At the position of the file, where it has one. */
const HERE = -1n;

const linux = (name: string): number => {
  const value = constant(name);
  if (value === undefined) throw new ScenarioError(`constants.json lacks ${name}`);
  return Number(value);
};

/** Arguments of one call by the SQE field they lie in; those left out are 0. */
interface CallFields {
  readonly fd?: number;
  readonly off?: number | bigint;
  readonly addr?: number;
  readonly len?: number;
  readonly op_flags?: number;
}

/** The calls by name; each gives what it does on Linux, or -errno. */
export class SystemCalls {
  readonly #target: Target;
  readonly #arena: Arena;
  #ring: RawRing | undefined;

  constructor(target: Target, arena: Arena) {
    this.#target = target;
    this.#arena = arena;
  }

  /** Two descriptors: the read end and the write end. */
  pipe(flags: number): Promise<[number, number] | Res> {
    return this.#pair(linux('PIPE'), { op_flags: flags });
  }

  /** Two unix sockets, connected. */
  socketPair(type: number): Promise<[number, number] | Res> {
    return this.#pair(OWN.SOCKETPAIR, { fd: linux('AF_UNIX'), off: type });
  }

  socket(domain: number, type: number): Promise<Res> {
    return this.#call(linux('SOCKET'), { fd: domain, off: type });
  }

  bind(fd: number, address: Uint8Array): Promise<Res> {
    const addr = this.#arena.scratch(address);
    return this.#call(linux('BIND'), { fd, addr, off: address.length });
  }

  listen(fd: number, backlog: number): Promise<Res> {
    return this.#call(linux('LISTEN'), { fd, len: backlog });
  }

  connect(fd: number, address: Uint8Array): Promise<Res> {
    const addr = this.#arena.scratch(address);
    return this.#call(linux('CONNECT'), { fd, addr, off: address.length });
  }

  accept(fd: number): Promise<Res> {
    return this.#call(linux('ACCEPT'), { fd });
  }

  shutdown(fd: number, how: number): Promise<Res> {
    return this.#call(linux('SHUTDOWN'), { fd, len: how });
  }

  /** The address a socket is bound to, or -errno. */
  async socketName(fd: number): Promise<Uint8Array | Res> {
    const size = Uint8Array.of(ADDRESS_BYTES, 0, 0, 0);
    const off = this.#arena.scratch(size, ADDRESS_BYTES);
    const addr = off + INT_BYTES;
    const res = await this.#call(OWN.GETSOCKNAME, { fd, addr, off });
    if (res < 0) return res;
    return this.#arena.read(addr, this.#arena.view(off, INT_BYTES).getInt32(0, true));
  }

  eventfd(count: number): Promise<Res> {
    return this.#call(OWN.EVENTFD, { len: count, op_flags: linux('O_NONBLOCK') });
  }

  dup(fd: number): Promise<Res> {
    return this.#call(OWN.DUP, { fd });
  }

  /** The position of a file. */
  tell(fd: number): Promise<Res> {
    return this.#call(OWN.LSEEK, { fd, op_flags: SEEK_CUR });
  }

  open(path: string, flags: number): Promise<Res> {
    const addr = this.#arena.scratch(Buffer.from(`${path}\0`));
    return this.#call(linux('OPENAT'), { fd: linux('AT_FDCWD'), addr, op_flags: flags });
  }

  close(fd: number): Promise<Res> {
    return this.#call(linux('CLOSE'), { fd });
  }

  write(fd: number, bytes: Uint8Array): Promise<Res> {
    const addr = this.#arena.scratch(bytes);
    return this.#call(linux('WRITE'), { fd, addr, len: bytes.length, off: HERE });
  }

  /** One read that does not wait: the bytes, or -errno. */
  async read(fd: number, length: number): Promise<Uint8Array | Res> {
    const addr = this.#arena.scratch(new Uint8Array(0), length);
    const args = { fd, addr, len: length, off: HERE };
    let res = await this.#call(linux('READ'), { ...args, op_flags: linux('RWF_NOWAIT') });
    // A file that cannot say whether it would wait is one that never waits for anybody.
    if (res === fail('EOPNOTSUPP')) res = await this.#call(linux('READ'), args);
    return res < 0 ? res : this.#arena.read(addr, res);
  }

  /** A call that writes two descriptors to memory. */
  async #pair(op: number, fields: CallFields): Promise<[number, number] | Res> {
    const addr = this.#arena.scratch(new Uint8Array(2 * INT_BYTES));
    const res = await this.#call(op, { ...fields, addr });
    if (res < 0) return res;
    const fds = this.#arena.view(addr, 2 * INT_BYTES);
    return [fds.getInt32(0, true), fds.getInt32(INT_BYTES, true)];
  }

  /** One call, waited for as a thread in a blocking call would, but not for ever. */
  async #call(op: number, fields: CallFields): Promise<Res> {
    const { fd = 0, off = 0, addr = 0, len = 0, op_flags = 0 } = fields;
    this.#ring ??= await this.#newRing();
    const ring = this.#ring;
    const numbers = { op, fd, off, addr, len, op_flags };
    const entries = Object.entries(numbers).map(([name, value]) => [name, BigInt(value)]);
    ring.fill(Object.fromEntries(entries) as SqeValues);
    ring.publish(1);
    const call = { fd: ring.fd, toSubmit: 1, minComplete: 0, flags: 0, task: 0 };
    const submitted = await this.#target.enter(ring, call);
    if (submitted < 0) return submitted;
    await this.#target.waitFor(ring, 1, 0);
    const [cqe] = ring.take(1);
    if (cqe === undefined) throw new Error(`opcode ${op} did not end within ${GIVE_UP_MS} ms`);
    return cqe.res;
  }

  async #newRing(): Promise<RawRing> {
    const made = await this.#target.setup(ENTRIES, {});
    if (typeof made === 'number') throw new Error(`no ring for system calls: ${made}`);
    return new RawRing(made.region, made.fd);
  }
}
