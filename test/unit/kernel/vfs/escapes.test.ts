/**
 * Goal: no path leads out of a jail, whatever the call and whatever symlinks are on its way.
 * Method: a tree beside the jail holds what must not be reached. A corpus of paths is tried with
 *         every call, and the tree outside is compared with what it was.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errnoName } from '../../../../src/abi/errno.ts';
import { O } from '../../../../src/abi/files.ts';
import { newStat } from '../../../../src/kernel/vfs/mount.ts';
import { JailWorld } from './jail-world.ts';
import { openDescriptors, Rig } from './rig.ts';

/** What each test is given. */
const here = {} as { world: JailWorld };

beforeEach(() => {
  here.world = new JailWorld();
});

afterEach(() => here.world.remove());

describe('no path leads out', () => {
  /** Symlinks of the jail that point outside, in every way a text can. */
  const targets = (fd: number): Record<string, string> => ({
    up: '..',
    upUp: '../..',
    upOutside: '../outside',
    manyUp: '../'.repeat(60),
    manyUpOutside: `${'../'.repeat(60)}${here.world.outside.slice(1)}`,
    absolute: here.world.outside,
    absoluteRoot: '/',
    absoluteUp: '/../outside',
    absoluteSecret: here.world.secret,
    dots: './.././../outside/.',
    'a/upTwice': '../../outside',
    'a/b/upThrice': '../../../outside',
    'a/b/c/link': '../upThrice/dir',
    chain: 'chain2/dir',
    chain2: 'chain3',
    chain3: 'a/b/c/../upThrice',
    selfRoot: '/proc/self/root',
    selfRootOutside: `/proc/self/root${here.world.outside}`,
    selfCwd: '/proc/self/cwd',
    descriptor: `/proc/self/fd/${fd}`,
    descriptorUp: `/proc/self/fd/${fd}/..`,
    devDescriptor: `/dev/fd/${fd}`,
    loop: 'loop',
  });
  const BEFORE = ['', '/', '../', '../../', 'a/../../', 'a/b/../../../', './/..//', '/../'];
  const AFTER = ['', '/', '/secret', '/dir/secret', '/outside/secret', '/../outside/secret', '/..'];

  function corpus(links: readonly string[]): string[] {
    const middles = ['outside', 'a/b/c/../../../../outside', here.world.folder.slice(1), ...links];
    return BEFORE.flatMap((before) =>
      middles.flatMap((middle) => AFTER.map((after) => before + middle + after)),
    );
  }

  it('whatever the call is', () => {
    const fd = fs.openSync(here.world.outside, O.DIRECTORY);
    const links = targets(fd);
    for (const [name, target] of Object.entries(links))
      fs.symlinkSync(target, join(here.world.jail, name));
    const rig = new Rig({ root: here.world.jail });
    const [before, descriptors] = [here.world.inventory(), openDescriptors(here.world.folder)];
    const paths = corpus(Object.keys(links));
    const base = rig.open('a/b');
    for (const path of paths) {
      for (const arg of [rig.path(path), rig.path(path, base)]) {
        expect(rig.readText(arg), path).not.toBe('SECRET');
        for (const flags of [O.RDWR, O.WRONLY | O.TRUNC, O.PATH, O.DIRECTORY, O.RDWR | O.APPEND])
          tryOpen(rig, arg, flags);
      }
      rig.stat(path);
    }
    for (const path of paths) {
      tryOpen(rig, rig.path(path), O.WRONLY | O.CREAT);
      rig.mkdir(path);
      rig.link('a/b/file', path);
      rig.symlink('a', path);
      expect(rig.readText(path), path).not.toBe('SECRET');
      rig.link(path, 'linked', true);
      expect(rig.readText('linked')).not.toBe('SECRET');
      rig.remove('linked');
    }
    expect(here.world.inventory()).toEqual(before);
    for (const path of paths) {
      rig.rename(path, 'a/moved');
      rig.remove(path);
      rig.remove(path, true);
    }
    expect(here.world.inventory()).toEqual(before);
    expect(paths.length).toBeGreaterThan(1000);
    base.drop();
    rig.mounts.endPass();
    rig.mounts.close();
    expect(openDescriptors(here.world.folder)).toBe(descriptors);
    fs.closeSync(fd);
  });

  /** What it opens is inside, or nothing. */
  function tryOpen(rig: Rig, arg: ReturnType<Rig['path']>, flags: number): void {
    try {
      const file = rig.open(arg, flags);
      expect(fs.readlinkSync(`/proc/self/fd/${file.hostFd}`)).toMatch(
        new RegExp(`^${here.world.jail}(/|$)`),
      );
      file.drop();
    } catch (error) {
      expect((error as Error).message).toMatch(/^E[A-Z]+$/);
    }
  }

  it('by the magic links of /proc, which are text here', () => {
    const fd = fs.openSync(here.world.secret, O.RDONLY);
    const rig = new Rig({ root: '/proc' });
    expect(rig.readText('self/status')).toMatch(/^Name:/);
    for (const path of [
      `self/root${here.world.outside}/secret`,
      `self/fd/${fd}`,
      `self/task/${process.pid}/fd/${fd}`,
      `thread-self/fd/${fd}`,
      `self/cwd/../../../../../../../..${here.world.outside}/secret`,
      'self/exe',
    ])
      expect(rig.readText(path), path).toBe('ENOENT');
    rig.mounts.close();
    fs.closeSync(fd);
  });
});

describe('by the pool', () => {
  it.each(['up', 'absolute', '../outside/secret', 'a/b/link'])(
    'the path "%s" leads nowhere either',
    async (path) => {
      fs.symlinkSync('../outside/secret', join(here.world.jail, 'up'));
      fs.symlinkSync(here.world.secret, join(here.world.jail, 'absolute'));
      fs.symlinkSync('../../../outside/secret', join(here.world.jail, 'a/b/link'));
      const rig = new Rig({ root: here.world.jail });
      const request = rig.request(true);
      const how = { flags: O.WRONLY | O.TRUNC, mode: 0, resolve: 0 };
      const opened = rig.result((r, k) => rig.mounts.open(r, k, rig.path(path), how), request);
      expect(errnoName(await opened)).toBe('ENOENT');
      const stat = newStat();
      const told = rig.result((r, k) => rig.mounts.stat(r, k, rig.path(path), true, stat));
      expect(errnoName(await told)).toBe('ENOENT');
      expect(fs.readFileSync(here.world.secret, 'latin1')).toBe('SECRET');
      rig.mounts.close();
    },
  );
});
