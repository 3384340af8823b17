/** Keeps the program running while something is awaited that the event loop cannot see. */

/** Longest delay of a timer, in milliseconds; what it does at the end does not matter. */
const LONG_MS = 2 ** 31 - 1;

/** Atomics.waitAsync keeps no process alive; a timer does, and only while it is held. */
export class KeepAlive {
  #holders = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Holds until the promise is settled. */
  async during<T>(promise: Promise<T>): Promise<T> {
    this.hold();
    try {
      return await promise;
    } finally {
      this.drop();
    }
  }

  /** One more thing is awaited. */
  hold(): void {
    if (this.#holders++ === 0) this.#timer = setInterval(() => {}, LONG_MS);
  }

  /** It arrived. */
  drop(): void {
    if (--this.#holders === 0) clearInterval(this.#timer);
  }
}
