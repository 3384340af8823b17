/**
 * Goal: the doctor calls missing what nothing works without, gives advice where one helps, and is
 *       content with a healthy runtime.
 * Method: facts of a healthy runtime, changed one at a time.
 */
import { describe, expect, it } from 'vitest';
import { describeChecks } from '../../../src/cli/doctor.ts';
import { examine, type Facts } from '../../../src/cli/doctor-checks.ts';
import { poolThreads } from '../../../src/cli/doctor-probes.ts';

const healthy: Facts = {
  nodeVersion: '24.1.0',
  cores: 8,
  sharedMemory: true,
  waitAsync: true,
  pause: true,
  workerStart: 20,
  ringAnswer: 100,
  poolThreads: 4,
  poolSizeSet: false,
  descriptorLinks: true,
  temporaryFile: undefined,
  memoryLimitBytes: 0,
  memoryFreeBytes: 4e9,
  addressSpaceBytes: Number.POSITIVE_INFINITY,
  openFiles: 20_000,
};

describe('the doctor', () => {
  it('finds a healthy runtime well, also where the system does not tell its limits', () => {
    const untold = { addressSpaceBytes: Number.NaN, openFiles: Number.NaN };
    for (const check of [...examine(healthy), ...examine({ ...healthy, ...untold })]) {
      expect(check.verdict).toBe('ok');
      expect(check).not.toHaveProperty('advice');
    }
  });

  const troubles: readonly (readonly [Partial<Facts>, string, 'advice' | 'missing'])[] = [
    [{ nodeVersion: '20.19.1' }, 'Node', 'missing'],
    [{ sharedMemory: false }, 'SharedArrayBuffer', 'missing'],
    [{ waitAsync: false }, 'Atomics.waitAsync', 'missing'],
    [{ workerStart: 'ERR_ACCESS_DENIED' }, 'worker threads', 'missing'],
    [{ ringAnswer: 'no answer' }, 'ring', 'missing'],
    [{ cores: 1 }, 'cores', 'advice'],
    [{ pause: false }, 'Atomics.pause', 'advice'],
    [{ poolThreads: 1, poolSizeSet: true }, 'libuv pool', 'advice'],
    [{ descriptorLinks: false }, '/proc/self/fd', 'advice'],
    [{ temporaryFile: 'EOPNOTSUPP' }, 'O_TMPFILE', 'advice'],
    [{ memoryFreeBytes: 1e8, memoryLimitBytes: 2e8 }, 'memory', 'advice'],
    [{ addressSpaceBytes: 1e9 }, 'address space', 'advice'],
    [{ openFiles: 256 }, 'open files', 'advice'],
  ];

  it.each(troubles)('with %j finds fault with %s only: %s', (change, name, verdict) => {
    const faults = examine({ ...healthy, ...change }).filter((check) => check.verdict !== 'ok');
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ name, verdict });
    expect(faults[0]!.advice).toMatch(/\w/);
  });

  it('prints a line for each check', () => {
    const lines = describeChecks(examine({ ...healthy, cores: 1 }))
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(examine(healthy).length);
    expect(lines.find((line) => line.includes('cores'))).toMatch(/^advice +cores +1 - \w/);
  });
});

it.each([
  [undefined, 4],
  ['8', 8],
  ['0', 1],
  ['x', 1],
  ['-1', 1024],
  ['5000', 1024],
])('UV_THREADPOOL_SIZE=%s is a pool of %i threads, as libuv reads it', (setting, threads) => {
  expect(poolThreads(setting)).toBe(threads);
});
