/**
 * Goal: PIPE, EVENTFD and DUP give descriptors or slots to what they make or share, all or nothing.
 * Method: a process with few numbers left, a table of few slots; each error, and what it leaves.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { O } from '../../../src/abi/files.ts';
import { EFD } from '../../../src/abi/ipc.ts';
import { DESCRIPTORS_MAX, RING_DESCRIPTORS_MAX } from '../../../src/abi/limits.ts';
import { FILE_INDEX_ALLOC } from '../../../src/abi/register.ts';
import { EventFd } from '../../../src/kernel/ipc/eventfd.ts';
import { Pipe, ReadEnd, WriteEnd } from '../../../src/kernel/ipc/pipe.ts';
import { fakeSlots } from './fake-slots.ts';
import { BAD, RING_OBJECT, World } from './world.ts';

const pairAt = (w: World, at: number): [number, number] => [w.memory.i32(at), w.memory.i32(at + 4)];

/** Leaves so many numbers to a process. */
function leave(w: World, count: number): void {
  const { descriptors } = w.process;
  for (let fd = 3; fd < DESCRIPTORS_MAX - RING_DESCRIPTORS_MAX - count; fd++)
    descriptors.installAt(fd, RING_OBJECT);
}

describe('PIPE', () => {
  it('writes the descriptors of a pipe, the one to read from first', () => {
    const w = new World();
    const fds = w.room(8);
    expect(w.res((r) => r.prepPipe(0, fds, O.CLOEXEC | O.NONBLOCK))).toBe(0);
    const [reader, writer] = pairAt(w, fds);
    const ends = [w.process.descriptors.get(reader), w.process.descriptors.get(writer)];
    expect(ends).toEqual([expect.any(ReadEnd), expect.any(WriteEnd)]);
    expect(ends.map((end) => end?.channel?.flags)).toEqual([
      O.RDONLY | O.NONBLOCK,
      O.WRONLY | O.NONBLOCK,
    ]);
    const at = w.place('abc');
    expect(w.res((r) => r.prepWrite(0, writer, at, 3, 0))).toBe(3);
    expect(w.res((r) => r.prepRead(0, reader, at, 9, 0))).toBe(3);
  });

  it.each([
    ['an unknown flag', 'EINVAL', true, { opFlags: 2 }],
    ['an offset', 'EINVAL', true, { offLow: 1 }],
    ['a descriptor', 'EINVAL', true, { fd: 1 }],
    ['addr3', 'EINVAL', true, { addr3Low: 1 }],
    ['bad memory', 'EFAULT', false, { addrLow: BAD }],
    ['O_CLOEXEC for slots', 'EINVAL', false, { fileIndex: 1, opFlags: O.CLOEXEC }],
    ['slots without a table', 'ENXIO', false, { fileIndex: 1 }],
    ['any slots without a table', 'ENXIO', false, { fileIndex: FILE_INDEX_ALLOC }],
  ] as const)('with %s is %s', (_, errno, isPreparation, spoil) => {
    const w = new World();
    const fds = w.room(8);
    expect(w.run((r) => r.prepPipe(0, fds, 0), spoil)).toMatchObject({
      res: fail(errno),
      isPreparation,
    });
    expect(w.process.descriptors.size).toBe(0);
  });

  it.each([0, 1])('makes nothing when %i descriptors are left', (left) => {
    const w = new World();
    const fds = w.room(8);
    leave(w, left);
    const { size } = w.process.descriptors;
    expect(w.res((r) => r.prepPipe(0, fds, 0))).toBe(fail('EMFILE'));
    expect(w.process.descriptors.size).toBe(size);
  });

  it('takes a slot and the next one, whatever was in them', () => {
    const files = fakeSlots(4);
    const w = new World({ files });
    const fds = w.room(8);
    const old = new Pipe(0);
    files.slots[2] = old.reader;
    expect(w.res((r) => r.prepPipe(0, fds, 0, 1))).toBe(0);
    expect(pairAt(w, fds)).toEqual([1, 2]);
    expect(files.slots).toEqual([undefined, expect.any(ReadEnd), expect.any(WriteEnd), undefined]);
    expect([old.reader.isOpen, w.process.descriptors.size]).toEqual([false, 0]);
  });

  it.each([3, 4, 0xffff_fffd])('needs both slots in the table: %i', (slot) => {
    const files = fakeSlots(4);
    const w = new World({ files });
    const fds = w.room(8);
    expect(w.res((r) => r.prepPipe(0, fds, 0, slot))).toBe(fail('EINVAL'));
    expect(files.slots).toEqual(Array(4).fill(undefined));
  });

  it('takes two slots that are free, or none', () => {
    const files = fakeSlots(4);
    const w = new World({ files });
    const fds = w.room(8);
    files.slots[1] = RING_OBJECT;
    const pipe = () => w.res((r) => r.prepPipe(0, fds, 0, FILE_INDEX_ALLOC));
    expect([pipe(), ...pairAt(w, fds)]).toEqual([0, 0, 2]);
    expect(pipe()).toBe(fail('ENFILE'));
    expect(files.slots[3]).toBeUndefined();
    files.slots[3] = RING_OBJECT;
    expect(pipe()).toBe(fail('ENFILE'));
  });
});

