/** Where small results are copied to: slabs, because a buffer of its own costs far more. */
import { markAsUntransferable } from 'node:worker_threads';

/** Bytes of a slab. A result keeps its whole slab alive, as one of Buffer's pool does. */
const SLAB_BYTES = 64 * 1024;
/** Larger results have a buffer of their own. */
const POOLED_BYTES_MAX = 8 * 1024;
/** Results begin at multiples of this, so that typed arrays can be laid over them. */
const ALIGN_BYTES = 8;

/** Hands out uninitialised Buffers. */
export class ResultPool {
  #slab: ArrayBuffer | undefined;
  #used = SLAB_BYTES;

  take(bytes: number): Buffer {
    if (bytes > POOLED_BYTES_MAX) return Buffer.allocUnsafeSlow(bytes);
    if (this.#slab === undefined || this.#used + bytes > SLAB_BYTES) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES).buffer as ArrayBuffer;
      markAsUntransferable(this.#slab); // a transfer would take the other results along
      this.#used = 0;
    }
    const at = this.#used;
    this.#used = (at + bytes + ALIGN_BYTES - 1) & -ALIGN_BYTES;
    return Buffer.from(this.#slab, at, bytes);
  }
}
