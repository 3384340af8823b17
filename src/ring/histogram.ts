/** Latencies of one executor, counted per operation in memory that outlives its threads. */
import { sharedBytes } from './region.ts';

// One histogram for each opcode, at a fixed place: no table of places can be full or wrong, and
// memory that no opcode touches costs address space only, like unused rows of a ledger.
//
// Buckets are log-linear: every power of two of nanoseconds is cut into SUB_BUCKETS equal ones, so
// a bucket is at most an eighth of its lower edge wide, from 64 ns to 2^40 ns (18 minutes). Bucket
// 0 takes what is shorter, the last one what is longer.
//
// Counts and sums are float64, whole up to 2^53: at a hundred million a second, for three years.
// Their one writer is the executor's thread, or the thread that runs in its place after its exit
// event, so
//   H1  count += n, sum += n * ns: plain stores; a death between the two costs the sum one batch
//   H2  load counts and sum on any thread, plainly
// H2 is not ordered with H1, and there are no Atomics on float64. What H2 may miss is what was
// counted meanwhile, which statistics may (L1 of ledger.ts). A language lawyer's torn read, half of
// an old value and half of a new one, is seen on no 64-bit machine, where an aligned float64 is
// stored and loaded whole; it would spoil one figure once, and no memory but the reader's own copy.

/** Equal parts of each power of two. */
const SUB_BUCKETS = 8;
const SUB_BITS = 3;
/** Exponents of the first and behind the last power of two that are cut. */
const EXPONENT_FIRST = 6;
const EXPONENT_END = 40;
const SHORTEST_NS = 2 ** EXPONENT_FIRST;
const LONGEST_NS = 2 ** EXPONENT_END;
const BUCKET_LAST = 1 + (EXPONENT_END - EXPONENT_FIRST) * SUB_BUCKETS;
/** Buckets of one histogram. */
export const BUCKETS = BUCKET_LAST + 1;

/** Opcodes are bytes. */
const OPCODES = 256;
/** Numbers of one histogram: nanoseconds, operations nobody timed, buckets; whole line pairs. */
const SUM_AT = 0;
const UNTIMED_AT = 1;
const BUCKETS_AT = 2;
const STRIDE = Math.ceil((BUCKETS_AT + BUCKETS) / 16) * 16;

/** What a duration beyond 31 bits is divided by before its bits are looked at. */
const COARSE = 2 ** 20;

/** The bucket of a duration in nanoseconds. */
export function bucketOf(ns: number): number {
  if (!(ns >= SHORTEST_NS)) return 0; // also for a clock that ran backwards
  if (ns >= LONGEST_NS) return BUCKET_LAST;
  const coarse = ns >= 2 ** 31;
  const bits = (coarse ? ns / COARSE : ns) | 0;
  const power = 31 - Math.clz32(bits);
  const sub = (bits >>> (power - SUB_BITS)) & (SUB_BUCKETS - 1);
  const exponent = coarse ? power + 20 : power;
  return 1 + ((exponent - EXPONENT_FIRST) << SUB_BITS) + sub;
}

/** The least duration in nanoseconds that falls into a bucket. */
export function lowerEdgeNs(bucket: number): number {
  if (bucket === 0) return 0;
  const exponent = EXPONENT_FIRST + ((bucket - 1) >>> SUB_BITS);
  const sub = (bucket - 1) & (SUB_BUCKETS - 1);
  return 2 ** exponent * (1 + sub / SUB_BUCKETS);
}

/** The least duration beyond a bucket; of the last bucket, which has no end, its lower edge. */
const upperEdgeNs = (bucket: number): number =>
  lowerEdgeNs(bucket < BUCKET_LAST ? bucket + 1 : BUCKET_LAST);

/** Makes the memory of one executor's latencies. */
export const createLatencies = (): SharedArrayBuffer | ArrayBuffer =>
  sharedBytes(OPCODES * STRIDE * Float64Array.BYTES_PER_ELEMENT);

