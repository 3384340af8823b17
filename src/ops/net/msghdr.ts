/** A struct msghdr of a process: copied once, and told back after receiving. */
import { fail, type Res } from '../../abi/errno.ts';
import { IOVECS_MAX } from '../../abi/limits.ts';
import {
  MSG,
  MSGHDR,
  MSGHDR_BYTES,
  RECVMSG_OUT,
  RECVMSG_OUT_BYTES,
  SOCKADDR_BYTES_MAX,
} from '../../abi/net.ts';
import { U64 } from '../../abi/records.ts';
import type { Received } from '../../kernel/net/received.ts';
import type { Segments } from '../../kernel/segments.ts';
import type { ProcessMemory } from '../../ring/memory.ts';
import { Iovecs } from '../iovecs.ts';
import { copyAddress, putAddress } from './address.ts';
import { Reception } from './receiving.ts';

/** Flags that the kernel sets in a header. */
const TOLD = MSG.TRUNC | MSG.CTRUNC | MSG.EOR;

/** The private copy of a header and its iovecs. */
export class Message extends Reception {
  readonly iovecs = new Iovecs();
  /** Segments it has. */
  count = 0;
  /** The address in it: of one that is to be sent, the bytes. */
  to: Uint8Array | undefined;
  nameLength = 0;
  controlLength = 0;
  #memory: ProcessMemory;
  #at = 0;
  #nameLow = 0;
  #nameHigh = 0;

  constructor(memory: ProcessMemory) {
    super();
    this.#memory = memory;
  }

  /** Copies it: 0, -EFAULT, -EINVAL, or -EMSGSIZE for too many segments. */
  copy(low: number, high: number): Res {
    const memory = this.#memory;
    const at = memory.at(low, high, MSGHDR_BYTES);
    if (at < 0) return fail('EFAULT');
    this.#at = at;
    this.#nameLow = memory.i32(at + MSGHDR.name);
    this.#nameHigh = memory.i32(at + MSGHDR.name + U64.high);
    this.nameLength = memory.i32(at + MSGHDR.namelen);
    const iovLow = memory.i32(at + MSGHDR.iov);
    const iovHigh = memory.i32(at + MSGHDR.iov + U64.high);
    const count = memory.u32(at + MSGHDR.iovlen);
    const countHigh = memory.i32(at + MSGHDR.iovlen + U64.high);
    this.controlLength = memory.u32(at + MSGHDR.controllen);
    if (this.nameLength < 0) return fail('EINVAL');
    if (memory.i32(at + MSGHDR.controllen + U64.high) !== 0) return fail('ENOBUFS');
    if (count > IOVECS_MAX || countHigh !== 0) return fail('EMSGSIZE');
    this.count = count;
    return this.iovecs.copy(memory, iovLow, iovHigh, count);
  }

  /** Copies the address it is to be sent to. */
  copyName(): Res {
    if ((this.#nameLow | this.#nameHigh) === 0 || this.nameLength === 0) return 0;
    const length = Math.min(this.nameLength, SOCKADDR_BYTES_MAX);
    const to = copyAddress(this.#memory, this.#nameLow, this.#nameHigh, length);
    if (typeof to === 'number') return to;
    this.to = to;
    return 0;
  }

  /** Fills segments with what is left of the iovecs when `progress` bytes are done. */
  fill(segments: Segments, progress: number): Res {
    const { asked, mapped } = this.iovecs;
    if (mapped < asked) return fail('EFAULT');
    this.iovecs.fill(segments, this.#memory);
    skip(segments, progress);
    return 0;
  }

  /** Whether there is memory for the address of who sent: 0 or -EFAULT. */
  checkName(): Res {
    return this.#nameAt() < 0 && this.#hasName ? fail('EFAULT') : 0;
  }

  /** Tells in the header what was received: address, control data (none), flags. */
  tell(received: Received): void {
    const memory = this.#memory;
    const { from } = received;
    if (this.#hasName) {
      if (from !== undefined) putAddress(memory, this.#nameAt(), this.nameLength, from);
      memory.setU32(this.#at + MSGHDR.namelen, from?.length ?? 0);
    }
    memory.setU64(this.#at + MSGHDR.controllen, 0);
    memory.setU32(this.#at + MSGHDR.flags, received.flags & TOLD);
  }

  /** Bytes before the payload of a multishot one (N4). */
  get headBytes(): number {
    return RECVMSG_OUT_BYTES + this.nameLength + this.controlLength;
  }

  /** Writes them at `at`: a struct io_uring_recvmsg_out, and the address. */
  putHead(received: Received, at: number, count: number): void {
    const memory = this.#memory;
    const { from, flags } = received;
    memory.setU32(at + RECVMSG_OUT.namelen, from?.length ?? 0);
    memory.setU32(at + RECVMSG_OUT.controllen, 0);
    memory.setU32(at + RECVMSG_OUT.payloadlen, count);
    memory.setU32(at + RECVMSG_OUT.flags, flags & TOLD);
    if (from !== undefined) putAddress(memory, at + RECVMSG_OUT_BYTES, this.nameLength, from);
  }

  get #hasName(): boolean {
    return (this.#nameLow | this.#nameHigh) !== 0;
  }

  #nameAt(): number {
    return this.#memory.at(this.#nameLow, this.#nameHigh, this.nameLength);
  }
}

/** Takes the first `count` bytes out of segments. */
function skip(segments: Segments, count: number): void {
  let left = count;
  for (let i = 0; left > 0; i++) {
    const size = Math.min(left, segments.lengths[i]!);
    segments.starts[i]! += size;
    segments.lengths[i]! -= size;
    left -= size;
  }
  segments.total -= count;
}
