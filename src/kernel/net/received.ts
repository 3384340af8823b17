/** What is told of a message beside its bytes. */

/** Filled by Socket.receive(); used again and again. */
export class Received {
  /** MSG_TRUNC: there was more than was copied. */
  flags = 0;
  /** The sockaddr it was sent from; undefined on a connection. */
  from: Uint8Array | undefined;

  reset(): void {
    this.flags = 0;
    this.from = undefined;
  }
}
