/**
 * Goal: every file operation, asked for by values through a manager, does to the host's files what
 *       `node:fs` sees there, and brings home what `node:fs` would.
 * Method: an executor thread and a temporary folder; `node:fs` and `node:crypto` are the reference.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AT, DT, O, SEEK, STATX } from '../../src/abi/files.ts';
import type {
  DirectoryEntry,
  FileStatus,
  SyscallResult,
} from '../../src/manager/completion-entry.ts';
import { IoUringManager } from '../../src/manager/manager.ts';
import { SyscallSubmissionEntry as Entry } from '../../src/manager/submission-entry.ts';

const PID = 1;
const folder = fs.mkdtempSync(join(tmpdir(), 'uring-manager-'));
const manager = new IoUringManager();
manager.createRing(PID);

afterAll(async () => {
  await manager.close();
  fs.rmSync(folder, { recursive: true });
});

const path = (...names: string[]): string => join(folder, ...names);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (result: SyscallResult): string => new TextDecoder().decode(result as Uint8Array);

/** Runs one request to its end; its status and result. */
function run(entry: Entry) {
  return manager.waitCompletion(PID, manager.submit(PID, entry));
}

/** The result of one that succeeds. */
function result(entry: Entry): SyscallResult {
  const completion = run(entry);
  expect(completion).toMatchObject({ status: 'ok' });
  return completion.result;
}

const open = (name: string, flags: number): number =>
  result(Entry.openat(PID, AT.FDCWD, path(name), flags, 0o644)) as number;

describe('whole files', () => {
  it.each([0, 1, 65_536, 65_537, 1_000_003])('of %i bytes are written and read', (length) => {
    const data = Uint8Array.from({ length }, (_, i) => i * 31);
    const entry = Entry.writeFile(PID, path('whole'), data, O.CREAT | O.TRUNC, 0o644);
    expect(result(entry)).toBe(length);
    expect(Buffer.compare(fs.readFileSync(path('whole')), data)).toBe(0);
    expect(Buffer.compare(result(Entry.readFile(PID, path('whole'))) as Uint8Array, data)).toBe(0);
  });

  it('are copied, and not over another one when told so', () => {
    fs.writeFileSync(path('from'), 'copy me');
    expect(result(Entry.copyFile(PID, path('from'), path('copy'), 1, 0o644))).toBe(0);
    expect(fs.readFileSync(path('copy'), 'utf8')).toBe('copy me');
    const again = Entry.copyFile(PID, path('from'), path('copy'), 1, 0o644);
    expect(run(again)).toMatchObject({ status: 'EEXIST', result: -17 });
  });

  it('that are not there are ENOENT', () => {
    const missing = Entry.readFile(PID, path('missing'), 7);
    expect(run(missing)).toMatchObject({ userData: 7, status: 'ENOENT', result: -2 });
  });
});

describe('open files', () => {
  it('are read and written at positions and in pieces', () => {
    const fd = open('pieces', O.RDWR | O.CREAT | O.TRUNC);
    expect(result(Entry.write(PID, fd, bytes('0123456789'), 0))).toBe(10);
    expect(result(Entry.writev(PID, fd, [bytes('ab'), bytes('c')], 2))).toBe(3);
    expect(text(result(Entry.read(PID, fd, 100, 0)))).toBe('01abc56789');
    const pieces = result(Entry.readv(PID, fd, [3, 4, 9], 1)) as Uint8Array[];
    expect(pieces.map((piece) => text(piece))).toEqual(['1ab', 'c567', '89']);
    expect(text(result(Entry.read(PID, fd, 100, 10)))).toBe('');
    expect(result(Entry.close(PID, fd))).toBe(0);
    expect(run(Entry.read(PID, fd, 1, 0)).status).toBe('EBADF');
  });

  it('have a position', () => {
    fs.writeFileSync(path('position'), 'abcdef');
    const fd = open('position', O.RDONLY);
    expect(text(result(Entry.read(PID, fd, 2, -1)))).toBe('ab');
    expect(result(Entry.lseek(PID, fd, 1, SEEK.CUR))).toBe(3);
    expect(text(result(Entry.read(PID, fd, 9, -1)))).toBe('def');
    result(Entry.close(PID, fd));
  });

  it('are grown, cut and synced', () => {
    const fd = open('size', O.RDWR | O.CREAT);
    const size = (): number => fs.statSync(path('size')).size;
    expect(result(Entry.fallocate(PID, fd, 0, 0, 5000))).toBe(0);
    expect(size()).toBe(5000);
    expect(result(Entry.ftruncate(PID, fd, 100))).toBe(0);
    expect(size()).toBe(100);
    expect(result(Entry.fsync(PID, fd, 0))).toBe(0);
    expect(result(Entry.syncFileRange(PID, fd, 0, 0, 0))).toBe(0);
    expect(result(Entry.fadvise(PID, fd, 0, 0, 0))).toBe(0);
    result(Entry.close(PID, fd));
  });

  it('are opened with what open_how says', () => {
    fs.writeFileSync(path('how'), 'x');
    const how = { flags: O.RDONLY, mode: 0, resolve: 0 };
    const fd = result(Entry.openat2(PID, AT.FDCWD, path('how'), how)) as number;
    expect(text(result(Entry.read(PID, fd, 9, 0)))).toBe('x');
    result(Entry.close(PID, fd));
  });
});

