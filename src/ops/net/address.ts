/** Socket addresses in the memory of a process: copied in, and told back. */
import { fail, type Res } from '../../abi/errno.ts';
import { SOCKADDR_BYTES_MAX } from '../../abi/net.ts';
import type { Request } from '../../kernel/request.ts';
import type { ProcessMemory } from '../../ring/memory.ts';

/** Bytes of a length that is told back: socklen_t. */
const LENGTH_BYTES = 4;

/** Copies a sockaddr of `length` bytes: -EINVAL for an impossible length, -EFAULT. */
export function copyAddress(
  memory: ProcessMemory,
  low: number,
  high: number,
  length: number,
): Uint8Array | Res {
  if (length < 0 || length > SOCKADDR_BYTES_MAX) return fail('EINVAL');
  const at = memory.at(low, high, length);
  return at < 0 ? fail('EFAULT') : memory.bytes.slice(at, at + length);
}

/** The sockaddr at sqe.addr, sqe.off bytes long, becomes the state of a request. */
export function prepareAddress(request: Request): Res {
  const { addrLow, addrHigh, offLow, ring } = request;
  const address = copyAddress(ring.process.memory, addrLow, addrHigh, offLow);
  if (typeof address === 'number') return address;
  request.state = address;
  return 0;
}

/** What prepareAddress() copied. */
export const addressOf = (request: Request): Uint8Array => request.state as Uint8Array;

/** Copies as much of an address as there is room for. */
export function putAddress(
  memory: ProcessMemory,
  at: number,
  length: number,
  address: Uint8Array,
): void {
  memory.bytes.set(address.subarray(0, Math.min(length, address.length)), at);
}

/**
 * Where an address is told back: at sqe.addr, with its length in the socklen_t at sqe.off. How much
 * room is there is read at preparation; what is wrong with it is said when the request runs.
 */
export class AddressOut {
  readonly #memory: ProcessMemory;
  readonly #at: number;
  readonly #lengthAt: number;
  /** Bytes of room; an impossible number of them is kept. */
  readonly #room: number;
  /** 0, -EFAULT, -EINVAL. */
  readonly refusal: Res;

  constructor({ addrLow, addrHigh, offLow, offHigh, ring }: Request) {
    const { memory } = ring.process;
    this.#memory = memory;
    this.#lengthAt = memory.at(offLow, offHigh, LENGTH_BYTES);
    this.#room = this.#lengthAt < 0 ? 0 : memory.i32(this.#lengthAt);
    const used = Math.min(Math.max(this.#room, 0), SOCKADDR_BYTES_MAX);
    this.#at = memory.at(addrLow, addrHigh, used);
    const isMapped = this.#lengthAt >= 0 && this.#at >= 0;
    this.refusal = !isMapped ? fail('EFAULT') : this.#room < 0 ? fail('EINVAL') : 0;
  }

  /** Tells an address, cut to the room, and its whole length. */
  tell(address: Uint8Array): void {
    putAddress(this.#memory, this.#at, this.#room, address);
    this.#memory.setU32(this.#lengthAt, address.length);
  }
}
