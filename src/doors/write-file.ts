/** Writes whole files: in one request where the data fits, in pieces where it does not. */
import { fail, type Res } from '../abi/errno.ts';
import { AT, O } from '../abi/files.ts';
import type { Ring } from '../client/ring.ts';
import { asBuffer, isIterable } from './arguments.ts';
import { Call } from './call.ts';
import { abortErrorOf, FileError, typeError } from './errors.ts';
import type { Lanes } from './lanes.ts';
import { openFile } from './open-file.ts';
import type { Path } from './path.ts';
import { pathBytes, type Staging } from './staging.ts';

/** What can be written: text, bytes, or chunks of them one after the other. */
export type FileData =
  | string
  | NodeJS.ArrayBufferView
  | Iterable<string | NodeJS.ArrayBufferView>
  | AsyncIterable<string | NodeJS.ArrayBufferView>;

/** How a file is written. */
export interface WriteFileParts {
  readonly lanes: Lanes;
  readonly encoding: BufferEncoding;
  /** O_ flags. */
  readonly flags: number;
  readonly mode: number;
  /** Whether the data is made durable before the Promise resolves. */
  readonly flush: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Errors of the write itself; all others are those of the open. */
const WRITE_ERRORS: readonly Res[] = [fail('ENOSPC'), fail('EDQUOT'), fail('EIO'), fail('EFBIG')];

/** WRITE_FILE. Its data comes first in the memory of the call, then the path. */
export class WriteFileCall extends Call<void> {
  readonly #path: Path;
  readonly #data: string | Buffer;
  readonly #parts: WriteFileParts;
  readonly #room: number;
  #length: number;

  constructor(path: Path, data: string | Buffer, parts: WriteFileParts) {
    super();
    this.#path = path;
    this.#data = data;
    this.#parts = parts;
    this.#room = Buffer.byteLength(data, parts.encoding);
    this.#length = this.#room;
    this.signal = parts.signal;
  }

  get repeatable(): boolean {
    return false; // O_APPEND and O_EXCL are not, and a reader may have seen the first time
  }

  get bytes(): number {
    return this.#room + pathBytes(this.#path.absolute);
  }

  stage(staging: Staging): void {
    const data = this.#data;
    if (typeof data === 'string')
      this.#length = staging.buffer.write(data, this.address, this.#room, this.#parts.encoding);
    else data.copy(staging.buffer, this.address);
    staging.putPath(this.#path.absolute, this.address + this.#room);
  }

  prepare(ring: Ring, sqe: number): void {
    const { flags, mode } = this.#parts;
    const { address } = this;
    const path = address + this.#room;
    ring.prepWriteFile(sqe, AT.FDCWD, path, address, this.#length, flags & ~O.ACCMODE, mode);
  }

  value(res: Res): void {
    if (res >= 0) return;
    if (WRITE_ERRORS.includes(res)) throw new FileError(res, 'write');
    throw new FileError(res, 'open', this.#path.given);
  }
}

/** Bytes as a Buffer, text as it is; undefined for what comes in chunks. */
function wholeData(data: unknown): string | Buffer | undefined {
  if (typeof data === 'string') return data;
  if (ArrayBuffer.isView(data)) return asBuffer(data as NodeJS.ArrayBufferView);
  if (isIterable(data)) return undefined;
  throw typeError('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data);
}

/** Writes `data` to the file at `path`. */
export function writeFile(path: Path, data: FileData, parts: WriteFileParts): Promise<void> {
  const { lanes, encoding, flags, flush } = parts;
  const whole = wholeData(data);
  const inOne =
    whole !== undefined &&
    !flush &&
    (flags & O.ACCMODE) !== O.RDONLY && // else it must fail as a write of such a file does
    Buffer.byteLength(whole, encoding) <= lanes.staging.pieceBytes;
  if (inOne) return lanes.start(new WriteFileCall(path, whole, parts));
  return writeInPieces(path, whole === undefined ? data : [whole], parts);
}

function writeInPieces(path: Path, chunks: unknown, parts: WriteFileParts): Promise<void> {
  const { lanes, encoding, flags, mode, flush, signal } = parts;
  return lanes.job(async () => {
    await using file = await openFile(lanes, { path, flags, mode });
    for await (const chunk of chunks as AsyncIterable<unknown>) {
      if (signal?.aborted) throw abortErrorOf(signal);
      const data = wholeData(chunk);
      if (data === undefined) throw typeError('data', 'of type string or a view of bytes', chunk);
      const bytes = typeof data === 'string' ? Buffer.from(data, encoding) : data;
      await file.write(bytes, 0, bytes.length, null);
    }
    if (flush) await file.sync();
  });
}
