/**
 * Goal: nothing leads out of a jail while another thread swaps directories, files and symlinks on
 *       the way.
 * Method: the thread does nothing but rename. Each race goes on until both of its outcomes, of a
 *         path that met the one and of a path that met the other, were seen 100 times and more; the
 *         text of a symlink that leads outside leads to a file of its own inside, so that following
 *         it there is an outcome of its own. A jail that trusts symlinks runs the same race, and is
 *         seen to be led out: the thread is fast enough to be a danger.
 */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errnoName } from '../../src/abi/errno.ts';
import { O } from '../../src/abi/files.ts';
import { JailWorld } from '../unit/kernel/vfs/jail-world.ts';
import { openDescriptors, Rig } from '../unit/kernel/vfs/rig.ts';
import { raceSwaps } from './swapper.ts';

const TIMES = 500;
/** Some hundred times what an idle machine needs. */
const triesMax = 1_000_000;
const timeoutMs = 300_000;

/** What each test is given. */
const here = {} as { world: JailWorld; rig: Rig; descriptors: number };

beforeEach(() => {
  const world = new JailWorld();
  here.world = world;
  here.descriptors = openDescriptors(here.world.folder);
  here.rig = new Rig({ root: world.jail });
  // What symlinks outside mean inside.
  for (const path of [join(world.outside, 'file'), world.secret]) {
    fs.mkdirSync(join(world.jail, dirname(path)), { recursive: true });
    fs.writeFileSync(join(world.jail, path), 'walked');
    fs.writeFileSync(path, 'SECRET');
  }
});

afterEach(() => {
  here.rig.mounts.close();
  expect(openDescriptors(here.world.folder)).toBe(here.descriptors);
  here.world.remove();
});

/** Reads by a path; batches follow each other. */
function read(rig: Rig, ...path: Parameters<Rig['path']>): string {
  rig.mounts.endPass();
  return rig.readText(rig.path(...path));
}

const hostFdOf = ({ file }: ReturnType<Rig['request']>): number =>
  (file as ReturnType<Rig['open']>).hostFd;

/** A name of the jail, and a symlink to take its place that leads outside. */
function plantSymlink(name: string, target: string) {
  const { jail } = here.world;
  fs.symlinkSync(target, join(jail, 'link'));
  return { name: join(jail, name), aside: join(jail, 'aside'), other: join(jail, 'link') };
}

const oftenEnough = (seen: ReadonlyMap<string, number>, outcomes: readonly string[]): void => {
  for (const outcome of outcomes) expect(seen.get(outcome), outcome).toBeGreaterThanOrEqual(TIMES);
  expect(seen.get('SECRET')).toBeUndefined();
};

describe('a directory that is swapped with a symlink to outside', () => {
  it(
    'is the one or the other, and never outside',
    async () => {
      const swap = plantSymlink('a/b', here.world.outside);
      const wanted = ['inside', 'walked'];
      const limits = { wanted, times: TIMES, triesMax };
      const seen = await raceSwaps(swap, () => read(here.rig, 'a/b/file'), limits);
      oftenEnough(seen, wanted);
    },
    timeoutMs,
  );

  it(
    'leads out of a jail that trusts symlinks',
    async () => {
      const { world } = here;
      const trusting = new Rig({ root: world.jail, jail: 'lexical' });
      const limits = { wanted: ['inside', 'SECRET'], times: TIMES, triesMax };
      const swap = plantSymlink('a/b', world.outside);
      const seen = await raceSwaps(swap, () => read(trusting, 'a/b/file'), limits);
      expect(seen.get('SECRET')).toBeGreaterThanOrEqual(TIMES);
      trusting.mounts.close();
    },
    timeoutMs,
  );
});

describe('a directory that is moved out and back', () => {
  /** Beside the directory there is a file, here and there. */
  function plantBeside() {
    const { jail, outside } = here.world;
    fs.writeFileSync(join(jail, 'a/beside'), 'inside');
    fs.writeFileSync(join(outside, 'beside'), 'SECRET');
    return { name: join(jail, 'a/b'), aside: join(outside, 'b') };
  }
  const wanted = ['inside', 'ENOENT'];
  const limits = { wanted, times: TIMES, triesMax };

  it(
    'has the parent it was entered from',
    async () => {
      const seen = await raceSwaps(
        plantBeside(),
        () => read(here.rig, 'a/b/c/../../beside'),
        limits,
      );
      oftenEnough(seen, wanted);
    },
    timeoutMs,
  );

  it(
    'has no parent outside, when it is open',
    async () => {
      const base = here.rig.open('a/b');
      const attempt = () => read(here.rig, 'c/../../beside', base);
      oftenEnough(await raceSwaps(plantBeside(), attempt, limits), wanted);
      base.drop();
    },
    timeoutMs,
  );
});

describe.each([{ isAsync: false }, { isAsync: true }])(
  'a file that is swapped with a symlink to outside (pooled: $isAsync)',
  ({ isAsync }) => {
    it(
      'is emptied inside only',
      async () => {
        const { rig, world } = here;
        const inodes = new Map([
          [fs.statSync(join(world.jail, 'a/b/file')).ino, 'inside'],
          [fs.statSync(join(world.jail, world.secret)).ino, 'walked'],
        ]);
        const how = { flags: O.WRONLY | O.TRUNC, mode: 0, resolve: 0 };
        const attempt = async (): Promise<string> => {
          rig.mounts.endPass();
          const request = rig.request(isAsync);
          const path = rig.path('a/b/file');
          const res = await rig.result((r, k) => rig.mounts.open(r, k, path, how), request);
          const { ino } = res < 0 ? { ino: 0 } : fs.fstatSync(hostFdOf(request));
          request.letGo();
          return res < 0 ? errnoName(res) : (inodes.get(ino) ?? 'SECRET');
        };
        const wanted = ['inside', 'walked'];
        const swap = plantSymlink('a/b/file', world.secret);
        oftenEnough(await raceSwaps(swap, attempt, { wanted, times: TIMES, triesMax }), wanted);
        expect(fs.readFileSync(world.secret, 'latin1')).toBe('SECRET');
      },
      timeoutMs,
    );
  },
);
