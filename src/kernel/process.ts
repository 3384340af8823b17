/** A process: whose memory requests point into, and whose descriptors they name. */
import type { ProcessMemory } from '../ring/memory.ts';
import { type Child, Children } from './children.ts';
import { type DescriptorNotes, Descriptors } from './descriptors.ts';

/** One process of the simulated system. */
export class Process {
  readonly pid: number;
  readonly memory: ProcessMemory;
  readonly descriptors: Descriptors;
  /** Those it may wait for. */
  readonly children: Children;
  /** What its parent sees of it; undefined when it has none. */
  readonly asChild: Child | undefined;

  /** A process of its own, in its own process group; or a child, in the group of its parent. */
  constructor(pid: number, memory: ProcessMemory, notes?: DescriptorNotes, parent?: Process) {
    this.pid = pid;
    this.memory = memory;
    this.descriptors = new Descriptors(notes);
    this.asChild = parent?.children.add(pid);
    this.children = new Children(this.asChild?.group ?? pid);
  }

  /** It is over, its rings and descriptors are closed: its parent is told, unless it was before. */
  exited(status = 0): void {
    this.children.abandon();
    this.asChild?.exit(status);
  }
}
