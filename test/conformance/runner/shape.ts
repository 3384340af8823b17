/** Checks of JSON values: each throws a ScenarioError that names the place. */
import { ScenarioError } from './names.ts';

/** Accepts a value found at a place such as `steps[3].enter`, "" being the whole; or throws. */
export type Check = (value: unknown, place: string) => void;

/** Refuses what is at `place`. */
export function refuse(place: string, problem: string): never {
  throw new ScenarioError(`${place === '' ? 'scenario' : place}: ${problem}`);
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** A value of which `holds` is true. */
export const isA =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, place) => {
    if (!holds(value)) refuse(place, `${shown(value)} is not ${what}`);
  };

export const text = isA('a text', (value) => typeof value === 'string');
export const count = isA('a count', (value) => Number.isInteger(value) && Number(value) >= 0);
export const duration = isA('a number of ms', (value) => Number.isFinite(value));
export const yes = isA('true', (value) => value === true);

/** One of these values. */
export const oneOf = (...values: readonly unknown[]): Check =>
  isA(`one of ${shown(values)}`, (value) => values.includes(value));

export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !isList(value);

/** A list of any length. */
export const listOf =
  (item: Check): Check =>
  (value, place) => {
    if (!isList(value)) return refuse(place, `${shown(value)} is not a list`);
    for (const [at, entry] of value.entries()) item(entry, `${place}[${at}]`);
  };

/** A list with exactly these items; those from `least` on may be missing. */
export const tuple =
  (items: readonly Check[], least = items.length): Check =>
  (value, place) => {
    if (!isList(value)) return refuse(place, `${shown(value)} is not a list`);
    if (value.length < least || value.length > items.length)
      return refuse(place, `${value.length} items instead of ${least} to ${items.length}`);
    for (const [at, entry] of value.entries()) items[at]?.(entry, `${place}[${at}]`);
  };

/** Checks by key; a key that is not among them is refused. Keys with `?` may be missing. */
export const fields = (checks: Readonly<Record<string, Check>>): Check => {
  const byKey = new Map(
    Object.entries(checks).map(([key, check]) => [key.replace('?', ''), check]),
  );
  const needed = Object.keys(checks).filter((key) => !key.endsWith('?'));
  return (value, place) => {
    if (!isObject(value)) return refuse(place, `${shown(value)} is not an object`);
    for (const [key, entry] of Object.entries(value)) {
      const check = byKey.get(key) ?? refuse(place, `unknown key ${key}`);
      check(entry, place === '' ? key : `${place}.${key}`);
    }
    const missing = needed.find((key) => !Object.hasOwn(value, key));
    if (missing !== undefined) refuse(place, `${missing} is missing`);
  };
};

/** The first check that fits the value's own kind. */
export const either =
  (what: string, cases: readonly (readonly [holds: (value: unknown) => boolean, Check])[]): Check =>
  (value, place) => {
    const found = cases.find(([holds]) => holds(value));
    if (found === undefined) return refuse(place, `${shown(value)} is not ${what}`);
    found[1](value, place);
  };
