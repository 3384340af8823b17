/**
 * Goal: each prep function that liburing has as a variant writes the entry that its name promises,
 *       and helpers read from a completion what Linux puts there.
 * Method: every variant is submitted, on an executor thread and inline, and told by what it does.
 */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fail } from '../../src/abi/errno.ts';
import { AT, O } from '../../src/abi/files.ts';
import {
  ASYNC_CANCEL,
  MSG_RING_FLAG,
  POLL_FLAG,
  SQE_FLAG,
  TIMEOUT_FLAG,
} from '../../src/abi/flags.ts';
import { POLL } from '../../src/abi/poll.ts';
import { FILE_INDEX_ALLOC } from '../../src/abi/register.ts';
import type { Ring } from '../../src/client/ring.ts';
import {
  add,
  ask,
  putIovec,
  putText,
  putTimespec,
  putWords,
  RING_KERNELS,
  type RingWorld,
  reap,
  sharedKernel,
} from './ring-kinds.ts';

describe.each(RING_KERNELS)('prep functions $kind', ({ boot }) => {
  const folder = mkdtempSync(join(tmpdir(), 'uring-prep-'));
  afterAll(() => rmSync(folder, { recursive: true })); // last hook first: the kernel is gone
  const newWorld = sharedKernel(boot);

  const pipe = ({ allocator, memory }: RingWorld, ring: Ring): [number, number] => {
    const at = allocator.allocate(8);
    expect(ask(ring, (sqe) => ring.prepPipe(sqe, at, 0))).toBe(0);
    return [memory.i32(at), memory.i32(at + 4)];
  };
  it('polls again and again, and changes a poll under way', () => {
    const world = newWorld();
    const ring = world.ring();
    const [reader, writer] = pipe(world, ring);
    const letter = putText(world, 'x');
    add(ring, 1, (sqe) => ring.prepPollMultishot(sqe, reader, POLL.IN));
    ring.submit();
    add(ring, 2, (sqe) => ring.prepWrite(sqe, writer, letter, 1, -1));
    const seen = reap(ring, 2);
    expect(seen).toContainEqual({ data: 1, res: POLL.IN, more: true, buffer: -1 });
    const flags = POLL_FLAG.UPDATE_USER_DATA | POLL_FLAG.UPDATE_EVENTS | POLL_FLAG.ADD_MULTI;
    add(ring, 3, (sqe) => ring.prepPollUpdate(sqe, 1, 9, POLL.IN, flags));
    expect(reap(ring, 2)).toContainEqual({ data: 9, res: POLL.IN, more: true, buffer: -1 });
    add(ring, 4, (sqe) => ring.prepPollRemove(sqe, 9));
    expect(reap(ring, 2)).toContainEqual({
      data: 9,
      res: fail('ECANCELED'),
      more: false,
      buffer: -1,
    });
    ring.queueExit();
  });

  it('gives a timeout another time', () => {
    const world = newWorld();
    const ring = world.ring();
    const [long, short] = [putTimespec(world, 60_000), putTimespec(world, 1)];
    add(ring, 1, (sqe) => ring.prepTimeout(sqe, long, 0, 0));
    add(ring, 2, (sqe) => ring.prepTimeoutUpdate(sqe, short, 1, 0));
    expect(reap(ring, 2).map(({ data, res }) => [data, res])).toEqual([
      [2, 0],
      [1, fail('ETIME')],
    ]);
    ring.queueExit();
  });

  it('cancels by user_data, and by descriptor', () => {
    const world = newWorld();
    const ring = world.ring();
    const [reader] = pipe(world, ring);
    const room = world.allocator.allocate(16);
    for (const data of [1, 2, 3, 4])
      add(ring, data, (sqe) => ring.prepRead(sqe, reader, room, 1, -1));
    add(ring, 5, (sqe) => ring.prepCancel64(sqe, 1, 0));
    add(ring, 6, (sqe) => ring.prepCancel(sqe, 2, 0));
    add(ring, 7, (sqe) => ring.prepCancelFd(sqe, reader, ASYNC_CANCEL.ALL));
    const seen = reap(ring, 7);
    const results = new Map(seen.map(({ data, res }) => [data, res]));
    expect([1, 2, 3, 4].map((data) => results.get(data))).toEqual(
      new Array(4).fill(fail('ECANCELED')),
    );
    expect([5, 6, 7].map((data) => results.get(data))).toEqual([0, 0, 2]);
    ring.queueExit();
  });

  it('opens into slots, and closes them', () => {
    const world = newWorld();
    const ring = world.ring();
    writeFileSync(join(folder, 'file'), 'contents');
    const path = putText(world, join(folder, 'file'));
    const how = world.allocator.allocate(24);
    world.memory.bytes.fill(0, how, how + 24);
    const room = world.allocator.allocate(16);
    expect(ring.registerFilesSparse(4)).toBe(0);
    const { RDONLY } = O;
    expect(ask(ring, (sqe) => ring.prepOpenatDirect(sqe, AT.FDCWD, path, RDONLY, 0, 2))).toBe(0);
    expect(ask(ring, (sqe) => ring.prepOpenDirect(sqe, path, RDONLY, 0, FILE_INDEX_ALLOC))).toBe(3);
    expect(ask(ring, (sqe) => ring.prepOpenat2Direct(sqe, AT.FDCWD, path, how, 0))).toBe(0);
    const read = (slot: number): number =>
      ask(ring, (sqe) => {
        ring.prepRead(sqe, slot, room, 16, 0);
        ring.sqeSetFlags(sqe, SQE_FLAG.FIXED_FILE);
      });
    expect([0, 1, 2, 3].map(read)).toEqual([8, fail('EBADF'), 8, 8]);
    expect(ask(ring, (sqe) => ring.prepCloseDirect(sqe, 2))).toBe(0);
    expect(read(2)).toBe(fail('EBADF'));
    const target = (sqe: number): void => {
      ring.prepOpen(sqe, path, RDONLY, 0);
      ring.sqeSetTargetFixedFile(sqe, 1);
    };
    expect(ask(ring, target)).toBe(0);
    expect(read(1)).toBe(8);
    const fds = putWords(world, [-1, -1]);
    expect(ring.registerFilesUpdate(0, fds, 2)).toBe(2);
    expect(ask(ring, (sqe) => ring.prepPipeDirect(sqe, fds, 0, 0))).toBe(0);
    expect([world.memory.i32(fds), world.memory.i32(fds + 4)]).toEqual([0, 1]);
    ring.queueExit();
  });

  it('tells another ring, with flags, and hands it a file', () => {
    const world = newWorld();
    const [ring, other] = [world.ring(), world.ring()];
    const flags = (sqe: number): void => ring.prepMsgRingCqeFlags(sqe, other.fd, 42, 7, 0, 1 << 16);
    expect(ask(ring, flags)).toBe(0);
    other.waitCqe();
    const cqe = other.peekCqe();
    expect([other.cqeGetData(cqe), other.cqeRes(cqe), other.cqeFlags(cqe)]).toEqual([7, 42, 65536]);
    other.cqeSeen();
    writeFileSync(join(folder, 'sent'), 'sent');
    const path = putText(world, join(folder, 'sent'));
    expect(ring.registerFilesSparse(2)).toBe(0);
    expect(other.registerFilesSparse(4)).toBe(0);
    expect(ask(ring, (sqe) => ring.prepOpenDirect(sqe, path, O.RDONLY, 0, 1))).toBe(0);
    expect(ask(ring, (sqe) => ring.prepMsgRingFd(sqe, other.fd, 1, 3, 8, 0))).toBe(0);
    const skip = MSG_RING_FLAG.CQE_SKIP;
    expect(ask(ring, (sqe) => ring.prepMsgRingFdAlloc(sqe, other.fd, 1, 9, skip))).toBe(0);
    expect(reap(other, 1)).toMatchObject([{ data: 8 }]);
    const room = world.allocator.allocate(16);
    for (const slot of [0, 3])
      expect(
        ask(other, (sqe) => {
          other.prepRead(sqe, slot, room, 16, 0);
          other.sqeSetFlags(sqe, SQE_FLAG.FIXED_FILE);
        }),
      ).toBe(4);
    ring.queueExit();
    other.queueExit();
  });

  it('makes, links, renames and removes names from the current directory', () => {
    const world = newWorld();
    const ring = world.ring();
    const at = (name: string): number => putText(world, join(folder, name));
    const [dir, one, two, three] = [at('dir'), at('dir/one'), at('dir/two'), at('dir/three')];
    expect(ask(ring, (sqe) => ring.prepMkdir(sqe, dir, 0o755))).toBe(0);
    expect(ask(ring, (sqe) => ring.prepMkdir(sqe, dir, 0o755))).toBe(fail('EEXIST'));
    const fd = ask(ring, (sqe) => ring.prepOpen(sqe, one, O.CREAT | O.WRONLY, 0o644));
    const iovec = putIovec(world, 3, one);
    expect(ask(ring, (sqe) => ring.prepWritev2(sqe, fd, iovec, 1, 0, 0))).toBe(3);
    ask(ring, (sqe) => ring.prepClose(sqe, fd));
    expect(ask(ring, (sqe) => ring.prepLink(sqe, one, two, 0))).toBe(0);
    expect(ask(ring, (sqe) => ring.prepSymlink(sqe, one, three))).toBe(0);
    expect(readFileSync(join(folder, 'dir/three')).length).toBe(3);
    expect(ask(ring, (sqe) => ring.prepRename(sqe, two, one))).toBe(0); // one file: nothing is done
    for (const name of [one, two, three])
      expect(ask(ring, (sqe) => ring.prepUnlink(sqe, name, 0))).toBe(0);
    expect(ask(ring, (sqe) => ring.prepUnlink(sqe, dir, AT.REMOVEDIR))).toBe(0);
    symlinkSync('nowhere', join(folder, 'dangling'));
    const nowhere = at('dangling');
    expect(ask(ring, (sqe) => ring.prepOpen(sqe, nowhere, O.RDONLY, 0))).toBe(fail('ENOENT'));
    ring.queueExit();
  });

  it('wakes by one completion once the least wait is over', () => {
    const world = newWorld();
    const ring = world.ring();
    const long = putTimespec(world, 60_000);
    add(ring, 1, (sqe) => ring.prepNop(sqe));
    add(ring, 2, (sqe) => ring.prepTimeout(sqe, long, 0, TIMEOUT_FLAG.ETIME_SUCCESS));
    expect(ring.submitAndWaitMinTimeout(2, 60_000, 1)).toBe(2);
    expect(ring.cqReady()).toBe(1);
    ring.cqeSeen();
    expect(ring.submitAndWaitMinTimeout(1, 2, 1)).toBe(fail('ETIME'));
    expect(ring.submitAndWaitMinTimeout(1, 1, 2)).toBe(fail('ETIME'));
    ring.queueExit();
  });
});
