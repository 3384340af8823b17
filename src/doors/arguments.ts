/** Arguments of the doors, checked as node:fs checks them: flags, modes, encodings, ranges. */
import { types } from 'node:util';
import { O } from '../abi/files.ts';
import { rangeError, typeError, valueError } from './errors.ts';
import type { CallOptions } from './options.ts';

/** How text is decoded; `'buffer'` and null leave bytes. */
export type EncodingOption = BufferEncoding | 'buffer' | null | undefined;

const FLAGS: Readonly<Record<string, number>> = {
  r: O.RDONLY,
  rs: O.RDONLY | O.SYNC,
  'r+': O.RDWR,
  'rs+': O.RDWR | O.SYNC,
  w: O.TRUNC | O.CREAT | O.WRONLY,
  wx: O.TRUNC | O.CREAT | O.WRONLY | O.EXCL,
  'w+': O.TRUNC | O.CREAT | O.RDWR,
  'wx+': O.TRUNC | O.CREAT | O.RDWR | O.EXCL,
  a: O.APPEND | O.CREAT | O.WRONLY,
  ax: O.APPEND | O.CREAT | O.WRONLY | O.EXCL,
  as: O.APPEND | O.CREAT | O.WRONLY | O.SYNC,
  'a+': O.APPEND | O.CREAT | O.RDWR,
  'ax+': O.APPEND | O.CREAT | O.RDWR | O.EXCL,
  'as+': O.APPEND | O.CREAT | O.RDWR | O.SYNC,
};
/** The same with the letters the other way round. */
const TURNED: Readonly<Record<string, string>> = { sr: 'rs', xw: 'wx', xa: 'ax', sa: 'as' };

const INT32_MAX = 2 ** 31 - 1;
const UINT32_MAX = 2 ** 32 - 1;

/** A whole number in [min, max]; throws ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE. */
export function toInteger(
  value: unknown,
  name: string,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== 'number') throw typeError(name, 'of type number', value);
  if (!Number.isInteger(value)) throw rangeError(name, 'an integer', value);
  if (value < min || value > max) throw rangeError(name, `>= ${min} && <= ${max}`, value);
  return value;
}

/** O_ flags from `'w+'` and the like, or from a number of Linux's. */
export function toFlags(value: unknown, name = 'flags'): number {
  if (value === undefined || value === null) return O.RDONLY;
  if (typeof value === 'number') return toInteger(value, name, -INT32_MAX - 1, INT32_MAX);
  const text = String(value);
  const sorted = (TURNED[text.slice(0, 2)] ?? text.slice(0, 2)) + text.slice(2);
  const flags = typeof value === 'string' && Object.hasOwn(FLAGS, sorted) && FLAGS[sorted];
  if (typeof flags !== 'number') throw valueError(name, 'is invalid', value);
  return flags;
}

/** Permission bits: a number, or octal digits. */
export function toMode(value: unknown, fallback: number, name = 'mode'): number {
  if (value === undefined || value === null) return fallback;
  if (typeof value !== 'string') return toInteger(value, name, 0, UINT32_MAX);
  const why = 'must be a 32-bit unsigned integer or an octal string';
  if (!/^[0-7]+$/.test(value)) throw valueError(name, why, value);
  return Number.parseInt(value, 8);
}

/** Options given as an object, or as an encoding alone. */
export function toOptions<T extends { encoding?: EncodingOption }>(
  value: T | EncodingOption,
): Partial<T> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string') return { encoding: checkEncoding(value) } as Partial<T>;
  if (typeof value !== 'object') throw typeError('options', 'one of type string or object', value);
  checkEncoding(value.encoding);
  return value;
}

/** An encoding that Buffer knows; throws ERR_INVALID_ARG_VALUE. */
export function checkEncoding(value: unknown): EncodingOption {
  if (value === undefined || value === null || value === 'buffer') return value;
  if (typeof value !== 'string' || !Buffer.isEncoding(value))
    throw valueError('encoding', 'is invalid encoding', value);
  return value;
}

/** The encoding to decode with; undefined: bytes are wanted. */
export const decodingOf = (encoding: EncodingOption): BufferEncoding | undefined =>
  encoding === 'buffer' || encoding === null ? undefined : encoding;

