/**
 * Goal: what the entries of a chain point to is read when they are submitted, however late they
 *       run; chains survive their cuts, and cost nobody else a row.
 * Method: an inline kernel over a real folder, in virtual time. Order, failures and results of
 *         chains are the matter of test/conformance.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT, O } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { createInlineRing } from '../../../src/client/inline-ring.ts';
import { InlineKernel } from '../../../src/executor/inline.ts';
import { InlineFiles } from '../../../src/host/inline-files.ts';
import type { NodeFs } from '../../../src/host/node-fs.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Process } from '../../../src/kernel/process.ts';
import { Mounts } from '../../../src/kernel/vfs/mounts.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
});

function world({ inFlightMax = 64 } = {}) {
  const folder = fs.mkdtempSync(join(tmpdir(), 'uring-chains-'));
  folders.push(folder);
  const clock = new VirtualClock();
  const host = new InlineFiles(fs as unknown as NodeFs); // whose types want a Buffer for a path
  const root = { path: '/', root: folder, jail: 'walk', devices: false, files: host } as const;
  const files = new Mounts([root], clock);
  const report = (error: unknown): void => {
    throw error;
  };
  const kernel = new InlineKernel({ clock, report, files, rows: 256 });
  const process = new Process(1, ProcessMemory.reserve(1 << 16));
  const ring = createInlineRing(kernel, process, 32, { inFlightMax });
  const { memory } = process;
  const text = (at: number, value: string): number => {
    memory.bytes.set(Buffer.from(`${value}\0`), at);
    return at;
  };
  const results = (count: number): number[] => {
    const seen: number[] = [];
    for (let i = 0; i < count; i++) {
      const cqe = ring.waitCqe();
      seen.push(ring.cqeRes(cqe));
      ring.cqeSeen();
    }
    return seen;
  };
  return { folder, memory, ring, results, text };
}

describe('a chain', () => {
  it('reads its paths when it is submitted, however many they are', () => {
    const { folder, memory, ring, results, text } = world();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    for (const [i, name] of names.entries()) {
      const sqe = ring.getSqe();
      ring.prepMkdirat(sqe, AT.FDCWD, text(8192 + 16 * i, name), 0o755);
      if (i < names.length - 1) ring.sqeSetFlags(sqe, SQE_FLAG.IO_LINK);
    }
    ring.submit();
    memory.bytes.fill(0, 8192, 8192 + 256);
    expect(results(names.length)).toEqual(names.map(() => 0));
    expect(fs.readdirSync(folder)).toEqual(names);
  });

  it('opens, and each open begins at its own path', () => {
    const { folder, ring, results, text } = world();
    for (let i = 0; i < 6; i++) {
      const sqe = ring.getSqe();
      const path = text(8192 + 16 * i, `file${i}`);
      ring.prepOpenat(sqe, AT.FDCWD, path, O.CREAT | O.WRONLY, 0o644);
      if (i < 5) ring.sqeSetFlags(sqe, SQE_FLAG.IO_HARDLINK);
    }
    ring.submit();
    expect(results(6).every((fd) => fd >= 0)).toBe(true);
    expect(fs.readdirSync(folder)).toEqual([0, 1, 2, 3, 4, 5].map((i) => `file${i}`));
  });

  it('that is longer than all rows of its ring is cut, and every entry gets its end', () => {
    const { ring, results } = world({ inFlightMax: 4 });
    for (let i = 0; i < 10; i++) {
      const sqe = ring.getSqe();
      ring.prepNop(sqe);
      ring.sqeSetFlags(sqe, SQE_FLAG.IO_LINK);
    }
    for (let left = 10; left > 0; ) left -= Math.max(0, ring.submit());
    expect(results(10)).toEqual(new Array(10).fill(0));
  });

  it('is broken by a bad descriptor, even where no error of the operation is a failure', () => {
    const { ring, results, text } = world();
    const file = ring.getSqe();
    ring.prepOpenat(file, AT.FDCWD, text(8192, 'f'), O.CREAT | O.RDONLY, 0o644);
    ring.submit();
    const [fd] = results(1);
    const tie = (prepare: (sqe: number) => void): void => {
      const sqe = ring.getSqe();
      prepare(sqe);
      ring.sqeSetFlags(sqe, SQE_FLAG.IO_LINK);
      ring.prepNop(ring.getSqe());
      ring.submit();
    };
    tie((sqe) => ring.prepFsync(sqe, 999, 0));
    tie((sqe) => ring.prepFallocate(sqe, 999, 0, 0, 1));
    tie((sqe) => ring.prepFallocate(sqe, fd!, 0, 0, 1)); // EBADF too: it is not open for writing
    const [EBADF, ECANCELED] = [fail('EBADF'), fail('ECANCELED')];
    expect(results(6)).toEqual([EBADF, ECANCELED, EBADF, ECANCELED, EBADF, 0]);
  });
});
