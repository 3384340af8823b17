/** What a machine is built from; nothing of it is global, so a simulation can build many. */
import type { Clock } from '../kernel/clock.ts';
import type { FileSystem } from '../kernel/file-system.ts';
import type { HostDigests } from '../kernel/host.ts';
import type { OperationTable } from '../ops/table.ts';
import type { Ledger } from '../ring/ledger.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { LatencyBook } from './stopwatch.ts';

/** Told of a throw inside an operation: a bug of ours, answered with -EIO and survived. */
export type ReportBug = (error: unknown) => void;

/** Its clock, its ledger, its table, its host. */
export interface MachineParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly table: OperationTable;
  readonly report: ReportBug;
  readonly files: FileSystem;
  readonly digests: HostDigests;
  /** Where latencies are kept; default nowhere. */
  readonly latencies?: LatencyBook;
  /** Calls that may be under way in the host's pool at once; default 1. */
  readonly pooledMax?: number;
  /** Told of each ring that closed, after nothing of it is left. */
  readonly closed?: (ring: KernelRing) => void;
  /** Told that something is ready, from within the host's event loop. */
  readonly woken?: () => void;
}
