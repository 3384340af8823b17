/** What to ask of the kernel, as values: a submission entry, and its constructors by operation. */
import type { Res } from '../abi/errno.ts';
import type { Ring } from '../client/ring.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import type { SyscallResult } from './completion-entry.ts';
import { addressesOf, type Plan, placeParts, stagedBytes } from './plan.ts';
import { plans } from './plans.ts';

type Plans = typeof plans;

/** Constructors by operation: the pid, the values of the plan, and the user data (default 0). */
export type EntryConstructors = {
  readonly [K in keyof Plans]: (
    pid: number,
    ...rest: [...Parameters<Plans[K]>, userData?: number]
  ) => SyscallSubmissionEntry;
};

/** A class with the constructors of every plan as its static methods. */
function makeBase(): EntryConstructors & (new () => object) {
  class Base {}
  for (const [operation, plan] of Object.entries<(...values: never[]) => Plan>(plans)) {
    const value = (pid: number, ...rest: never[]): SyscallSubmissionEntry => {
      const userData: number = rest[plan.length] ?? 0;
      return new SyscallSubmissionEntry({ pid, operation, userData, plan: plan(...rest) });
    };
    Object.defineProperty(Base, operation, { value });
  }
  return Base as EntryConstructors & (new () => object);
}

/**
 * One request of one process: immutable, so it can be submitted again, and after its bytes were
 * changed by whoever brought them. Made by the static method of its operation, such as
 * `SyscallSubmissionEntry.read(pid, fd, length, offset, userData)`; these throw TypeError and
 * RangeError for values that no entry can carry, and leave the rest to the kernel.
 */
export class SyscallSubmissionEntry extends makeBase() {
  readonly pid: number;
  /** What it asks for, by the name of the static method that made it. */
  readonly operation: string;
  /** A number at the caller's disposal, which comes back in the completion. */
  readonly userData: number;
  readonly #plan: Plan;

  /** For operations of an embedder's own, which have no static method. */
  constructor(parts: { pid: number; operation: string; userData: number; plan: Plan }) {
    super();
    this.pid = parts.pid;
    this.operation = parts.operation;
    this.userData = parts.userData;
    this.#plan = parts.plan;
    Object.freeze(this);
  }

  /** Bytes it occupies in the memory of its process while it is in flight. */
  get stagedBytes(): number {
    return stagedBytes(this.#plan);
  }

  /** Writes its SQE, and to the block at `block` what the SQE points to. */
  encode(ring: Ring, sqe: number, memory: ProcessMemory, block: number): void {
    const at = addressesOf(this.#plan, block);
    placeParts(this.#plan, at, memory);
    this.#plan.encode(ring, sqe, at, memory);
  }

  /** What `res` means, 0 or more: a private copy of what lies in the block. */
  decode(res: Res, memory: ProcessMemory, block: number): SyscallResult {
    const { decode } = this.#plan;
    return decode === undefined ? res : decode(res, addressesOf(this.#plan, block), memory);
  }

  /** The same with room for a result that did not fit; undefined when it did. */
  enlarged(res: Res): SyscallSubmissionEntry | undefined {
    const { pid, operation, userData } = this;
    const plan = this.#plan.enlarge?.(res);
    return plan && new SyscallSubmissionEntry({ pid, operation, userData, plan });
  }
}
