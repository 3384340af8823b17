/** The names that every scenario knows (constants.json), and the error of one that knows others. */
import { readFileSync } from 'node:fs';

/** A scenario that is not in the format: an error of the scenario, never skipped. */
export class ScenarioError extends Error {}

type Group = Readonly<Record<string, number>>;

const groups = JSON.parse(
  readFileSync(new URL('../constants.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Group>>;

/** A group of constants.json by its name. */
function groupOf(name: string): ReadonlyMap<string, number> {
  const group = groups[name];
  if (group === undefined) throw new ScenarioError(`constants.json has no group ${name}`);
  return new Map(Object.entries(group));
}

/** Positive errno by name. */
export const ERRNO = groupOf('ERRNO');
/** Words of the flags of a CQE. */
export const CQE_WORDS = groupOf('CQE');
/** Words of the SQ flags. */
export const SQ_WORDS = groupOf('SQ');

/** What an operand may name: every group but the errnos, which are written `-ENAME`. */
const NAMES = new Map(
  Object.entries(groups)
    .filter(([group]) => group !== 'ERRNO')
    .flatMap(([, names]) => Object.entries(names)),
);

/** The value of a constant, or undefined. */
export function constant(name: string): bigint | undefined {
  const value = NAMES.get(name);
  return value === undefined ? undefined : BigInt(value);
}

/** `-errno` for a name such as EINVAL, or undefined. */
export function errnoOf(name: string): bigint | undefined {
  const number = ERRNO.get(name);
  return number === undefined ? undefined : BigInt(-number);
}

/** How a result is told in the words of a scenario: an errno by its name. */
export function resultText(res: number): number | string {
  for (const [name, number] of ERRNO) if (res === -number) return name;
  return res;
}
