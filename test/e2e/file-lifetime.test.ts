/**
 * Goal: an open file belongs to its process and not to the thread that opened it: it outlives its
 *       executor with its number and position, closes with it when it has no number, closes with
 *       the last ring of its process, and a descriptor that is closed while the host's pool uses it
 *       pulls nothing from under it.
 * Method: an executor that is told to die, and counts of the host's descriptors on one file.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fail } from '../../src/abi/errno.ts';
import { AT, O, SEEK } from '../../src/abi/files.ts';
import { SQE_FLAG } from '../../src/abi/flags.ts';
import type { Ring } from '../../src/client/ring.ts';
import { IoUringManager } from '../../src/manager/manager.ts';
import { prepRw } from '../../src/ops/encode.ts';
import { Allocator } from '../../src/ring/allocator.ts';
import { FAULT } from './fault-operations.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'uring-lifetime-'));
const manager = new IoUringManager({
  operationModules: [new URL('./fault-operations.ts', import.meta.url)],
});
const pids = { next: 1 };

afterAll(async () => {
  await manager.close();
  fs.rmSync(folder, { recursive: true });
});

/** One process with one ring, and one request at a time. */
class Process {
  readonly pid = pids.next++;
  readonly ring: Ring = manager.createRing(this.pid, { sqEntries: 8 });
  readonly allocator = new Allocator(this.ring.memory, { sizeBytes: 1 << 20 });

  ask(prepare: (ring: Ring, sqe: number) => void): number {
    this.submit(prepare);
    return this.next();
  }

  submit(prepare: (ring: Ring, sqe: number) => void, flags = 0): void {
    const sqe = this.ring.getSqe();
    prepare(this.ring, sqe);
    this.ring.sqeSetFlags(sqe, flags);
    this.ring.submit();
  }

  next(): number {
    const cqe = this.ring.waitCqe();
    if (cqe < 0) return cqe;
    const res = this.ring.cqeRes(cqe);
    this.ring.cqeSeen();
    return res;
  }

  text(text: string): number {
    const address = this.allocator.allocate(text.length + 1);
    this.ring.memory.bytes.set(new TextEncoder().encode(`${text}\0`), address);
    return address;
  }

  open(path: string, flags: number): number {
    const at = this.text(path);
    return this.ask((ring, sqe) => ring.prepOpenat(sqe, AT.FDCWD, at, flags, 0o644));
  }

  /** Reads `length` bytes at the position of `fd`. */
  read(fd: number, length: number): string | number {
    const at = this.allocator.allocate(length);
    const res = this.ask((ring, sqe) => ring.prepRead(sqe, fd, at, length, -1));
    return res < 0 ? res : Buffer.from(this.ring.memory.bytes.slice(at, at + res)).toString();
  }

  /** Ends the executor's thread in the middle of a request. */
  killExecutor(): number {
    return this.ask((ring, sqe) => prepRw(FAULT.exit, ring.words, sqe, -1, 0, 0, 0));
  }
}

/** Descriptors of this program that are open on the file. */
const openOn = (path: string): number =>
  fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // closed since it was listed
    }
  }).length;

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  fs.writeFileSync(path, text);
  return path;
}

describe('an open file', () => {
  it('goes on under its number, at its position, when its executor is replaced', () => {
    const path = fileOf('survivor', 'abcdefghij');
    const process = new Process();
    const fd = process.open(path, O.RDONLY);
    expect(process.read(fd, 4)).toBe('abcd');
    expect(process.killExecutor()).toBe(fail('EOWNERDEAD'));
    expect(process.read(fd, 3)).toBe('efg');
    expect(process.killExecutor()).toBe(fail('EOWNERDEAD'));
    expect(process.ask((ring, sqe) => ring.prepLseek(sqe, fd, -1, SEEK.CUR))).toBe(6);
    expect(process.read(fd, 9)).toBe('ghij');
    expect(process.open(path, O.RDONLY)).toBe(fd + 1);
    expect(openOn(path)).toBe(2);
    expect(process.ask((ring, sqe) => ring.prepClose(sqe, fd))).toBe(0);
    expect(process.read(fd, 1)).toBe(fail('EBADF'));
    expect(openOn(path)).toBe(1);
  });

  it('closes with its executor when only requests that were on their way used it', () => {
    const paths = ['on-its-way', 'written', 'copied'].map((name) => fileOf(name, ''));
    const [path, written, copied] = paths as [string, string, string];
    const bytes = 600_000; // some slices
    fs.truncateSync(path, bytes);
    const process = new Process();
    const { ring } = process;
    const into = process.allocator.allocate(bytes);
    const [name, from, to] = [process.text('sha1'), process.text(path), process.text(copied)];
    const target = process.text(written);
    const numbers: number[] = [];
    for (let death = 0; death < 2; death++) {
      const fd = process.open(path, O.RDONLY);
      numbers.push(fd);
      ring.prepReadFile(ring.getSqe(), AT.FDCWD, from, into, bytes);
      ring.prepHashFile(ring.getSqe(), name, AT.FDCWD, from, into);
      ring.prepWriteFile(ring.getSqe(), AT.FDCWD, target, into, bytes, 0, 0);
      ring.prepCopyFile(ring.getSqe(), AT.FDCWD, from, AT.FDCWD, to, 0, 0o644);
      ring.prepRead(ring.getSqe(), fd, into, bytes, 0);
      ring.prepClose(ring.getSqe(), fd);
      prepRw(FAULT.exit, ring.words, ring.getSqe(), -1, 0, 0, 0);
      ring.submit();
      const dead = fail('EOWNERDEAD');
      const results = Array.from({ length: 7 }, () => process.next());
      expect(results.toSorted((a, b) => b - a)).toEqual([0, ...new Array(6).fill(dead)]);
      expect(paths.map(openOn)).toEqual([0, 0, 0]);
    }
    expect(numbers[1]).toBe(numbers[0]); // free again
  });

  it('closes when the last ring of its process does, whoever opened it', async () => {
    const path = fileOf('orphan', 'x');
    const process = new Process();
    process.open(path, O.RDONLY);
    process.killExecutor();
    process.open(path, O.RDONLY);
    expect(openOn(path)).toBe(2);
    await manager.destroyRing(process.pid);
    expect(openOn(path)).toBe(0);
  });

  it('is read to the end by a request that was on its way when its descriptor closed', () => {
    const text = 'z'.repeat(300_000); // more than one slice
    const path = fileOf('closed', text);
    const process = new Process();
    const fd = process.open(path, O.RDONLY);
    const at = process.allocator.allocate(text.length);
    process.submit((ring, sqe) => {
      ring.prepRead(sqe, fd, at, text.length, 0);
      ring.sqeSetData(sqe, 1);
    }, SQE_FLAG.ASYNC);
    process.submit((ring, sqe) => ring.prepClose(sqe, fd));
    expect([process.next(), process.next()].toSorted((a, b) => a - b)).toEqual([0, text.length]);
    const { memory } = process.ring;
    expect(Buffer.from(memory.bytes.slice(at, at + text.length)).toString()).toBe(text);
    expect(openOn(path)).toBe(0);
  });
});
