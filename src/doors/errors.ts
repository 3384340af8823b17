/** The errors of the doors, in the words of Node's own. */
import { inspect } from 'node:util';
import { ERRNO, type Res } from '../abi/errno.ts';
import { KernelError } from '../client/error.ts';

/** A path in an error. */
const shown = (path: string | Uint8Array): string =>
  typeof path === 'string' ? path : Buffer.from(path).toString();

/** A file call failed: `code`, `errno`, `syscall`, `path`, `dest` and message as Node has them. */
export class FileError extends KernelError {
  declare readonly dest?: string;

  constructor(res: Res, syscall: string, path?: string | Uint8Array, dest?: string | Uint8Array) {
    super(res, syscall, path === undefined ? undefined : shown(path));
    if (dest === undefined) return;
    this.dest = shown(dest);
    this.message += ` -> '${this.dest}'`;
  }
}

/** The caller's signal aborted the call. */
export class AbortError extends Error {
  override readonly name = 'AbortError';
  readonly code = 'ABORT_ERR';

  constructor(reason: unknown) {
    super('The operation was aborted', { cause: reason });
  }
}

/** A call took longer than its `timeout`: `code` and `errno` are those of ETIME. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'ETIME';
  readonly errno = -ERRNO.ETIME;

  constructor(timeoutMs: number) {
    super(`The operation timed out after ${timeoutMs} ms`);
  }
}

/** What a call rejects with that a signal took back. */
export const abortErrorOf = ({ reason }: AbortSignal): Error =>
  reason instanceof TimeoutError ? reason : new AbortError(reason);

const coded = <E extends Error>(error: E, code: string, more = {}): E =>
  Object.assign(error, { code, ...more });

/** A call after close(). */
export const closedError = (): Error => coded(new Error('The Uring is closed'), 'ERR_URING_CLOSED');

/** A call on a handle or directory that was closed. */
export const fileClosedError = (syscall: string): Error =>
  coded(new Error('file closed'), 'EBADF', { syscall });

/** ERR_DIR_CLOSED. */
export const dirClosedError = (): Error =>
  coded(new Error('Directory handle was closed'), 'ERR_DIR_CLOSED');

/** ERR_FS_EISDIR: rm() of a directory without `recursive`. */
export function isDirectoryError(path: string | Uint8Array): Error {
  const text = `Path is a directory: rm returned EISDIR (is a directory) ${shown(path)}`;
  const more = { name: 'SystemError', errno: ERRNO.EISDIR, syscall: 'rm', path: shown(path) };
  return coded(new Error(text), 'ERR_FS_EISDIR', more);
}

/** ERR_INVALID_ARG_TYPE; `expected` begins with "of type" or "an instance of". */
export const typeError = (name: string, expected: string, value: unknown): TypeError => {
  const what = name.includes('.') ? 'property' : 'argument';
  const text = `The "${name}" ${what} must be ${expected}. Received ${describe(value)}`;
  return coded(new TypeError(text), 'ERR_INVALID_ARG_TYPE');
};

/** ERR_INVALID_ARG_VALUE. */
export function valueError(name: string, reason: string, value: unknown): TypeError {
  const what = name.includes('.') ? 'property' : 'argument';
  const whole = inspect(value);
  const received = whole.length > 128 ? `${whole.slice(0, 128)}...` : whole;
  const text = `The ${what} '${name}' ${reason}. Received ${received}`;
  return coded(new TypeError(text), 'ERR_INVALID_ARG_VALUE');
}

/** ERR_OUT_OF_RANGE. */
export function rangeError(name: string, range: string, value: unknown): RangeError {
  const text = `The value of "${name}" is out of range. It must be ${range}. Received `;
  return coded(new RangeError(text + received(value)), 'ERR_OUT_OF_RANGE');
}

/** ERR_OUT_OF_RANGE of copyFile(), which Node words differently. */
export const copyModeError = (max: number): RangeError =>
  coded(new RangeError(`mode is out of range: >= 0 && <= ${max}`), 'ERR_OUT_OF_RANGE');

/** ERR_FS_FILE_TOO_LARGE: no Buffer could hold it. */
export const tooLargeError = (bytes: number): RangeError =>
  coded(new RangeError(`File size (${bytes}) is greater than 2 GiB`), 'ERR_FS_FILE_TOO_LARGE');

/** ERR_CRYPTO_INVALID_DIGEST: the host does not have that algorithm. */
export const digestError = (algorithm: string): TypeError =>
  coded(new TypeError(`Invalid digest: ${algorithm}`), 'ERR_CRYPTO_INVALID_DIGEST');

/** Large numbers are easier to read in groups of three digits. */
function received(value: unknown): string {
  const large = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) > 2 ** 32;
  if (!large && typeof value !== 'bigint') return inspect(value);
  const grouped = String(value).replace(/\B(?=(\d{3})+$)/g, '_');
  return typeof value === 'bigint' ? `${grouped}n` : grouped;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'function';
  if (typeof value === 'object') {
    const name = value.constructor?.name;
    return name ? `an instance of ${name}` : inspect(value, { depth: -1 });
  }
  if (typeof value !== 'string') return `type ${typeof value} (${inspect(value)})`;
  const short = value.length > 28 ? `${value.slice(0, 25)}...` : value;
  return `type string (${short.includes("'") ? JSON.stringify(short) : `'${short}'`})`;
}
