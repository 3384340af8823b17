/** How dist/ is made: the modules of src/ and workers/ in few files. */
import { defineConfig, type Plugin } from 'rolldown';

// A module of its own costs each thread that loads it 0.4 ms and 40 KB, whatever its size, and an
// executor needs 180 of them.

/** What is loaded by its name: public subpaths, the command, and what threads begin with. */
const ENTRIES = [
  'src/index',
  'src/abi/index',
  'src/abi/limits',
  'src/cli/main',
  'src/cli/piscina-task',
  'workers/executor',
  'workers/supervisor',
];

/** A module that is imported for what it does; package.json says that of none, and means users. */
const HEAP = /src[\\/]cli[\\/]heap\.ts$/;

/** One file for what a thread needs all of or nothing of. What is left is cut by who shares it. */
const SHARED: readonly (readonly [name: string, modules: RegExp])[] = [
  ['heap', HEAP], // a file of its own comes before others
  ['abi', /src[\\/]abi[\\/](?!index\.ts)/],
  ['ring', /src[\\/]ring[\\/]/],
  ['kernel', /src[\\/](?:kernel|ops)[\\/]/],
  ['executor', /src[\\/](?:executor|host)[\\/]/],
  ['service', /workers[\\/]host\.ts$|src[\\/]manager[\\/](?:serve|operations)\.ts$/],
];

/** `limits` of uring/abi stays a module: put together from its parts it would print as getters. */
const limitsModule: Plugin = {
  name: 'limits-module',
  resolveId: (source, importer) =>
    source === './limits.ts' && importer?.endsWith('index.ts')
      ? { id: './limits.js', external: true }
      : undefined,
};

export default defineConfig({
  input: Object.fromEntries(ENTRIES.map((name) => [name, `${name}.ts`])),
  platform: 'node',
  transform: { target: 'es2023' }, // `using` is syntax of Node 24
  external: ['commander', 'piscina'],
  plugins: [limitsModule],
  treeshake: { moduleSideEffects: [{ test: HEAP, sideEffects: true }] },
  output: {
    dir: 'dist',
    entryFileNames: '[name].js',
    chunkFileNames: 'src/shared/[name].js', // as deep as all of src/: URLs of workers stay right
    minifyInternalExports: false, // stack traces and readers know a function by its name
    codeSplitting: { groups: SHARED.map(([name, test]) => ({ name, test })) },
  },
});
