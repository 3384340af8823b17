/**
 * Goal: an open file does what its mode allows, at the position that Linux would use, at once and
 *       by the pool; and a successor of its executor goes on with it.
 * Method: files in a temporary folder, and the same steps both ways. When files are closed: see
 *         holds.test.ts.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errnoName, type Res } from '../../../../src/abi/errno.ts';
import { O } from '../../../../src/abi/files.ts';
import { FILE_POSITION_MAX } from '../../../../src/abi/limits.ts';
import { AT_END, AT_END_MOVING } from '../../../../src/kernel/file-system.ts';
import type { FileState, HostFile } from '../../../../src/kernel/vfs/host-file.ts';
import { newStat } from '../../../../src/kernel/vfs/mount.ts';
import { bytes, openDescriptors, type Rig, rigForEach } from './rig.ts';

/** What each test is given. */
const here = rigForEach();

const content = (): string => fs.readFileSync(join(here.folder, 'file'), 'latin1');

/** What a row would say of it. */
function stateOf({ mount, hostFd, flags, isDirectory, position }: HostFile): FileState {
  const { dev, ino } = fs.fstatSync(hostFd);
  return { mount, hostFd, flags, isDirectory, position, dev, ino };
}

const named = (res: Res): string | number => (res < 0 ? errnoName(res) : res);

