/** The provided buffers of one reader: a group of its own, from a ring in the door's memory. */
import { fail, type Res } from '../abi/errno.ts';
import { PAGE_BYTES } from '../abi/limits.ts';
import { BUF_REG, BUF_REG_BYTES } from '../abi/records.ts';
import { REGISTER } from '../abi/register.ts';
import { BufRing } from '../client/buf-ring.ts';
import { NULL } from '../ring/allocator.ts';
import { FileError } from './errors.ts';
import type { Lane } from './lane.ts';
import type { Staging } from './staging.ts';

/** Buffers of a group: a power of two. */
const BUFFERS = 8;
/** Bytes of one, where the door has memory for that. */
const BUFFER_BYTES_MAX = 16 * 1024;
/** Groups of a ring: sqe.buf_group has 16 bits. */
const GROUPS_MAX = 1 << 16;

/** IORING_CQE_BUFFER_SHIFT. */
const ID_SHIFT = 16;

/** The groups in use of each lane. */
const groupsOf = new WeakMap<Lane, Set<number>>();
/** The register call that each lane's next one waits for: a ring has one at a time. */
const lastCall = new WeakMap<Lane, Promise<unknown>>();

/** A group that no reader of the lane has; -ENOBUFS when all are taken. */
function takeGroup(lane: Lane): Res {
  const taken = groupsOf.get(lane) ?? new Set<number>();
  groupsOf.set(lane, taken);
  for (let group = 0; group < GROUPS_MAX; group++)
    if (!taken.has(group)) {
      taken.add(group);
      return group;
    }
  return fail('ENOBUFS');
}

function register(lane: Lane, number: number, at: number): Promise<Res> {
  const before = lastCall.get(lane) ?? Promise.resolve();
  const call = before.then(() => lane.ring.registerAsync(number, at, 1));
  lastCall.set(
    lane,
    call.catch(() => undefined),
  );
  return call;
}

/** Buffers that the kernel fills and the reader gives back. */
export class BufferGroup {
  readonly #lane: Lane;
  readonly #staging: Staging;
  readonly #bufferBytes: number;
  #group = -1;
  #address: number = NULL;
  #ring: BufRing | undefined;

  constructor(lane: Lane, staging: Staging) {
    this.#lane = lane;
    this.#staging = staging;
    const part = Math.floor(staging.pieceBytes / BUFFERS);
    this.#bufferBytes = Math.min(BUFFER_BYTES_MAX, part);
  }

  /** Its number, once it is open. */
  get group(): number {
    return this.#group;
  }

  /** Takes memory, waiting for it, and registers; rejects with what the kernel says. */
  async open(): Promise<void> {
    const { allocator, memory } = this.#staging;
    const dataBytes = BUFFERS * this.#bufferBytes;
    // The ring must begin a page, so there is one to spare; the record of the call stands behind.
    this.#address = await allocator.allocateAsync(2 * PAGE_BYTES + dataBytes);
    const start = Math.ceil(this.#address / PAGE_BYTES) * PAGE_BYTES;
    const ring = new BufRing(memory, start, BUFFERS);
    this.#ring = ring;
    for (let id = 0; id < BUFFERS; id++) ring.add(this.#bufferAt(id), this.#bufferBytes, id, id);
    ring.advance(BUFFERS);
    const group = takeGroup(this.#lane);
    const res =
      group < 0 ? group : await register(this.#lane, REGISTER.PBUF_RING, this.#record(group));
    if (res === 0) this.#group = group;
    else {
      if (group >= 0) groupsOf.get(this.#lane)?.delete(group);
      await this.close();
      throw new FileError(res, 'io_uring_register');
    }
  }

  /** A copy of what a completion says is in a buffer, which is the kernel's again. */
  take(bytes: number, flags: number): Buffer {
    const id = flags >>> ID_SHIFT;
    const copy = this.#staging.copyOut(this.#bufferAt(id), bytes);
    this.giveBack(flags);
    return copy;
  }

  /** The buffer of a completion that nobody reads. */
  giveBack(flags: number): void {
    const id = flags >>> ID_SHIFT;
    this.#ring?.add(this.#bufferAt(id), this.#bufferBytes, id);
    this.#ring?.advance(1);
  }

  /** Unregisters and frees; no request uses it any more. */
  async close(): Promise<void> {
    const group = this.#group;
    this.#group = -1;
    if (group >= 0) {
      await register(this.#lane, REGISTER.UNREGISTER_PBUF_RING, this.#record(group));
      groupsOf.get(this.#lane)?.delete(group);
    }
    const address = this.#address;
    this.#address = NULL;
    if (address !== NULL && !this.#lane.ended) this.#staging.allocator.free(address);
  }

  #bufferAt(id: number): number {
    const { address = NULL } = this.#ring ?? {};
    return address + PAGE_BYTES + id * this.#bufferBytes;
  }

  /** struct io_uring_buf_reg, in the page of the ring, behind it. */
  #record(group: number): number {
    const { memory } = this.#staging;
    const ringAt = this.#ring?.address ?? NULL;
    const at = ringAt + PAGE_BYTES - BUF_REG_BYTES;
    const isNew = this.#group < 0;
    memory.bytes.fill(0, at, at + BUF_REG_BYTES);
    memory.setU16(at + BUF_REG.bgid, group);
    if (!isNew) return at;
    memory.setU64(at + BUF_REG.ringAddr, ringAt);
    memory.setU32(at + BUF_REG.ringEntries, BUFFERS);
    return at;
  }
}
