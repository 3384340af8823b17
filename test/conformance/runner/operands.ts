/** Numbers as scenarios write them: terms, layouts and expected results (FORMAT.md). */
import { constant, errnoOf, ScenarioError } from './names.ts';

/** A number, or a string of terms joined by `|`. */
export type Operand = number | string;

/** One item of a memory layout. */
export type LayoutItem =
  | number
  | string
  | { readonly [K in 'u8' | 'u16' | 'u32' | 'u64']?: Operand | readonly Operand[] }
  | { readonly rep: readonly [string, number] };

/** Bytes of each kind of number in a layout. */
export const WIDTHS: ReadonlyMap<string, number> = new Map([
  ['u8', 1],
  ['u16', 2],
  ['u32', 4],
  ['u64', 8],
]);

/** The value of a name that is no constant: a resource, or `$x`; undefined: nobody's name. */
export type Lookup = (name: string) => bigint | undefined;

const NUMBER = /^-?(?:0x[0-9a-f]+|\d+)$/i;
const OFFSET = /^(.+)\+(0x[0-9a-f]+|\d+)$/i;

function termOf(term: string, lookup: Lookup): bigint {
  if (NUMBER.test(term)) return term.startsWith('-') ? -BigInt(term.slice(1)) : BigInt(term);
  const errno = term.startsWith('-E') ? errnoOf(term.slice(1)) : undefined;
  const value = errno ?? lookup(term) ?? constant(term);
  if (value !== undefined) return value;
  const [, base, offset] = OFFSET.exec(term) ?? [];
  if (base === undefined || offset === undefined) throw new ScenarioError(`unknown name ${term}`);
  const address = lookup(base) ?? constant(base);
  if (address === undefined) throw new ScenarioError(`unknown name ${base}`);
  return address + BigInt(offset);
}

/** The value of an operand; a ScenarioError where a term is neither a number nor a known name. */
export function evaluate(operand: Operand, lookup: Lookup): bigint {
  if (typeof operand === 'number') return BigInt(operand);
  if (operand === '') return 0n;
  return operand.split('|').reduce((all, term) => all | termOf(term.trim(), lookup), 0n);
}

/** Evaluates operands with the values that a running scenario has bound. */
export class Operands {
  readonly #bound = new Map<string, bigint>();
  readonly #lookup: Lookup = (name) => this.#bound.get(name);

  /** Gives a name (a resource, or `$x`) a value. */
  bind(name: string, value: number | bigint): void {
    this.#bound.set(name, BigInt(value));
  }

  /** The value of an operand, as the number it is written as. */
  value(operand: Operand): bigint {
    return evaluate(operand, this.#lookup);
  }

  /** The same cut to 32 bits, as an int. */
  int(operand: Operand): number {
    return Number(BigInt.asIntN(32, this.value(operand)));
  }

  /** The same cut to 32 bits, as a count. */
  count(operand: Operand): number {
    return Number(BigInt.asUintN(32, this.value(operand)));
  }

  /** The bytes of a layout. */
  bytes(layout: readonly LayoutItem[]): Uint8Array {
    return Buffer.concat(layout.map((item) => this.#item(item)));
  }

  /** Whether a result is what was expected; `$x` binds at its first appearance. */
  matches(expected: Operand, actual: number): boolean {
    if (expected === '>=0') return actual >= 0;
    if (typeof expected === 'string' && expected.startsWith('$')) {
      if (actual < 0) return false;
      if (!this.#bound.has(expected)) this.bind(expected, actual);
      return this.#bound.get(expected) === BigInt(actual);
    }
    const errno = typeof expected === 'string' ? errnoOf(expected) : undefined;
    return BigInt(actual) === BigInt.asIntN(32, errno ?? this.value(expected));
  }

  #item(item: LayoutItem): Uint8Array {
    if (typeof item === 'number') return new Uint8Array(item);
    if (typeof item === 'string') return Buffer.from(item);
    if ('rep' in item) return Buffer.from(item.rep[0].repeat(item.rep[1]));
    const [kind = '', values] = Object.entries(item)[0] ?? [];
    const width = WIDTHS.get(kind);
    if (width === undefined) throw new ScenarioError(`unknown layout item ${kind}`);
    return Buffer.concat([values as Operand | Operand[]].flat().map((v) => this.#field(v, width)));
  }

  #field(operand: Operand, width: number): Uint8Array {
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(BigInt.asUintN(64, this.value(operand)));
    return field.subarray(0, width);
  }
}
