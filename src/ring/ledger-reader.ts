/** What statistics read of a ledger, on any thread of the kernel. */
import { LEDGER_RECORDS_START, RECORD, RECORD_WORDS } from '../abi/private.ts';

// The executor stores plainly (ledger.ts) and is not waited for:
//   L1  load(word): a value its executor stored at some time

/** A view for statistics, on any thread of the kernel. */
export class LedgerReader {
  readonly #words: Int32Array;

  constructor(ledger: SharedArrayBuffer) {
    this.#words = new Int32Array(ledger);
  }

  /** One counter of LEDGER_HEAD. */
  head(counter: number): number {
    return Atomics.load(this.#words, counter) >>> 0; // L1
  }

  /** One field of RECORD. */
  record(slot: number, field: number): number {
    const at = LEDGER_RECORDS_START + slot * RECORD_WORDS + field;
    return Atomics.load(this.#words, at) >>> 0; // L1
  }

  /** CQEs posted on a ring. */
  completed(slot: number): number {
    const high = this.record(slot, RECORD.completedHigh);
    return high * 2 ** 32 + this.record(slot, RECORD.completedLow);
  }
}