/** The writer's end: one thread at a time. */
export class Latencies {
  readonly #counts: Float64Array;

  /** Goes on from what predecessors counted in `buffer`. */
  constructor(buffer: SharedArrayBuffer | ArrayBuffer) {
    this.#counts = new Float64Array(buffer);
  }

  /** Counts `count` operations that took `ns` nanoseconds each. H1 */
  record(opcode: number, ns: number, count: number): void {
    const counts = this.#counts;
    const at = opcode * STRIDE;
    counts[at + BUCKETS_AT + bucketOf(ns)]! += count;
    counts[at + SUM_AT]! += ns * count;
  }

  /** Counts `count` operations of which nobody knows how long they took. H1 */
  tally(opcode: number, count: number): void {
    this.#counts[opcode * STRIDE + UNTIMED_AT]! += count;
  }
}

/** What was counted for one operation until it was read; a private copy. */
export class Histogram {
  /** Operations. */
  readonly count: number;
  /** Those of them that were timed: what everything else here is about. */
  readonly timed: number;
  /** Nanoseconds they took together. */
  readonly sumNs: number;
  readonly #counts: Float64Array;

  /** `counts`: one number per bucket. */
  constructor(counts: Float64Array, { sumNs, untimed }: { sumNs: number; untimed: number }) {
    this.#counts = counts;
    this.sumNs = sumNs;
    this.timed = counts.reduce((sum, n) => sum + n, 0);
    this.count = this.timed + untimed;
  }

  /** Lower edge of the first bucket that is not empty, in nanoseconds; 0 when all are. */
  get minNs(): number {
    return lowerEdgeNs(Math.max(this.#counts.findIndex(isSome), 0));
  }

  /** Upper edge of the last bucket that is not empty, in nanoseconds; 0 when all are. */
  get maxNs(): number {
    const bucket = this.#counts.findLastIndex(isSome);
    return bucket === -1 ? 0 : upperEdgeNs(bucket);
  }

  /** Mean in nanoseconds, not rounded to a bucket; 0 when there is none. */
  get meanNs(): number {
    return this.timed === 0 ? 0 : this.sumNs / this.timed;
  }

  /**
   * Nanoseconds that `p` percent (0 to 100) of the operations did not exceed: the upper edge of the
   * bucket, so at most an eighth too much between 64 ns and 18 minutes; 0 when there is none.
   */
  percentileNs(p: number): number {
    const rank = Math.max(1, Math.ceil((p / 100) * this.timed));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= rank) return upperEdgeNs(bucket);
    }
    return this.maxNs;
  }
}

const isSome = (count: number): boolean => count > 0;

/** The reader's end, on any thread: the latencies of several executors as one. */
export class LatencyReader {
  readonly #sources: readonly Float64Array[];

  constructor(buffers: readonly (SharedArrayBuffer | ArrayBuffer)[]) {
    this.#sources = buffers.map((buffer) => new Float64Array(buffer));
  }

  /** What was counted for `opcode` so far. H2 */
  read(opcode: number): Histogram {
    const at = opcode * STRIDE;
    const counts = new Float64Array(BUCKETS);
    let sumNs = 0;
    let untimed = 0;
    for (const source of this.#sources) {
      sumNs += source[at + SUM_AT]!;
      untimed += source[at + UNTIMED_AT]!;
      for (let bucket = 0; bucket < BUCKETS; bucket++)
        counts[bucket]! += source[at + BUCKETS_AT + bucket]!;
    }
    return new Histogram(counts, { sumNs, untimed });
  }

  /** Every opcode that something was counted for, ascending. */
  *each(): Generator<[opcode: number, histogram: Histogram]> {
    for (let opcode = 0; opcode < OPCODES; opcode++) {
      const histogram = this.read(opcode);
      if (histogram.count > 0) yield [opcode, histogram];
    }
  }
}
