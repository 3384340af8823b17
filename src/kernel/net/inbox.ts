/** What a socket has received and nobody has read. */
import type { Res } from '../../abi/errno.ts';
import type { Segments } from '../segments.ts';
import type { Received } from './received.ts';

/** Bounded; what is put and does not fit waits with its sender. */
export interface Inbox {
  readonly isEmpty: boolean;
  /** Senders are shown OUT. Becoming true is what wakes those that were told -EAGAIN. */
  readonly hasRoom: boolean;
  /** Puts what was sent, from a sockaddr or undefined: how many bytes, or -EAGAIN. */
  put(from: Segments, source: Uint8Array | undefined): Res;
  /** Takes from what is not empty: how many bytes. */
  take(into: Segments, flags: number, received: Received): Res;
  /** Forgets everything. */
  clear(): void;
}
