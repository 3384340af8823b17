/** Where a door's rings come from: executor threads, or a kernel on the calling thread. */
import fs from 'node:fs'; // its namespace is slower to call
import { SETUP } from '../abi/flags.ts';
import { MEMORY_DEFAULT_BYTES } from '../abi/limits.ts';
import { KernelError } from '../client/error.ts';
import { EventedInlinePort } from '../client/evented-port.ts';
import { Ring } from '../client/ring.ts';
import { InlineKernel } from '../executor/inline.ts';
import { HostClock } from '../host/clock.ts';
import { NodeDigests } from '../host/digests.ts';
import { InlineFiles } from '../host/inline-files.ts';
import type { NodeFs } from '../host/node-fs.ts';
import { Process } from '../kernel/process.ts';
import { Mounts } from '../kernel/vfs/mounts.ts';
import { IoUringManager, type KernelOptions } from '../manager/manager.ts';
import { checkMounts } from '../manager/mounts.ts';
import type { KernelStats } from '../manager/stats.ts';
import { ProcessMemory } from '../ring/memory.ts';
import { sleepThread } from '../ring/sleep.ts';

/** How the kernel behind a door is booted. */
export interface DoorKernelOptions extends KernelOptions {
  /** Rings, each of a process of its own, all with one memory. Default: one for each executor. */
  readonly lanes?: number;
  /** SQ entries of each ring, 1 to 32768, rounded up to a power of two; default 256. */
  readonly entries?: number;
  /** Bytes of memory for paths and data in flight and for leases, from 64 KiB; default 256 MiB. */
  readonly memoryBytes?: number;
  /** True: the kernel runs on the calling thread, and its file calls block that thread. */
  readonly inline?: boolean;
}

/** A booted kernel, as a door sees it. */
export interface DoorKernel {
  readonly rings: readonly Ring[];
  readonly memory: ProcessMemory;
  /** What its executors did so far; undefined without any. */
  stats(): KernelStats | undefined;
  /** Ends its threads. Nothing is in flight any more. */
  close(): Promise<void>;
}

const ENTRIES = 256;
const LANES_MAX = 1024;
/** Room for a few calls with long paths; any less, and some could never be served. */
const MEMORY_MIN_BYTES = 64 * 1024;

/** Whether executors can run beside the calling thread. */
const hasThreads = (): boolean => typeof SharedArrayBuffer === 'function';

/** Boots a kernel; rejects with RangeError and the errors of IoUringManager. */
export async function bootKernel(options: DoorKernelOptions): Promise<DoorKernel> {
  const { memoryBytes = MEMORY_DEFAULT_BYTES } = options;
  if (!(memoryBytes >= MEMORY_MIN_BYTES))
    throw new RangeError(`memoryBytes must be at least ${MEMORY_MIN_BYTES}, not ${memoryBytes}`);
  const memory = ProcessMemory.reserve(memoryBytes);
  const isInline = options.inline ?? !hasThreads();
  return isInline ? inlineKernel(memory, options) : threadKernel(memory, options);
}

async function threadKernel(
  memory: ProcessMemory,
  options: DoorKernelOptions,
): Promise<DoorKernel> {
  const { executors = 1, lanes = executors, entries = ENTRIES } = options;
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > LANES_MAX)
    throw new RangeError(`lanes must be 1 to ${LANES_MAX}, not ${lanes}`);
  const manager = new IoUringManager(options);
  try {
    const rings = Array.from({ length: lanes }, (_, lane) =>
      manager.createRing(lane + 1, { memory, sqEntries: entries, executor: lane % executors }),
    );
    return { rings, memory, stats: () => manager.stats(), close: () => manager.close() };
  } catch (error) {
    await manager.close();
    throw error;
  }
}

/** The same kernel without threads: a submission runs its requests, and blocks meanwhile. */
function inlineKernel(memory: ProcessMemory, options: DoorKernelOptions): DoorKernel {
  const { entries = ENTRIES, onEvent = () => {} } = options;
  const clock = new HostClock(sleepThread);
  const files = new InlineFiles(fs as unknown as NodeFs); // whose types want a Buffer for a path
  const mounts = new Mounts(
    checkMounts(options.mounts).map((mount) => ({ ...mount, files })),
    clock,
  );
  const kernel = new InlineKernel({
    clock,
    files: mounts,
    digests: new NodeDigests(),
    report: (error) => onEvent({ type: 'bug', executor: 0, message: String(error) }),
  });
  const process = new Process(1, memory);
  const created = kernel.setup(process, entries, {
    flags: SETUP.SUBMIT_ALL | SETUP.NO_SQARRAY,
  });
  if (typeof created === 'number') throw new KernelError(created, 'io_uring_setup');
  const ring = new Ring(new EventedInlinePort(kernel, process, created));
  const close = async (): Promise<void> => {
    kernel.exit(process);
    mounts.close();
  };
  return { rings: [ring], memory, stats: () => undefined, close };
}
