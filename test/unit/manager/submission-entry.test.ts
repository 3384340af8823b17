/**
 * Goal: an entry made of values writes the SQE that its prep function writes with addresses, puts
 *       there what the operation reads, and turns what it wrote into values that nobody else holds.
 * Method: entries are encoded on a ring of an inline kernel and compared with a direct call of the
 *         prep function; results are written by hand. Real operations: test/e2e/manager.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { AT, STATX } from '../../../src/abi/files.ts';
import { SQE_WORDS } from '../../../src/abi/layout.ts';
import { DIRENT, IOVEC, IOVEC_BYTES, STATX_FIELD, TIMESPEC } from '../../../src/abi/records.ts';
import { createInlineRing } from '../../../src/client/inline-ring.ts';
import type { Ring } from '../../../src/client/ring.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Process } from '../../../src/kernel/process.ts';
import { plans, READ_FILE_FIRST_BYTES } from '../../../src/manager/plans.ts';
import { SyscallSubmissionEntry as Entry } from '../../../src/manager/submission-entry.ts';
import { operations } from '../../../src/ops/table.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const BLOCK = 1 << 16;
const PID = 7;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (memory: ProcessMemory, at: number): string =>
  new TextDecoder().decode(memory.bytes.slice(at, memory.bytes.indexOf(0, at)));

function world() {
  const report = (error: unknown): never => {
    throw error;
  };
  const kernel = new InlineKernel({ clock: new VirtualClock(), report, rows: 8 });
  const memory = ProcessMemory.reserve(1 << 20);
  const ring = createInlineRing(kernel, new Process(PID, memory), 8);
  const words = (prepare: (sqe: number) => void): number[] => {
    const sqe = ring.getSqe();
    prepare(sqe);
    return [...ring.words.subarray(sqe, sqe + SQE_WORDS)];
  };
  return {
    ring,
    memory,
    encoded: (entry: Entry) => words((sqe) => entry.encode(ring, sqe, memory, BLOCK)),
    prepared: (prepare: (ring: Ring, sqe: number) => void) => words((sqe) => prepare(ring, sqe)),
  };
}

/** What a path of up to 15 bytes occupies. */
const GRAIN = 16;

