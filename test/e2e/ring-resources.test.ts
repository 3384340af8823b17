/**
 * Goal: registered buffers and files, and rings of provided buffers, are there for the requests of
 *       the ring that registered them, until it gives them back.
 * Method: each register function is called on an executor thread and inline, and told by what
 *         requests do after it.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../src/abi/errno.ts';
import { SQE_FLAG } from '../../src/abi/flags.ts';
import { IOVEC, IOVEC_BYTES } from '../../src/abi/records.ts';
import { PBUF_RING } from '../../src/abi/register.ts';
import { BufRing } from '../../src/client/buf-ring.ts';
import type { Ring } from '../../src/client/ring.ts';
import { ProcessMemory } from '../../src/ring/memory.ts';
import {
  add,
  ask,
  eventfd,
  putLongs,
  putWords,
  RING_KERNELS,
  type RingWorld,
  reap,
  sharedKernel,
} from './ring-kinds.ts';

const GROUP = 3;
const PAGE = 4096;
const TAG = 77;

/** iovecs, and the buffers they name. */
function iovecs({ allocator, memory }: RingWorld, lengths: readonly number[]): number {
  const at = allocator.allocate(lengths.length * IOVEC_BYTES);
  for (const [i, length] of lengths.entries()) {
    memory.setU64(at + i * IOVEC_BYTES + IOVEC.base, allocator.allocate(length));
    memory.setU64(at + i * IOVEC_BYTES + IOVEC.len, length);
  }
  return at;
}

