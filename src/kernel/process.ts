/** A process: whose memory requests point into, and whose descriptors they name. */
import type { ProcessMemory } from '../ring/memory.ts';
import { type DescriptorNotes, Descriptors } from './descriptors.ts';

/** One process of the simulated system. */
export class Process {
  readonly pid: number;
  readonly memory: ProcessMemory;
  readonly descriptors: Descriptors;

  constructor(pid: number, memory: ProcessMemory, notes?: DescriptorNotes) {
    this.pid = pid;
    this.memory = memory;
    this.descriptors = new Descriptors(notes);
  }
}