const cases: readonly [Entry, (ring: Ring, sqe: number) => void][] = [
  [Entry.nop(PID), (r, s) => r.prepNop(s)],
  [Entry.timeout(PID, 5), (r, s) => r.prepTimeout(s, BLOCK, 0, 0)],
  [Entry.read(PID, 4, 10, 99), (r, s) => r.prepRead(s, 4, BLOCK, 10, 99)],
  [Entry.write(PID, 4, bytes('abc'), -1), (r, s) => r.prepWrite(s, 4, BLOCK, 3, -1)],
  [Entry.readv(PID, 4, [1, 2], 9), (r, s) => r.prepReadv(s, 4, BLOCK, 2, 9)],
  [Entry.writev(PID, 4, [bytes('a')], 9), (r, s) => r.prepWritev(s, 4, BLOCK, 1, 9)],
  [Entry.openat(PID, AT.FDCWD, 'a', 2, 6), (r, s) => r.prepOpenat(s, AT.FDCWD, BLOCK, 2, 6)],
  [
    Entry.openat2(PID, 5, 'a', { flags: 1, mode: 2, resolve: 4 }),
    (r, s) => r.prepOpenat2(s, 5, BLOCK, BLOCK + GRAIN),
  ],
  [Entry.close(PID, 4), (r, s) => r.prepClose(s, 4)],
  [Entry.fsync(PID, 4, 1), (r, s) => r.prepFsync(s, 4, 1)],
  [Entry.syncFileRange(PID, 4, 1, 2, 3), (r, s) => r.prepSyncFileRange(s, 4, 1, 2, 3)],
  [Entry.statx(PID, 5, 'a', 1, 2), (r, s) => r.prepStatx(s, 5, BLOCK, 1, 2, BLOCK + GRAIN)],
  [Entry.fallocate(PID, 4, 0, 1, 2), (r, s) => r.prepFallocate(s, 4, 0, 1, 2)],
  [Entry.ftruncate(PID, 4, 1), (r, s) => r.prepFtruncate(s, 4, 1)],
  [Entry.fadvise(PID, 4, 1, 2, 3), (r, s) => r.prepFadvise(s, 4, 1, 2, 3)],
  [
    Entry.renameat(PID, 5, 'a', 6, 'b', 1),
    (r, s) => r.prepRenameat(s, 5, BLOCK, 6, BLOCK + GRAIN, 1),
  ],
  [Entry.unlinkat(PID, 5, 'a', 1), (r, s) => r.prepUnlinkat(s, 5, BLOCK, 1)],
  [Entry.mkdirat(PID, 5, 'a', 1), (r, s) => r.prepMkdirat(s, 5, BLOCK, 1)],
  [Entry.symlinkat(PID, 'a', 5, 'b'), (r, s) => r.prepSymlinkat(s, BLOCK, 5, BLOCK + GRAIN)],
  [Entry.linkat(PID, 5, 'a', 6, 'b', 1), (r, s) => r.prepLinkat(s, 5, BLOCK, 6, BLOCK + GRAIN, 1)],
  [
    Entry.readFile(PID, 'a'),
    (r, s) => r.prepReadFile(s, AT.FDCWD, BLOCK, BLOCK + GRAIN, READ_FILE_FIRST_BYTES),
  ],
  [
    Entry.writeFile(PID, 'a', bytes('abc'), 1, 2),
    (r, s) => r.prepWriteFile(s, AT.FDCWD, BLOCK, BLOCK + GRAIN, 3, 1, 2),
  ],
  [Entry.lseek(PID, 4, -1, 2), (r, s) => r.prepLseek(s, 4, -1, 2)],
  [Entry.getdents(PID, 4, 100), (r, s) => r.prepGetdents(s, 4, BLOCK, 100)],
  [
    Entry.copyFile(PID, 'a', 'b', 1, 2),
    (r, s) => r.prepCopyFile(s, AT.FDCWD, BLOCK, AT.FDCWD, BLOCK + GRAIN, 1, 2),
  ],
  [
    Entry.hash(PID, 'md5', bytes('abc')),
    (r, s) => r.prepHash(s, BLOCK, BLOCK + GRAIN, 3, BLOCK + 2 * GRAIN),
  ],
  [
    Entry.hashFile(PID, 'md5', 'a'),
    (r, s) => r.prepHashFile(s, BLOCK, AT.FDCWD, BLOCK + GRAIN, BLOCK + 2 * GRAIN),
  ],
];

/** Operations on addresses, on what a ring has registered, on objects of the kernel. */
const ON_RINGS_ALONE = `
  accept asyncCancel bind connect dup eventfd fgetxattr filesUpdate fixedFdInstall fsetxattr
  futexWait futexWaitv futexWake getsockname getxattr linkTimeout listen madvise msgRing pipe
  pollAdd pollRemove provideBuffers readFixed readMultishot readvFixed recv recvmsg
  removeBuffers send sendZc sendmsg sendmsgZc setxattr shutdown socket socketpair splice tee
  timeoutRemove uringCmd waitid writeFixed writevFixed`
  .trim()
  .split(/\s+/);

