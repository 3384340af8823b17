/** What a manager knows of one process and of one ring, and how a ring is asked for. */
import {
  IN_FLIGHT_MIN,
  IN_FLIGHT_PER_CQ_ENTRY,
  MEMORY_DEFAULT_BYTES,
  NULL_PAGE_BYTES,
} from '../abi/limits.ts';
import type { RingHandle } from '../client/polled-port.ts';
import { Ring } from '../client/ring.ts';
import { type MemoryHandle, ProcessMemory } from '../ring/memory.ts';
import type { RegionHandle } from '../ring/region.ts';
import type { Channel } from './channel.ts';
import { STAGING_DEFAULT_BYTES, STAGING_MIN_BYTES, type Staging } from './staging.ts';

/** How a ring is made. */
export interface RingOptions {
  /** SQ entries, 1 to 32768, rounded up to a power of two; default 256. */
  readonly sqEntries?: number;
  /** CQ entries, up to 65536; default twice the SQ's. */
  readonly cqEntries?: number;
  /** SETUP flags; SQPOLL is added, because that is what an executor does. */
  readonly flags?: number;
  /** An index array before the SQ, for who fills it; liburing asks for none. Default: false. */
  readonly sqArray?: boolean;
  /** Another ring of the process; read only with ATTACH_WQ. */
  readonly wqFd?: number;
  /**
   * Requests the ring may have in flight, and completions the manager may hold that nobody asked
   * for yet; default max(4096, 2 x CQ entries).
   */
  readonly inFlightMax?: number;
  /**
   * Memory of the process; the first ring of a pid decides. Processes given the same memory, such
   * as `ring.memory` of another pid, share it: that is what makes them lanes of one submitter.
   * Default: 256 MiB of their own, reserved.
   */
  readonly memory?: ProcessMemory;
  /**
   * Bytes at the end of the memory that the manager keeps for what submit() must place there;
   * `ring.memory` ends before them. Read with `memory`. Default: 64 MiB behind the default memory,
   * none of a memory that you bring.
   */
  readonly stagingBytes?: number;
  /** Home of the process, 0 to executors - 1. Default: the executor with the fewest rings. */
  readonly executor?: number;
}

/** A ring as its creator holds it. */
export class ProcessRing extends Ring {
  /** Its handle was asked for, which is how it goes to another thread. */
  lent = false;

  override get handle(): RingHandle {
    this.lent = true;
    return super.handle;
  }
}

/** A ring as its manager knows it. */
export interface ManagedRing {
  readonly id: string;
  readonly process: ManagedProcess;
  readonly fd: number;
  readonly ring: ProcessRing;
  readonly handle: RingHandle;
  readonly region: RegionHandle;
  readonly options: RingOptions;
  readonly inFlightMax: number;
  /** What the manager submits through, if it does so on this ring. */
  channel: Channel | undefined;
}

/** A process as its manager knows it: one home executor, rings by descriptor. */
export interface ManagedProcess {
  readonly id: string;
  readonly pid: number;
  readonly memory: ProcessMemory;
  /** The part of the memory that its rings hand out. */
  readonly visible: MemoryHandle;
  readonly staging: Staging;
  readonly executor: number;
  readonly rings: Map<number, ManagedRing>;
  /** No descriptor from here on upward is free, but FIRST_FD may be. */
  endFd: number;
  /** What the manager submits through now. */
  channel: Channel | undefined;
}

/** How many requests a ring may have in flight. */
export function inFlightMaxOf({ inFlightMax }: RingOptions, cqEntries: number): number {
  if (inFlightMax === undefined) return Math.max(IN_FLIGHT_MIN, IN_FLIGHT_PER_CQ_ENTRY * cqEntries);
  if (!(Number.isInteger(inFlightMax) && inFlightMax > 0))
    throw new RangeError(`inFlightMax must be a whole number above 0, not ${inFlightMax}`);
  return inFlightMax;
}

/** The memory of a new process, and how much of it at its end is the manager's. */
export function memoryOf({ memory, stagingBytes = 0 }: RingOptions): [ProcessMemory, number] {
  if (memory === undefined) {
    const full = ProcessMemory.reserve(MEMORY_DEFAULT_BYTES + STAGING_DEFAULT_BYTES);
    return [full, STAGING_DEFAULT_BYTES];
  }
  if (!(memory.bytes.buffer instanceof SharedArrayBuffer))
    throw new TypeError('the memory of a process must be shared with its executor');
  const most = memory.sizeBytes - NULL_PAGE_BYTES - 1; // at least a byte stays visible
  const [least, bytes] = [STAGING_MIN_BYTES, stagingBytes];
  if (bytes !== 0 && !(Number.isInteger(bytes) && bytes >= least && bytes <= most))
    throw new RangeError(`stagingBytes must be 0, or ${least} to ${most}, not ${bytes}`);
  return [memory, bytes];
}