describe('EVENTFD', () => {
  it('makes a counter', () => {
    const w = new World();
    const at = w.room(8);
    const fd = w.res((r) => r.prepEventfd(0, 2, EFD.SEMAPHORE));
    expect(w.process.descriptors.get(fd)).toEqual(expect.any(EventFd));
    expect(w.res((r) => r.prepRead(0, fd, at, 8, 0))).toBe(8);
    expect(w.memory.s64(at)).toBe(1);
  });

  it('refuses what it does not know, and makes nothing when no descriptor is left', () => {
    const w = new World();
    expect(w.res((r) => r.prepEventfd(0, 0, 2))).toBe(fail('EINVAL'));
    expect(w.res((r) => r.prepEventfd(0, 0, 0), { fileIndex: 1 })).toBe(fail('EINVAL'));
    leave(w, 0);
    expect(w.res((r) => r.prepEventfd(0, 0, 0))).toBe(fail('EMFILE'));
  });
});

describe('DUP', () => {
  it('gives the same open file the lowest free number', () => {
    const w = new World();
    w.files.add('/f', { bytes: '0123456789' });
    const fd = w.fd('/f');
    const at = w.room(8);
    const other = w.res((r) => r.prepDup(0, fd));
    expect(w.process.descriptors.get(other)).toBe(w.process.descriptors.get(fd));
    expect(w.res((r) => r.prepRead(0, fd, at, 4, -1))).toBe(4);
    w.process.descriptors.close(fd);
    expect(w.res((r) => r.prepRead(0, other, at, 4, -1))).toBe(4);
    expect(w.text(at, 4)).toBe('4567');
    expect(w.res((r) => r.prepDup(0, other))).toBe(fd);
    w.process.descriptors.closeAll();
    expect(w.files.openFiles.size).toBe(0);
  });

  it('keeps an end of a pipe open until the last number is closed', () => {
    const w = new World();
    const pipe = new Pipe(0);
    const fd = w.install(pipe.writer);
    const other = w.res((r) => r.prepDup(0, fd));
    w.process.descriptors.close(fd);
    expect(pipe.writer.isOpen).toBe(true);
    w.process.descriptors.close(other);
    expect(pipe.writer.isOpen).toBe(false);
  });

  it('is refused for what is closed, for a ring, for a slot, and when no number is left', () => {
    const w = new World({ files: fakeSlots(4) });
    const pipe = new Pipe(0);
    const fd = w.install(pipe.reader);
    const ring = w.install(RING_OBJECT);
    expect(w.res((r) => r.prepDup(0, 999))).toBe(fail('EBADF'));
    expect(w.res((r) => r.prepDup(0, ring))).toBe(fail('EBADF'));
    expect(w.res((r) => r.prepDup(0, fd), { flags: 1 })).toBe(fail('EBADF'));
    expect(w.res((r) => r.prepDup(0, fd), { len: 1 })).toBe(fail('EINVAL'));
    leave(w, 0);
    expect(w.res((r) => r.prepDup(0, ring - 1))).toBe(fail('EBADF'));
  });
});
