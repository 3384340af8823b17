/** A lease: bytes of process memory that the caller uses without a copy, until disposal. */

/**
 * What `using` frees. Its bytes are shared memory: APIs that keep or transfer a buffer
 * (`new Response(bytes)`, `postMessage` with a transfer list) need a copy of them.
 */
export class BufferLease implements Disposable {
  #bytes: Buffer | undefined;
  #free: (() => void) | undefined;
  readonly #view: Buffer;
  #pins = 0;

  constructor(bytes: Buffer, free: () => void) {
    this.#bytes = bytes;
    this.#view = bytes;
    this.#free = free;
  }

  /** The bytes; throws once the lease has ended, for they may be somebody else's by then. */
  get bytes(): Buffer {
    if (this.#bytes === undefined) throw new RangeError('the lease has ended');
    return this.#bytes;
  }

  /** Whether a view lies within the lease, and the lease is live. */
  covers(view: ArrayBufferView): boolean {
    const { byteOffset, byteLength } = this.#view;
    const behind = view.byteOffset + view.byteLength;
    return (
      this.#bytes !== undefined &&
      view.byteOffset >= byteOffset &&
      behind <= byteOffset + byteLength
    );
  }

  /** A request transfers into or from it: the memory stays until unpin(), disposed or not. */
  pin(): void {
    this.#pins++;
  }

  unpin(): void {
    this.#pins--;
    this.#freeUnused();
  }

  /** Gives the memory back; once, however often it is called. */
  [Symbol.dispose](): void {
    this.#bytes = undefined;
    this.#freeUnused();
  }

  #freeUnused(): void {
    if (this.#pins > 0 || this.#bytes !== undefined) return;
    this.#free?.();
    this.#free = undefined;
  }
}
