import { defineConfig } from 'vitest/config';

/** The long suite: the same laws, with the time that races, exploration and chaos need. */
export default defineConfig({
  test: {
    include: ['test/**/*.long.test.ts'],
    testTimeout: 900_000,
    maxWorkers: 1,
  },
});
