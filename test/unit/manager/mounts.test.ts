/**
 * Goal: the mounts that a kernel boots with are complete and possible, or booting throws.
 * Method: options in, what the kernel's threads get out.
 */
import { describe, expect, it } from 'vitest';
import { checkMounts, type MountOptions } from '../../../src/manager/mounts.ts';

describe('mounts', () => {
  it('are the whole host without a jail unless told otherwise', () => {
    expect(checkMounts()).toEqual([{ path: '/', root: '/', jail: 'none', devices: false }]);
  });

  it('jail every root but the whole host', () => {
    const mounts = checkMounts([
      { path: '/', root: '/' },
      { path: '/data', root: '/srv/data' },
      { path: '/host', root: '/srv', jail: 'none', devices: true },
      { path: '/names', root: '/srv', jail: 'lexical' },
    ]);
    expect(mounts.map(({ jail }) => jail)).toEqual(['none', 'walk', 'none', 'lexical']);
    expect(mounts.map(({ devices }) => devices)).toEqual([false, false, true, false]);
  });

  it('may be none', () => {
    expect(checkMounts([])).toEqual([]);
  });

  it.each<[string, MountOptions[]]>([
    ['a relative path', [{ path: 'data', root: '/' }]],
    ['an empty path', [{ path: '', root: '/' }]],
    ['a path with a slash at its end', [{ path: '/data/', root: '/' }]],
    ['a path with ..', [{ path: '/data/../etc', root: '/' }]],
    ['a path with a double slash', [{ path: '//data', root: '/' }]],
    ['a relative root', [{ path: '/', root: 'data' }]],
    ['a NUL', [{ path: '/', root: '/a\0b' }]],
    ['an unknown jail', [{ path: '/', root: '/', jail: 'wall' as 'walk' }]],
    ['a path twice', ['/a', '/b'].map((root) => ({ path: '/', root }))],
  ])('refuse %s with RangeError', (_, mounts) => {
    expect(() => checkMounts(mounts)).toThrow(RangeError);
  });

  it.each<[string, unknown]>([
    ['no array', { path: '/', root: '/' }],
    ['a path that is no string', [{ path: 1, root: '/' }]],
    ['a missing root', [{ path: '/' }]],
    ['devices that are no boolean', [{ path: '/', root: '/', devices: 1 }]],
  ])('refuse %s with TypeError', (_, mounts) => {
    expect(() => checkMounts(mounts as MountOptions[])).toThrow(TypeError);
  });
});