describe.each(RING_KERNELS)('resources of a ring $kind', ({ boot }) => {
  const newWorld = sharedKernel(boot);

  const buffersAre = (ring: Ring, world: RingWorld, fd: number, at: number, index: number) =>
    ask(ring, (sqe) => {
      const base = world.memory.u32(at + IOVEC.base);
      ring.prepWriteFixed(sqe, fd, base, 8, 0, index);
    });

  it('registers, updates and gives back buffers', () => {
    const world = newWorld();
    const ring = world.ring();
    const fd = eventfd(ring);
    const list = iovecs(world, [16, 16]);
    world.memory.setU64(world.memory.u32(list + IOVEC.base), 1);
    expect(ring.unregisterBuffers()).toBe(fail('ENXIO'));
    expect(ring.registerBuffers(list, 2)).toBe(0);
    expect(ring.registerBuffers(list, 2)).toBe(fail('EBUSY'));
    expect(buffersAre(ring, world, fd, list, 0)).toBe(8);
    expect(buffersAre(ring, world, fd, list, 1)).toBe(fail('EFAULT')); // the other's bytes
    expect(ring.unregisterBuffers()).toBe(0);
    expect(ring.registerBuffersSparse(2)).toBe(0);
    expect(buffersAre(ring, world, fd, list, 1)).toBe(fail('EFAULT'));
    const tag = putLongs(world, [TAG]);
    expect(ring.registerBuffersUpdateTag(1, list, tag, 1)).toBe(1);
    expect(buffersAre(ring, world, fd, list, 1)).toBe(8);
    expect(ring.registerBuffersUpdateTag(2, list, tag, 1)).toBe(fail('EINVAL'));
    expect(ring.unregisterBuffers()).toBe(0);
    expect(reap(ring, 1)).toMatchObject([{ data: TAG, res: 0 }]);
    expect(ring.registerBuffersTags(list, putLongs(world, [TAG, 0]), 2)).toBe(0);
    expect(ring.unregisterBuffers()).toBe(0);
    expect(reap(ring, 1)).toMatchObject([{ data: TAG, res: 0 }]);
    ring.queueExit();
  });

  it('clones buffers from another ring of the process', () => {
    const world = newWorld();
    const [ring, other] = [world.ring(), world.ring()];
    const list = iovecs(world, [16, 16]);
    expect(other.cloneBuffers(ring.fd)).toBe(fail('ENXIO'));
    expect(ring.registerBuffers(list, 2)).toBe(0);
    expect(other.cloneBuffersOffset(ring.fd, 1, 0, 1, 0)).toBe(0);
    expect(other.cloneBuffers(ring.fd)).toBe(fail('EBUSY'));
    expect(other.cloneBuffers(1000)).not.toBe(0);
    const fd = eventfd(other);
    expect(buffersAre(other, world, fd, list, 1)).toBe(8);
    ring.queueExit();
    other.queueExit();
  });

  it('registers, updates and gives back files, and says where new ones go', () => {
    const world = newWorld();
    const ring = world.ring();
    const fd = eventfd(ring);
    const one = putWords(world, [fd]);
    const read = (slot: number): number => {
      const value = putLongs(world, [1]);
      ask(ring, (sqe) => ring.prepWrite(sqe, fd, value, 8, 0));
      return ask(ring, (sqe) => {
        ring.prepRead(sqe, slot, value, 8, 0);
        ring.sqeSetFlags(sqe, SQE_FLAG.FIXED_FILE);
      });
    };
    expect(ring.unregisterFiles()).toBe(fail('ENXIO'));
    expect(ring.registerFiles(putWords(world, [fd, -1]), 2)).toBe(0);
    expect([read(0), read(1)]).toEqual([8, fail('EBADF')]);
    expect(ring.registerFilesUpdate(1, one, 1)).toBe(1);
    expect(read(1)).toBe(8);
    expect(ring.registerFilesUpdate(2, one, 1)).toBe(fail('EINVAL'));
    expect(ring.unregisterFiles()).toBe(0);
    expect(ring.registerFilesTags(one, putLongs(world, [TAG]), 1)).toBe(0);
    expect(ring.registerFilesUpdateTag(0, putWords(world, [-1]), putLongs(world, [0]), 1)).toBe(1);
    expect(reap(ring, 1)).toMatchObject([{ data: TAG }]);
    expect(ring.unregisterFiles()).toBe(0);
    expect(ring.registerFilesSparse(8)).toBe(0);
    expect(ring.registerFileAllocRange(5, 2)).toBe(0);
    expect(ring.registerFileAllocRange(7, 2)).toBe(fail('EINVAL'));
    const fds = world.allocator.allocate(8);
    expect(ask(ring, (sqe) => ring.prepPipeDirect(sqe, fds, 0, -1))).toBe(0);
    expect([world.memory.i32(fds), world.memory.i32(fds + 4)]).toEqual([5, 6]);
    ring.queueExit();
  });

  it('provides buffers from a ring, and says how far it was consumed', () => {
    const world = newWorld();
    const ring = world.ring();
    const fd = eventfd(ring);
    const at = world.allocator.allocate(PAGE, PAGE);
    const data = world.allocator.allocate(32);
    const buffers = new BufRing(world.memory, at, 4);
    expect(ring.registerBufRing(at, 3, GROUP)).toBe(fail('EINVAL'));
    expect(ring.registerBufRing(at, 4, GROUP, PBUF_RING.INC | PBUF_RING.MMAP)).toBe(fail('EINVAL'));
    expect(ring.registerBufRing(at, 4, GROUP)).toBe(0);
    expect(ring.registerBufRing(at, 4, GROUP)).toBe(fail('EEXIST'));
    const read = () => {
      const value = putLongs(world, [1]);
      ask(ring, (sqe) => ring.prepWrite(sqe, fd, value, 8, 0));
      add(ring, 1, (sqe) => {
        ring.prepRead(sqe, fd, 0, 8, 0);
        ring.sqeSetFlags(sqe, SQE_FLAG.BUFFER_SELECT);
        ring.sqeSetBufGroup(sqe, GROUP);
      });
      return reap(ring, 1)[0]!;
    };
    expect(read()).toMatchObject({ res: fail('ENOBUFS'), buffer: -1 });
    buffers.add(data, 16, 500);
    buffers.add(data + 16, 16, 65_535, 1);
    expect(read()).toMatchObject({ res: fail('ENOBUFS') }); // not shown yet
    buffers.advance(2);
    expect(read()).toMatchObject({ res: 8, buffer: 500 });
    expect(read()).toMatchObject({ res: 8, buffer: 65_535 });
    expect(ring.bufRingHead(GROUP)).toBe(2);
    for (let round = 2; round < 9; round++) {
      buffers.add(data, 16, round);
      buffers.advance(1);
      expect(read()).toMatchObject({ res: 8, buffer: round });
    }
    expect([ring.bufRingHead(GROUP), buffers.tail, buffers.mask]).toEqual([9, 9, 3]);
    expect(ring.bufRingHead(GROUP + 1)).toBe(fail('ENOENT'));
    expect(ring.unregisterBufRing(GROUP)).toBe(0);
    expect(ring.unregisterBufRing(GROUP)).toBe(fail('ENOENT'));
    ring.queueExit();
  });
});

describe('a ring of provided buffers', () => {
  it('refuses sizes and places that it cannot have', () => {
    const memory = ProcessMemory.reserve(1 << 16);
    const bad: readonly (readonly [address: number, entries: number])[] = [
      [PAGE, 3],
      [PAGE, 0],
      [PAGE, 1 << 16],
      [PAGE + 4, 4],
      [0, 4],
      [1 << 16, 4],
    ];
    for (const [address, entries] of bad)
      expect(() => new BufRing(memory, address, entries)).toThrow(RangeError);
  });
});
