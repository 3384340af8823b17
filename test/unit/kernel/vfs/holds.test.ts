/**
 * Goal: what the host has open is closed when nobody can use it any more, and never before: its
 *       number may be another file's the moment after.
 * Method: a host that answers when the test says shows what happens while a call is under way, and
 *         notes what it was asked in which order.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errnoName, type Res } from '../../../../src/abi/errno.ts';
import { O } from '../../../../src/abi/files.ts';
import { PARENTS_MAX } from '../../../../src/abi/limits.ts';
import { VirtualClock } from '../../../../src/kernel/clock.ts';
import { Descriptors } from '../../../../src/kernel/descriptors.ts';
import type { HostFiles } from '../../../../src/kernel/host.ts';
import { type KernelCalls, PENDING } from '../../../../src/kernel/operation.ts';
import { Mounts } from '../../../../src/kernel/vfs/mounts.ts';
import { MOUNT_NOTE_WORDS, noteWords } from '../../../../src/kernel/vfs/notes.ts';
import { bytes, hostFiles, openDescriptors, Rig, rigForEach } from './rig.ts';

/** What each test is given. */
const here = rigForEach();

/** The host, except that pooled calls are begun when the test says. */
class HeldHost {
  readonly asked: string[] = [];
  readonly #waiting: (() => void)[] = [];
  #woken = (): void => {};
  readonly files: HostFiles;

  constructor() {
    this.files = new Proxy(hostFiles, {
      get: (host, name) => (name === 'later' ? this.#later : this.#noted(host, String(name))),
    });
  }

  readonly #later: HostFiles['later'] = (call, args, done) => {
    this.asked.push(`later ${call}`);
    this.#waiting.push(() => hostFiles.later(call, args, done));
    this.#woken();
  };

  #noted(host: HostFiles, name: string): unknown {
    const call = Reflect.get(host, name) as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => {
      this.asked.push(name);
      return call.apply(host, args);
    };
  }

  /** Lets the oldest call begin, when there is one. */
  async go(): Promise<void> {
    while (this.#waiting.length === 0)
      await new Promise<void>((woken) => {
        this.#woken = woken;
      });
    this.#waiting.shift()!();
  }
}

describe('a file in use', () => {
  it('stays open when its descriptor is closed, until the call came back', async () => {
    const host = new HeldHost();
    const own = new Rig({ root: here.folder, files: host.files });
    const file = own.open('file', O.RDWR);
    const descriptors = new Descriptors();
    const fd = descriptors.install(file);
    const into = new Uint8Array(8);
    const reading = own.later((r, k) => file.read(r, k, into, 0, 8, 0));
    host.asked.length = 0;
    expect(descriptors.close(fd)).toBe(0);
    expect(descriptors.close(fd)).toBe(-9);
    expect(host.asked).toEqual([]);
    const { hostFd } = file;
    expect(fs.readlinkSync(`/proc/self/fd/${hostFd}`)).toBe(join(here.folder, 'file'));
    await host.go();
    expect(await reading).toBe(8);
    expect(host.asked).toEqual(['close']);
    expect(file.hostFd).toBe(-1);
    own.mounts.close();
  });

  it('is not used by a call that begins after it was closed', async () => {
    const host = new HeldHost();
    const own = new Rig({ root: here.folder, files: host.files });
    const file = own.open('file', O.RDWR);
    let begin = (): void => {};
    const { promise, resolve } = Promise.withResolvers<Res>();
    const kernel = {
      later: (_: unknown, call: (done: (res: Res) => void) => void) => {
        begin = () => call(resolve);
        return PENDING;
      },
    } as unknown as KernelCalls;
    expect(file.write(own.request(true), kernel, bytes('x'), 0, 1, 0)).toBe(PENDING);
    file.drop();
    fs.writeFileSync(join(here.folder, 'other'), 'other');
    const other = fs.openSync(join(here.folder, 'other'), 'r+'); // gets the number of the file's
    host.asked.length = 0;
    begin();
    expect(errnoName(await promise)).toBe('EBADF');
    expect(host.asked).toEqual([]);
    fs.closeSync(other);
    own.mounts.close();
  });

  it('is the beginning of a path by the pool, and stays open too', async () => {
    const host = new HeldHost();
    for (const jail of ['walk', 'none'] as const) {
      const own = new Rig({ root: here.folder, files: host.files, jail });
      const dir = own.open('dir');
      const { hostFd } = dir;
      const made = own.later((r, k) => own.mounts.mkdir(r, k, own.path(`new-${jail}`, dir), 0o755));
      dir.drop();
      expect(fs.readlinkSync(`/proc/self/fd/${hostFd}`)).toBe(join(here.folder, 'dir'));
      await host.go();
      expect(await made).toBe(0);
      expect(fs.existsSync(join(here.folder, `dir/new-${jail}`))).toBe(true);
      expect(dir.hostFd).toBe(-1);
      own.mounts.close();
    }
  });

  it('keeps the directories of a pooled path open when passes end and others move in', async () => {
    const host = new HeldHost();
    const own = new Rig({ root: here.folder, files: host.files });
    const before = openDescriptors(here.folder);
    const path = own.path('dir/new');
    const opened = own.request(true);
    const how = { flags: O.WRONLY | O.CREAT, mode: 0o644, resolve: 0 };
    const opening = own.later((r, k) => own.mounts.open(r, k, path, how), opened);
    const moved = own.later((r, k) => own.mounts.rename(r, k, own.path('file'), own.path('dir/f')));
    fs.renameSync(join(here.folder, 'dir'), join(here.folder, 'elsewhere'));
    fs.mkdirSync(join(here.folder, 'dir'));
    own.mounts.endPass();
    expect(own.readText('dir/none')).toBe('ENOENT');
    own.mounts.endPass();
    own.mounts.close();
    await host.go(); // open
    await host.go(); // rename
    expect(await moved).toBe(0);
    await host.go(); // fstat
    expect(await opening).toBe(0);
    opened.letGo();
    expect(fs.readdirSync(join(here.folder, 'elsewhere')).sort()).toEqual(['f', 'new']);
    expect(fs.readdirSync(join(here.folder, 'dir'))).toEqual([]);
    expect(openDescriptors(here.folder)).toBe(before);
  });

  it('throws when it is dropped more often than it was held', () => {
    const file = here.rig.open('file');
    file.hold();
    file.drop();
    file.drop();
    expect(() => file.drop()).toThrow('dropped');
  });
});

