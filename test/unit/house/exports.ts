/** What each public subpath exports, read from its sources, so that types are listed too. */
import { posix } from 'node:path';
import { lineAt, type Source } from './source.ts';

/** Sorted names by subpath of package.json's "exports". */
export type PublicNames = Record<string, string[]>;

/** Source file of a subpath's target in dist/, or undefined for what is no module. */
function moduleOf(target: unknown): string | undefined {
  const file = typeof target === 'string' ? target : Reflect.get(Object(target), 'default');
  return /^\.\/dist\/(.+)\.js$/.exec(String(file))?.[1]?.concat('.ts');
}

/** Names exported by every subpath; `read` answers undefined for a module that does not exist. */
export function publicNames(
  subpaths: Readonly<Record<string, unknown>>,
  read: (path: string) => Source | undefined,
): PublicNames {
  const found: PublicNames = {};
  for (const [subpath, target] of Object.entries(subpaths)) {
    const path = moduleOf(target);
    if (path !== undefined) found[subpath] = [...namesOf(path, read)].sort();
  }
  return found;
}

const DECLARED =
  /^export (?:abstract |async )?(?:const|function\*?|class|interface|type) ([\w$]+)/gm;
const LISTED = /^export (?:type )?\{([^}]*)\}/gm;
const EVERYTHING = /^export (?:type )?\*(?: as ([\w$]+))? from '([^']+)'/gm;

function namesOf(path: string, read: (path: string) => Source | undefined): Set<string> {
  const source = read(path);
  const names = new Set<string>();
  if (source === undefined) return names;
  for (const [, name] of source.code.matchAll(DECLARED)) names.add(name!);
  for (const [, list] of source.code.matchAll(LISTED))
    for (const item of list!.split(',')) {
      const name = item
        .trim()
        .replace(/^type /, '')
        .split(' as ')
        .at(-1)!
        .trim();
      if (name !== '') names.add(name);
    }
  for (const { 1: alias, 2: specifier, index } of source.uncommented.matchAll(EVERYTHING)) {
    if (!specifier!.startsWith('.'))
      throw new Error(`${path}:${lineAt(source.text, index)}: exports all of ${specifier}`);
    if (alias !== undefined) names.add(alias);
    else
      for (const name of namesOf(posix.join(posix.dirname(path), specifier!), read))
        names.add(name);
  }
  return names;
}

/** What to do about a difference, or '' when there is none. */
export function describeChange(committed: PublicNames, actual: PublicNames): string {
  const lines: string[] = [];
  for (const subpath of new Set([...Object.keys(committed), ...Object.keys(actual)])) {
    const [before, after] = [new Set(committed[subpath]), new Set(actual[subpath])];
    if (!(subpath in committed)) lines.push(`new subpath ${subpath}`);
    if (!(subpath in actual)) lines.push(`subpath ${subpath} is gone`);
    for (const name of after) if (!before.has(name)) lines.push(`${subpath} exports ${name} anew`);
    for (const name of before) if (!after.has(name)) lines.push(`${subpath} lost ${name}`);
  }
  if (lines.length === 0) return '';
  return [
    'The public exports changed:',
    ...lines.map((line) => `  ${line}`),
    'If that is intended, say so in CHANGELOG.md and write this to test/unit/house/exports.json:',
    JSON.stringify(actual, null, 2),
  ].join('\n');
}
