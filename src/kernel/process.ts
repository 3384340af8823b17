/** A process: whose memory requests point into, and whose descriptors they name. */
import type { ProcessMemory } from '../ring/memory.ts';
import { Descriptors } from './descriptors.ts';

/** One process of the simulated system. */
export class Process {
  readonly pid: number;
  readonly memory: ProcessMemory;
  readonly descriptors = new Descriptors();

  constructor(pid: number, memory: ProcessMemory) {
    this.pid = pid;
    this.memory = memory;
  }
}
