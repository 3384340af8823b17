import { defineConfig } from 'vitest/config';

/** The fast suite: everything that finishes within three minutes on two cores. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.long.test.ts', '**/node_modules/**'],
    testTimeout: 30_000,
    maxWorkers: 2,
  },
});
