/** What a ring may be asked for: a list registered before it was enabled (SEMANTICS S). */
import { fail, type Res } from '../abi/errno.ts';
import { RESTRICTIONS_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { RESTRICTION, RESTRICTION_BYTES } from '../abi/records.ts';
import { REGISTER, RESTRICTION_KIND } from '../abi/register.ts';
import type { ProcessMemory } from '../ring/memory.ts';

/** Opcodes that a list can name: those of io_uring, ours, and an embedder's. */
const OPCODES = 256;
/** The last of io_uring: those before it are known, whether there is a row for them or not. */
const LAST_OPCODE = OP.PIPE;
const LAST_REGISTER = Math.max(...Object.values(REGISTER));

/** Denies everything that it does not name. */
export class Restrictions {
  readonly #operations = new Uint8Array(OPCODES);
  readonly #calls = new Uint8Array(LAST_REGISTER + 1);
  #flagsAllowed = 0;
  #flagsRequired = 0;

  /**
   * Reads `count` records of struct io_uring_restriction, each once: the list, or -EINVAL for an
   * unknown kind, call or operation, or too many; -EFAULT.
   */
  static read(
    memory: ProcessMemory,
    list: { readonly low: number; readonly high: number; readonly count: number },
    hasOperation: (opcode: number) => boolean,
  ): Restrictions | Res {
    const { low, high, count } = list;
    if ((low | high) === 0 || count >>> 0 > RESTRICTIONS_MAX) return fail('EINVAL');
    const first = memory.at(low, high, count * RESTRICTION_BYTES);
    if (first < 0) return fail('EFAULT');
    const restrictions = new Restrictions();
    for (let i = 0; i < count; i++) {
      const at = first + i * RESTRICTION_BYTES;
      const kind = memory.u16(at + RESTRICTION.kind);
      const value = memory.u8(at + RESTRICTION.value);
      const isOpcode = kind === RESTRICTION_KIND.SQE_OP;
      if (isOpcode && value > LAST_OPCODE && !hasOperation(value)) return fail('EINVAL');
      if (!restrictions.#add(kind, value)) return fail('EINVAL');
    }
    return restrictions;
  }

  #add(kind: number, value: number): boolean {
    switch (kind) {
      case RESTRICTION_KIND.REGISTER_OP:
        if (value > LAST_REGISTER) return false;
        this.#calls[value] = 1;
        return true;
      case RESTRICTION_KIND.SQE_OP:
        this.#operations[value] = 1;
        return true;
      case RESTRICTION_KIND.SQE_FLAGS_ALLOWED:
        this.#flagsAllowed = value;
        return true;
      case RESTRICTION_KIND.SQE_FLAGS_REQUIRED:
        this.#flagsRequired = value;
        return true;
      default:
        return false;
    }
  }

  /** Whether an entry with this opcode and these IOSQE flags may be submitted. */
  admits(opcode: number, flags: number): boolean {
    const known = this.#flagsAllowed | this.#flagsRequired;
    const complete = (flags & this.#flagsRequired) === this.#flagsRequired;
    return this.#operations[opcode] === 1 && complete && (flags & ~known) === 0;
  }

  /** Whether a call of io_uring_register(2) may be made. */
  admitsCall(number: number): boolean {
    return this.#calls[number] === 1;
  }
}
