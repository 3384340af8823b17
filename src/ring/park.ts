/** How an executor sleeps until its doorbell rings, with a thread to block or an event loop to keep. */
import { BOARD, DOORBELL } from '../abi/private.ts';
import { AsyncWord } from './async-word.ts';
import type { Rung } from './doorbell.ts';

// Steps P1 to P4 are those of doorbell.ts, where they are argued. Around them
//   A1  add(awake, -1) before P1, A2  add(awake, +1) after P4
// keep the number of executors that run. It decides only whether spinning is worth it, so a stale
// value costs time, never a wake-up; several executors write it, by atomic add (law 1's third
// exception).

/** One executor's sleep. */
export class Parking {
  readonly #words: Int32Array;
  readonly #board: Int32Array;
  readonly #rung: Rung;
  readonly #parkedWord: AsyncWord;

  constructor(doorbell: Int32Array, board: Int32Array, rung: Rung) {
    this.#words = doorbell;
    this.#board = board;
    this.#rung = rung;
    this.#parkedWord = new AsyncWord(doorbell, DOORBELL.parked);
  }

  /** Executors that are not parked, this one included. */
  awake(): number {
    return Atomics.load(this.#board, BOARD.awake); // A1, A2
  }

  /** Joins the awake (A2) when an executor starts to run; a predecessor that died parked left the flag. */
  begin(): void {
    Atomics.store(this.#words, DOORBELL.parked, 0); // P4
    Atomics.add(this.#board, BOARD.awake, 1); // A2
  }

  /** Leaves the awake for good. */
  end(): void {
    Atomics.sub(this.#board, BOARD.awake, 1); // A1
  }

  /** Blocks the thread until the bell rings or `timeoutMs` passed. True when something rang. */
  park(timeoutMs: number): boolean {
    const words = this.#words;
    Atomics.store(words, DOORBELL.parked, 1); // P1
    if (!this.#rung.any()) {
      Atomics.sub(this.#board, BOARD.awake, 1); // A1
      Atomics.wait(words, DOORBELL.parked, 1, timeoutMs); // P3
      Atomics.add(this.#board, BOARD.awake, 1); // A2
    }
    Atomics.store(words, DOORBELL.parked, 0); // P4
    return this.#rung.any();
  }

  /** The same without blocking: for a thread whose event loop has work. */
  async parkAsync(timeoutMs: number): Promise<boolean> {
    const words = this.#words;
    Atomics.store(words, DOORBELL.parked, 1); // P1
    if (!this.#rung.any()) {
      Atomics.sub(this.#board, BOARD.awake, 1); // A1
      await this.#parkedWord.wait(1, timeoutMs); // P3
      Atomics.add(this.#board, BOARD.awake, 1); // A2
    }
    Atomics.store(words, DOORBELL.parked, 0); // P4
    return this.#rung.any();
  }
}
