/** What a kernel has done so far, read from the ledgers of its executors. */
import { LEDGER_HEAD, RECORD } from '../abi/private.ts';
import { LedgerReader } from '../ring/ledger.ts';
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
  /** Requests that were answered -EOWNERDEAD or -ECANCELED because their executor died. */
  readonly adoptedRows: number;
}

export interface KernelStats {
  readonly executors: readonly ExecutorStats[];
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
});