describe('names', () => {
  it('are made, moved, linked and removed', () => {
    const at = AT.FDCWD;
    expect(result(Entry.mkdirat(PID, at, path('dir'), 0o755))).toBe(0);
    fs.writeFileSync(path('dir', 'a'), 'a');
    expect(result(Entry.renameat(PID, at, path('dir', 'a'), at, path('dir', 'b'), 0))).toBe(0);
    expect(result(Entry.linkat(PID, at, path('dir', 'b'), at, path('dir', 'c'), 0))).toBe(0);
    expect(result(Entry.symlinkat(PID, 'b', at, path('dir', 'd')))).toBe(0);
    expect(fs.readdirSync(path('dir')).sort()).toEqual(['b', 'c', 'd']);
    expect(fs.readlinkSync(path('dir', 'd'))).toBe('b');
    expect(fs.statSync(path('dir', 'b')).nlink).toBe(2);
    for (const name of ['b', 'c', 'd'])
      expect(result(Entry.unlinkat(PID, at, path('dir', name), 0))).toBe(0);
    expect(result(Entry.unlinkat(PID, at, path('dir'), AT.REMOVEDIR))).toBe(0);
    expect(fs.existsSync(path('dir'))).toBe(false);
  });

  it('of any bytes are listed, in as many steps as there is room for', () => {
    fs.mkdirSync(path('list'));
    const names = ['plain', Buffer.from([0xe9, 0x80]).toString('latin1'), 'x'.repeat(255)];
    const files = names.map((name) => Buffer.from(name, 'latin1'));
    for (const name of files) fs.writeFileSync(Buffer.concat([bytes(path('list/')), name]), '');
    const fd = open('list', O.RDONLY | O.DIRECTORY);
    const found: DirectoryEntry[] = [];
    for (;;) {
      const step = result(Entry.getdents(PID, fd, 300)) as DirectoryEntry[];
      if (step.length === 0) break;
      found.push(...step);
    }
    const own = found.filter(({ name }) => name[0] !== 0x2e); // not . and ..
    const latin = own.map(({ name }) => Buffer.from(name).toString('latin1'));
    expect(latin.sort()).toEqual(names.toSorted());
    expect(own.every(({ type }) => type === DT.REG)).toBe(true);
    result(Entry.close(PID, fd));
  });
});

