/** One operation with its values: how they become bytes and an SQE, and how they come back. */
import type { Res } from '../abi/errno.ts';
import type { Ring } from '../client/ring.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import { GRAIN_BYTES } from '../ring/size-classes.ts';
import type { SyscallResult } from './completion-entry.ts';

/** Where a request's parts lie in memory: one address for each. */
export type Addresses = Int32Array;

/** One operation with its values. */
export interface Plan {
  /** What it keeps in memory: bytes that are copied there, or room for so many. */
  readonly parts: readonly (Uint8Array | number)[];
  /** Writes the SQE, and what in its memory depends on addresses. */
  readonly encode: (ring: Ring, sqe: number, at: Addresses, memory: ProcessMemory) => void;
  /** What a result of 0 and more means; the number itself when left out. */
  readonly decode?: (res: Res, at: Addresses, memory: ProcessMemory) => SyscallResult;
  /** The same with room for a result that did not fit; undefined when it did. */
  readonly enlarge?: (res: Res) => Plan | undefined;
}

const UTF8 = new TextEncoder();

/** Bytes of one part. */
export const bytesOf = (part: Uint8Array | number): number =>
  typeof part === 'number' ? part : part.length;

/** Parts begin at multiples of this, so that any record is aligned. */
const toGrain = (bytes: number): number => Math.ceil(bytes / GRAIN_BYTES) * GRAIN_BYTES;

/** Bytes that the parts of a plan occupy together. */
export const stagedBytes = ({ parts }: Plan): number =>
  parts.reduce<number>((sum, part) => sum + toGrain(bytesOf(part)), 0);

/** Where the parts lie when their block is at `block`. */
export function addressesOf({ parts }: Plan, block: number): Addresses {
  const addresses = new Int32Array(parts.length);
  let at = block;
  for (const [i, part] of parts.entries()) {
    addresses[i] = at;
    at += toGrain(bytesOf(part));
  }
  return addresses;
}

/** Copies what a plan brings along to its place. */
export function placeParts({ parts }: Plan, at: Addresses, memory: ProcessMemory): void {
  for (const [i, part] of parts.entries())
    if (typeof part !== 'number') memory.bytes.set(part, at[i]!);
}

/** A private copy of the bytes at an address. */
export const copyOut = (memory: ProcessMemory, at: number, bytes: number): Uint8Array =>
  memory.bytes.slice(at, at + bytes);

/** A string or bytes without a NUL, with one behind them; a private copy. */
export function terminated(what: string, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? UTF8.encode(value) : value;
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what} must be a string or bytes`);
  if (bytes.includes(0)) throw new TypeError(`${what} must not contain a NUL`);
  const copy = new Uint8Array(bytes.length + 1);
  copy.set(bytes);
  return copy;
}

/** Room for that many bytes. */
export function room(lengthBytes: number): number {
  if (!(Number.isInteger(lengthBytes) && lengthBytes >= 0 && lengthBytes < 2 ** 31))
    throw new RangeError(`a length must be 0 to 2^31-1 bytes, not ${lengthBytes}`);
  return lengthBytes;
}

/** A private copy of bytes that somebody brings: entries are submitted later, and again. */
export function copyIn(bytes: Uint8Array): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('data must be bytes');
  return new Uint8Array(bytes);
}
