/**
 * Goal: a table of registered files holds each file once, changes only by what is right, hands
 *       slots out next-fit (SEMANTICS K1 to K6).
 * Method: files that count their holders, and lists in a small memory; random steps against a
 *         table that looks at slot after slot.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { REGISTERED_FILES_MAX } from '../../../src/abi/limits.ts';
import { FILE_INDEX_ALLOC } from '../../../src/abi/register.ts';
import { FakeOpenFile } from './fake-open-file.ts';
import { LIST, SIZE, fileWorld as world } from './file-world.ts';

const RING = { hold: () => {}, drop: () => {} };

describe('registering', () => {
  it('holds each file once until the table is gone, whatever happens to descriptors', () => {
    const { process, files, list, open } = world();
    const [a, b] = [open(), open()];
    expect(files.register(list(a.fd, -1, b.fd))).toBe(0);
    expect([files.get(0), files.get(1), files.get(2)]).toEqual([a.file, undefined, b.file]);
    process.descriptors.close(a.fd);
    expect([a.file.holds, b.file.holds]).toEqual([1, 2]);
    expect(files.unregister()).toBe(0);
    expect([a.file.holds, b.file.holds]).toEqual([0, 1]);
    expect(files.get(0)).toBeUndefined();
    expect(files.unregister()).toBe(fail('ENXIO'));
  });

  it('has no file in slots that do not exist', () => {
    const { files, list, open } = world();
    for (const slot of [-1, 0, 1]) expect(files.get(slot)).toBeUndefined();
    files.register(list(open().fd));
    for (const slot of [-1, 1, -(2 ** 31)]) expect(files.get(slot)).toBeUndefined();
  });

  it('happens once, of 1 to REGISTERED_FILES_MAX slots', () => {
    const { sparse, files } = world();
    expect(sparse(0)).toBe(fail('EINVAL'));
    expect(sparse(REGISTERED_FILES_MAX + 1)).toBe(fail('EMFILE'));
    expect(sparse(REGISTERED_FILES_MAX)).toBe(0);
    expect(sparse(1)).toBe(fail('EBUSY'));
    expect(files.size).toBe(REGISTERED_FILES_MAX);
  });

  it.each<[what: string, bad: number, errno: Parameters<typeof fail>[0]]>([
    ['a closed descriptor', 999, 'EBADF'],
    ['what is no descriptor', -2, 'EBADF'],
  ])('refuses %s, and holds nothing then', (_, bad, errno) => {
    const { files, list, open, posted, tags } = world();
    const a = open();
    expect(files.register(list(a.fd, bad), tags(7, 8))).toBe(fail(errno));
    expect([files.size, a.file.holds, posted]).toEqual([0, 1, []]);
  });

  it('refuses a ring with EBADF', () => {
    const { process, files, list } = world();
    const fd = process.descriptors.install(RING);
    expect(files.register(list(fd))).toBe(fail('EBADF'));
    files.register({ low: 0, high: 0, count: 2 });
    expect(files.update(0, list(fd))).toBe(fail('EBADF'));
    expect(files.allocate(list(fd))).toBe(fail('EBADF'));
    expect(files.install(RING, 1)).toBe(fail('EBADF'));
  });

  it('refuses lists and tags that are not mapped to their end', () => {
    const { files, memory, tags, list, open } = world();
    const low = SIZE - 4;
    memory.setU32(low, open().fd);
    expect(files.register({ low, high: 0, count: 2 })).toBe(fail('EFAULT'));
    expect(files.register({ low, high: 1, count: 1 })).toBe(fail('EFAULT'));
    expect(files.register({ low: 0, high: 0, count: 1 }, { low: 16, high: 0 })).toBe(
      fail('EFAULT'),
    );
    expect(files.register(list(-1), tags(5))).toBe(fail('EINVAL')); // nobody would ever be told
    expect(files.register({ low, high: 0, count: 1 })).toBe(0);
  });
});

describe('updating', () => {
  it('replaces, empties and skips slots, and tells how many', () => {
    const { files, list, open, sparse } = world();
    const [a, b] = [open(), open()];
    sparse(4);
    expect(files.update(1, list(a.fd, b.fd))).toBe(2);
    expect(files.update(0, list(b.fd, -2, -1))).toBe(3);
    expect([0, 1, 2, 3].map((slot) => files.get(slot))).toEqual([
      b.file,
      a.file,
      undefined,
      undefined,
    ]);
    expect([a.file.holds, b.file.holds]).toEqual([2, 2]);
    expect(files.update(3, list(-1))).toBe(1);
  });

  it('ends at what is bad: a count if something came before, else its errno', () => {
    const { files, list, open, sparse } = world();
    const { fd, file } = open();
    expect(files.update(0, list(fd))).toBe(fail('ENXIO'));
    sparse(3);
    expect(files.update(0, list(fd, 999, fd))).toBe(1);
    expect([files.get(0), files.get(2)]).toEqual([file, undefined]);
    expect(files.update(2, list(999))).toBe(fail('EBADF'));
    expect(files.update(2, list(fd, fd))).toBe(fail('EINVAL'));
    expect(files.update(0, { low: SIZE - 4, high: 0, count: 2 })).toBe(fail('EBADF'));
    expect(files.update(0, { low: 8, high: 0, count: 1 })).toBe(fail('EFAULT'));
  });

  it('empties a slot whose new descriptor is bad, as Linux does', () => {
    const { files, list, open, sparse } = world();
    const { fd, file } = open();
    sparse(1);
    files.update(0, list(fd));
    expect(files.update(0, list(999))).toBe(fail('EBADF'));
    expect([files.get(0), file.holds]).toEqual([undefined, 1]);
  });

  it('refuses a tag of nothing, and changes nothing by it', () => {
    const { files, list, open, sparse, tags } = world();
    sparse(1);
    const { fd, file } = open();
    files.update(0, list(fd));
    expect(files.update(0, list(-1), tags(1))).toBe(fail('EINVAL'));
    expect(files.update(0, list(-2), tags(1))).toBe(fail('EINVAL'));
    expect(files.get(0)).toBe(file);
  });
});

describe('installing', () => {
  it('fills or replaces the slot that is named, with 0', () => {
    const { files, sparse } = world();
    const [a, b, c] = [new FakeOpenFile(), new FakeOpenFile(), new FakeOpenFile()];
    expect(files.install(a, 1)).toBe(fail('ENXIO'));
    expect(files.install(a, FILE_INDEX_ALLOC)).toBe(fail('ENFILE'));
    sparse(2);
    expect(files.install(a, 2)).toBe(0);
    expect(files.install(b, 2)).toBe(0);
    expect([a.holds, files.get(1)]).toEqual([0, b]);
    for (const beyond of [3, -2]) expect(files.install(c, beyond)).toBe(fail('EINVAL'));
    expect(c.holds).toBe(1); // still the caller's
  });

  it('removes what is there and refuses the rest', () => {
    const { files, sparse } = world();
    const a = new FakeOpenFile();
    expect(files.remove(0)).toBe(fail('ENXIO'));
    sparse(2);
    files.install(a, 1);
    expect(files.remove(2)).toBe(fail('EINVAL'));
    expect(files.remove(1)).toBe(fail('EBADF'));
    expect(files.remove(0)).toBe(0);
    expect([a.holds, files.remove(0)]).toEqual([0, fail('EBADF')]);
  });

  it('hands slots out from the one last freed, or behind the one last filled', () => {
    const { files, sparse, alloc } = world();
    sparse(4);
    expect([alloc(), alloc(), alloc()]).toEqual([0, 1, 2]);
    files.remove(1);
    expect([alloc(), alloc(), alloc()]).toEqual([1, 3, fail('ENFILE')]);
  });

  it('hands slots out inside the range alone, wherever named slots lie', () => {
    const { files, sparse, alloc } = world();
    expect(files.allocRange(0, 1)).toBe(fail('EINVAL'));
    sparse(8);
    expect(files.allocRange(7, 2)).toBe(fail('EINVAL'));
    expect(files.allocRange(2, 3)).toBe(0);
    expect(files.install(new FakeOpenFile(), 8)).toBe(0);
    expect(files.install(new FakeOpenFile(), 1)).toBe(0);
    expect([alloc(), alloc()]).toEqual([2, 3]);
    files.remove(7);
    files.remove(0);
    expect([alloc(), alloc()]).toEqual([4, fail('ENFILE')]);
    expect(files.allocRange(3, 0)).toBe(0);
    expect(alloc()).toBe(fail('ENFILE'));
    expect(files.allocRange(0, 8)).toBe(0);
    expect([alloc(), alloc()]).toEqual([0, 1]);
  });

  it('agrees with a table that looks at slot after slot, for 4000 random steps', () => {
    const { files, sparse, alloc } = world();
    const size = 70; // more than two words of the map
    const taken = new Set<number>();
    let next = 0;
    let seed = 12_345;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return (seed >>> 8) % below;
    };
    const expected = (): number => {
      for (let i = 0; i < size; i++) {
        const slot = ((next < size ? next : 0) + i) % size;
        if (!taken.has(slot)) return slot;
      }
      return fail('ENFILE');
    };
    sparse(size);
    for (let step = 0; step < 4000; step++) {
      if (random(100) < 55) {
        const slot = expected();
        expect(alloc()).toBe(slot);
        if (slot < 0) continue;
        taken.add(slot);
        next = slot + 1;
      } else {
        const slot = random(size);
        const wasTaken = taken.delete(slot);
        expect(files.remove(slot)).toBe(wasTaken ? 0 : fail('EBADF'));
        if (wasTaken) next = slot;
      }
    }
  });

  it('allocates for descriptors and writes the slots over them', () => {
    const { files, list, open, memory, sparse } = world();
    const [a, b, c] = [open(), open(), open()];
    expect(files.allocate(list(a.fd))).toBe(fail('ENXIO'));
    sparse(3);
    files.install(new FakeOpenFile(), 2);
    expect(files.allocate(list(a.fd, b.fd, c.fd))).toBe(2);
    expect([0, 1, 2].map((i) => memory.i32(LIST + 4 * i))).toEqual([2, 0, c.fd]);
    expect([files.get(2), files.get(0), c.file.holds]).toEqual([a.file, b.file, 1]);
    expect(files.allocate(list(c.fd))).toBe(fail('ENFILE'));
    files.remove(0);
    expect(files.allocate(list(c.fd, 999))).toBe(1);
    files.remove(0);
    expect(files.allocate(list(999))).toBe(fail('EBADF'));
    expect(files.allocate({ low: 4, high: 0, count: 1 })).toBe(fail('EFAULT'));
  });
});
