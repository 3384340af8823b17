/** Digests of bytes and of files: HASH, HASH_FILE. */
import { fail, type Res } from '../abi/errno.ts';
import { AT } from '../abi/files.ts';
import type { Ring } from '../client/ring.ts';
import { operations } from '../ops/table.ts';
import { checkEncoding, decodingOf, type EncodingOption } from './arguments.ts';
import { Call } from './call.ts';
import { digestError, FileError, typeError } from './errors.ts';
import type { Path } from './path.ts';
import { pathBytes, type Staging } from './staging.ts';

/** Room for a digest; the longest in use, SHA-512's, has half of it. */
const DIGEST_BYTES = 128;
/** HASH_FILE writes before the digest how many bytes it hashed: a u64. */
const COUNT_BYTES = 8;

/** What answers an algorithm that the host does not have. */
const NO_ALGORITHM = fail('EINVAL');
/** Errors of reading the file; all others are those of opening it. */
const READ_ERRORS: readonly Res[] = [fail('EISDIR'), fail('EIO')];

/** Its memory: count, digest, the algorithm's name, and then what subclasses put. */
abstract class DigestCall<T> extends Call<T> {
  readonly #algorithm: string;

  constructor(algorithm: string, signal: AbortSignal | undefined) {
    super();
    this.#algorithm = algorithm;
    this.signal = signal;
  }

  /** Bytes before what a subclass puts. */
  protected get headBytes(): number {
    return COUNT_BYTES + DIGEST_BYTES + pathBytes(this.#algorithm);
  }

  protected get digestAt(): number {
    return this.address + COUNT_BYTES;
  }

  protected get nameAt(): number {
    return this.digestAt + DIGEST_BYTES;
  }

  stage(staging: Staging): void {
    staging.putPath(this.#algorithm, this.nameAt);
  }

  value(res: Res, staging: Staging): T {
    if (res === NO_ALGORITHM) throw digestError(this.#algorithm);
    if (res < 0) throw this.failure(res);
    return this.found(staging.copyOut(this.digestAt, res), staging);
  }

  protected abstract found(digest: Buffer, staging: Staging): T;

  protected abstract failure(res: Res): Error;
}

/** The digest of bytes, in the words of an error `hash`. */
export class HashCall extends DigestCall<Buffer> {
  readonly #data: Buffer;

  constructor(algorithm: string, data: Buffer, signal?: AbortSignal) {
    super(algorithm, signal);
    this.#data = data;
  }

  get repeatable(): boolean {
    return operations.hash.repeatable;
  }

  get bytes(): number {
    return this.headBytes + this.#data.length;
  }

  override stage(staging: Staging): void {
    super.stage(staging);
    this.#data.copy(staging.buffer, this.address + this.headBytes);
  }

  prepare(ring: Ring, sqe: number): void {
    const at = this.address + this.headBytes;
    ring.prepHash(sqe, this.nameAt, at, this.#data.length, this.digestAt);
  }

  protected found(digest: Buffer): Buffer {
    return digest;
  }

  protected failure(res: Res): Error {
    return new FileError(res, 'hash');
  }
}

/** What sumFile() finds. */
export interface FileSum {
  readonly digest: Buffer;
  /** Bytes that went into it: the file's size at that time. */
  readonly bytes: number;
}

/** The digest of a file. */
export class HashFileCall extends DigestCall<FileSum> {
  readonly #path: Path;

  constructor(algorithm: string, path: Path, signal?: AbortSignal) {
    super(algorithm, signal);
    this.#path = path;
  }

  get repeatable(): boolean {
    return operations.hashFile.repeatable;
  }

  get bytes(): number {
    return this.headBytes + pathBytes(this.#path.absolute);
  }

  override stage(staging: Staging): void {
    super.stage(staging);
    staging.putPath(this.#path.absolute, this.address + this.headBytes);
  }

  prepare(ring: Ring, sqe: number): void {
    const path = this.address + this.headBytes;
    ring.prepHashFile(sqe, this.nameAt, AT.FDCWD, path, this.address);
  }

  protected found(digest: Buffer, staging: Staging): FileSum {
    return { digest, bytes: staging.memory.s64(this.address) };
  }

  protected failure(res: Res): Error {
    if (READ_ERRORS.includes(res)) return new FileError(res, 'read');
    return new FileError(res, 'open', this.#path.given);
  }
}

/** What hash() digests: bytes, or the file at a path. */
export type HashSource = string | URL | NodeJS.ArrayBufferView;

/** The name of an algorithm; the kernel says whether there is one of that name. */
export function toAlgorithm(value: unknown): string {
  if (typeof value !== 'string') throw typeError('algorithm', 'of type string', value);
  return value;
}

/** Bytes, or text when an encoding is given. */
export async function encoded(
  digest: Promise<Buffer>,
  encoding: EncodingOption,
): Promise<Buffer | string> {
  const decoding = decodingOf(checkEncoding(encoding));
  return decoding === undefined ? digest : (await digest).toString(decoding);
}
