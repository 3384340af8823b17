/** Bytes of a stream that nobody has read yet, in order. */
import { fail, type Res } from '../../abi/errno.ts';
import { SOCKET_BUFFER_BYTES } from '../../abi/limits.ts';
import { MSG } from '../../abi/net.ts';
import { ByteQueue } from '../ipc/byte-queue.ts';
import type { Segments } from '../segments.ts';
import type { Inbox } from './inbox.ts';

/** The inbox of a stream socket. */
export class StreamQueue implements Inbox {
  readonly #queue = new ByteQueue(SOCKET_BUFFER_BYTES);

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** None is shown above half of the capacity, so that senders are not woken for every byte. */
  get hasRoom(): boolean {
    return this.#queue.length <= SOCKET_BUFFER_BYTES / 2;
  }

  /** Puts as many bytes as there is room for. */
  put(from: Segments): Res {
    const count = Math.min(from.total, this.#queue.room);
    if (count === 0) return from.total === 0 ? 0 : fail('EAGAIN');
    this.#queue.addFrom(from, count);
    return count;
  }

  /** Copies out what there is, up to what the segments hold; MSG_PEEK leaves it here. */
  take(into: Segments, flags: number): Res {
    const count = Math.min(into.total, this.#queue.length);
    if ((flags & MSG.PEEK) === 0) {
      this.#queue.moveInto(into, count);
      return count;
    }
    const peeked = new Uint8Array(count);
    this.#queue.copy(peeked, count);
    into.put(0, peeked, 0, count);
    return count;
  }

  clear(): void {
    this.#queue.clear();
  }
}
