/**
 * Goal: a lane answers every file once: also when its executor dies, when there are more than it
 *       has places, and when its kernel ends.
 * Method: a real kernel whose executor is replaced while a file of many slices is in flight.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Sum } from '../../../src/cli/engine.ts';
import { codeOf } from '../../../src/cli/failure.ts';
import { HashLane, PLACES } from '../../../src/cli/hash-lane.ts';
import { IoUringManager } from '../../../src/manager/manager.ts';

const root = mkdtempSync(join(tmpdir(), 'lane-'));
afterAll(() => rmSync(root, { recursive: true }));
const content = Buffer.alloc(1024 * 1024, 'lane');
const path = join(root, 'file');
writeFileSync(path, content);
const LARGE_BYTES = 512 * 1024 * 1024;
writeFileSync(join(root, 'large'), '');
truncateSync(join(root, 'large'), LARGE_BYTES);
const digest = createHash('sha256').update(content).digest('hex');

const PARTS = { algorithm: 'sha256', directory: root };
const sumOf = (lane: HashLane, name = path): Promise<Sum> =>
  new Promise((summed, failed) => lane.add(name, { summed, failed }));

it('asks again for what an executor left when it died', async () => {
  const replaced = Promise.withResolvers<void>();
  const manager = new IoUringManager({ onEvent: () => replaced.resolve() });
  const lane = new HashLane(manager, 0, PARTS);
  await sumOf(lane);
  const large = sumOf(lane, 'large'); // under way for as long as the others need
  const sums = Array.from({ length: PLACES - 1 }, () => sumOf(lane));
  await sums[0];
  manager.replaceExecutor(0);
  await replaced.promise;
  for (const sum of await Promise.all(sums)) expect(sum).toEqual({ digest, bytes: content.length });
  expect(await large).toMatchObject({ bytes: LARGE_BYTES });
  expect(manager.stats().executors[0]!.adoptedRows).toBeGreaterThan(0);
  expect(lane.load).toBe(0);
  await manager.close();
});

it('lets wait what it has no place for', async () => {
  const manager = new IoUringManager();
  const lane = new HashLane(manager, 0, PARTS);
  const sums = Array.from({ length: PLACES + 3 }, () => sumOf(lane, 'file'));
  expect([lane.inFlight, lane.load]).toEqual([PLACES, PLACES + 3]);
  for (const sum of await Promise.all(sums)) expect(sum.digest).toBe(digest);
  await manager.close();
});

it('gives up everything when its kernel ends', async () => {
  const manager = new IoUringManager();
  const lane = new HashLane(manager, 0, PARTS);
  await sumOf(lane);
  const sums = Array.from({ length: PLACES + 3 }, () => sumOf(lane).then(() => 'ok', codeOf));
  await manager.close();
  expect(new Set(await Promise.all(sums))).toContain('ECANCELED');
  expect(await sumOf(lane).catch(codeOf)).toBe('ECANCELED');
});
