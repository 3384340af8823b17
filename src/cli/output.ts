/** A stream of bytes to standard output: lines in large writes, and its end noticed. */
import type { Writable } from 'node:stream';
import { type ByteString, toBytes } from './byte-string.ts';

/** Lines wait for so many bytes or for the end of the event loop's turn. */
const CHUNK_BYTES = 64 * 1024;

export interface OutputParts {
  readonly stream: Writable;
  /** Called before each write, to clear the terminal's line. */
  readonly beforeWrite: () => void;
  /** Called once, when nothing more can be written. */
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

export class Output {
  readonly #parts: OutputParts;
  #text: ByteString = '';
  #broken = false;
  #drained: Promise<void> | undefined;
  #onDrained = (): void => {};

  constructor(parts: OutputParts) {
    this.#parts = parts;
    parts.stream.on('error', (error) => this.#break(error));
    parts.stream.on('drain', () => this.#onDrained());
  }

  /** Answers a promise when the reader is slow: wait for it before the next write. */
  write(text: ByteString): void | Promise<void> {
    if (this.#broken) return;
    if (this.#text === '') setImmediate(() => this.#send());
    this.#text += text;
    if (this.#text.length >= CHUNK_BYTES) this.#send();
    return this.#drained;
  }

  /** Resolves when everything is written, or nothing can be. */
  async flush(): Promise<void> {
    this.#send();
    await this.#drained;
    if (this.#broken) return;
    const error = await new Promise<Error | null | undefined>((resolve) =>
      this.#parts.stream.write('', resolve),
    );
    if (error) this.#break(error);
  }

  #send(): void {
    if (this.#text === '' || this.#broken) return;
    const bytes = toBytes(this.#text);
    this.#text = '';
    this.#parts.beforeWrite();
    if (this.#parts.stream.write(bytes) || this.#drained !== undefined) return;
    this.#drained = new Promise((resolve) => {
      this.#onDrained = () => {
        this.#drained = undefined;
        resolve();
      };
    });
  }

  #break(error: NodeJS.ErrnoException): void {
    this.#onDrained();
    if (this.#broken) return;
    this.#broken = true;
    this.#text = '';
    this.#parts.onError(error);
  }
}
