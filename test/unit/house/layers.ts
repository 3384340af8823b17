/** The import matrix: a folder of src/ imports only from folders before it in the list. */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { lineAt, type Source } from './source.ts';

/** From the bottom up. */
export const LAYERS = [
  'abi',
  'ring',
  'kernel',
  'ops',
  'executor',
  'client',
  'manager',
  'tasks',
  'syscalls',
  'doors',
  'grpc',
  'cli',
];

/** Folders that hold no clock, randomness, threads or files of their own (law 8). */
const PURE = ['abi', 'ring', 'kernel', 'ops', 'executor'];

/** Folders that construct the host. */
const HOST_USERS = ['doors', 'cli'];

/** Modules of the manager that may construct the host, because nothing above them can. */
export const COMPOSITION_ROOTS: readonly string[] = [];

/** Folder of a module in src/; 'index' for src/index.ts, undefined outside src/. */
function folderOf(path: string): string | undefined {
  const [top, folder, ...rest] = path.split('/');
  if (top !== 'src') return undefined;
  return rest.length === 0 ? folder!.replace(/\.ts$/, '') : folder;
}

/** Every module specifier of a source: imports, re-exports and dynamic imports. */
export function importsOf(source: Source): { specifier: string; line: number }[] {
  const pattern = /(?<![\w$.])(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g;
  return [...source.uncommented.matchAll(pattern)]
    .filter(({ index }) => /[fi]/.test(source.code[index]!)) // not inside a string
    .map((match) => ({ specifier: match[2]!, line: lineAt(source.text, match.index) }));
}

/** Why an import breaks the matrix, or undefined. */
function complaint(source: Source, specifier: string): string | undefined {
  const from = folderOf(source.path);
  if (from === undefined || from === 'index') return undefined;
  if (!specifier.startsWith('.'))
    return isBuiltin(specifier) && PURE.includes(from) ? `${from} is free of Node` : undefined;
  const target = posix.join(posix.dirname(source.path), specifier);
  const to = folderOf(target);
  if (to === undefined) return target === 'package.json' ? undefined : 'src imports only from src';
  if (to === from) return undefined;
  if (to === 'host') {
    const allowed = HOST_USERS.includes(from) || COMPOSITION_ROOTS.includes(source.path);
    return allowed ? undefined : 'the host is constructed by workers, doors and cli only';
  }
  if (from === 'host') return to === 'abi' ? undefined : 'host imports from abi only';
  const [below, above] = [LAYERS.indexOf(to), LAYERS.indexOf(from)];
  if (above === -1) return `src/${from} is not in the list of layers`;
  return below !== -1 && below < above ? undefined : `${from} is not above ${to}`;
}

/** All imports of a source that the matrix forbids. */
export const brokenImports = (source: Source): string[] =>
  importsOf(source).flatMap(({ specifier, line }) => {
    const why = complaint(source, specifier);
    return why === undefined ? [] : [`${source.path}:${line}: imports ${specifier}: ${why}`];
  });
