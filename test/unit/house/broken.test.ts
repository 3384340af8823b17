/**
 * Goal: no house rule is blind, and none cries wolf.
 * Method: each rule is given small texts that break it, and the nearest texts that do not.
 */
import { describe, expect, it } from 'vitest';
import { describeChange, publicNames } from './exports.ts';
import { brokenImports } from './layers.ts';
import { loadedInVain, loadedWith } from './loads.ts';
import { BANS, badOpening, bannedWords, leftovers } from './manners.ts';
import { strayAtomics, strayOffsets, unexplainedAtomics } from './protocol.ts';
import { compareSizes, functionsOf, sizesOf } from './sizes.ts';
import { type Source, sourceOf } from './source.ts';

const nothing = (path: string): Source => sourceOf(path, '');

describe('the import matrix', () => {
  it.each([
    ['src/abi/a.ts', "import { x } from '../ring/x.ts';"],
    ['src/ring/a.ts', "import type { X } from '../kernel/x.ts';"],
    ['src/kernel/a.ts', "export * from '../ops/x.ts';"],
    ['src/executor/a.ts', "import '../host/x.ts';"],
    ['src/manager/a.ts', "const x = await import('../host/x.ts');"],
    ['src/host/a.ts', "import { x } from '../ring/x.ts';"],
    ['src/kernel/a.ts', "import fs from 'node:fs';"],
    ['src/ops/a.ts', "import { constants } from 'fs';"],
    ['src/doors/a.ts', "import { x } from '../../test/x.ts';"],
    ['src/doors/a.ts', "import { x } from '../index.ts';"],
    ['src/misc/a.ts', "import { x } from '../abi/x.ts';"],
    ['src/grpc/a.ts', "import {\n  x,\n  y,\n} from '../cli/x.ts';"],
  ])('in %s refuses %s', (path, text) => {
    expect(brokenImports(sourceOf(path, text))).toHaveLength(1);
  });

  it.each([
    ['src/ring/a.ts', "import { x } from '../abi/x.ts';\nimport { y } from './y.ts';"],
    ['src/cli/a.ts', "import { x } from '../host/x.ts';\nimport fs from 'node:fs';"],
    ['src/index.ts', "export { x } from './doors/x.ts';"],
    ['src/abi/a.ts', "// import { x } from '../ring/x.ts';\nconst y = `import '../ring/x.ts'`;"],
    ['workers/a.ts', "import { x } from '../src/host/x.ts';"],
    ['src/kernel/a.ts', "import picomatch from 'picomatch';"],
  ])('in %s allows %s', (path, text) => {
    expect(brokenImports(sourceOf(path, text))).toEqual([]);
  });
});

describe('the Atomics rules', () => {
  const complaints = (text: string, read = nothing): string[] =>
    unexplainedAtomics(sourceOf('src/ring/a.ts', text), read);

  it('find Atomics outside src/ring, under any name', () => {
    expect(strayAtomics(sourceOf('src/kernel/a.ts', 'Atomics.load(w, 0);'))).toHaveLength(1);
    expect(strayAtomics(sourceOf('workers/a.ts', 'const { load } = Atomics;'))).toHaveLength(1);
    expect(strayAtomics(sourceOf('src/kernel/a.ts', '// Atomics.load\n"Atomics.load";'))).toEqual(
      [],
    );
  });

  it('want a step at every access, explained before the first class', () => {
    const header = '// S1  store it\n';
    expect(complaints(`${header}class A { x = Atomics.load(w, 0); }`)).toHaveLength(1);
    expect(complaints(`${header}class A { x = Atomics.load(w, 0); } // why`)).toHaveLength(1);
    expect(complaints(`${header}class A { x = Atomics.load(w, 0); } // S2`)).toHaveLength(1);
    expect(complaints(`class A { x = Atomics.load(w, 0); } // S2\n// S2  load`)).toHaveLength(1);
    expect(complaints(`${header}class A { x = Atomics.load(w, 0); } // S1`)).toEqual([]);
    expect(complaints(`${header}class A { x = 'Atomics.load'; }`)).toEqual([]);
  });

  it('look for steps in the file that a header names', () => {
    const text = '// Steps W1 to W3 are those of b.ts, where they are argued.\nfunction f() {\n';
    const access = (step: string): string => `${text}  Atomics.load(w, 0); // ${step}\n}`;
    const other = (path: string): Source =>
      sourceOf(path, path === 'src/ring/b.ts' ? '// W1 load, W2 wait\nclass B {}' : '');
    expect(complaints(access('W2'), other)).toEqual([]);
    expect(complaints(access('W3'), other)).toHaveLength(1);
    expect(complaints(access('W2'), nothing)).toHaveLength(1);
  });
});

