/** Path arguments: strings, bytes and file: URLs, checked as Node checks them, made absolute. */
import { fileURLToPath } from 'node:url';
import { isUint8Array } from 'node:util/types';
import { PATH_BYTES_MAX } from '../abi/limits.ts';
import { typeError, valueError } from './errors.ts';

/** What a path can be given as; bytes need not be UTF-8. */
export type PathLike = string | Uint8Array | URL;

/** A path as the caller gave it, for errors, and as the kernel gets it. */
export interface Path {
  readonly given: string | Uint8Array;
  readonly absolute: string | Uint8Array;
}

const SLASH = 0x2f;
/** Longer strings are measured in bytes before they are cut to what the kernel reads. */
const SURELY_SHORT = Math.floor(PATH_BYTES_MAX / 3) - 1;

const isUrl = (value: unknown): value is URL =>
  value instanceof URL ||
  (typeof value === 'object' && value !== null && 'href' in value && 'protocol' in value);

/** The path in an argument; throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE for a NUL. */
function checkPath(value: unknown, name: string): string | Uint8Array {
  const path = isUrl(value) ? fileURLToPath(value) : value;
  if (typeof path === 'string') {
    if (!path.includes('\0')) return path;
  } else if (isUint8Array(path)) {
    if (!path.includes(0)) return path;
  } else throw typeError(name, 'of type string or an instance of Buffer or URL', value);
  throw valueError(name, 'must be a string, Uint8Array, or URL without null bytes', path);
}

/**
 * A path argument; a relative one begins at `cwd`, or at the process's current directory. The empty
 * path stays empty: it is nowhere.
 */
export function toPath(value: unknown, cwd: string | undefined, name = 'path'): Path {
  const given = checkPath(value, name);
  if (typeof given !== 'string') {
    const isWhole = given.length === 0 || given[0] === SLASH;
    return { given, absolute: isWhole ? given : joinBytes(cwd ?? process.cwd(), given) };
  }
  const isWhole = given.length === 0 || given.charCodeAt(0) === SLASH;
  const absolute = isWhole ? given : `${cwd ?? process.cwd()}/${given}`;
  return { given, absolute: absolute.length < SURELY_SHORT ? absolute : Buffer.from(absolute) };
}

const joinBytes = (directory: string | Uint8Array, name: Uint8Array): Buffer =>
  Buffer.concat([toBytes(directory), Buffer.from('/'), name]);

const toBytes = (path: string | Uint8Array): Buffer =>
  typeof path === 'string'
    ? Buffer.from(path)
    : Buffer.from(path.buffer, path.byteOffset, path.length);

/** A name in a directory. */
export const childOf = ({ given, absolute }: Path, name: Uint8Array): Path => ({
  given: joinBytes(given, name),
  absolute: joinBytes(absolute, name),
});

/** The path up to its last slash; undefined where there is none, or nothing before it. */
export function parentOf({ given, absolute }: Path): Path | undefined {
  const bytes = toBytes(given);
  const end = bytes.lastIndexOf(SLASH);
  if (end <= 0) return undefined;
  const whole = toBytes(absolute);
  return {
    given: bytes.subarray(0, end),
    absolute: whole.subarray(0, whole.length - bytes.length + end),
  };
}
