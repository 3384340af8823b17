/**
 * Goal: PROVIDE_BUFFERS and REMOVE_BUFFERS fill and empty groups, and refuse what Linux refuses
 *       (SEMANTICS M1).
 * Method: one request at a time, and a look at the group.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { CQE_FLAG, SQE_FLAG } from '../../../src/abi/flags.ts';
import { Segments } from '../../../src/kernel/segments.ts';
import { registeredWorld } from './registered-world.ts';
import { BAD, type Spoilt } from './world.ts';

type Errno = Parameters<typeof fail>[0];
const GROUP = 7;

function world() {
  const { w, groups } = registeredWorld(0);
  const data = w.room(64);
  const provide = (count: number, firstId = 0, spoil?: Spoilt) =>
    w.run((r) => r.prepProvideBuffers(0, data, 8, count, GROUP, firstId), spoil);
  const remove = (count: number, group = GROUP, spoil?: Spoilt) =>
    w.run((r) => r.prepRemoveBuffers(0, count, group), spoil);
  /** Takes the next buffer: where it begins and its id, or -errno. */
  const use = () => {
    const segments = new Segments();
    const res = groups.choose(GROUP, 0, false, segments);
    return res < 0 ? res : [segments.starts[0]! - data, groups.take(GROUP, 1) >>> 16];
  };
  return { w, groups, provide, remove, use };
}

describe('PROVIDE_BUFFERS', () => {
  it('adds buffers one behind the other, under ids that count', () => {
    const { provide, use } = world();
    expect(provide(2, 65_534)).toMatchObject({ res: 0, isFailure: false });
    expect(provide(1, 3).res).toBe(0);
    expect([use(), use(), use(), use()]).toEqual([
      [0, 65_534],
      [8, 65_535],
      [0, 3],
      fail('ENOBUFS'),
    ]);
  });

  it('leaves it to the use of a buffer to find that it is not mapped', () => {
    const { provide, use } = world();
    expect(provide(1, 0, { addrLow: BAD }).res).toBe(0);
    expect(use()).toBe(fail('EFAULT'));
  });

  it.each<[what: string, count: number, spoil: Spoilt, errno: Errno]>([
    ['none', 0, {}, 'E2BIG'],
    ['too many', 65_537, {}, 'E2BIG'],
    ['a negative number', -1, {}, 'E2BIG'],
    ['no bytes', 1, { len: 0 }, 'EINVAL'],
    ['ids that begin beyond 65535', 1, { offLow: 65_536 }, 'E2BIG'],
    ['ids beyond 32 bits', 1, { offHigh: 1 }, 'E2BIG'],
    ['ids that end beyond 65535', 4, { offLow: 65_533 }, 'EINVAL'],
    ['addresses beyond 64 bits', 2, { addrLow: -1, addrHigh: -1 }, 'EOVERFLOW'],
    ['addresses of the kernel', 1, { addrHigh: 0x8000 }, 'EFAULT'],
    ['flags', 1, { opFlags: 1 }, 'EINVAL'],
    ['file_index', 1, { fileIndex: 1 }, 'EINVAL'],
    ['ioprio', 1, { ioprio: 1 }, 'EINVAL'],
    ['BUFFER_SELECT', 1, { flags: SQE_FLAG.BUFFER_SELECT }, 'EOPNOTSUPP'],
  ])('of %s is refused while it is read', (_, count, spoil, errno) => {
    const { provide, remove } = world();
    expect(provide(count, 0, spoil)).toMatchObject({ res: fail(errno), isPreparation: true });
    expect(remove(1).res).toBe(fail('ENOENT'));
  });

  it('takes as many as there are ids', () => {
    expect(world().provide(65_536).res).toBe(0);
  });
});

describe('REMOVE_BUFFERS', () => {
  it('takes the oldest out, and tells how many', () => {
    const { provide, remove, use } = world();
    provide(4);
    expect(remove(1).res).toBe(1);
    expect(use()).toEqual([8, 1]);
    expect(remove(65_536).res).toBe(2);
    expect(remove(1)).toMatchObject({ res: 0, isFailure: false });
  });

  it('needs a group', () => {
    expect(world().remove(1, 9)).toMatchObject({
      res: fail('ENOENT'),
      isFailure: true,
      isPreparation: false,
    });
  });

  it.each<[count: number, spoil: Spoilt, errno: Errno]>([
    [0, {}, 'EINVAL'],
    [65_537, {}, 'EINVAL'],
    [-1, {}, 'EINVAL'],
    [1, { addrLow: 1 }, 'EINVAL'],
    [1, { len: 1 }, 'EINVAL'],
    [1, { offHigh: 1 }, 'EINVAL'],
    [1, { opFlags: 1 }, 'EINVAL'],
    [1, { fileIndex: 1 }, 'EINVAL'],
    [1, { flags: SQE_FLAG.BUFFER_SELECT }, 'EOPNOTSUPP'],
  ])('of %i with %o is refused while it is read', (count, spoil, errno) => {
    const { provide, remove } = world();
    provide(1);
    const ended = remove(count, GROUP, spoil);
    expect(ended).toMatchObject({ res: fail(errno), isPreparation: true });
  });
});

it('both leave a group with a ring alone', () => {
  const { w, groups, provide, remove } = world();
  const low = (w.room(8192) + 4095) & ~4095;
  groups.registerRing(GROUP, { low, high: 0, entries: 4, isIncremental: false });
  expect([provide(1).res, remove(1).res]).toEqual([fail('EINVAL'), fail('EINVAL')]);
  w.memory.setU32(low + 12, 1 << 16);
  expect(groups.choose(GROUP, 0, false, new Segments())).toBe(0);
  expect(groups.take(GROUP, 1)).toBe(CQE_FLAG.BUFFER);
});
