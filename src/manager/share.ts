/** The shared memory of a kernel, made by the manager that boots it. */
import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { EXECUTORS_MAX, SPIN_DEFAULT_NS } from '../abi/limits.ts';
import { DOORBELL_BYTES } from '../abi/private.ts';
import { noteWords } from '../kernel/vfs/notes.ts';
import { createFileRows } from '../ring/file-rows.ts';
import { createLatencies } from '../ring/histogram.ts';
import { createLedger } from '../ring/ledger.ts';
import { createBoard } from '../ring/park.ts';
import { Slots } from '../ring/slots.ts';
import type { ExecutorLimits, KernelShare } from './messages.ts';
import { checkMounts, type MountOptions } from './mounts.ts';

/** What is decided when a kernel boots, and holds for all its threads. */
export interface ShareOptions {
  /** Executor threads, 1 to EXECUTORS_MAX; default 1. */
  readonly executors?: number;
  /** Nanoseconds that executors and blocking waits look for work before they sleep; 0: never. */
  readonly spinMaxNs?: number;
  /** Threads that can run at once; default what the machine has. */
  readonly cores?: number;
  /** Heap limits of an executor thread; an overrun ends the thread and not the program. */
  readonly resourceLimits?: Partial<ExecutorLimits>;
  /** Modules whose `operations` join the table, with opcodes 224 to 255. */
  readonly operationModules?: readonly URL[];
  /** Folders of the host that processes see. Default: the host's `/` at `/`, without a jail. */
  readonly mounts?: readonly MountOptions[];
}

const DEFAULT_LIMITS: ExecutorLimits = {
  maxOldGenerationSizeMb: 512,
  maxYoungGenerationSizeMb: 64,
};

/** Makes the shared memory of a kernel; throws TypeError and RangeError for impossible options. */
export function createShare(options: ShareOptions): KernelShare {
  const { executors = 1, spinMaxNs = SPIN_DEFAULT_NS, cores = availableParallelism() } = options;
  if (!Number.isInteger(executors) || executors < 1 || executors > EXECUTORS_MAX)
    throw new RangeError(`executors must be 1 to ${EXECUTORS_MAX}, not ${executors}`);
  const mounts = checkMounts(options.mounts);
  const noteBytes = noteWords(mounts.length) * Int32Array.BYTES_PER_ELEMENT;
  return {
    board: createBoard(executors),
    executors: Array.from({ length: executors }, (_, index) => ({
      index,
      doorbell: new SharedArrayBuffer(DOORBELL_BYTES),
      ledger: createLedger() as SharedArrayBuffer,
      slots: Slots.create(),
      files: createFileRows() as SharedArrayBuffer,
      latencies: createLatencies() as SharedArrayBuffer,
      mountNotes: new SharedArrayBuffer(noteBytes),
    })),
    hostKeepsFiles: isMainThread,
    spinMaxNs,
    cores,
    operationModules: (options.operationModules ?? []).map((url) => url.href),
    mounts,
    resourceLimits: { ...DEFAULT_LIMITS, ...options.resourceLimits },
  };
}
