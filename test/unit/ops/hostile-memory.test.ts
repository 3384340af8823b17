/**
 * Goal: a process that changes its memory while the kernel reads it gets some behaviour of its own,
 *       but never makes the kernel read or write outside that memory (law 5).
 * Method: a memory that changes after every single read, as seeds say; what reaches the file system
 *         is looked at, and reads of what decides are counted. Seeds are in the failure message.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { AT } from '../../../src/abi/files.ts';
import { NULL_PAGE_BYTES, PATH_BYTES_MAX } from '../../../src/abi/limits.ts';
import { OPEN_HOW_BYTES } from '../../../src/abi/records.ts';
import type { FileObject, PathArg } from '../../../src/kernel/file-system.ts';
import { hostileMemory } from './hostile-memory.ts';
import { World } from './world.ts';

const SEEDS = 500;

/** Numbers from 0 to 2^32-1 by a linear congruence: enough to be unpredictable to the kernel. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

/** A world whose memory, from `from` on, changes by up to two bytes after each read. */
function world(seed: number, from: number, span: number) {
  const next = numbers(seed);
  const { memory, bytes, reads } = hostileMemory((all) => {
    for (let i = next() >>> 31; i >= 0; i--) all[from + ((next() >>> 8) % span)] = next() >>> 24;
  });
  const w = new World({ memory });
  w.files.add('/f', { bytes: 'x'.repeat(1 << 16) });
  return { w, bytes, reads };
}

const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);

describe('memory that changes while it is read', () => {
  it('gives the file system segments inside it only, from iovecs that are each read once', () => {
    let moved = 0;
    for (const seed of seeds) {
      const { w, bytes, reads } = world(seed, NULL_PAGE_BYTES, 4 * 16);
      const v = w.words64(8192, 100, 12_288, 200, 16_384, 300, 20_480, 400);
      const fd = w.fd('/f');
      const file = w.process.descriptors.get(fd) as FileObject;
      file.readv = (_, __, views) => {
        for (const { buffer, byteOffset, byteLength } of views) {
          expect(buffer, `seed ${seed}`).toBe(bytes.buffer);
          expect(byteOffset, `seed ${seed}`).toBeGreaterThanOrEqual(NULL_PAGE_BYTES);
          expect(byteOffset + byteLength, `seed ${seed}`).toBeLessThanOrEqual(bytes.length);
        }
        moved++;
        return views.reduce((sum, view) => sum + view.length, 0);
      };
      w.res((r) => r.prepReadv(0, fd, v, 4, 0));
      expect(Math.max(...reads.words.values()), `seed ${seed}`).toBe(1);
    }
    expect(moved).toBeGreaterThan(SEEDS / 10);
    expect(moved).toBeLessThan(SEEDS);
  });

  it('gives the file system paths without a NUL that are no longer than a path', () => {
    let [opened, refused] = [0, 0];
    for (const seed of seeds) {
      const { w } = world(seed, NULL_PAGE_BYTES, 64);
      const path = w.string('f'.repeat(40 + (seed % 20)));
      w.files.openToRead = (_, __, { bytes }: PathArg) => {
        expect(bytes.indexOf(0), `seed ${seed}`).toBe(-1);
        expect(bytes.length, `seed ${seed}`).toBeGreaterThan(0);
        expect(bytes.length, `seed ${seed}`).toBeLessThan(PATH_BYTES_MAX);
        opened++;
        return fail('ENOENT');
      };
      const { isPreparation } = w.run((r) => r.prepReadFile(0, AT.FDCWD, path, 8192, 10));
      if (isPreparation) refused++;
    }
    expect(opened + refused).toBe(SEEDS);
    expect(opened).toBeGreaterThan(SEEDS / 10);
    expect(refused).toBeGreaterThan(0);
  });

  it('has every word of an open_how read once', () => {
    for (const seed of seeds) {
      const { w, reads } = world(seed, NULL_PAGE_BYTES, OPEN_HOW_BYTES);
      const how = w.words64(0, 0, 0);
      const path = w.string('f');
      w.res((r) => r.prepOpenat2(0, AT.FDCWD, path, how));
      for (let at = how; at < how + OPEN_HOW_BYTES; at += 4)
        expect(reads.words.get(at / 4), `seed ${seed}`).toBe(1);
    }
  });

  it('gives the host names of digests that it has, or none', () => {
    for (const seed of seeds) {
      const { w } = world(seed, NULL_PAGE_BYTES, 8);
      const name = w.string('sha256');
      w.memory.bytes.set([1, 2, 3], 8192);
      const { res } = w.run((r) => r.prepHash(0, name, 8192, 3, 12_288));
      expect(res === 32 || res === fail('EINVAL'), `seed ${seed}`).toBe(true);
    }
  });

  it('is read by nobody while a request that was submitted waits', () => {
    const { w, reads } = world(1, 40_000, 8);
    w.files.slow = true;
    const path = w.string('f');
    const request = w.begin((r) => r.prepReadFile(0, AT.FDCWD, path, 8192, 10));
    reads.bytes.clear();
    reads.words.clear();
    w.drain();
    expect(w.kernel.endOf(request)?.res).toBe(1 << 16);
    expect(reads.bytes.size + reads.words.size).toBe(0);
  });
});
