/** What a kernel has done so far, read from the memory its executors write. */
import { LEDGER_HEAD, RECORD } from '../abi/private.ts';
import { operationTable } from '../ops/table.ts';
import { type Histogram, LatencyReader } from '../ring/histogram.ts';
import { LedgerReader } from '../ring/ledger-reader.ts';
import { Slots } from '../ring/slots.ts';
import type { ExecutorShare, KernelShare } from './messages.ts';

/** Counters of one executor since the kernel booted; they outlive its threads. */
export interface ExecutorStats {
  /** Rings it serves. */
  readonly rings: number;
  /** CQEs posted on the rings that are open. */
  readonly completed: number;
  /** Times a ring's CQ was full when a request finished. */
  readonly overflowed: number;
  /** Turns that found work. */
  readonly turns: number;
  /** Sleeps. */
  readonly parks: number;
  /** Rings a sweep found with work that nobody had rung for: 0 unless a process misbehaves. */
  readonly rescues: number;
  /** Throws inside operations. */
  readonly exceptions: number;
  /** Times a fresh thread took over, the first included. */
  readonly adoptions: number;
  /** Requests that were answered -EOWNERDEAD because their executor died. */
  readonly adoptedRows: number;
}

/**
 * One operation on all executors. Latencies are nanoseconds from the start of the batch that the
 * entry came with until its result stood; percentiles and bounds are edges of buckets, at most an
 * eighth too long.
 */
export interface OperationStats {
  readonly count: number;
  /** Those of them that the latencies tell of: of short operations only some are timed. */
  readonly timed: number;
  readonly meanNs: number;
  readonly minNs: number;
  readonly p50Ns: number;
  readonly p90Ns: number;
  readonly p99Ns: number;
  readonly p999Ns: number;
  readonly maxNs: number;
}

export interface KernelStats {
  readonly executors: readonly ExecutorStats[];
  /** Operations that completed, by name (READ_FILE); an embedder's by opcode (OP_224). */
  readonly operations: Readonly<Record<string, OperationStats>>;
}

const TABLE = operationTable();

const summarize = (histogram: Histogram): OperationStats => ({
  count: histogram.count,
  timed: histogram.timed,
  meanNs: histogram.meanNs,
  minNs: histogram.minNs,
  p50Ns: histogram.percentileNs(50),
  p90Ns: histogram.percentileNs(90),
  p99Ns: histogram.percentileNs(99),
  p999Ns: histogram.percentileNs(99.9),
  maxNs: histogram.maxNs,
});

function readOperations(executors: readonly ExecutorShare[]): Record<string, OperationStats> {
  const reader = new LatencyReader(executors.map(({ latencies }) => latencies));
  const found: Record<string, OperationStats> = {};
  for (const [opcode, histogram] of reader.each())
    found[TABLE[opcode]?.name ?? `OP_${opcode}`] = summarize(histogram);
  return found;
}

function readExecutor({ ledger, slots }: ExecutorShare): ExecutorStats {
  const reader = new LedgerReader(ledger);
  let completed = 0;
  let overflowed = 0;
  const taken = new Slots(slots);
  for (const slot of taken.each()) {
    completed += reader.completed(slot);
    overflowed += reader.record(slot, RECORD.overflowed);
  }
  return {
    rings: taken.taken,
    completed,
    overflowed,
    turns: reader.head(LEDGER_HEAD.turns),
    parks: reader.head(LEDGER_HEAD.parks),
    rescues: reader.head(LEDGER_HEAD.rescues),
    exceptions: reader.head(LEDGER_HEAD.exceptions),
    adoptions: reader.head(LEDGER_HEAD.epoch),
    adoptedRows: reader.head(LEDGER_HEAD.adoptedRows),
  };
}

/**
 * Reads all counters. They are written while they are read: each is right, together they are near.
 */
export const readStats = (share: KernelShare): KernelStats => ({
  executors: share.executors.map(readExecutor),
  operations: readOperations(share.executors),
});