describe('the offset rule', () => {
  it.each([
    'new DataView(b);',
    'words[12];',
    'sharedWords[ 0x10 ];',
    'words[at + 12];',
    'bytes[at + 8];',
    'memory.u32(at + 4);',
    'memory.setU64(at + 8, x);',
  ])('finds %s', (text) => {
    expect(strayOffsets(sourceOf('src/kernel/a.ts', text))).toHaveLength(1);
    expect(strayOffsets(sourceOf('src/abi/a.ts', text))).toEqual([]);
  });

  it.each([
    'words[at];',
    'words[SQE.fd];',
    'bytes[i + 1];',
    'rows[12];',
    'memory.u32(at + IOV.len);',
  ])('does not mind %s', (text) => {
    expect(strayOffsets(sourceOf('src/kernel/a.ts', text))).toEqual([]);
  });
});

describe('the opening rule', () => {
  it.each([
    ['src/a.ts', "import 'x';\n"],
    ['src/a.ts', '/** No full stop */\n'],
    ['src/a.ts', '/** One. Two. */\n'],
    ['src/a.ts', '/**\n * A block.\n */\n'],
    ['scripts/a.mjs', '/** Another comment. */\n'],
    ['test/a.test.ts', '/** One sentence. */\n'],
    ['test/a.test.ts', '/**\n * Goal: only.\n */\n'],
    ['bench/a.bench.ts', '/**\n * Answer: none.\n */\n'],
  ])('in %s refuses %j', (path, text) => {
    expect(badOpening(sourceOf(path, text))).toHaveLength(1);
  });

  it.each([
    ['src/a.ts', '/** What it owns, e.g. rings. */\n'],
    ['src/cli/main.ts', '#!/usr/bin/env node\n/** The commands. */\n'],
    ['scripts/a.mjs', '// What it does.\n'],
    ['test/a.test.ts', '/**\n * Goal: a.\n * Method: b.\n */\n'],
    ['bench/a.bench.ts', '/** Question: how fast? */\n'],
  ])('in %s allows %j', (path, text) => {
    expect(badOpening(sourceOf(path, text))).toEqual([]);
  });
});

describe('the banned words', () => {
  const folder = ['', 'work', 'x'].join('/');
  const broken: readonly (readonly [path: string, text: string])[] = [
    ['src/a.ts', 'export default 1;'],
    ['src/a.ts', 'let x = 1;'],
    ['src/a.ts', 'const x = y as any;'],
    ['src/a.ts', `// ${['TO', 'DO'].join('')}: finish`],
    ['test/a.ts', "it.only('x', f);"],
    ['test/a.ts', 'await new Promise((r) => setTimeout(r, 10));'],
    ['test/a.ts', "import { setTimeout as wait } from 'node:timers/promises';"],
    ['src/kernel/a.ts', 'console.log(1);'],
    ['src/a.ts', `const path = '${folder}';`],
    ['src/a.ts', 'debugger;'],
    ['src/a.ts', `${'<'.repeat(7)} HEAD`],
  ];

  it.each(broken)('in %s include %s', (path, text) => {
    expect(bannedWords(sourceOf(path, text))).toHaveLength(1);
  });

  it('are all tried', () => {
    const hit = broken.map(([path, text]) => bannedWords(sourceOf(path, text))[0]!);
    for (const { what } of BANS)
      expect(
        hit.some((line) => line.endsWith(what)),
        what,
      ).toBe(true);
  });

  it.each(['f(x: any[]);', 'Map<string, any>;', 'type X = any;', 'x satisfies any;', 'f<any>(x);'])(
    'include the type in %s',
    (text) => {
      expect(bannedWords(sourceOf('src/a.ts', text))).toHaveLength(1);
    },
  );

  it.each([
    ['src/a.ts', 'function f() {\n  let x = 1;\n}'],
    ['src/a.ts', 'class A {\n  any(): boolean {}\n}\nPromise.any([]);\n// as any'],
    ['src/ops/define.ts', 'type X = any;'],
    ['src/cli/a.ts', 'console.log(1);'],
    ['src/a.ts', 'setTimeout(f, 1);'],
    ['src/a.ts', "const url = 'https://example.org/home/x';"],
  ])('in %s do not include %s', (path, text) => {
    expect(bannedWords(sourceOf(path, text))).toEqual([]);
  });

  it('have a counterpart in names of files', () => {
    expect(leftovers(['src/a.ts.orig', 'b~', 'c/.DS_Store', 'src/a.ts'])).toHaveLength(3);
  });
});

