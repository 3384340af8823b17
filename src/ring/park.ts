/** How an executor sleeps until its doorbell rings, blocking its thread or not. */
import { BOARD, BOARD_STRIDE_WORDS, DOORBELL } from '../abi/private.ts';
import { AsyncWord } from './async-word.ts';
import type { Rung } from './doorbell.ts';

// Steps P1 to P4, S4 and S5 are those of doorbell.ts, where they are argued. Around them
//   A1  store(awake, 0) before P3      A2  store(awake, 1) after P3      A3  load every executor's
// It decides only whether spinning is worth it, so a stale value costs time, never a wake-up.

/** What one executor's sleep is made of. */
export interface ParkingParts {
  readonly doorbell: Int32Array;
  /** A line pair for each executor of the kernel; see createBoard. */
  readonly board: Int32Array;
  /** Which executor this is. */
  readonly index: number;
  readonly rung: Rung;
}

/** Makes the board of a kernel with that many executors. */
export const createBoard = (executors: number): SharedArrayBuffer =>
  new SharedArrayBuffer(executors * BOARD_STRIDE_WORDS * 4);

/** One executor's sleep. */
export class Parking {
  readonly #words: Int32Array;
  readonly #board: Int32Array;
  readonly #awakeAt: number;
  readonly #rung: Rung;
  readonly #parkedWord: AsyncWord;

  constructor({ doorbell, board, index, rung }: ParkingParts) {
    this.#words = doorbell;
    this.#board = board;
    this.#awakeAt = index * BOARD_STRIDE_WORDS + BOARD.awake;
    this.#rung = rung;
    this.#parkedWord = new AsyncWord(doorbell, DOORBELL.parked);
  }

  /** Executors that are not parked, this one included. */
  awake(): number {
    const board = this.#board;
    let awake = 0;
    for (let at = BOARD.awake; at < board.length; at += BOARD_STRIDE_WORDS)
      awake += Atomics.load(board, at); // A3
    return awake;
  }

  /** An executor starts to run; a predecessor may have died parked. */
  begin(): void {
    Atomics.store(this.#words, DOORBELL.parked, 0); // P4
    Atomics.store(this.#board, this.#awakeAt, 1); // A2
  }

  /** Wakes this thread's own parkAsync(), from within its event loop. */
  interrupt(): void {
    const words = this.#words;
    const taken = Atomics.compareExchange(words, DOORBELL.parked, 1, 0); // S4
    if (taken === 1) Atomics.notify(words, DOORBELL.parked); // S5
  }

  /** Blocks the thread until the bell rings or `timeoutMs` passed. True when something rang. */
  park(timeoutMs: number): boolean {
    const words = this.#words;
    Atomics.store(words, DOORBELL.parked, 1); // P1
    if (!this.#rung.any()) {
      Atomics.store(this.#board, this.#awakeAt, 0); // A1
      Atomics.wait(words, DOORBELL.parked, 1, timeoutMs); // P3
      Atomics.store(this.#board, this.#awakeAt, 1); // A2
    }
    Atomics.store(words, DOORBELL.parked, 0); // P4
    return this.#rung.any();
  }

  /** The same without blocking: for a thread whose event loop has work. */
  async parkAsync(timeoutMs: number): Promise<boolean> {
    const words = this.#words;
    Atomics.store(words, DOORBELL.parked, 1); // P1
    if (!this.#rung.any()) {
      Atomics.store(this.#board, this.#awakeAt, 0); // A1
      await this.#parkedWord.wait(1, timeoutMs); // P3
      Atomics.store(this.#board, this.#awakeAt, 1); // A2
    }
    Atomics.store(words, DOORBELL.parked, 0); // P4
    return this.#rung.any();
  }
}
