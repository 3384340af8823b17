/** Connections that a listener offers, and those that wait for a place among them. */
import { BACKLOG_MAX } from '../../abi/limits.ts';

/** First come, first served, on both sides. */
export class Backlog<S> {
  #max = 0;
  /** Accepted ends, to be taken. */
  readonly #offered: S[] = [];
  /** Sockets whose connect() waits. */
  readonly #waiting = new Set<S>();

  constructor(max: number) {
    this.resize(max);
  }

  /** listen(2) counts unsigned; and as on Linux one more than was asked for has a place. */
  resize(max: number): void {
    this.#max = Math.min(max >>> 0, BACKLOG_MAX);
  }

  get isEmpty(): boolean {
    return this.#offered.length === 0;
  }

  /** Another connection may be offered; those that wait go first. */
  get isOpen(): boolean {
    return this.#waiting.size === 0 && this.hasPlace;
  }

  get hasPlace(): boolean {
    return this.#offered.length <= this.#max;
  }

  offer(socket: S): void {
    this.#offered.push(socket);
  }

  take(): S | undefined {
    return this.#offered.shift();
  }

  wait(socket: S): void {
    this.#waiting.add(socket);
  }

  /** It waits no more. */
  forget(socket: S): void {
    this.#waiting.delete(socket);
  }

  /** The first that waits. */
  nextWaiting(): S | undefined {
    for (const socket of this.#waiting) return socket;
    return undefined;
  }
}