describe('an entry', () => {
  it.each(cases.map(([entry, prepare]) => [entry.operation, entry, prepare] as const))(
    'writes for %s what the prep function writes',
    (_, entry, prepare) => {
      const { encoded, prepared } = world();
      expect(encoded(entry)).toEqual(prepared(prepare));
    },
  );

  it('can be made for every operation but those that only the Ring door has', () => {
    const planned = Object.keys(plans);
    const onRingsAlone = Object.keys(operations).filter((name) => !planned.includes(name));
    expect(onRingsAlone.sort()).toEqual(ON_RINGS_ALONE.sort());
    expect(cases.map(([{ operation }]) => operation).sort()).toEqual(Object.keys(plans).sort());
  });

  it('carries its pid and its user data, 0 unless given', () => {
    expect(Entry.nop(PID, 9)).toMatchObject({ pid: PID, userData: 9, operation: 'nop' });
    expect(Entry.renameat(PID, 5, 'a', 6, 'b', 1, 9).userData).toBe(9);
    expect(Entry.renameat(PID, 5, 'a', 6, 'b', 1).userData).toBe(0);
    expect(Entry.readFile(PID, 'a', 9).userData).toBe(9);
  });

  it('is immutable, and so are the bytes it was made with', () => {
    const { encoded, memory } = world();
    const data = bytes('abc');
    const entry = Entry.write(PID, 4, data, 0);
    data.fill(0);
    encoded(entry);
    expect(text(memory, BLOCK)).toBe('abc');
    expect(() => Object.assign(entry, { pid: 8 })).toThrow(TypeError);
  });

  it('says how many bytes it needs, and touches no other', () => {
    for (const [entry] of cases) {
      const { encoded, memory } = world();
      encoded(entry);
      const end = memory.bytes.findLastIndex((byte) => byte !== 0) + 1;
      if (entry.stagedBytes === 0) expect(end).toBe(0);
      else expect(end).toBeLessThanOrEqual(BLOCK + entry.stagedBytes);
    }
  });

  it.each<[string, () => Entry, typeof TypeError]>([
    ['a path with a NUL', () => Entry.readFile(PID, 'a\0b'), TypeError],
    ['a path that is none', () => Entry.readFile(PID, 5 as unknown as string), TypeError],
    ['data that are no bytes', () => Entry.write(PID, 4, 'abc' as never, 0), TypeError],
    ['a negative length', () => Entry.read(PID, 4, -1, 0), RangeError],
    ['a length beyond 31 bits', () => Entry.read(PID, 4, 2 ** 31, 0), RangeError],
    ['half a byte', () => Entry.readv(PID, 4, [1, 0.5], 0), RangeError],
    ['a negative time', () => Entry.timeout(PID, -1), RangeError],
  ])('is refused for %s', (_, make, error) => {
    expect(make).toThrow(error);
  });
});

describe('what an entry brings along', () => {
  it('is a path of any bytes, with a NUL behind it', () => {
    const { encoded, memory } = world();
    memory.bytes.fill(0xff, BLOCK, BLOCK + GRAIN);
    encoded(Entry.openat(PID, AT.FDCWD, Uint8Array.of(0xe9, 0x80), 0, 0));
    expect([...memory.bytes.subarray(BLOCK, BLOCK + 3)]).toEqual([0xe9, 0x80, 0]);
  });

  it('is a time in seconds and nanoseconds', () => {
    const { encoded, memory } = world();
    encoded(Entry.timeout(PID, 2500.25));
    expect(memory.s64(BLOCK + TIMESPEC.sec)).toBe(2);
    expect(memory.s64(BLOCK + TIMESPEC.nsec)).toBe(500_250_000);
  });

  it('is one iovec for each buffer, in order', () => {
    const { encoded, memory } = world();
    encoded(Entry.writev(PID, 4, [bytes('ab'), bytes(''), bytes('c')], 0));
    const buffers = [0, 1, 2].map((i) => {
      const iovec = BLOCK + i * IOVEC_BYTES;
      const base = memory.s64(iovec + IOVEC.base);
      return String.fromCharCode(...memory.bytes.slice(base, base + memory.s64(iovec + IOVEC.len)));
    });
    expect(buffers).toEqual(['ab', '', 'c']);
  });
});

