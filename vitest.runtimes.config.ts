import { defineConfig } from 'vitest/config';
import { GroupTotals } from './test/runtimes/group-totals.ts';

/** The part of the long suite that tries the packed package under each Node; needs the registry. */
export default defineConfig({
  test: {
    include: ['test/runtimes/*.long.test.ts'],
    testTimeout: 120_000,
    maxWorkers: 1,
    reporters: ['verbose', new GroupTotals()],
  },
});
