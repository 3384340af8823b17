/**
 * Goal: whoever installs the package gets all of it and nothing else, with types, a command that
 *       starts and programs that run, under every release of Node that it supports; under 20.19
 *       importing it and rings without threads work.
 * Method: the package is packed and installed in an empty folder, beside small programs that assert
 *         and print a line. Binaries of each release are fetched from the registry; one that cannot
 *         be had is a failure.
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from './children.ts';
import { InstalledPackage, REPOSITORY } from './installed-package.ts';
import { NodeRelease } from './node-release.ts';
import { TYPED_PROGRAM } from './typed-program.ts';

/** The newest release of each line that `engines` supports, and of 20.19. */
const SUPPORTED = ['22.23.3', '24.21.0', '26.10.0'].map((version) => new NodeRelease(version));
const SMOKE = new NodeRelease('20.19.6');

/** In programs/; those under 20.19, whose threads lack too much, first. */
const THREADLESS = ['imports', 'inline'];
const PROGRAMS = [...THREADLESS, 'threads', 'recovery', 'operations', 'files'];

/** For packing, downloading and removing, on a busy machine with a slow line. */
const SETUP_TIMEOUT_MS = 900_000;

const uring = new InstalledPackage();
const { consumer, parent } = uring;
beforeAll(() => uring.install(), SETUP_TIMEOUT_MS);
afterAll(() => uring.remove(), SETUP_TIMEOUT_MS);

/** The files that the relative specifiers of a module, or of a file of types, stand for. */
function namedBy(from: string): { readonly from: string; readonly to: string }[] {
  const specifiers = uring.read(from).matchAll(/(?:\bfrom |\bimport\(|^import )(['"])(\..+?)\1/gm);
  return [...specifiers].map(({ 2: specifier }) => {
    const to = posix.join(posix.dirname(from), specifier!);
    return { from, to: from.endsWith('.d.ts') ? to.replace(/\.[jt]s$/, '.d.ts') : to };
  });
}

/** A program printed its one line, under that release, and complained about nothing. */
async function proveProgram(node: NodeRelease, program: string): Promise<void> {
  const { code, stdout, stderr } = await node.runModule(`${program}.mjs`, consumer);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^[^\n]+\n$/);
  expect(stdout).toContain(`v${node.version} ${program}: `);
}

describe('the package', () => {
  it('holds modules with their types, documents, and nothing else', () => {
    const files = uring.files();
    const modules = files.filter((path) => /^dist\/(?:src|workers)\/.*\.js$/.test(path));
    const types = files.filter((path) => /^dist\/src\/.*\.d\.ts$/.test(path));
    expect(modules).toContain('dist/workers/executor.js');
    expect(types).toContain('dist/src/doors/uring.d.ts');
    const others = files.filter((path) => !modules.includes(path) && !types.includes(path));
    expect(others.filter((path) => !/^(?:docs\/)?[^/]+\.md$/.test(path)).sort()).toEqual([
      'LICENSE',
      'package.json',
    ]);
  });

  it('has every module that one of its modules names', () => {
    const named = uring.files().flatMap((path) => (/^dist\//.test(path) ? namedBy(path) : []));
    expect(named.length).toBeGreaterThan(500);
    expect(named.filter(({ to }) => !uring.has(to))).toEqual([]);
  });

  it('has a command that its first line can start', () => {
    const { bin } = JSON.parse(uring.read('package.json')) as { bin: Record<string, string> };
    expect(Object.keys(bin)).toEqual(['uring']);
    expect(uring.read(bin['uring']!)).toMatch(/^#!\/usr\/bin\/env node\n/);
    accessSync(join(uring.root, bin['uring']!), constants.X_OK);
  });

  it('gives strict programs in TypeScript and JavaScript its types', async () => {
    writeFileSync(join(consumer, 'typed.mts'), TYPED_PROGRAM);
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      module: 'nodenext',
      moduleResolution: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      allowJs: true,
      checkJs: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
      typeRoots: [join(REPOSITORY, 'node_modules/@types')],
    };
    const include = ['*.mjs', '*.mts'];
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
    const tsc = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
    const options = { cwd: consumer, timeout: 60_000 };
    const { code, stdout } = await run(process.execPath, [tsc, '-p', '.'], options);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });
});

describe(`Node ${SMOKE.version} (smoke test)`, () => {
  beforeAll(() => SMOKE.download(parent), SETUP_TIMEOUT_MS);

  it.each(THREADLESS)('runs %s', (program) => proveProgram(SMOKE, program));
});

describe.each(SUPPORTED)('Node $version', (node) => {
  const command = (...args: string[]) => node.runBin('uring', args, consumer);
  beforeAll(() => node.download(parent), SETUP_TIMEOUT_MS);

  it.each(PROGRAMS)('runs %s', (program) => proveProgram(node, program));

  it('runs uring --version', async () => {
    const { version } = JSON.parse(uring.read('package.json')) as { version: string };
    expect(await command('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('runs uring doctor, which finds that release, and nothing missing', async () => {
    const { code, stdout, stderr } = await command('doctor', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const checks = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(checks).toContainEqual({ name: 'Node', found: node.version, verdict: 'ok' });
  });

  it('runs uring sum, whose digests are those of node:crypto', async () => {
    const files = PROGRAMS.map((program) => `${program}.mjs`).sort();
    const { code, stdout } = await command('sum', ...files);
    const lines = files.map((file) => {
      const bytes = readFileSync(join(consumer, file));
      return `${createHash('sha256').update(bytes).digest('hex')}  ${file}\n`;
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines.join('') });
  });
});
