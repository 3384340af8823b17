/** An awaitable shared word: at most one waitAsync is outstanding on it, and it is reused. */

// A waitAsync that nobody needs any more cannot be taken back: it eats a later notify(word, 1), and
// leaks until then. So a word keeps one:
//   W1  waitAsync(word, expected) unless one is outstanding; whatever value that one compared with,
//       it is in the waiter list now, and every later notify finds it
//   W2  the caller had announced itself before it compared (cqWaiting, parked, ...), so a store it
//       did not see is followed by a notify
// A wait that ends by its timeout leaves the outstanding one for the next caller. Callers re-check
// their condition after every return.

/** Resolves with nothing: the caller looks again. */
export class AsyncWord {
  readonly #words: Int32Array;
  readonly #index: number;
  #outstanding: Promise<unknown> | undefined;

  constructor(words: Int32Array, index: number) {
    this.#words = words;
    this.#index = index;
  }

  /** Returns when the word was notified, no longer held `expected`, or `timeoutMs` passed. */
  async wait(expected: number, timeoutMs: number): Promise<void> {
    if (Atomics.load(this.#words, this.#index) !== expected) return; // W2
    if (this.#outstanding === undefined) {
      const result = Atomics.waitAsync(this.#words, this.#index, expected); // W1
      if (!result.async) return;
      this.#outstanding = result.value.then(() => {
        this.#outstanding = undefined;
      });
    }
    if (timeoutMs === Number.POSITIVE_INFINITY) {
      await this.#outstanding;
      return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expiry = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#outstanding, expiry]);
    clearTimeout(timer);
  }
}
