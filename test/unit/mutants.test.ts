/**
 * Goal: the list of mutants speaks of the code as it is; a patch that does not apply kills nothing.
 * Method: each patch is looked for in its file, and its tests on the disk, without running them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mutants } from '../mutants/list.ts';

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);

it.each(mutants.map((mutant) => [mutant.name, mutant] as const))('%s', (_, mutant) => {
  const text = readFileSync(at(mutant.file), 'utf8');
  expect(text.split(mutant.find)).toHaveLength(2);
  expect(mutant.replace).not.toBe(mutant.find);
  expect(mutant.tests.every((test) => existsSync(at(test)))).toBe(true);
});
