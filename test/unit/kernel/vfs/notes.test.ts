/**
 * Goal: every descriptor of the host that a kernel has open is noted in memory that outlives its
 *       thread, from its birth until just before it is closed; so a successor closes all of them,
 *       and none twice.
 * Method: a host that reads the notes, as a successor would, before each call it is asked for; and
 *         successors of a kernel whose thread is taken to have died at such a moment.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errnoName } from '../../../../src/abi/errno.ts';
import { O } from '../../../../src/abi/files.ts';
import { FileNotes, reviveFiles } from '../../../../src/executor/file-notes.ts';
import { VirtualClock } from '../../../../src/kernel/clock.ts';
import type { HostFiles } from '../../../../src/kernel/host.ts';
import { Process } from '../../../../src/kernel/process.ts';
import type { HostFile } from '../../../../src/kernel/vfs/host-file.ts';
import { Mounts } from '../../../../src/kernel/vfs/mounts.ts';
import { noteWords } from '../../../../src/kernel/vfs/notes.ts';
import { createFileRows, type FileRow, FileRows } from '../../../../src/ring/file-rows.ts';
import { ProcessMemory } from '../../../../src/ring/memory.ts';
import { hostAfter, hostFiles, newFolder, openDescriptors, Rig } from './rig.ts';

const TO_READ = { flags: O.RDONLY, mode: 0, resolve: 0 };
const MARK = { low: 1, high: 2 };

/** The memory that outlives threads, and one kernel after the other on it. */
class Kernels {
  readonly folder = newFolder();
  readonly rowMemory = createFileRows(8);
  readonly notes = new Int32Array(noteWords(1));
  rows!: FileRows;

  next(files: HostFiles = hostFiles, jail: 'walk' | 'none' = 'none'): Rig {
    this.rows = new FileRows(this.rowMemory);
    const spec = { path: '/', files, root: this.folder, jail, devices: false };
    return new Rig({ mounts: new Mounts([spec], new VirtualClock(), this.notes, this.rows) });
  }

  /** What a successor would find now. */
  noted(): FileRow[] {
    const noted: FileRow[] = [];
    new FileRows(this.rowMemory).forEach((file) => {
      noted.push(file);
    });
    return noted;
  }

  /** A process of the kernel that is the newest one. */
  process(): { process: Process; notes: FileNotes } {
    const notes = new FileNotes(this.rows, MARK);
    return { process: new Process(1, ProcessMemory.reserve(1 << 14), notes), notes };
  }

  /** The successor of the newest kernel; it has a process of the same mark. */
  succeed({ hostKeepsFiles = true, files = hostFiles } = {}): Process {
    const { mounts } = this.next(files);
    const owner = this.process();
    reviveFiles(this.rows, mounts, { find: () => owner, hostKeepsFiles });
    return owner.process;
  }

  get open(): number {
    return openDescriptors(this.folder);
  }
}

const here = {} as { kernels: Kernels };

beforeEach(() => {
  here.kernels = new Kernels();
  fs.writeFileSync(join(here.kernels.folder, 'file'), 'abcdefgh');
  fs.symlinkSync('file', join(here.kernels.folder, 'link'));
  fs.mkdirSync(join(here.kernels.folder, 'dir'));
});

afterEach(() => {
  fs.rmSync(here.kernels.folder, { recursive: true });
});

/** Opens without a look at the type, as READ_FILE does. */
function openToRead(rig: Rig, isAsync: boolean): Promise<HostFile> {
  const request = rig.request(isAsync);
  return rig
    .result((r, k) => rig.mounts.openToRead(r, k, rig.path('file')), request)
    .then(() => request.file as HostFile);
}

