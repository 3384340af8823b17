/**
 * Goal: what `npm run build` makes of the modules is complete, loads few files on each thread, and
 *       begins as they do.
 * Method: the bundle is made in memory. The packed package, with programs that run it under each
 *         release of Node: test/runtimes.
 */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
import { beforeAll, describe, expect, it } from 'vitest';
import config from '../../rolldown.config.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** Some files are shared by others than would need all of them. */
const FILES_PER_THREAD_MAX = 8;

const chunks = new Map<string, OutputChunk>();

beforeAll(async () => {
  const build = await rolldown(config);
  const { output } = await build.generate([config.output].flat()[0]);
  for (const file of output) if (file.type === 'chunk') chunks.set(file.fileName, file);
  await build.close();
});

/** Names of the files that are loaded with one. */
function loadedWith(first: string): string[] {
  const found = new Set([first]);
  for (const name of found)
    for (const next of chunks.get(name)!.imports) if (chunks.has(next)) found.add(next);
  return [...found];
}

describe('the bundle', () => {
  it('has the files that package.json names', () => {
    const { bin, exports } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as {
      bin: { uring: string };
      exports: Record<string, { default?: string }>;
    };
    const subpaths = Object.values(exports).flatMap(({ default: path }) => path ?? []);
    const named = [bin.uring, ...subpaths].map((path) => posix.relative('dist', path));
    expect(named).toHaveLength(3);
    expect(named.filter((name) => !chunks.has(name))).toEqual([]);
  });

  it('has the files that its modules load by their URLs', () => {
    const named = [...chunks.values()].flatMap(({ code, fileName }) =>
      [...code.matchAll(/new URL\(`(\.[^`]+)\.\$\{suffix\}`, import\.meta\.url\)/g)].map((match) =>
        posix.join(posix.dirname(fileName), `${match[1]}.js`),
      ),
    );
    expect(named.sort()).toEqual([
      'src/cli/piscina-task.js',
      'workers/executor.js',
      'workers/supervisor.js',
    ]);
    expect(named.filter((name) => !chunks.has(name))).toEqual([]);
  });

  it.each([
    'src/index.js',
    'src/abi/index.js',
    'src/cli/main.js',
    'src/cli/piscina-task.js',
    'workers/executor.js',
    'workers/supervisor.js',
  ])('loads few files with %s', (first) => {
    expect(loadedWith(first).length).toBeLessThanOrEqual(FILES_PER_THREAD_MAX);
  });

  it('does what the command does first before all else', () => {
    const { code } = chunks.get('src/cli/main.js')!;
    const [, first] = /^#!.*\nimport "(.+)";$/m.exec(code)!;
    const heap = chunks.get(posix.join('src/cli', first!))!;
    expect(heap.moduleIds.map((id) => posix.basename(id))).toEqual(['heap.ts']);
    expect(heap.imports).toEqual(['node:v8']);
  });

  it('has no syntax that is newer than the oldest Node', () => {
    const newer = [...chunks.values()].filter(({ code }) => /^\s*(?:await )?using \w/m.test(code));
    expect(newer.map(({ fileName }) => fileName)).toEqual([]);
  });
});
