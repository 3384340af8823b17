/** A worker thread that answers a word with a word, asleep in between: two threads, no ring. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';

// The caller grows PING and sleeps on PONG; the worker copies PING to PONG and sleeps on PING. Each
// word has one writer and its own line pair.
const PING = 0;
const PONG = 32;
const WORDS = 64;
/** The PING that ends the worker. */
const STOP = -1;

function answer(words: Int32Array): void {
  for (let seen = 0; seen !== STOP; ) {
    Atomics.wait(words, PING, seen);
    seen = Atomics.load(words, PING);
    Atomics.store(words, PONG, seen);
    Atomics.notify(words, PONG);
  }
}

/** What the engine's own wait and notify cost, there and back. */
export class PingPong {
  readonly #words = new Int32Array(new SharedArrayBuffer(WORDS * 4));
  readonly #worker: Worker;
  #sent = 0;

  constructor() {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: this.#words });
  }

  /** Plays `total` rounds, blocking the thread; nanoseconds of one. */
  play(total: number): number {
    const words = this.#words;
    const startMs = performance.now();
    for (let round = 0; round < total; round++) {
      const before = this.#sent++;
      Atomics.store(words, PING, this.#sent);
      Atomics.notify(words, PING);
      while (Atomics.load(words, PONG) === before) Atomics.wait(words, PONG, before);
    }
    return ((performance.now() - startMs) * 1e6) / total;
  }

  /** Ends the worker. */
  async close(): Promise<void> {
    Atomics.store(this.#words, PING, STOP);
    Atomics.notify(this.#words, PING);
    await this.#worker.terminate();
  }
}

if (!isMainThread && workerData instanceof Int32Array) answer(workerData);
