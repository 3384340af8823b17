/**
 * Goal: an executor that dies leaves no descriptor of the host open that nobody knows of.
 * Method: READ_FILEs between two slices when their executor is told to die.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { AT } from '../../src/abi/files.ts';
import { OP } from '../../src/abi/opcodes.ts';
import { IoUringManager } from '../../src/manager/manager.ts';
import { prepRw } from '../../src/ops/encode.ts';
import { FAULT } from './fault-operations.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'uring-leaks-'));
const manager = new IoUringManager({
  operationModules: [new URL('./fault-operations.ts', import.meta.url)],
});
afterAll(async () => {
  await manager.close();
  fs.rmSync(folder, { recursive: true });
});

const openOn = (path: string): number =>
  fs.readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;

it('files of requests in flight are closed', () => {
  const path = join(folder, 'big');
  fs.writeFileSync(path, new Uint8Array(4 << 20));
  const ring = manager.createRing(1, { sqEntries: 64 });
  const at = 1 << 20;
  ring.memory.bytes.set(new TextEncoder().encode(`${path}\0`), at);
  const counts: number[] = [];
  for (let death = 0; death < 3; death++) {
    const n = 20;
    for (let i = 0; i < n; i++)
      prepRw(OP.READ_FILE, ring.words, ring.getSqe(), AT.FDCWD, at, 4 << 20, 2 << 20);
    prepRw(FAULT.exit, ring.words, ring.getSqe(), -1, 0, 0, 0);
    ring.submit();
    const res: number[] = [];
    for (let i = 0; i <= n; i++) {
      const cqe = ring.waitCqe();
      res.push(ring.cqeRes(cqe));
      ring.cqeSeen();
    }
    counts.push(openOn(path));
  }
  expect(counts).toEqual([0, 0, 0]);
}, 30000);
