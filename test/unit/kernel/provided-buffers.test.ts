/**
 * Goal: lists hand their buffers out in order, each once, and groups are made and unmade only by
 *       what is right (SEMANTICS M1, M2).
 * Method: groups in a small memory.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { BUFFER_RING_ENTRIES_MAX, GROUP_BUFFERS_MAX } from '../../../src/abi/limits.ts';
import { DATA, GROUP, named, RING, SIZE, groupWorld as world } from './group-world.ts';

describe('a list', () => {
  it('gives its oldest buffer, again when the same id is given again', () => {
    const { use, provide, groups } = world();
    expect(provide(8, 2, 3)).toBe(0);
    expect(provide(4, 1, 3, DATA + 64)).toBe(0);
    expect(use(1)).toEqual({ chosen: [[DATA, 8]], flags: named(3) });
    expect(use(1)).toEqual({ chosen: [[DATA + 8, 8]], flags: named(4) });
    expect(use(0)).toEqual({ chosen: [[DATA + 64, 4]], flags: named(3) });
    expect(use(1)).toBe(fail('ENOBUFS'));
    expect(groups.remove(GROUP, 9)).toBe(0); // it is there, and empty
  });

  it('gives as much as is wanted, and one buffer to a bundle', () => {
    const { choose, chosen, provide } = world();
    provide(8, 2);
    choose(3);
    expect(chosen()).toEqual([[DATA, 3]]);
    choose(100, true);
    expect(chosen()).toEqual([[DATA, 8]]);
  });

  it('keeps what was chosen and not taken', () => {
    const { choose, use, provide } = world();
    provide(8, 1, 5);
    choose();
    expect(use(1)).toEqual({ chosen: [[DATA, 8]], flags: named(5) });
  });

  it('keeps its order while it grows and wraps', () => {
    const { use, provide, groups } = world();
    let [given, taken] = [0, 0];
    for (let round = 0; round < 12; round++) {
      provide(1, 3 * round, given);
      given += 3 * round;
      const some = groups.remove(GROUP, round);
      expect(some).toBe(Math.min(round, given - taken));
      taken += some;
      if (taken < given) expect(use(1)).toMatchObject({ flags: named(taken++) });
    }
    expect(groups.remove(GROUP, given)).toBe(given - taken);
  });

  it('holds GROUP_BUFFERS_MAX, and loses what is more', () => {
    const { provide, groups } = world();
    expect(provide(1, GROUP_BUFFERS_MAX + 1)).toBe(0);
    expect(provide(1, 1)).toBe(fail('EOVERFLOW'));
    expect(groups.remove(GROUP, 2 ** 16)).toBe(GROUP_BUFFERS_MAX);
  });

  it('finds out what is not mapped when it is used, and keeps it', () => {
    const { choose, provide } = world();
    for (const address of [0, SIZE - 4, 2 ** 40]) provide(8, 1, 0, address);
    for (let i = 0; i < 2; i++) expect(choose()).toBe(fail('EFAULT'));
  });

  it('that is missing is no group to remove from', () => {
    expect(world().groups.remove(GROUP, 1)).toBe(fail('ENOENT'));
  });
});

describe('registering a ring', () => {
  const ok = { low: RING, high: 0, entries: 4, isIncremental: false };
  it.each<[what: string, parts: Partial<typeof ok>, errno: Parameters<typeof fail>[0]]>([
    ['no entries', { entries: 0 }, 'EINVAL'],
    ['3 entries', { entries: 3 }, 'EINVAL'],
    ['too many', { entries: 2 * BUFFER_RING_ENTRIES_MAX }, 'EINVAL'],
    ['a negative number of them', { entries: 2 ** 31 }, 'EINVAL'],
    ['an address inside a page', { low: RING + 8 }, 'EINVAL'],
    ['NULL', { low: 0 }, 'EINVAL'],
    ['an address that is not mapped', { low: SIZE }, 'EFAULT'],
    ['one beyond 32 bits', { high: 1 }, 'EFAULT'],
    ['entries that do not all fit', { low: SIZE - 4096, entries: 512 }, 'EFAULT'],
  ])('with %s is refused', (_, parts, errno) => {
    const { groups, choose } = world();
    expect(groups.registerRing(GROUP, { ...ok, ...parts })).toBe(fail(errno));
    expect(choose()).toBe(fail('ENOBUFS'));
  });

  it('takes the place of an emptied list only, and is undone by name', () => {
    const { groups, provide } = world();
    expect(groups.unregisterRing(GROUP)).toBe(fail('ENOENT'));
    provide(8, 1);
    expect(groups.registerRing(GROUP, ok)).toBe(fail('EEXIST'));
    expect(groups.unregisterRing(GROUP)).toBe(fail('EINVAL'));
    expect(groups.headOf(GROUP)).toBe(fail('EINVAL'));
    groups.remove(GROUP, 1);
    expect(groups.registerRing(GROUP, { ...ok, entries: BUFFER_RING_ENTRIES_MAX })).toBe(0);
    expect(groups.registerRing(GROUP, ok)).toBe(fail('EEXIST'));
    expect(provide(8, 1)).toBe(fail('EINVAL'));
    expect(groups.remove(GROUP, 1)).toBe(fail('EINVAL'));
    expect(groups.unregisterRing(GROUP)).toBe(0);
    expect([groups.headOf(GROUP), groups.take(GROUP, 1)]).toEqual([fail('ENOENT'), 0]);
  });

  it('leaves other groups alone', () => {
    const { groups, use, provide } = world();
    provide(8, 1, 3);
    expect(groups.registerRing(GROUP + 1, ok)).toBe(0);
    expect(use(1)).toMatchObject({ flags: named(3) });
  });
});
