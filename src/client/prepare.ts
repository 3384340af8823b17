/** The prep functions of a ring, read from the table of operations: `nop` becomes prepNop. */
import { operations } from '../ops/table.ts';

type Arguments<F> = F extends (sqe: number, ...rest: infer R) => void ? R : never;

/** prepX(sqe, ...) for every operation, with the argument types of its row. */
export type Prepares = {
  readonly [K in keyof typeof operations as `prep${Capitalize<K & string>}`]: (
    sqe: number,
    ...rest: Arguments<OmitThisParameter<(typeof operations)[K]['encode']>>
  ) => void;
};

const prepName = (name: string): string => `prep${name[0]!.toUpperCase()}${name.slice(1)}`;

function makeBase(): new () => Prepares {
  class Base {}
  for (const [name, { encode }] of Object.entries(operations))
    Object.defineProperty(Base.prototype, prepName(name), { value: encode });
  return Base as new () => Prepares;
}

/** What a ring door extends to have them as methods. */
export const PrepareFunctions = makeBase();
