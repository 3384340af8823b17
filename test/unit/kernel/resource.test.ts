/**
 * Goal: the tag of a registered file is posted once, after its last use (SEMANTICS K8).
 * Method: files that count their holders, and a table whose posts are written down.
 */
import { describe, expect, it } from 'vitest';
import { FakeOpenFile } from './fake-open-file.ts';
import { fileWorld as world } from './file-world.ts';

describe('a tag', () => {
  it('is posted when its file is replaced, emptied or unregistered', () => {
    const { files, list, tags, open, posted } = world();
    const { fd } = open();
    files.register(list(fd, fd, fd, fd, fd), tags(1, 2, 2 ** 40, 4, 0));
    expect(posted).toEqual([]);
    files.install(new FakeOpenFile(), 1);
    files.remove(1);
    files.update(2, list(fd), tags(9));
    expect(posted).toEqual([1, 2, 2 ** 40]);
    files.unregister();
    expect(new Set(posted)).toEqual(new Set([1, 2, 2 ** 40, 4, 9]));
    expect(posted.length).toBe(5);
  });

  it('is posted by the last of the requests that use its file', () => {
    const { files, list, tags, open, posted } = world();
    const { fd } = open();
    files.register(list(fd, fd), tags(1, 0));
    expect(files.nodeOf(1)).toBeUndefined();
    const node = files.nodeOf(0)!;
    node.hold();
    node.hold();
    files.remove(0);
    node.drop();
    expect([posted, files.nodeOf(0)]).toEqual([[], undefined]);
    node.drop();
    expect(posted).toEqual([1]);
  });

  it('is not posted when its ring ends, which lets go of all files', () => {
    const { files, list, tags, open, posted } = world();
    const { fd, file } = open();
    files.register(list(fd), tags(1));
    files.close();
    expect([posted, file.holds, files.size]).toEqual([[], 1, 0]);
    files.close();
  });
});