describe('what an entry brings home', () => {
  it('is the number where nothing else is said', () => {
    const { memory } = world();
    expect(Entry.openat(PID, 5, 'a', 0, 0).decode(9, memory, BLOCK)).toBe(9);
  });

  it('is a private copy of as many bytes as the result says', () => {
    const { memory } = world();
    memory.bytes.set(bytes('abcdef'), BLOCK);
    const result = Entry.read(PID, 4, 6, 0).decode(4, memory, BLOCK);
    memory.bytes.fill(0, BLOCK);
    expect(result).toEqual(bytes('abcd'));
    expect((result as Uint8Array).buffer).toBeInstanceOf(ArrayBuffer);
  });

  it('is cut where the lengths of a READV end', () => {
    const { encoded, memory } = world();
    const entry = Entry.readv(PID, 4, [2, 3, 2], 0);
    encoded(entry);
    for (const [i, part] of ['ab', 'cde', 'fg'].entries())
      memory.bytes.set(bytes(part), memory.s64(BLOCK + i * IOVEC_BYTES + IOVEC.base));
    expect(entry.decode(4, memory, BLOCK)).toEqual([bytes('ab'), bytes('cd'), bytes('')]);
  });

  it('is the status that STATX wrote, with numbers beyond 32 bits', () => {
    const { memory } = world();
    const at = BLOCK + GRAIN;
    memory.setU32(at + STATX_FIELD.mask, STATX.BASIC_STATS);
    memory.setU16(at + STATX_FIELD.mode, 0o100644);
    memory.setU64(at + STATX_FIELD.size, 2 ** 40 + 1);
    memory.setU64(at + STATX_FIELD.mtime, 1_700_000_000);
    memory.setU32(at + STATX_FIELD.mtime + 8, 250_000_000);
    memory.setU32(at + STATX_FIELD.devMajor, 259);
    memory.setU32(at + STATX_FIELD.devMinor, 258);
    expect(Entry.statx(PID, AT.FDCWD, 'a', 0, STATX.BASIC_STATS).decode(0, memory, BLOCK)).toEqual(
      expect.objectContaining({
        mask: STATX.BASIC_STATS,
        mode: 0o100644,
        size: 2 ** 40 + 1,
        mtimeMs: 1_700_000_000_250,
        dev: (1 << 20) + (259 << 8) + 2, // makedev(259, 258)
      }),
    );
  });

  it('is the entries of a directory, until one that cannot be', () => {
    const { memory } = world();
    let at = BLOCK;
    for (const [i, name] of ['.', 'name-of-a-file'].entries()) {
      const length = (DIRENT.name + name.length + 1 + 7) & ~7;
      memory.setU64(at + DIRENT.ino, 2 ** 33 + i);
      memory.setU64(at + DIRENT.off, i + 1);
      memory.setU16(at + DIRENT.reclen, length);
      memory.setU8(at + DIRENT.type, 8);
      memory.bytes.set(bytes(name), at + DIRENT.name);
      at += length;
    }
    const found = [
      { ino: 2 ** 33, off: 1, type: 8, name: bytes('.') },
      { ino: 2 ** 33 + 1, off: 2, type: 8, name: bytes('name-of-a-file') },
    ];
    const entry = Entry.getdents(PID, 4, 1000);
    expect(entry.decode(at - BLOCK, memory, BLOCK)).toEqual(found);
    expect(entry.decode(at - BLOCK + 100, memory, BLOCK)).toEqual(found); // a record of 0 bytes
    memory.setU16(BLOCK + DIRENT.reclen, 2000);
    expect(entry.decode(at - BLOCK, memory, BLOCK)).toEqual([]);
  });

  it('is a digest, and of how many bytes', () => {
    const { memory } = world();
    const at = BLOCK + 2 * GRAIN;
    memory.setU64(at, 2 ** 35);
    memory.bytes.set([1, 2, 3], at + 8);
    expect(Entry.hashFile(PID, 'md5', 'a').decode(3, memory, BLOCK)).toEqual({
      sizeBytes: 2 ** 35,
      digest: Uint8Array.of(1, 2, 3),
    });
  });

  it('makes room for itself: as much as a longer file needs, and at least twice', () => {
    const entry = Entry.readFile(PID, 'a', 9);
    expect(entry.enlarged(READ_FILE_FIRST_BYTES)).toBeUndefined();
    expect(entry.enlarged(-2)).toBeUndefined();
    const slightly = entry.enlarged(READ_FILE_FIRST_BYTES + 1);
    expect(slightly).toMatchObject({ pid: PID, userData: 9, operation: 'readFile' });
    expect(slightly?.stagedBytes).toBe(GRAIN + 2 * READ_FILE_FIRST_BYTES);
    expect(slightly?.enlarged(1_000_000)?.stagedBytes).toBe(GRAIN + 1_000_000);
  });
});
