/** The control call slot of a ring: setup, register and close calls that are not SQEs. */
import { fail } from '../abi/errno.ts';
import { CONTROL, RING_STATE } from '../abi/layout.ts';
import { AsyncWord } from './async-word.ts';
import type { Region } from './region.ts';

// How a call is made
//   caller                                        executor
//   C1  write number, address, count              K1  load(callSeq): new?
//   C2  store(callSeq, + 1)                       K2  read number, address, count
//   C3  ring the doorbell                         K3  write the result
//   C4  load(callDone): answered?                 K4  store(callDone, callSeq)
//       load(ringState): CLOSED? a last look      K5  notify(callDone)
//       else wait(callDone, what was seen)
//   C5  read the result
//
// C2/K1 carry the call, K4/C4 the answer, as in submission.ts. One call at a time: the caller
// writes C1 again only after C4 saw its answer, which K2 precedes. An executor that dies in a call
// has not stored K4: its successor finds callDone behind the master copy, which the ledger holds
// and which was committed before the call ran (K0 there), and answers -EOWNERDEAD.

/** What a call asks for. */
export interface Call {
  readonly number: number;
  readonly addrLow: number;
  readonly addrHigh: number;
  readonly count: number;
}

/** The process's end. One thread at a time. */
export class CallSlot {
  readonly #words: Int32Array;
  readonly #doneWord: AsyncWord;

  constructor(region: Region) {
    this.#words = region.words;
    this.#doneWord = new AsyncWord(region.words, CONTROL.callDone);
  }

  /** Writes the call; returns its number in sequence. Ring the doorbell afterwards (C3). */
  place(call: Call): number {
    const words = this.#words;
    words[CONTROL.callNumber] = call.number; // C1
    words[CONTROL.callAddrLow] = call.addrLow;
    words[CONTROL.callAddrHigh] = call.addrHigh;
    words[CONTROL.callCount] = call.count;
    const seq = (Atomics.load(words, CONTROL.callSeq) + 1) | 0; // C2, its only writer
    Atomics.store(words, CONTROL.callSeq, seq); // C2
    return seq;
  }

  /** Blocks until call `seq` is answered; its result. */
  block(seq: number): number {
    const words = this.#words;
    let done = Atomics.load(words, CONTROL.callDone); // C4
    while (done !== seq) {
      if (this.#closed()) return this.#lastAnswer(seq);
      Atomics.wait(words, CONTROL.callDone, done); // C4
      done = Atomics.load(words, CONTROL.callDone); // C4
    }
    return words[CONTROL.callResult]!; // C5
  }

  /** Nobody will answer: the ring's executor closed it, and found no call (E8 of ending.ts). */
  #closed(): boolean {
    return Atomics.load(this.#words, CONTROL.ringState) === RING_STATE.CLOSED; // C4
  }

  /** The answer of the call that closed the ring; or there was none, and EBADF. */
  #lastAnswer(seq: number): number {
    const done = Atomics.load(this.#words, CONTROL.callDone); // C4, once more
    return done === seq ? this.#words[CONTROL.callResult]! : fail('EBADF'); // C5
  }

  /** The same without blocking. */
  async answer(seq: number): Promise<number> {
    const words = this.#words;
    let done = Atomics.load(words, CONTROL.callDone); // C4
    while (done !== seq) {
      if (this.#closed()) return this.#lastAnswer(seq);
      await this.#doneWord.wait(done, Number.POSITIVE_INFINITY); // C4
      done = Atomics.load(words, CONTROL.callDone); // C4
    }
    return words[CONTROL.callResult]!; // C5
  }
}

/** The executor's end. */
export class CallDesk {
  readonly #words: Int32Array;

  constructor(region: Region) {
    this.#words = region.words;
  }

  /** Number of the newest call placed. */
  newest(): number {
    return Atomics.load(this.#words, CONTROL.callSeq); // K1
  }

  /** Number of the newest call answered: only a predecessor's unfinished business differs. */
  answered(): number {
    return Atomics.load(this.#words, CONTROL.callDone); // K4
  }

  /** Reads the call; once, before any check. */
  read(): Call {
    const words = this.#words;
    return {
      number: words[CONTROL.callNumber]!, // K2
      addrLow: words[CONTROL.callAddrLow]!,
      addrHigh: words[CONTROL.callAddrHigh]!,
      count: words[CONTROL.callCount]!,
    };
  }

  /** Answers call `seq` and wakes its caller. */
  answer(seq: number, result: number): void {
    this.#words[CONTROL.callResult] = result; // K3
    Atomics.store(this.#words, CONTROL.callDone, seq); // K4
    Atomics.notify(this.#words, CONTROL.callDone); // K5, all
  }
}