describe('facts', () => {
  it('of a file are those that fs.stat tells', () => {
    fs.writeFileSync(path('facts'), 'facts');
    const told = result(
      Entry.statx(PID, AT.FDCWD, path('facts'), 0, STATX.BASIC_STATS),
    ) as FileStatus;
    const stat = fs.statSync(path('facts'));
    for (const name of ['dev', 'ino', 'mode', 'nlink', 'uid', 'gid', 'size', 'blocks'] as const)
      expect([name, told[name]]).toEqual([name, stat[name]]);
    expect(told.mtimeMs).toBeCloseTo(stat.mtimeMs, 2);
    expect(told.mask & STATX.BASIC_STATS).toBe(STATX.BASIC_STATS);
  });

  it('of bytes and of files are the digests that node:crypto makes', () => {
    const data = bytes('digest me');
    fs.writeFileSync(path('digest'), data);
    for (const algorithm of ['md5', 'sha256', 'sha512']) {
      const digest = createHash(algorithm).update(data).digest();
      expect(Buffer.from(result(Entry.hash(PID, algorithm, data)) as Uint8Array)).toEqual(digest);
      const ofFile = result(Entry.hashFile(PID, algorithm, path('digest')));
      expect(ofFile).toEqual({ sizeBytes: data.length, digest: new Uint8Array(digest) });
    }
    expect(run(Entry.hash(PID, 'no-such-digest', data)).status).toBe('EINVAL');
  });
});

describe('many at once', () => {
  it('come back each with its own bytes, and leave no memory behind', async () => {
    fs.mkdirSync(path('many'));
    const count = 2000;
    const name = (i: number): string => path('many', `${i}`);
    for (let i = 0; i < count; i++) fs.writeFileSync(name(i), `file ${i}`);
    const numberOf = new Map<number, number>();
    const found: number[] = [];
    for (let next = 0; found.length < count; ) {
      const batch = [];
      for (let i = next; i < Math.min(next + 64, count); i++)
        batch.push(Entry.readFile(PID, name(i), i));
      const seqs = manager.submitBatch(PID, batch);
      for (const [i, seq] of seqs.entries()) numberOf.set(seq, next + i);
      next += seqs.length;
      for (const { seq, userData, result: read } of manager.reapCompletions(PID)) {
        expect(userData).toBe(numberOf.get(seq));
        expect(text(read)).toBe(`file ${userData}`);
        found.push(userData);
      }
    }
    expect(new Set(found).size).toBe(count);
    // All that is left of the room for requests is free again: the largest one fits.
    expect(result(Entry.hash(PID, 'md5', new Uint8Array(60 * 1024 * 1024)))).toHaveLength(16);
  });
});

describe('mounts', () => {
  it('are what the processes see, and all they see', async () => {
    fs.mkdirSync(path('inside'));
    fs.writeFileSync(path('inside', 'a'), 'inside');
    fs.symlinkSync('../from', path('inside', 'out'));
    fs.writeFileSync(path('from'), 'outside');
    await using own = new IoUringManager({ mounts: [{ path: '/data', root: path('inside') }] });
    own.createRing(PID);
    const read = (name: string) =>
      own.waitCompletion(PID, own.submit(PID, Entry.readFile(PID, name)));
    expect(text(read('/data/a').result)).toBe('inside');
    for (const name of ['/data/../from', '/data/out', path('from')])
      expect(read(name).status).toBe('ENOENT');
  });
});

describe('the descriptors of a process', () => {
  /** Files of this test that the whole program has open. */
  const held = (): number =>
    fs.readdirSync('/proc/self/fd').filter((fd) => {
      const link = `/proc/self/fd/${fd}`;
      return fs.existsSync(link) && fs.readlinkSync(link).startsWith(path('held'));
    }).length;

  function holding(count: number): IoUringManager {
    const own = new IoUringManager({ mounts: [{ path: '/', root: folder }] });
    own.createRing(PID);
    fs.mkdirSync(path('held'), { recursive: true });
    fs.writeFileSync(path('held', 'a'), '');
    const entry = Entry.openat(PID, AT.FDCWD, '/held/a', O.RDONLY, 0);
    for (let i = 0; i < count; i++) own.waitCompletion(PID, own.submit(PID, entry));
    expect(held()).toBeGreaterThanOrEqual(count);
    return own;
  }

  it('are closed on the host when its last ring ends', async () => {
    await using own = holding(20);
    await own.cleanupProcessRings(PID);
    expect(held()).toBeLessThanOrEqual(1); // the folder, if the jail keeps it
  });

  it('are closed on the host when the kernel closes, and those that its jails keep', async () => {
    const own = holding(20);
    await own.close();
    expect(held()).toBe(0);
  });
});
