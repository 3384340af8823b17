import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Hundreds of threads and programs are started that load the same modules.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/node-compile', import.meta.url),
);

const LONG = 'test/**/*.long.test.ts';
const UNIT = 'test/unit/**/*.test.ts';

/** The fast suite: everything that finishes within three minutes on two cores. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: [UNIT],
          isolate: false, // modules are loaded once, not once for each file
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [LONG, UNIT, '**/node_modules/**'],
          testTimeout: 30_000,
        },
      },
    ],
  },
});
