/** What one executor serves: rings and their processes, by the names their managers gave them. */
import { FileNotes, markOf, type NotedProcess, type ProcessMark } from '../executor/file-notes.ts';
import type { KernelRing } from '../executor/kernel-ring.ts';
import { Process } from '../kernel/process.ts';
import type { FileRows } from '../ring/file-rows.ts';
import { ProcessMemory } from '../ring/memory.ts';
import type { RingOrder } from './messages.ts';

/** A process lives as long as it has rings. */
interface Entry extends NotedProcess {
  rings: number;
}

const nameOf = ({ low, high }: ProcessMark): string => `${low} ${high}`;

/** Rings by id, processes by key; every step costs the same however many there are. */
export class Attached {
  readonly #rings = new Map<string, KernelRing>();
  readonly #orders = new Map<KernelRing, RingOrder>();
  readonly #processes = new Map<string, Entry>();
  /** The same by their marks. */
  readonly #marked = new Map<string, Entry>();
  readonly #fileRows: FileRows;

  /** `fileRows`: where the open files of all processes are noted. */
  constructor(fileRows: FileRows) {
    this.#fileRows = fileRows;
  }

  /** The process with that mark; undefined when it ended. */
  marked(mark: ProcessMark): NotedProcess | undefined {
    return this.#marked.get(nameOf(mark));
  }

  /** The process of a ring to be attached; a new one for the first ring of its key. */
  processOf({ process: key, pid, memory }: RingOrder): Process {
    let entry = this.#processes.get(key);
    if (entry === undefined) {
      const mark = markOf(key);
      const notes = new FileNotes(this.#fileRows, mark);
      entry = { process: new Process(pid, ProcessMemory.attach(memory), notes), notes, rings: 0 };
      this.#processes.set(key, entry);
      this.#marked.set(nameOf(mark), entry);
    }
    return entry.process;
  }

  /** Enters a ring that was made for the process of `order`. */
  add(order: RingOrder, ring: KernelRing): void {
    ring.process.descriptors.installAt(order.fd, ring);
    this.#rings.set(order.id, ring);
    this.#orders.set(ring, order);
    const entry = this.#processes.get(order.process);
    if (entry !== undefined) entry.rings++;
  }

  /** All rings, as they are now. */
  rings(): KernelRing[] {
    return [...this.#orders.keys()];
  }

  /** The ring with that id; undefined when it ended. */
  get(id: string): KernelRing | undefined {
    return this.#rings.get(id);
  }

  /**
   * Forgets a ring that ended, and closes the files of its process with the last one: nobody could
   * name them any more. The id it had; undefined when it was not entered.
   */
  remove(ring: KernelRing): string | undefined {
    const order = this.#orders.get(ring);
    if (order === undefined) return undefined;
    this.#orders.delete(ring);
    this.#rings.delete(order.id);
    ring.process.descriptors.remove(ring);
    const entry = this.#processes.get(order.process);
    if (entry !== undefined && --entry.rings === 0) {
      this.#processes.delete(order.process);
      this.#marked.delete(nameOf(markOf(order.process)));
      entry.process.descriptors.closeAll();
      entry.process.exited();
    }
    return order.id;
  }
}
