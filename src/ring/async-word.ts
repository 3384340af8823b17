/** An awaitable shared word: at most one waitAsync is outstanding on it, and it is reused. */

// A waitAsync that nobody needs any more cannot be taken back: it eats a later notify(word, 1), and
// leaks until then. So a word keeps one:
//   W1  waitAsync(word, expected) unless one is outstanding; whatever value that one compared with,
//       it is in the waiter list now, and every later notify finds it
//   W2  the caller had announced itself before it compared (cqWaiting, parked, ...), so a store it
//       did not see is followed by a notify
// A wait that ends by its timeout leaves the outstanding one for the next caller. Callers re-check
// their condition after every return. Waiters are kept in a set of ours and not chained to the
// outstanding promise, which may live long: each link would stay as long as it does.

/** Longest delay a timer takes, in milliseconds; a longer wait is several. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Resolves with nothing: the caller looks again. */
export class AsyncWord {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #waiters = new Set<() => void>();
  #outstanding = false;

  constructor(words: Int32Array, index: number) {
    this.#words = words;
    this.#index = index;
  }

  /** Returns when the word was notified, no longer held `expected`, or `timeoutMs` passed. */
  async wait(expected: number, timeoutMs: number): Promise<void> {
    if (Atomics.load(this.#words, this.#index) !== expected) return; // W2
    if (!this.#outstanding && !this.#listen(expected)) return;
    await new Promise<void>((resolve) => this.#enlist(resolve, timeoutMs));
  }

  /** False when the word changed meanwhile. */
  #listen(expected: number): boolean {
    const result = Atomics.waitAsync(this.#words, this.#index, expected); // W1
    if (!result.async) return false;
    this.#outstanding = true;
    void result.value.then(() => {
      this.#outstanding = false;
      for (const wake of this.#waiters) wake();
    });
    return true;
  }

  #enlist(resolve: () => void, timeoutMs: number): void {
    const bounded = timeoutMs !== Number.POSITIVE_INFINITY;
    const timer = bounded ? setTimeout(() => wake(), Math.min(timeoutMs, TIMER_MAX_MS)) : undefined;
    const wake = (): void => {
      clearTimeout(timer);
      this.#waiters.delete(wake);
      resolve();
    };
    this.#waiters.add(wake);
  }
}