describe.each([{ isAsync: false }, { isAsync: true }])(
  'a file (pooled: $isAsync)',
  ({ isAsync }) => {
    const result = (call: Parameters<Rig['result']>[0]): Promise<Res> =>
      here.rig.result(call, here.rig.request(isAsync));

    async function read(file: HostFile, n: number, pos: number): Promise<string> {
      const into = new Uint8Array(32);
      const res = await result((r, k) => file.read(r, k, into, 3, n, pos));
      return res < 0 ? errnoName(res) : Buffer.from(into.subarray(3, 3 + res)).toString('latin1');
    }

    async function write(file: HostFile, text: string, pos: number): Promise<string | number> {
      const from = bytes(`..${text}`);
      return named(await result((r, k) => file.write(r, k, from, 2, text.length, pos)));
    }

    it('is read and written where it is told, or at its own position', async () => {
      const file = here.rig.open('file', O.RDWR);
      expect(await read(file, 3, -1)).toBe('abc');
      expect(await read(file, 2, 6)).toBe('gh');
      expect(await read(file, 2, -1)).toBe('de');
      expect(await write(file, 'XY', -1)).toBe(2);
      expect(await write(file, 'Z', 0)).toBe(1);
      expect(file.position).toBe(7);
      expect(await read(file, 9, -1)).toBe('h');
      expect(await read(file, 9, -1)).toBe('');
      expect(content()).toBe('ZbcdeXYh');
      file.position = 1;
      expect(await read(file, 1, -1)).toBe('b');
      file.drop();
    });

    it('moves vectors as it moves bytes', async () => {
      const file = here.rig.open('file', O.RDWR);
      const views = [new Uint8Array(2), new Uint8Array(0), new Uint8Array(3)];
      expect(await result((r, k) => file.readv(r, k, views, -1))).toBe(5);
      expect(Buffer.from(views[2]!).toString()).toBe('cde');
      expect(file.position).toBe(5);
      expect(await result((r, k) => file.writev(r, k, [bytes('1'), bytes('23')], -1))).toBe(3);
      expect(await result((r, k) => file.writev(r, k, [bytes('_')], 0))).toBe(1);
      expect(file.position).toBe(8);
      expect(content()).toBe('_bcde123');
      expect(here.rig.now((r, k) => file.readv(r, k, [], 0))).toBe(0);
      expect(here.rig.now((r, k) => file.writev(r, k, [], 0))).toBe(0);
      file.drop();
    });

    it('is appended to wherever a write is told to go', async () => {
      const file = here.rig.open('file', O.RDWR | O.APPEND);
      expect(await write(file, '1', 0)).toBe(1);
      expect(file.position).toBe(0);
      expect(await write(file, '2', -1)).toBe(1);
      expect(file.position).toBe(10);
      fs.appendFileSync(join(here.folder, 'file'), '3');
      expect(await result((r, k) => file.writev(r, k, [bytes('45')], -1))).toBe(2);
      expect(file.position).toBe(13);
      expect(content()).toBe('abcdefgh12345');
      expect(await read(file, 4, 0)).toBe('abcd');
      file.drop();
    });

    it('is appended to by writes that ask for that, without overlap', async () => {
      const file = here.rig.open('file', O.RDWR);
      expect(await write(file, '12', AT_END)).toBe(2);
      expect(file.position).toBe(0);
      expect(await write(file, '3', AT_END_MOVING)).toBe(1);
      expect(file.position).toBe(11);
      const writes = ['aa', 'bbb', 'c'].map((text) => write(file, text, AT_END));
      expect(await Promise.all(writes)).toEqual([2, 3, 1]);
      expect(content()).toBe('abcdefgh123aabbbc');
      file.drop();
    });

    it('refuses what it was not opened for', async () => {
      const [reader, writer, place] = [
        here.rig.open('file'),
        here.rig.open('file', O.WRONLY),
        here.rig.open('file', O.PATH),
      ];
      const [dir, dirPlace] = [here.rig.open('dir'), here.rig.open('dir', O.PATH)];
      const vectors = [bytes('x')];
      for (const file of [reader, place, dir]) {
        expect(await write(file, 'x', 0)).toBe('EBADF');
        expect(named(await result((r, k) => file.writev(r, k, vectors, 0)))).toBe('EBADF');
      }
      for (const file of [writer, place, dirPlace]) {
        expect(await read(file, 1, 0)).toBe('EBADF');
        expect(named(await result((r, k) => file.readv(r, k, vectors, 0)))).toBe('EBADF');
      }
      expect(await read(dir, 1, 0)).toBe('EISDIR');
      for (const file of [reader, dir])
        expect(named(await result((r, k) => file.truncate(r, k, 1)))).toBe('EINVAL');
      for (const file of [place, dirPlace]) {
        expect(named(await result((r, k) => file.truncate(r, k, 1)))).toBe('EBADF');
        expect(named(await result((r, k) => file.sync(r, k, false)))).toBe('EBADF');
        expect(named(await result((r, k) => file.list(r, k, [])))).toBe('EBADF');
      }
      expect(named(await result((r, k) => reader.list(r, k, [])))).toBe('ENOTDIR');
      for (const file of [reader, writer, place, dir, dirPlace]) file.drop();
    });

    it('is cut, lengthened, made durable, and tells its status', async () => {
      const file = here.rig.open('file', O.RDWR);
      const size = async (): Promise<number> => {
        const stat = newStat();
        expect(await result((r, k) => file.stat(r, k, stat))).toBe(0);
        return stat.size;
      };
      expect(await result((r, k) => file.truncate(r, k, 2))).toBe(0);
      expect(await size()).toBe(2);
      expect(await result((r, k) => file.truncate(r, k, 2 ** 40))).toBe(0);
      expect(await size()).toBe(2 ** 40);
      expect(await write(file, 'far', 2 ** 40)).toBe(3);
      expect(await read(file, 9, 2 ** 40 - 1)).toBe('\0far');
      expect(named(await result((r, k) => file.truncate(r, k, -1)))).toBe('EINVAL');
      expect(named(await result((r, k) => file.truncate(r, k, 2 ** 60)))).toBe('EFBIG');
      expect(await result((r, k) => file.sync(r, k, true))).toBe(0);
      file.drop();
    });

    it('ends where numbers end', async () => {
      const file = here.rig.open('file', O.RDWR);
      expect(await read(file, 1, FILE_POSITION_MAX)).toBe('');
      expect(await write(file, 'x', FILE_POSITION_MAX)).toBe('EFBIG');
      expect(
        named(await result((r, k) => file.writev(r, k, [bytes('x')], FILE_POSITION_MAX))),
      ).toBe('EFBIG');
      expect(named(await result((r, k) => file.readv(r, k, [bytes('x')], FILE_POSITION_MAX)))).toBe(
        0,
      );
      file.drop();
    });

    it('lists the names of a directory, all of them', async () => {
      for (let i = 0; i < 200; i++) fs.writeFileSync(join(here.folder, 'dir', `n${i}`), '');
      const dir = here.rig.open('dir');
      const into: { name: Uint8Array; type: number }[] = [];
      expect(await result((r, k) => dir.list(r, k, into))).toBe(200);
      expect(new Set(into.map(({ name }) => String(name))).size).toBe(200);
      dir.drop();
    });

    it('is the same when it was revived', async () => {
      const file = here.rig.open('file', O.RDWR | O.APPEND);
      await read(file, 3, -1);
      const state = stateOf(file);
      const revived = here.rig.mounts.revive(state)!;
      expect(await read(revived, 2, -1)).toBe('de');
      expect(await write(revived, '!', 0)).toBe(1);
      expect(content()).toBe('abcdefgh!');
      const before = openDescriptors(here.folder);
      revived.drop();
      expect(openDescriptors(here.folder)).toBe(before - 1);
      expect(here.rig.mounts.revive(state)).toBeUndefined();
      const dir = here.rig.open('dir');
      fs.writeFileSync(join(here.folder, 'dir/inner'), 'inner');
      expect(here.rig.mounts.revive({ ...state, hostFd: dir.hostFd })).toBeUndefined();
      expect(here.rig.mounts.revive({ ...state, mount: 1 })).toBeUndefined();
      const again = here.rig.mounts.revive(stateOf(dir))!;
      expect(here.rig.names(again)).toEqual(['inner']);
      expect(here.rig.readText(here.rig.path('inner', again))).toBe('inner');
      again.drop();
    });
  },
);
