/**
 * Goal: OPENAT and OPENAT2 open into slots of registered files, CLOSE empties them, and what fails
 *       leaves nothing open (SEMANTICS K4 to K6).
 * Method: files in memory under a kernel turned by hand; laws hold of quick and of slow files.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, O, S_IF } from '../../../src/abi/files.ts';
import { FILE_INDEX_ALLOC } from '../../../src/abi/register.ts';
import { registeredWorld } from './registered-world.ts';
import type { World } from './world.ts';

/** Files, and a table of empty slots, or none. */
function directWorld(slots: number, slow: boolean) {
  const { w, table } = registeredWorld(slots, { slow });
  w.files.add('/f', { bytes: 'content' });
  w.files.add('/d', { type: S_IF.DIR });
  w.files.add('/d/x', { bytes: 'inside' });
  return { w, table, f: w.string('f'), x: w.string('/d/x') };
}

describe.each([false, true])('opening, slow files: %s', (slow) => {
  const direct = (w: World, path: number, fileIndex: number, flags: number = O.RDONLY) =>
    w.run((r) => r.prepOpenat(0, AT.FDCWD, path, flags, 0), { fileIndex });

  it('into a slot gives 0, and the slot owns the file until it is replaced', () => {
    const { w, table, f, x } = directWorld(2, slow);
    expect(direct(w, f, 1)).toMatchObject({ res: 0, isFailure: false });
    expect([...w.files.openFiles].map(({ path, holds }) => [path, holds])).toEqual([['/f', 1]]);
    const how = w.words64(O.RDONLY, 0, 0);
    expect(w.res((r) => r.prepOpenat2(0, AT.FDCWD, x, how), { fileIndex: 1 })).toBe(0);
    expect([...w.files.openFiles].map(({ path, holds }) => [path, holds])).toEqual([['/d/x', 1]]);
    expect(table.get(0)).toBe([...w.files.openFiles][0]);
    expect(w.process.descriptors.size).toBe(0);
  });

  it('into any slot gives its number, until none is free', () => {
    const { w, f } = directWorld(2, slow);
    const alloc = () => direct(w, f, FILE_INDEX_ALLOC).res;
    expect([alloc(), alloc(), alloc()]).toEqual([0, 1, fail('ENFILE')]);
    expect(w.files.openFiles.size).toBe(2);
  });

  it('into a slot that is not there leaves nothing open', () => {
    for (const [slots, fileIndex, errno] of [
      [0, 1, 'ENXIO'],
      [2, 3, 'EINVAL'],
      [2, -2, 'EINVAL'],
    ] as const) {
      const { w, f } = directWorld(slots, slow);
      expect(direct(w, f, fileIndex)).toMatchObject({ res: fail(errno), isFailure: true });
      expect(w.files.openFiles.size).toBe(0);
    }
  });

  it('into a slot leaves it alone when it fails', () => {
    const { w, table, f } = directWorld(1, slow);
    direct(w, f, 1);
    const file = table.get(0);
    expect(direct(w, w.string('absent'), 1).res).toBe(fail('ENOENT'));
    const cloexec = direct(w, f, 1, O.CLOEXEC);
    expect(cloexec).toMatchObject({ res: fail('EINVAL'), isPreparation: true });
    expect([table.get(0), w.files.openFiles.size]).toEqual([file, 1]);
  });
});

describe('closing', () => {
  it('empties a slot (K6)', () => {
    const { w, table, f } = directWorld(2, false);
    const closeSlot = (slot: number) => w.run((r) => r.prepClose(0, 0), { fileIndex: slot + 1 });
    w.res((r) => r.prepOpenat(0, AT.FDCWD, f, O.RDONLY, 0), { fileIndex: 2 });
    expect(closeSlot(1).res).toBe(0);
    expect([table.get(1), w.files.openFiles.size]).toEqual([undefined, 0]);
    expect(closeSlot(1)).toMatchObject({ res: fail('EBADF'), isFailure: true });
    for (const beyond of [2, FILE_INDEX_ALLOC - 1])
      expect(closeSlot(beyond)).toMatchObject({ res: fail('EINVAL'), isPreparation: false });
    table.unregister();
    expect(closeSlot(0).res).toBe(fail('ENXIO'));
  });
});
