/**
 * Goal: the register functions of a ring write the records that Linux expects and return what it
 *       answers, errors too; without a scratch area those that need one say -EFAULT.
 * Method: each is called on an executor thread and inline, and told by what requests do after it.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../src/abi/errno.ts';
import { ASYNC_CANCEL, SETUP } from '../../src/abi/flags.ts';
import { OP } from '../../src/abi/opcodes.ts';
import { RESTRICTION, RESTRICTION_BYTES, TIMESPEC_BYTES } from '../../src/abi/records.ts';
import { CLOCK, REGISTER, RESTRICTION_KIND } from '../../src/abi/register.ts';
import {
  add,
  ask,
  eventfd,
  putLongs,
  putWords,
  RING_KERNELS,
  reap,
  sharedKernel,
} from './ring-kinds.ts';

const GROUP = 3;
const PAGE = 4096;

describe.each(RING_KERNELS)('register functions $kind', ({ kind, boot }) => {
  const newWorld = sharedKernel(boot);

  it('counts completions in an eventfd', () => {
    const world = newWorld();
    const [ring, other] = [world.ring(), world.ring()];
    const fd = eventfd(other);
    const value = putLongs(world, [0]);
    expect(ring.unregisterEventfd()).toBe(fail('ENXIO'));
    expect(ring.registerEventfd(999)).toBe(fail('EBADF'));
    expect(ring.registerEventfd(fd)).toBe(0);
    expect(ring.registerEventfd(fd)).toBe(fail('EBUSY'));
    ask(ring, (sqe) => ring.prepNop(sqe));
    expect(ask(other, (sqe) => other.prepRead(sqe, fd, value, 8, 0))).toBe(8);
    expect(ring.unregisterEventfd()).toBe(0);
    expect(ring.registerEventfdAsync(fd)).toBe(0);
    expect(ring.unregisterEventfd()).toBe(0);
    ring.queueExit();
    other.queueExit();
  });

  it('hands out personalities, which entries name', () => {
    const world = newWorld();
    const ring = world.ring();
    const id = ring.registerPersonality();
    expect(id).toBeGreaterThan(0);
    const nop = (personality: number): number =>
      ask(ring, (sqe) => {
        ring.prepNop(sqe);
        ring.sqeSetPersonality(sqe, personality);
      });
    expect([nop(id), nop(id + 1)]).toEqual([0, fail('EINVAL')]);
    expect(ring.unregisterPersonality(id)).toBe(0);
    expect(ring.unregisterPersonality(id)).toBe(fail('EINVAL'));
    expect(nop(id)).toBe(fail('EINVAL'));
    ring.queueExit();
  });

  it('restricts a ring that is not enabled yet', () => {
    const world = newWorld();
    const ring = world.ring(8, SETUP.R_DISABLED);
    const list = world.allocator.allocate(2 * RESTRICTION_BYTES);
    world.memory.bytes.fill(0, list, list + 2 * RESTRICTION_BYTES);
    world.memory.setU16(list + RESTRICTION.kind, RESTRICTION_KIND.SQE_OP);
    world.memory.setU8(list + RESTRICTION.value, OP.NOP);
    const second = list + RESTRICTION_BYTES;
    world.memory.setU16(second + RESTRICTION.kind, RESTRICTION_KIND.REGISTER_OP);
    world.memory.setU8(second + RESTRICTION.value, REGISTER.ENABLE_RINGS);
    expect(ring.registerRestrictions(list, 2)).toBe(0);
    expect(ring.enableRings()).toBe(0);
    expect(ask(ring, (sqe) => ring.prepNop(sqe))).toBe(0);
    expect(ask(ring, (sqe) => ring.prepEventfd(sqe, 0, 0))).toBe(fail('EACCES'));
    expect(ring.registerPersonality()).toBe(fail('EACCES'));
    ring.queueExit();
  });

  it('cancels at once, and sends a message without an entry', () => {
    const world = newWorld();
    const ring = world.ring();
    const timespec = putLongs(world, [60, 0]);
    expect(TIMESPEC_BYTES).toBe(16);
    for (const data of [1, 2, 3]) add(ring, data, (sqe) => ring.prepTimeout(sqe, timespec, 0, 0));
    expect(ring.submit()).toBe(3);
    while (ring.registerSyncCancel(1) === fail('ENOENT')); // until the executor took it
    expect(ring.registerSyncCancel(1)).toBe(fail('ENOENT'));
    expect(ring.registerSyncCancel(0, ASYNC_CANCEL.ALL | ASYNC_CANCEL.OP, -1, OP.TIMEOUT)).toBe(2);
    expect(ring.registerSyncCancel(0, 1 << 20)).toBe(fail('EINVAL'));
    expect(reap(ring, 3).map(({ res }) => res)).toEqual(new Array(3).fill(fail('ECANCELED')));
    const sqe = ring.getSqe();
    ring.prepMsgRing(sqe, ring.fd, 5, 6, 0);
    const copy = putWords(world, [...ring.words.subarray(sqe, sqe + 16)]);
    ring.prepNop(sqe);
    expect(ring.registerSyncMsg(copy)).toBe(0);
    expect(reap(ring, 2)).toContainEqual({ data: 6, res: 5, more: false, buffer: -1 });
    ring.queueExit();
  });

  it('notes the clock of waits and the numbers of workers', () => {
    const world = newWorld();
    const ring = world.ring();
    expect(ring.registerClock(CLOCK.BOOTTIME)).toBe(0);
    expect(ring.registerClock(CLOCK.REALTIME)).toBe(fail('EINVAL'));
    const workers = putWords(world, [3, 4]);
    expect(ring.registerIowqMaxWorkers(workers)).toBe(0);
    expect(ring.registerIowqMaxWorkers(workers)).toBe(0);
    expect([world.memory.u32(workers), world.memory.u32(workers + 4)]).toEqual([3, 4]);
    expect(ring.registerIowqAff(8, workers)).toBe(0);
    expect(ring.unregisterIowqAff()).toBe(0);
    ring.queueExit();
  });

  it('says EFAULT without a scratch area, and touches nothing', () => {
    const world = newWorld();
    const ring = world.ring();
    ring.scratch = 0;
    const results = [
      ring.registerBuffersSparse(1),
      ring.registerBuffersUpdateTag(0, 0, 0, 1),
      ring.registerFilesSparse(1),
      ring.registerFilesUpdate(0, 0, 1),
      ring.registerFileAllocRange(0, 1),
      ring.registerEventfd(3),
      ring.registerBufRing(PAGE, 1, GROUP),
      ring.unregisterBufRing(GROUP),
      ring.bufRingHead(GROUP),
      ring.registerSyncCancel(1),
      ring.registerClock(CLOCK.MONOTONIC),
      ring.registerRingFd(),
      ring.unregisterRingFd(0),
      ring.cloneBuffers(3),
      ring.resizeRings(8),
    ];
    expect(results).toEqual(new Array(results.length).fill(fail('EFAULT')));
    expect(world.memory.bytes.subarray(0, PAGE).every((byte) => byte === 0)).toBe(true);
    ring.queueExit();
  });

  it('registers itself, and changes its size, where its process enters the kernel', () => {
    const isInline = kind === 'inline';
    const world = newWorld();
    const ring = world.ring(4, isInline ? SETUP.SINGLE_ISSUER | SETUP.DEFER_TASKRUN : 0);
    expect(ring.registerRingFd()).toBe(isInline ? 0 : fail('EINVAL'));
    expect(ring.unregisterRingFd(0)).toBe(isInline ? 1 : fail('EINVAL'));
    add(ring, 1, (sqe) => ring.prepNop(sqe));
    ring.submitAndWait(1);
    expect(ring.resizeRings(16, 64, SETUP.CQSIZE)).toBe(isInline ? 0 : fail('EINVAL'));
    expect(ring.sqSpaceLeft()).toBe(isInline ? 16 : 4);
    expect(reap(ring, 1)).toMatchObject([{ data: 1, res: 0 }]);
    for (let i = 0; i < ring.sqSpaceLeft(); i++) add(ring, i, (sqe) => ring.prepNop(sqe));
    const count = ring.submit();
    expect(reap(ring, count)).toHaveLength(count);
    expect(ring.resizeRings(3, 0, 1 << 30)).toBe(fail('EINVAL'));
    expect(ask(ring, (sqe) => ring.prepNop(sqe))).toBe(0);
    ring.queueExit();
  });
});
