/**
 * Goal: every example of README.md runs against this tree and prints what README.md says it prints;
 *       every npm script that README.md names exists.
 * Method: each block of TypeScript becomes a module in a temporary folder, its imports of the
 *         package rewritten to the sources, and runs in a process of its own. The text block behind
 *         it is what must come out.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const readme = read('README.md');
const run = promisify(execFile);

interface Example {
  /** The heading above it. */
  readonly title: string;
  readonly code: string;
  readonly output: string | undefined;
}

/** Blocks of TypeScript, each with the block of text that follows it. */
function examplesOf(markdown: string): Example[] {
  const blocks = markdown.matchAll(/^```ts\n([\s\S]*?)^```\n(?:\n^```text\n([\s\S]*?)^```\n)?/gm);
  return [...blocks].map(({ 1: code, 2: output, index }) => {
    const title =
      markdown
        .slice(0, index)
        .match(/^#+ .*$/gm)
        ?.at(-1) ?? '';
    return { title, code: code!, output };
  });
}

/** The module that a specifier of the package stands for, as an absolute URL. */
function resolve(specifier: string): string {
  const { exports } = JSON.parse(read('package.json')) as {
    exports: Record<string, { readonly default: string }>;
  };
  const target = exports[specifier.replace(/^uring/, '.')];
  if (target === undefined) throw new Error(`${specifier} is no subpath of the package`);
  return new URL(target.default.replace(/^\.\/dist\/(.*)\.js$/, './$1.ts'), ROOT).href;
}

const fromSources = (code: string): string =>
  code.replace(/(?<=\bfrom )'(uring(?:\/[\w/]+)?)'/g, (_, specifier: string) =>
    JSON.stringify(resolve(specifier)),
  );

describe('README.md', () => {
  const examples = examplesOf(readme);
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has examples for each of its three users, of the inline kernel and of an operation', () => {
    expect(examples.map(({ title }) => title)).toEqual([
      '### Applications: files through `open()`',
      '#### Chains, deadlines and loops',
      '### Simulated systems: processes, rings and mounts',
      '### Systems: a ring on an executor thread',
      '### The kernel on the calling thread',
      '### Operations of your own',
    ]);
  });

  it.each(examples)('runs as it says: $title', async ({ title, code, output }) => {
    const file = join(folder, `${title.replace(/\W+/g, '-')}.mts`);
    writeFileSync(file, fromSources(code));
    const { stdout } = await run(process.execPath, [file], { timeout: 20_000 });
    expect(stdout).toBe(output);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)];
    expect(named.length).toBeGreaterThan(4);
    for (const [, script, short] of named) expect(scripts).toHaveProperty([script ?? short!]);
  });
});
