/** An open file of a door, in the manner of node:fs/promises. */
import { fail } from '../abi/errno.ts';
import {
  asBuffer,
  attempt,
  checkEncoding,
  type Stretch,
  type TransferOptions,
  toInteger,
  toObject,
  toPosition,
  toStretch,
  toView,
  toViews,
} from './arguments.ts';
import type { Descriptor } from './descriptor.ts';
import { FileError, rangeError, typeError, valueError } from './errors.ts';
import { fdatasync, fstat, fsync, ftruncate } from './fd-calls.ts';
import type { CallOptions } from './options.ts';
import type { Stats } from './stats.ts';

type View = NodeJS.ArrayBufferView;

/** The buffer to fill, and which stretch of it. */
export interface ReadOptions<T extends View = View> extends TransferOptions {
  readonly buffer?: T;
}

/** What was read, and where it is. */
export interface ReadResult<T extends View> {
  readonly bytesRead: number;
  readonly buffer: T;
}

/** What was written. */
export interface WriteResult<T> {
  readonly bytesWritten: number;
  readonly buffer: T;
}

/** Bytes of the buffer that read() makes when it is given none. */
const OWN_BUFFER_BYTES = 16 * 1024;

const lengthOf = (pieces: readonly Buffer[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0);

/**
 * A file opened by Uring.open(). It belongs to one lane: its calls go there. close() waits for what
 * is under way; `await using` closes it.
 */
export class FileHandle implements AsyncDisposable {
  readonly #descriptor: Descriptor;

  constructor(descriptor: Descriptor) {
    this.#descriptor = descriptor;
  }

  /** Its descriptor in the process of its lane; -1 once it is closed. */
  get fd(): number {
    return this.#descriptor.closed ? -1 : this.#descriptor.fd;
  }

  /**
   * Reads into `buffer`: at most `length` bytes, from `position` of the file, to `offset` of the
   * buffer. Fewer than asked for only at the end of the file. A buffer in a lease is filled without
   * a copy.
   */
  read<T extends View>(
    buffer: T,
    offset?: number | null,
    length?: number | null,
    position?: number | bigint | null,
  ): Promise<ReadResult<T>>;
  read<T extends View>(buffer: T, options?: TransferOptions | null): Promise<ReadResult<T>>;
  read<T extends View = Buffer>(options?: ReadOptions<T> | null): Promise<ReadResult<T>>;
  read(
    first?: View | ReadOptions | null,
    second?: number | TransferOptions | null,
    length?: number | null,
    position?: number | bigint | null,
  ): Promise<ReadResult<View>> {
    return attempt(() => {
      const isView = ArrayBuffer.isView(first);
      const buffer = isView
        ? first
        : toView(toObject<ReadOptions>(first).buffer ?? Buffer.alloc(OWN_BUFFER_BYTES));
      const given = isView ? second : first;
      const isObject = typeof given === 'object' && given !== null;
      const options = isObject ? given : { offset: given as number, length, position };
      const none = { bytesRead: 0, buffer };
      if ((options.length ?? buffer.byteLength) === 0) return Promise.resolve(none);
      if (buffer.byteLength === 0)
        throw valueError('buffer', 'is empty and cannot be written', buffer);
      const stretch = toStretch(buffer, options);
      if (stretch.length === 0) return Promise.resolve(none);
      const result = (bytesRead: number) => ({ bytesRead, buffer });
      const transfer = { syscall: 'read', ...stretch } as const;
      return this.#descriptor.transfer('read', transfer, result, options);
    });
  }

  /** Reads into several buffers, one after the other. */
  readv<T extends View>(
    buffers: readonly T[],
    position?: number | bigint | null,
  ): Promise<{ bytesRead: number; buffers: readonly T[] }> {
    return attempt(() => {
      const pieces = toViews(buffers).map(asBuffer);
      const stretch = { pieces, length: lengthOf(pieces), position: toPosition(position) };
      if (pieces.length === 0) throw new FileError(fail('EINVAL'), 'read');
      return this.#descriptor.transfer('readv', { syscall: 'read', ...stretch }, (bytesRead) => ({
        bytesRead,
        buffers,
      }));
    });
  }

  /** Writes bytes of a buffer, or a text, at `position` of the file. */
  write<T extends View>(
    buffer: T,
    offset?: number | null,
    length?: number | null,
    position?: number | null,
  ): Promise<WriteResult<T>>;
  write<T extends View>(buffer: T, options?: TransferOptions | null): Promise<WriteResult<T>>;
  write(
    text: string,
    position?: number | null,
    encoding?: BufferEncoding | null,
  ): Promise<WriteResult<string>>;
  write(
    data: View | string,
    second?: number | TransferOptions | null,
    third?: number | string | null,
    fourth?: number | null,
  ): Promise<WriteResult<View | string>> {
    return attempt(() => {
      const stretch = ArrayBuffer.isView(data)
        ? viewStretch(data, second, third, fourth)
        : textStretch(data, second, third);
      if (stretch.length === 0) return Promise.resolve({ bytesWritten: 0, buffer: data });
      const result = (bytesWritten: number) => ({ bytesWritten, buffer: data });
      const transfer = { syscall: 'write', ...stretch } as const;
      return this.#descriptor.transfer('write', transfer, result, second);
    });
  }

  /** Writes several buffers, one after the other. */
  writev<T extends View>(
    buffers: readonly T[],
    position?: number | null,
  ): Promise<{ bytesWritten: number; buffers: readonly T[] }> {
    return attempt(() => {
      const pieces = toViews(buffers).map(asBuffer);
      const stretch = { pieces, length: lengthOf(pieces), position: toPosition(position) };
      if (stretch.length === 0) return Promise.resolve({ bytesWritten: 0, buffers });
      return this.#descriptor.transfer(
        'writev',
        { syscall: 'write', ...stretch },
        (bytesWritten) => ({
          bytesWritten,
          buffers,
        }),
      );
    });
  }

  /** Its status: fstat(2). */
  stat(options?: CallOptions): Promise<Stats> {
    return attempt(() => this.#descriptor.start(fstat, 0, options));
  }

  /** Cuts the file, or extends it with zeroes, to `length` bytes. */
  truncate(length = 0, options?: CallOptions): Promise<void> {
    return attempt(() => {
      const bytes = Math.max(0, toInteger(length, 'len'));
      return this.#descriptor.start(ftruncate, bytes, options);
    });
  }

  /** Makes what was written durable: fsync(2). */
  sync(options?: CallOptions): Promise<void> {
    return attempt(() => this.#descriptor.start(fsync, 0, options));
  }

  /** The same without what is not needed to read it back: fdatasync(2). */
  datasync(options?: CallOptions): Promise<void> {
    return attempt(() => this.#descriptor.start(fdatasync, 0, options));
  }

  /** Closes the file when the calls under way have ended. */
  close(): Promise<void> {
    return this.#descriptor.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The arguments of write() for a buffer. */
function viewStretch(
  view: View,
  second: number | TransferOptions | null | undefined,
  length: unknown,
  position: number | null | undefined,
): Stretch {
  const isObject = typeof second === 'object' && second !== null;
  const options = isObject
    ? second
    : { offset: second as number, length: length as number, position };
  if ((options.offset ?? 0) > view.byteLength && view.byteLength > 0)
    throw rangeError('offset', `<= ${view.byteLength}`, options.offset);
  return toStretch(view, options);
}

/** The arguments of write() for a text. */
function textStretch(text: unknown, position: unknown, encoding: unknown): Stretch {
  if (typeof text !== 'string')
    throw typeError(
      'buffer',
      'of type string or an instance of Buffer, TypedArray, or DataView',
      text,
    );
  const bytes = Buffer.from(text, (checkEncoding(encoding) ?? 'utf8') as BufferEncoding);
  const at = typeof position === 'number' ? position : null;
  return { pieces: [bytes], length: bytes.length, position: toPosition(at) };
}