describe('descriptors', () => {
  it('own one hold each on their file', () => {
    const descriptors = new Descriptors();
    const file = here.rig.open('file');
    file.hold();
    const [first, second] = [descriptors.install(file), descriptors.install(file)];
    descriptors.close(first);
    expect(file.hostFd).toBeGreaterThan(0);
    descriptors.close(second);
    expect(file.hostFd).toBe(-1);
  });

  it('release what is no file when they are closed', () => {
    const descriptors = new Descriptors();
    let released = 0;
    const fd = descriptors.install({ hold: () => {}, drop: () => void released++ });
    descriptors.close(fd);
    expect(released).toBe(1);
  });
});

describe('descriptors that mounts keep', () => {
  it('are closed in the end, and never more than they may be', () => {
    const before = openDescriptors(here.folder);
    for (let i = 0; i < PARENTS_MAX; i++) {
      fs.mkdirSync(join(here.folder, `d${i}/e`), { recursive: true });
      expect(here.rig.readText(`/d${i}/e/none`)).toBe('ENOENT');
      // Fifty times two, and the root.
      if (i === 49) expect(openDescriptors(here.folder) - before).toBe(101);
    }
    expect(here.rig.readText('/d0/e/none')).toBe('ENOENT'); // the first ones were let go
    here.rig.mounts.endPass();
    expect(openDescriptors(here.folder) - before).toBe(PARENTS_MAX + 1);
    here.rig.mounts.close();
    expect(openDescriptors(here.folder)).toBe(before);
  });

  it('are closed by the successor of an executor that died', () => {
    const before = openDescriptors(here.folder);
    const notes = new Int32Array(noteWords(1));
    const spec = {
      path: '/',
      files: hostFiles,
      root: here.folder,
      jail: 'walk',
      devices: false,
    } as const;
    const died = new Rig({ mounts: new Mounts([spec], new VirtualClock(), notes) });
    expect(died.readText('dir/none')).toBe('ENOENT');
    expect(openDescriptors(here.folder) - before).toBe(2);
    expect(notes.length).toBe(MOUNT_NOTE_WORDS);
    const successor = new Mounts([spec], new VirtualClock(), notes);
    expect(openDescriptors(here.folder)).toBe(before);
    successor.close();
    expect(openDescriptors(here.folder)).toBe(before);
  });
});
