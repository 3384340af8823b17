/** What a scenario names where: checks of operands that know which names exist by then. */
import { flagsOf, WORD_BREAK } from './expect-cqes.ts';
import { errnoOf, SQ_WORDS } from './names.ts';
import { evaluate, type Operand, WIDTHS } from './operands.ts';
import {
  type Check,
  count,
  either,
  fields,
  isList,
  isObject,
  listOf,
  refuse,
  text,
  tuple,
} from './shape.ts';

const isOperand = (value: unknown): value is Operand =>
  Number.isInteger(value) || typeof value === 'string';

/** The names of one scenario, in the order in which they appear. */
export class Scope {
  readonly #names = new Set<string>();

  /** A name exists from here on. */
  add(name: string, place: string): void {
    if (!/^[A-Za-z_][\w.-]*$/.test(name)) refuse(place, `${name} is not a name`);
    this.#names.add(name);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** A number, or terms of numbers and names that exist. */
  readonly operand: Check = (value, place) => {
    if (!isOperand(value)) return refuse(place, `${JSON.stringify(value)} is not an operand`);
    try {
      evaluate(value, (name) => (this.#names.has(name) ? 0n : undefined));
    } catch (error) {
      refuse(place, error instanceof Error ? error.message : String(error));
    }
  };

  /** A result: an operand, the name of an errno, `>=0`, or `$x`, which exists from here on. */
  readonly result: Check = (value, place) => {
    if (typeof value !== 'string') return this.operand(value, place);
    if (value === '>=0' || errnoOf(value) !== undefined) return;
    if (/^\$\w+$/.test(value)) this.#names.add(value);
    else this.operand(value, place);
  };

  readonly #numbers = either('an operand or a list of operands', [
    [isOperand, this.operand],
    [isList, listOf(this.operand)],
  ]);

  readonly #item = either('a layout item', [
    [(value) => typeof value === 'string', text],
    [(value) => typeof value === 'number', count],
    [(value) => isObject(value) && 'rep' in value, fields({ rep: tuple([text, count]) })],
    [isObject, (value, place) => this.#number(value, place)],
  ]);

  /** A memory layout. */
  readonly layout = listOf(this.#item);

  /** A text, or a layout. */
  readonly contents = either('a text or a layout', [
    [(value) => typeof value === 'string', text],
    [isList, this.layout],
  ]);

  #number(value: unknown, place: string): void {
    const keys = Object.keys(value as object);
    if (keys.length !== 1) refuse(place, `${keys.length} keys in a layout item`);
    fields(Object.fromEntries([...WIDTHS.keys()].map((kind) => [`${kind}?`, this.#numbers])))(
      value,
      place,
    );
  }

  readonly #cqe: Check = tuple(
    [this.operand, this.result, (value, place) => cqeFlags(value, place)],
    2,
  );

  /** Expected CQEs. */
  readonly cqes = either('a list, or an object of seqs and bag', [
    [isList, listOf(this.#cqe)],
    [isObject, fields({ 'seqs?': listOf(listOf(this.#cqe)), 'bag?': listOf(this.#cqe) })],
  ]);
}

const cqeFlags: Check = (value, place) => {
  if (!isOperand(value)) return refuse(place, `${JSON.stringify(value)} is not flags`);
  try {
    flagsOf(value);
  } catch (error) {
    refuse(place, error instanceof Error ? error.message : String(error));
  }
};

/** Words of the SQ flags; "" is none. */
export const sqFlags: Check = (value, place) => {
  text(value, place);
  if (value === '') return;
  for (const word of String(value).split(WORD_BREAK))
    if (!SQ_WORDS.has(word)) refuse(place, `unknown SQ flag ${word}`);
};
