/** Numbers as scenarios write them: names, terms, layouts and expected results (FORMAT.md). */
import { readFileSync } from 'node:fs';

/** A number, or a string of terms joined by `|`. */
export type Operand = number | string;

/** One item of a memory layout. */
export type LayoutItem =
  | number
  | string
  | { readonly [K in 'u8' | 'u16' | 'u32' | 'u64']?: Operand | readonly Operand[] }
  | { readonly rep: readonly [string, number] };

type Groups = Record<string, Record<string, number>>;

const constants = JSON.parse(
  readFileSync(new URL('../constants.json', import.meta.url), 'utf8'),
) as Groups;
const { ERRNO: errnos, ...groups } = constants;
const NAMES = new Map(Object.values(groups).flatMap((group) => Object.entries(group)));
const WIDTH = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

/** A name or a value that the format does not know: an error of the scenario, never skipped. */
export class UnknownName extends Error {}

/** `-errno` for a name such as EINVAL, or undefined. */
export const errnoOf = (name: string): bigint | undefined => {
  const number = errnos?.[name];
  return number === undefined ? undefined : BigInt(-number);
};

/** Evaluates operands with the values that a running scenario has bound. */
export class Operands {
  readonly #bound = new Map<string, bigint>();

  /** Gives a name (a resource, or `$x`) a value. */
  bind(name: string, value: number | bigint): void {
    this.#bound.set(name, BigInt(value));
  }

  /** The value of an operand, as the number it is written as. */
  value(operand: Operand): bigint {
    if (typeof operand === 'number') return BigInt(operand);
    if (operand === '') return 0n;
    return operand.split('|').reduce((all, term) => all | this.#term(term.trim()), 0n);
  }

  number(operand: Operand): number {
    return Number(this.value(operand));
  }

  /** The bytes of a layout. */
  bytes(layout: readonly LayoutItem[]): Uint8Array {
    return Buffer.concat(layout.map((item) => this.#item(item)));
  }

  /** Whether a result is what was expected; `$x` binds at its first appearance. */
  matches(expected: Operand, actual: number): boolean {
    if (expected === '>=0') return actual >= 0;
    if (typeof expected === 'string' && expected.startsWith('$')) {
      if (!this.#bound.has(expected)) this.bind(expected, actual);
      return actual >= 0 && this.#bound.get(expected) === BigInt(actual);
    }
    const errno = typeof expected === 'string' ? errnoOf(expected) : undefined;
    return BigInt(actual) === BigInt.asIntN(32, errno ?? this.value(expected));
  }

  #term(term: string): bigint {
    if (/^-?(0x[0-9a-f]+|\d+)$/i.test(term))
      return term.startsWith('-') ? -BigInt(term.slice(1)) : BigInt(term);
    if (term.startsWith('-E')) {
      const errno = errnoOf(term.slice(1));
      if (errno !== undefined) return errno;
    }
    const sum = /^(.+)\+(\d+)$/.exec(term);
    if (sum !== null) return this.#term(sum[1]!) + BigInt(sum[2]!);
    const bound = this.#bound.get(term) ?? NAMES.get(term);
    if (bound === undefined) throw new UnknownName(`unknown name ${term}`);
    return BigInt(bound);
  }

  #item(item: LayoutItem): Uint8Array {
    if (typeof item === 'number') return new Uint8Array(item);
    if (typeof item === 'string') return Buffer.from(item);
    if ('rep' in item) return Buffer.from(item.rep[0].repeat(item.rep[1]));
    const [kind, values] = Object.entries(item)[0] ?? [];
    const width = WIDTH[kind as keyof typeof WIDTH];
    if (width === undefined) throw new UnknownName(`unknown layout item ${kind}`);
    return Buffer.concat([values as Operand | Operand[]].flat().map((v) => this.#field(v, width)));
  }

  #field(operand: Operand, width: number): Uint8Array {
    const field = Buffer.alloc(8);
    field.writeBigUInt64LE(BigInt.asUintN(64, this.value(operand)));
    return field.subarray(0, width);
  }
}
