/**
 * Goal: descriptors are the lowest free numbers, each with one hold; a file is noted under one of
 *       its numbers for as long as it has any.
 * Method: files that count their holders, and notes that are written down.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { DESCRIPTORS_MAX } from '../../../src/abi/limits.ts';
import { Descriptors } from '../../../src/kernel/descriptors.ts';
import type { OpenFile } from '../../../src/kernel/open-file.ts';
import { FakeOpenFile } from './fake-open-file.ts';

function world() {
  const noted = new Map<OpenFile, number>();
  const descriptors = new Descriptors({
    opened: (fd, file) => {
      noted.set(file, fd);
      return 0;
    },
    closed: (file) => noted.delete(file),
  });
  return { noted, descriptors };
}

describe('numbers', () => {
  it('are the lowest that are free, from 3 on', () => {
    const { descriptors } = world();
    const fds = [0, 1, 2].map(() => descriptors.install(new FakeOpenFile()));
    expect(fds).toEqual([3, 4, 5]);
    descriptors.close(4);
    descriptors.close(3);
    const file = new FakeOpenFile();
    expect([descriptors.install(file), descriptors.duplicate(file)]).toEqual([3, 4]);
    expect(descriptors.install(new FakeOpenFile())).toBe(6);
    expect(descriptors.close(99)).toBe(fail('EBADF'));
  });

  it('run out with EMFILE, which changes nothing', () => {
    const { descriptors, noted } = world();
    const file = new FakeOpenFile();
    descriptors.install(file);
    for (let fd = 4; fd < DESCRIPTORS_MAX; fd++) descriptors.installAt(fd, new FakeOpenFile());
    expect(descriptors.install(new FakeOpenFile())).toBe(fail('EMFILE'));
    expect(descriptors.duplicate(file)).toBe(fail('EMFILE'));
    descriptors.close(3);
    expect([noted.size, file.holds]).toEqual([0, 0]);
  });
});

describe('a file with several numbers', () => {
  it('is noted under one of them until the last is closed', () => {
    const { descriptors, noted } = world();
    const file = new FakeOpenFile();
    file.hold();
    file.hold();
    const [a, b] = [descriptors.install(file), descriptors.duplicate(file)];
    const c = descriptors.duplicate(file);
    expect(noted.get(file)).toBe(a);
    descriptors.close(b);
    expect(noted.get(file)).toBe(a);
    descriptors.close(a);
    expect(noted.get(file)).toBe(c);
    descriptors.close(c);
    expect([noted.has(file), file.holds]).toEqual([false, 0]);
  });

  it('that had none before is noted under the first', () => {
    const { descriptors, noted } = world();
    const file = new FakeOpenFile();
    const fd = descriptors.duplicate(file);
    expect(noted.get(file)).toBe(fd);
    descriptors.close(fd);
    expect(noted.size).toBe(0);
  });

  it('loses them all with its process, or by itself', () => {
    const { descriptors, noted } = world();
    const [file, other] = [new FakeOpenFile(), new FakeOpenFile()];
    file.hold();
    descriptors.install(file);
    descriptors.duplicate(file);
    descriptors.install(other);
    descriptors.duplicate(other);
    descriptors.remove(other);
    descriptors.closeAll();
    expect([file.holds, other.holds, descriptors.size]).toEqual([0, 1, 0]);
    expect([...noted.keys()]).toEqual([other]);
  });
});
