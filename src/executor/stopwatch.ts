/** Tells how long operations took, with few looks at the clock: each costs more than a NOP. */
import { SAMPLED_BATCHES } from '../abi/limits.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Operation } from '../kernel/operation.ts';
import { type Request, UNTIMED } from '../kernel/request.ts';

// An operation's latency begins when its batch does and ends with its result; one that ends in line
// ends with its batch, because that is when its CQE is shown. A look at the clock costs more than a
// NOP, and leaves a number on the heap: so of batches of `sampled` operations only one in
// SAMPLED_BATCHES is timed, and any other from its first operation that is not. All are counted.

/** Where latencies are kept: the histograms of src/ring/histogram.ts. */
export interface LatencyBook {
  /** `count` operations took `ns` nanoseconds each. */
  record(opcode: number, ns: number, count: number): void;
  /** `count` operations ended, and nobody knows how long they took. */
  tally(opcode: number, count: number): void;
}

/** Latencies that nobody reads. */
export const UNREAD: LatencyBook = { record: () => {}, tally: () => {} };

/** One machine's watch. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #book: LatencyBook;
  #startNs = UNTIMED;
  #batches = 0;
  /** Opcode of the newest entries, where in the batch they began, and how many of them went on. */
  #opcode = 0;
  #from = 0;
  #pended = 0;
  /** What came before them in the batch: pairs of opcode and count. */
  readonly #runs: number[] = [];
  #runsUsed = 0;

  constructor(clock: Clock, book: LatencyBook) {
    this.#clock = clock;
    this.#book = book;
  }

  /** A batch begins. */
  begin(): void {
    const timed = ++this.#batches === SAMPLED_BATCHES;
    if (timed) this.#batches = 0;
    this.#startNs = timed ? this.#clock.now() : UNTIMED;
    this.#from = 0;
  }

  /** The entries of the batch from the `at`-th on are of this operation; they are about to run. */
  next({ code, sampled }: Operation, at: number): void {
    this.#turn(code, at);
    if (sampled || this.#startNs !== UNTIMED) return;
    this.#note(UNTIMED); // those before
    this.#startNs = this.#clock.now();
  }

  /** It goes on beyond its batch. */
  pend(request: Request): void {
    this.#pended++;
    request.startedNs = this.#startNs;
  }

  /** The batch of `count` entries is over. */
  end(count: number): void {
    this.#turn(this.#opcode, count);
    this.#note(this.#startNs === UNTIMED ? UNTIMED : this.#clock.now() - this.#startNs);
  }

  /** Enters the runs so far, which took `ns` each or nobody knows. */
  #note(ns: number): void {
    for (let i = 0; i < this.#runsUsed; i += 2) {
      const opcode = this.#runs[i]!;
      const count = this.#runs[i + 1]!;
      if (ns === UNTIMED) this.#book.tally(opcode, count);
      else this.#book.record(opcode, ns, count);
    }
    this.#runsUsed = 0;
  }

  /** A request that went on has ended. */
  ended(request: Request): void {
    const { startedNs, operation } = request;
    if (startedNs === UNTIMED) this.#book.tally(operation.code, 1);
    else this.#book.record(operation.code, this.#clock.now() - startedNs, 1);
  }

  #turn(opcode: number, at: number): void {
    const ended = at - this.#from - this.#pended;
    if (ended > 0) {
      this.#runs[this.#runsUsed++] = this.#opcode;
      this.#runs[this.#runsUsed++] = ended;
    }
    this.#opcode = opcode;
    this.#from = at;
    this.#pended = 0;
  }
}
