/**
 * Goal: FSYNC and SYNC_FILE_RANGE ask the host for at least what they promise, and check their
 *       fields as Linux does.
 * Method: a file system in memory that notes its calls.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { FSYNC, O, SYNC_RANGE } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { RING_OBJECT, type Spoilt, World } from './world.ts';

function world(slow = false) {
  const w = new World({ slow });
  w.files.add('/f', { bytes: 'abc' });
  return { w, fd: w.fd('/f') };
}

describe.each([false, true])('making a file durable, slow files: %s', (slow) => {
  it('is fsync, or fdatasync where only the data counts', () => {
    const { w, fd } = world(slow);
    expect(w.res((r) => r.prepFsync(0, fd, 0))).toBe(0);
    expect(w.res((r) => r.prepFsync(0, fd, FSYNC.DATASYNC))).toBe(0);
    expect(w.res((r) => r.prepFsync(0, fd, 0), { offLow: 1, len: 2 })).toBe(0);
    expect(w.res((r) => r.prepSyncFileRange(0, fd, 10, 0, SYNC_RANGE.WRITE))).toBe(0);
    expect(w.res((r) => r.prepSyncFileRange(0, fd, 10, 0, 0))).toBe(0);
    expect(w.files.calls).toEqual(['fsync', 'fdatasync', 'fsync', 'fdatasync']);
  });

  it('that fails says so, and breaks no chain', () => {
    const { w, fd } = world(slow);
    w.files.script('fsync', fail('EIO'));
    const ended = w.run((r) => r.prepFsync(0, fd, 0));
    expect(ended).toMatchObject({ res: fail('EIO'), isFailure: false });
  });

  it('keeps the file when its descriptor is closed meanwhile', () => {
    const { w, fd } = world(slow);
    const request = w.begin((r) => r.prepFsync(0, fd, 0));
    w.process.descriptors.close(fd);
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(0);
    expect(w.files.openFiles.size).toBe(0);
  });
});

describe('making a file durable is refused', () => {
  const fsync = (w: World, fd: number, spoil: Spoilt) => w.run((r) => r.prepFsync(0, fd, 0), spoil);
  const range = (w: World, fd: number, spoil: Spoilt) =>
    w.run((r) => r.prepSyncFileRange(0, fd, 1, 0, 0), spoil);
  it.each<[string, typeof fsync, Spoilt, Parameters<typeof fail>[0], boolean]>([
    ['FSYNC', fsync, { addrLow: 1 }, 'EINVAL', true],
    ['FSYNC', fsync, { bufPersonality: 1 }, 'EINVAL', true],
    ['FSYNC', fsync, { fileIndex: 1 }, 'EINVAL', true],
    ['FSYNC', fsync, { opFlags: 2 }, 'EINVAL', true],
    ['FSYNC', fsync, { offHigh: -1 }, 'EINVAL', true],
    ['FSYNC', fsync, { fd: 999 }, 'EBADF', false],
    ['FSYNC', fsync, { flags: SQE_FLAG.FIXED_FILE }, 'EBADF', false],
    ['SYNC_FILE_RANGE', range, { addrLow: 1 }, 'EINVAL', true],
    ['SYNC_FILE_RANGE', range, { bufPersonality: 1 }, 'EINVAL', true],
    ['SYNC_FILE_RANGE', range, { fileIndex: 1 }, 'EINVAL', true],
    ['SYNC_FILE_RANGE', range, { opFlags: 8 }, 'EINVAL', false],
    ['SYNC_FILE_RANGE', range, { offHigh: -1 }, 'EINVAL', false],
    ['SYNC_FILE_RANGE', range, { offHigh: 0x7fff_ffff, offLow: -1 }, 'EINVAL', false],
    ['SYNC_FILE_RANGE', range, { fd: 999 }, 'EBADF', false],
  ])('%s with %o', (_, run, spoil, errno, isPreparation) => {
    const { w, fd } = world();
    expect(run(w, fd, spoil)).toMatchObject({ res: fail(errno), isPreparation });
  });

  it('on what is no file, and on a descriptor of O_PATH', () => {
    const { w } = world();
    const ring = w.process.descriptors.install(RING_OBJECT);
    expect(w.res((r) => r.prepFsync(0, ring, 0))).toBe(fail('EINVAL'));
    expect(w.res((r) => r.prepSyncFileRange(0, ring, 1, 0, 0))).toBe(fail('ESPIPE'));
    const path = w.fd('/f', O.PATH);
    expect(w.res((r) => r.prepFsync(0, path, 0))).toBe(fail('EBADF'));
  });
});
