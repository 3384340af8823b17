/** What managers, the supervisor and executors say to each other, all structured-cloneable. */
import type { MessagePort } from 'node:worker_threads';
import type { MemoryHandle } from '../ring/memory.ts';
import type { RegionHandle } from '../ring/region.ts';
import type { MountShare } from './mounts.ts';

/** The shared memory of one executor, which outlives its threads. */
export interface ExecutorShare {
  readonly index: number;
  readonly doorbell: SharedArrayBuffer;
  readonly ledger: SharedArrayBuffer;
  readonly slots: SharedArrayBuffer;
  /** Open files of its processes; see src/ring/file-rows.ts. */
  readonly files: SharedArrayBuffer;
  /** Latencies per operation; see src/ring/histogram.ts. */
  readonly latencies: SharedArrayBuffer;
  /** Descriptors that its mounts keep for themselves; see src/kernel/vfs/mounts.ts. */
  readonly mountNotes: SharedArrayBuffer;
}

/** What all threads of one kernel share, and the settings they go by. */
export interface KernelShare {
  readonly board: SharedArrayBuffer;
  readonly executors: readonly ExecutorShare[];
  /** Nanoseconds an executor or a blocking wait looks for work before it sleeps. */
  readonly spinMaxNs: number;
  /** Threads that can run at once. */
  readonly cores: number;
  /** URLs of modules whose `operations` join the table, opcodes 224 to 255. */
  readonly operationModules: readonly string[];
  /** What the processes see of the host's files. */
  readonly mounts: readonly MountShare[];
  /**
   * Whether descriptors of the host stay open when the thread that opened them ends. Node closes
   * those of a thread below a worker that has them tracked, which is the default of workers.
   */
  readonly hostKeepsFiles: boolean;
  /** Limits of an executor's heap in MiB. An overrun kills the thread, not the program. */
  readonly resourceLimits: ExecutorLimits;
}

export interface ExecutorLimits {
  readonly maxOldGenerationSizeMb: number;
  readonly maxYoungGenerationSizeMb: number;
}

/** One ring, as its executor needs to know it. */
export interface RingOrder {
  /** Unique among all rings of the kernel: slots are used again. */
  readonly id: string;
  /** Unique among all processes: two managers may both have a pid 1. */
  readonly process: string;
  readonly slot: number;
  readonly pid: number;
  readonly fd: number;
  readonly region: RegionHandle;
  readonly memory: MemoryHandle;
  readonly inFlightMax: number | undefined;
}

/** Managers to the supervisor. */
export type ManagerMessage =
  | { readonly type: 'attach'; readonly executor: number; readonly ring: RingOrder }
  | { readonly type: 'detach'; readonly executor: number; readonly id: string }
  | { readonly type: 'replace'; readonly executor: number }
  | { readonly type: 'manager'; readonly port: MessagePort }
  | { readonly type: 'close' };

/** The supervisor to its executors, through a port that is read when slot 0 rings. */
export type ExecutorOrder =
  | { readonly type: 'attach'; readonly ring: RingOrder }
  | { readonly type: 'detach'; readonly id: string }
  /** The kernel closes: close everything, say so, and stop. */
  | { readonly type: 'end' };

/** Executors to the supervisor. */
export type ExecutorMessage =
  | { readonly type: 'closed'; readonly id: string }
  | { readonly type: 'bug'; readonly message: string }
  | { readonly type: 'ended' };

/** The supervisor to all managers. */
export type SupervisorMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'closed'; readonly id: string }
  | { readonly type: 'bug'; readonly executor: number; readonly message: string }
  | {
      readonly type: 'replaced';
      readonly executor: number;
      /** Why the thread ended, in words. */
      readonly reason: string;
      /** Whether the supervisor serves the rings itself, because no thread could be started. */
      readonly inline: boolean;
      /** Milliseconds from the end of the old thread to the first turn of the new one. */
      readonly recoveryMs: number;
    };

/** The task that turns a pool thread into an executor. */
export interface ServeTask {
  readonly share: KernelShare;
  readonly index: number;
  readonly rings: readonly RingOrder[];
  readonly port: MessagePort;
}
