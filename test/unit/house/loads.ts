/** What a thread loads: its first module, what that imports, and so on. */
import { posix } from 'node:path';
import type { Source } from './source.ts';

/** Folders of src/ that the first modules of threads and of the command may load, and no others. */
export const LOADS: Readonly<Record<string, readonly string[]>> = {
  'workers/supervisor.ts': ['abi', 'ring', 'manager'],
  'workers/executor.ts': ['abi', 'ring', 'kernel', 'ops', 'executor', 'manager', 'host'],
  'src/cli/main.ts': ['abi', 'cli'],
  'src/cli/piscina-task.ts': ['cli'],
};

/** Imports of modules beside it that happen before it runs: neither types nor import(). */
const importedFirst = (source: Source): string[] =>
  [
    ...source.uncommented.matchAll(
      /(?<![\w$.])(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s*)?(['"])(\.[^'"\n]+)\1/g,
    ),
  ]
    .filter(({ index }) => /[ei]/.test(source.code[index]!)) // not inside a string
    .map((match) => posix.join(posix.dirname(source.path), match[2]!));

/** Paths of all modules that are loaded with one. */
export function loadedWith(first: string, read: (path: string) => Source): string[] {
  const found = new Set([first]);
  for (const path of found) for (const next of importedFirst(read(path))) found.add(next);
  return [...found];
}

/** What is loaded with a module from other folders than those. */
export const loadedInVain = (
  first: string,
  folders: readonly string[],
  read: (path: string) => Source,
): string[] =>
  loadedWith(first, read)
    .filter((path) => path.startsWith('src/') && !folders.includes(path.split('/')[1]!))
    .map((path) => `${first} loads ${path}`);