/** The bytes that a view covers, as a Buffer. */
export const asBuffer = (view: NodeJS.ArrayBufferView): Buffer =>
  Buffer.from(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);

/** A view of bytes; throws ERR_INVALID_ARG_TYPE. */
export function toView(value: unknown, name = 'buffer'): NodeJS.ArrayBufferView {
  if (ArrayBuffer.isView(value)) return value as NodeJS.ArrayBufferView;
  throw typeError(name, 'an instance of Buffer, TypedArray, or DataView', value);
}

/** An array of views; throws ERR_INVALID_ARG_TYPE. */
export function toViews(value: unknown): readonly NodeJS.ArrayBufferView[] {
  if (Array.isArray(value) && value.every((view) => ArrayBuffer.isView(view)))
    return value as NodeJS.ArrayBufferView[];
  throw typeError('buffers', 'an ArrayBufferView[]', value);
}

/** A position in a file, or -1 for the file's own. */
export function toPosition(value: unknown): number {
  if (value === undefined || value === null) return -1;
  if (typeof value === 'number') return toInteger(value, 'position', -1);
  if (typeof value !== 'bigint') throw typeError('position', 'of type bigint or integer', value);
  const max = 2n ** 63n - 1n;
  if (value < -1n || value > max) throw rangeError('position', `>= -1 && <= ${max}`, value);
  return Number(value);
}

/** Which stretch of a buffer, and where in the file (null or -1: its own position). */
export interface TransferOptions extends CallOptions {
  readonly offset?: number | null | undefined;
  readonly length?: number | null | undefined;
  readonly position?: number | bigint | null | undefined;
}

/** A stretch of the caller's bytes, and a position in a file. */
export interface Stretch {
  readonly pieces: readonly Buffer[];
  readonly length: number;
  readonly position: number;
}

/** Offset and length of a stretch of `whole` bytes; checked in the order in which read() does. */
function checkStretch(whole: number, { offset, length }: TransferOptions): [number, number] {
  const from = offset === undefined || offset === null ? 0 : toInteger(offset, 'offset', 0);
  const bytes = length ?? whole - from;
  if (bytes === 0) return [0, 0];
  if (toInteger(bytes, 'length') < 0) throw rangeError('length', '>= 0', bytes);
  if (from + bytes > whole) throw rangeError('length', `<= ${whole - from}`, bytes);
  return [from, bytes];
}

/** The stretch of a view that is to be read or written. */
export function toStretch(view: NodeJS.ArrayBufferView, options: TransferOptions): Stretch {
  const [from, length] = checkStretch(view.byteLength, options);
  const piece = Buffer.from(view.buffer as ArrayBuffer, view.byteOffset + from, length);
  return { pieces: [piece], length, position: toPosition(options.position) };
}

/** Throws ERR_INVALID_ARG_TYPE unless it is a signal, or there is none. */
export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined || value instanceof AbortSignal) return value;
  if (typeof value === 'object' && value !== null && 'aborted' in value)
    return value as AbortSignal;
  throw typeError('options.signal', 'an instance of AbortSignal', value);
}

/** Whether it is something to iterate over for chunks. */
export const isIterable = (value: unknown): value is AsyncIterable<unknown> | Iterable<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !types.isAnyArrayBuffer(value) &&
  (Symbol.asyncIterator in value || Symbol.iterator in value);

/** What `start` throws rejects: as in node:fs/promises, wrong arguments are no exceptions. */
export function attempt<T>(start: () => Promise<T>): Promise<T> {
  try {
    return start();
  } catch (error) {
    return Promise.reject(error);
  }
}

/** An object of options, or none. */
export function toObject<T extends object>(value: T | undefined | null): Partial<T> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object') throw typeError('options', 'of type object', value);
  return value;
}

/** True or false; throws ERR_INVALID_ARG_TYPE. */
export function toBoolean(value: unknown, name: string, fallback = false): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw typeError(name, 'of type boolean', value);
  return value;
}

/** What node:fs has and a door has not: better refused than ignored. */
export function refuseOption<T extends object>(options: T | undefined | null, name: string): void {
  const value = options === null || options === undefined ? undefined : Reflect.get(options, name);
  if (value) throw valueError(`options.${name}`, 'is not supported', value);
}
