/** Reads whole files: in one request where they fit, in pieces where they do not. */
import { fail, type Res } from '../abi/errno.ts';
import { AT, O } from '../abi/files.ts';
import type { Ring } from '../client/ring.ts';
import { operations } from '../ops/table.ts';
import { NULL } from '../ring/allocator.ts';
import { Call } from './call.ts';
import { abortErrorOf, FileError, tooLargeError } from './errors.ts';
import type { FileHandle } from './file-handle.ts';
import type { Lanes } from './lanes.ts';
import type { BufferLease } from './lease.ts';
import { openFile } from './open-file.ts';
import type { Path } from './path.ts';
import type { SizeGuess } from './size-guess.ts';
import { pathBytes, type Staging } from './staging.ts';

/** Bytes of the largest file that has a Buffer: Node's own limit. */
const FILE_BYTES_MAX = 2 ** 31 - 1;
const TOO_LARGE = fail('EFBIG');
/** Errors of the read itself; all others are those of the open. */
const READ_ERRORS: readonly Res[] = [fail('EISDIR'), fail('EIO')];
/** Bytes asked for where a file does not tell its size. */
const BLIND_PIECE_BYTES = 64 * 1024;

/** What a read becomes: bytes or text of the caller's own, or a lease. */
export type Delivery = 'bytes' | 'lease' | BufferEncoding;
type Delivered = Buffer | string | BufferLease;

/** What a read needs beside its path. */
export interface ReadFileParts {
  readonly lanes: Lanes;
  readonly guess: SizeGuess;
  readonly delivery: Delivery;
  readonly signal: AbortSignal | undefined;
}

/** READ_FILE. Its data comes first in the memory of the call, then the path. */
export class ReadFileCall extends Call<Delivered> {
  readonly #path: Path;
  readonly #parts: ReadFileParts;
  readonly #room: number;

  constructor(path: Path, parts: ReadFileParts, room: number = parts.guess.bytes) {
    super();
    this.#path = path;
    this.#parts = parts;
    this.#room = room;
    this.signal = parts.signal;
  }

  get repeatable(): boolean {
    return operations.readFile.repeatable;
  }

  get bytes(): number {
    return this.#room + pathBytes(this.#path.absolute);
  }

  stage(staging: Staging): void {
    staging.putPath(this.#path.absolute, this.address + this.#room);
  }

  prepare(ring: Ring, sqe: number): void {
    const { address } = this;
    ring.prepReadFile(sqe, AT.FDCWD, address + this.#room, address, this.#room);
  }

  value(res: Res, staging: Staging): Delivered | Promise<Delivered> {
    const { delivery, guess } = this.#parts;
    if (res === TOO_LARGE) return this.#readInPieces();
    if (res < 0) {
      if (READ_ERRORS.includes(res)) throw new FileError(res, 'read');
      throw new FileError(res, 'open', this.#path.given);
    }
    guess.learn(res);
    if (res > this.#room) return this.#readAgain(res, staging);
    if (delivery === 'bytes') return staging.copyOut(this.address, res);
    if (delivery !== 'lease')
      return staging.buffer.toString(delivery, this.address, this.address + res);
    const lease = staging.lend(this.address, res);
    this.address = NULL; // the lease frees it
    return lease;
  }

  /** It was larger than guessed. */
  #readAgain(size: number, staging: Staging): Promise<Delivered> {
    const fits = size <= staging.pieceBytes || this.#parts.delivery === 'lease';
    if (!fits) return this.#readInPieces();
    return this.#parts.lanes.start(new ReadFileCall(this.#path, this.#parts, size));
  }

  async #readInPieces(): Promise<Buffer | string> {
    const { delivery, lanes, signal } = this.#parts;
    if (delivery === 'lease') throw new FileError(TOO_LARGE, 'read');
    const bytes = await readInPieces(lanes, this.#path, O.RDONLY, signal);
    return delivery === 'bytes' ? bytes : bytes.toString(delivery);
  }
}

/** Reads a file into a Buffer or a string of the caller's own. */
export const readOwn = (
  path: Path,
  parts: ReadFileParts & { readonly delivery: Exclude<Delivery, 'lease'> },
): Promise<Buffer | string> =>
  parts.lanes.start(new ReadFileCall(path, parts)) as Promise<Buffer | string>;

/** Reads a file into a lease. */
export const readLease = (
  path: Path,
  parts: Omit<ReadFileParts, 'delivery'>,
): Promise<BufferLease> =>
  parts.lanes.start(
    new ReadFileCall(path, { ...parts, delivery: 'lease' }),
  ) as Promise<BufferLease>;

/** Reads a file that is too large for one request, or is opened with other flags than O_RDONLY. */
export function readInPieces(
  lanes: Lanes,
  path: Path,
  flags: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  return lanes.job(async () => {
    await using file = await openFile(lanes, { path, flags });
    const { size } = await file.stat();
    if (size > FILE_BYTES_MAX) throw tooLargeError(size);
    if (size > 0) return await readUntil(file, Buffer.allocUnsafeSlow(size), lanes, signal);
    const pieces: Buffer[] = []; // a file of /proc, for example, does not tell its size
    for (;;) {
      const room = Buffer.allocUnsafeSlow(BLIND_PIECE_BYTES);
      const piece = await readUntil(file, room, lanes, signal);
      pieces.push(piece);
      if (piece.length < room.length) return Buffer.concat(pieces);
    }
  });
}

/** Fills `bytes` from the file's position on; what was there before its end. */
async function readUntil(
  file: FileHandle,
  bytes: Buffer,
  { staging }: Lanes,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  let filled = 0;
  while (filled < bytes.length) {
    if (signal?.aborted) throw abortErrorOf(signal);
    const wanted = Math.min(bytes.length - filled, staging.pieceBytes);
    const { bytesRead } = await file.read(bytes, filled, wanted, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