describe.each([{ isAsync: false }, { isAsync: true }])(
  'a file (pooled: $isAsync)',
  ({ isAsync }) => {
    it('is noted while the host has it open, and not any more when it is closed', async () => {
      const { kernels } = here;
      const seen: string[] = [];
      const host = hostAfter((call, [fd]) => {
        const name = call === 'later' ? `later ${fd}` : call;
        seen.push(`${name} ${kernels.noted().length}`);
      });
      const rig = kernels.next(host);
      const request = rig.request(isAsync);
      expect(
        await rig.result((r, k) => rig.mounts.open(r, k, rig.path('file'), TO_READ), request),
      ).toBe(0);
      request.letGo();
      const unchecked = await openToRead(rig, isAsync);
      expect(kernels.noted()).toMatchObject([{ hostFd: unchecked.hostFd, mount: 0, ino: 0 }]);
      unchecked.drop();
      const later = isAsync ? 'later ' : '';
      expect(seen).toEqual([
        `${later}open 0`,
        `${later}fstat 1`,
        'close 0',
        `${later}open 0`,
        'close 0',
      ]);
    });

    it('that is refused is not noted when it is closed', async () => {
      const { kernels } = here;
      const atClose: number[] = [];
      const host = hostAfter((call) => {
        if (call === 'close') atClose.push(kernels.noted().length);
      });
      const rig = kernels.next(
        new Proxy(host, {
          get: (calls, name) => {
            if (name === 'fstat') return () => -5;
            if (name !== 'later') return Reflect.get(calls, name);
            const later: HostFiles['later'] = (call, args, done) =>
              call === 'fstat' ? done(-5) : calls.later(call, args, done);
            return later;
          },
        }),
      );
      const res = await rig.result(
        (r, k) => rig.mounts.open(r, k, rig.path('file'), TO_READ),
        rig.request(isAsync),
      );
      expect(errnoName(res)).toBe('EIO');
      expect(atClose).toEqual([0]);
      expect(kernels.open).toBe(0);
    });

    it('is closed by a successor when it has no number', async () => {
      const { kernels } = here;
      const rig = kernels.next();
      rig.open('file');
      await openToRead(rig, isAsync);
      expect(kernels.open).toBe(2);
      const process = kernels.succeed();
      expect(kernels.open).toBe(0);
      expect(process.descriptors.size).toBe(0);
      expect(kernels.noted()).toEqual([]);
      expect(kernels.rows.size).toBe(0);
    });
  },
);

describe('a successor', () => {
  it('goes on with a file that has a number, and closes one that lost it in use', () => {
    const { kernels } = here;
    const rig = kernels.next();
    const { descriptors } = kernels.process().process;
    const [first, second] = [rig.open('file'), rig.open('file')];
    const [kept, closed] = [descriptors.install(first), descriptors.install(second)];
    first.position = 3;
    for (const file of [first, second]) file.hold(); // a request uses it
    descriptors.close(closed);
    expect(kernels.open).toBe(2);
    const next = kernels.succeed();
    expect(kernels.open).toBe(1);
    expect(next.descriptors.get(closed)).toBeUndefined();
    expect(next.descriptors.get(kept)).toMatchObject({ hostFd: first.hostFd, position: 3 });
    expect(next.descriptors.close(kept)).toBe(0);
    expect(kernels.open).toBe(0);
    expect(kernels.noted()).toEqual([]);
  });

  it('closes no descriptor that is another file by now, and forgets it', () => {
    const { kernels } = here;
    const file = kernels.next().open('file');
    fs.closeSync(file.hostFd);
    const other = fs.openSync(join(kernels.folder, 'dir'), 'r'); // gets the number of the file's
    expect(other).toBe(file.hostFd);
    kernels.succeed();
    expect(fs.fstatSync(other).isDirectory()).toBe(true);
    expect(kernels.noted()).toEqual([]);
    fs.closeSync(other);
  });

  it('closes no unrecognised file where the host closes files with their thread', async () => {
    const { kernels } = here;
    const { hostFd } = await openToRead(kernels.next(), false);
    kernels.succeed({ hostKeepsFiles: false });
    expect(kernels.open).toBe(1);
    expect(kernels.noted()).toEqual([]);
    fs.closeSync(hostFd);
  });

  it('has nothing noted of a file when it closes it', () => {
    const { kernels } = here;
    kernels.next().open('file');
    const noted: number[] = [];
    const files = hostAfter((call) => {
      if (call === 'close') noted.push(kernels.noted().length);
    });
    kernels.succeed({ files });
    expect(noted).toEqual([0]);
  });

  it('has nothing noted of a directory of a mount when it closes it', () => {
    const { kernels } = here;
    const died = kernels.next(hostFiles, 'walk');
    expect(died.readText('dir/none')).toBe('ENOENT');
    expect(kernels.open).toBe(2); // the root and dir
    const atClose: boolean[] = [];
    const host = hostAfter((call, [fd]) => {
      if (call === 'close') atClose.push(kernels.notes.includes((fd as number) + 1));
    });
    kernels.next(host, 'walk');
    expect(atClose).toEqual([false, false]);
    expect(kernels.open).toBe(0);
  });
});

describe('a process', () => {
  it('gets no number for a file that could not be noted', () => {
    const { kernels } = here;
    const rig = kernels.next();
    const { descriptors } = kernels.process().process;
    const files = Array.from({ length: 9 }, () => rig.open('file'));
    const numbers = files.map((file) => descriptors.install(file));
    expect(numbers.filter((fd) => fd >= 0)).toHaveLength(8);
    expect(errnoName(numbers[8]!)).toBe('ENFILE');
    files[8]!.drop();
    descriptors.closeAll();
    expect(kernels.open).toBe(0);
  });
});