describe('the size rules', () => {
  const lines = (count: number): string => '  x;\n'.repeat(count);
  const longest = (text: string): number => sizesOf(sourceOf('src/a.ts', text)).functionLines;

  it.each([
    ['a function', `function f(a: number): void {\n${lines(9)}}`],
    ['parameters on lines of their own', `function f(\n  a: number,\n) {\n${lines(7)}}`],
    [
      'a method with a generic result',
      `class A {\n  f<T>(): Map<T, { a: T }> {\n${lines(8)}  }\n}`,
      10,
    ],
    ['an object type as a result', `function f(): { a: number } {\n${lines(9)}}`],
    ['a type guard', `function f(x: unknown): x is { a: 1 } {\n${lines(9)}}`],
    ['an arrow', `const f = async (a = ')'): Promise<void> => {\n${lines(9)}};`],
    ['a callback', `it('x', () => {\n${lines(9)}});`],
    ['a function inside a template', `\`\${f(() => {\n${lines(9)}})} {\`;`],
    ['a pattern with a brace', `function f() {\n  /[{/]{/.test(x);\n${lines(8)}}`],
  ])('count the lines of %s', (_, text, count = 11) => {
    expect(longest(text)).toBe(count);
  });

  it('do not count blocks, calls or the callbacks of describe', () => {
    expect(longest(`if (x) {\n${lines(60)}}\nfor (const a of b) {\n${lines(60)}}`)).toBe(0);
    expect(longest(`describe.each([1])('x', () => {\n${lines(60)}});`)).toBe(0);
    expect(longest(`op({\n${lines(60)}});\nx ? (a) : { a: 1 };`)).toBe(0);
    const nested = sourceOf('a.ts', `describe('x', () => {\n  it('y', () => {\n  });\n});`);
    expect(functionsOf(nested)).toEqual([{ line: 2, lines: 2 }]);
  });

  it('measure files and lines', () => {
    const source = sourceOf('src/a.ts', `${'a'.repeat(101)}\nb\n`);
    expect(sizesOf(source)).toEqual({ lines: 2, functionLines: 0, columns: 101 });
  });

  it('turn one way: no growth, no entry that is not needed, no slack', () => {
    const sizes = { lines: 310, functionLines: 50, columns: 100 };
    expect(compareSizes('a', sizes)).toHaveLength(1);
    expect(compareSizes('a', sizes, { lines: 310 })).toEqual([]);
    expect(compareSizes('a', sizes, { lines: 309 })).toHaveLength(1);
    expect(compareSizes('a', sizes, { lines: 311 })).toHaveLength(1);
    expect(compareSizes('a', sizes, { lines: 310, columns: 100 })).toHaveLength(1);
  });
});

describe('what a thread loads', () => {
  const modules: Readonly<Record<string, string>> = {
    'workers/a.ts': "import { b, type B } from '../src/ring/b.ts';\nimport '../src/abi/c.ts';",
    'src/ring/b.ts':
      "export {\n  d,\n} from '../ops/d.ts';\nimport type { E } from './e.ts';\n// import './f.ts'",
    'src/abi/c.ts': "const g = () => import('./g.ts');\nexport const h = `import './h.ts'`;",
    'src/ops/d.ts': "export * from '../ring/b.ts';",
  };
  const read = (path: string): Source => sourceOf(path, modules[path]!);

  it('is what is imported and exported from on the way, but for types and what can wait', () => {
    expect(loadedWith('workers/a.ts', read).sort()).toEqual(Object.keys(modules).sort());
  });

  it('may not come from other folders', () => {
    expect(loadedInVain('workers/a.ts', ['abi', 'ring', 'ops'], read)).toEqual([]);
    expect(loadedInVain('workers/a.ts', ['abi', 'ring'], read)).toHaveLength(1);
  });
});

describe('the list of exports', () => {
  const modules: Readonly<Record<string, string>> = {
    'src/index.ts': "export { a, b as c, type D } from './x.ts';\nexport * from './y.ts';",
    'src/y.ts': 'export const e = 1;\nexport interface F {}\n// export const g = 1;\nconst h = 1;',
  };
  const read = (path: string): Source | undefined =>
    path in modules ? sourceOf(path, modules[path]!) : undefined;

  it('follows re-exports, and is empty for a module that is not there', () => {
    const subpaths = {
      '.': { types: './dist/src/index.d.ts', default: './dist/src/index.js' },
      './none': './dist/src/none.js',
      './package.json': './package.json',
    };
    expect(publicNames(subpaths, read)).toEqual({ '.': ['D', 'F', 'a', 'c', 'e'], './none': [] });
  });

  it('tells what changed and what to do', () => {
    const change = describeChange({ '.': ['a', 'b'] }, { '.': ['b', 'c'], './d': [] });
    for (const part of ['exports c anew', 'lost a', 'new subpath ./d', 'exports.json'])
      expect(change).toContain(part);
    expect(describeChange({ '.': ['a'] }, { '.': ['a'] })).toBe('');
  });
});
