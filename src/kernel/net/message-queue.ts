/** Messages that nobody has read yet, in order, each of them whole. */
import { fail, type Res } from '../../abi/errno.ts';
import { SOCKET_BUFFER_BYTES, SOCKET_MESSAGES_MAX } from '../../abi/limits.ts';
import { MSG } from '../../abi/net.ts';
import type { Segments } from '../segments.ts';
import type { Inbox } from './inbox.ts';
import type { Received } from './received.ts';

/** A message: its bytes, and the sockaddr it came from. */
interface Message {
  readonly bytes: Uint8Array;
  readonly source: Uint8Array | undefined;
  next: Message | undefined;
}

/** The inbox of a socket that keeps the bounds of messages. */
export class MessageQueue implements Inbox {
  #first: Message | undefined;
  #last: Message | undefined;
  #count = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /**
   * Below half of the limit any message is taken, even the longest, so that who is shown room has
   * room; the bound of all bytes is half of the limit and one message.
   */
  get hasRoom(): boolean {
    return this.#count < SOCKET_MESSAGES_MAX && this.#bytes <= SOCKET_BUFFER_BYTES / 2;
  }

  put(from: Segments, source: Uint8Array | undefined): Res {
    if (!this.hasRoom) return fail('EAGAIN');
    const bytes = new Uint8Array(from.total);
    from.take(0, bytes, 0, from.total);
    const message = { bytes, source, next: undefined };
    if (this.#last === undefined) this.#first = message;
    else this.#last.next = message;
    this.#last = message;
    this.#count++;
    this.#bytes += bytes.length;
    return bytes.length;
  }

  /** Copies out the first message and cuts it to the segments; MSG_PEEK leaves it here. */
  take(into: Segments, flags: number, received: Received): Res {
    const message = this.#first as Message;
    const { bytes, source } = message;
    const count = Math.min(into.total, bytes.length);
    into.put(0, bytes, 0, count);
    received.from = source;
    if (count < bytes.length) received.flags |= MSG.TRUNC;
    if ((flags & MSG.PEEK) === 0) this.#remove(message);
    return (flags & MSG.TRUNC) !== 0 ? bytes.length : count;
  }

  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
    this.#count = 0;
    this.#bytes = 0;
  }

  #remove(first: Message): void {
    this.#first = first.next;
    if (this.#first === undefined) this.#last = undefined;
    this.#count--;
    this.#bytes -= first.bytes.length;
  }
}
