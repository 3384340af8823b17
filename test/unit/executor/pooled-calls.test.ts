/**
 * Goal: what a process asks of the pool is answered once, also when it fails without the host.
 * Method: a real file, ASYNC reads where no file reaches, behind one fsync that takes its time.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AT, O } from '../../../src/abi/files.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import { CQE, SQE, SQE_SHIFT, SQE_WORDS } from '../../../src/abi/layout.ts';
import { OP } from '../../../src/abi/opcodes.ts';
import type { KernelRing } from '../../../src/executor/kernel-ring.ts';
import { Machine } from '../../../src/executor/machine.ts';
import { NodeFiles } from '../../../src/host/files.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { NO_DIGESTS } from '../../../src/kernel/no-digests.ts';
import { Process } from '../../../src/kernel/process.ts';
import { Mounts } from '../../../src/kernel/vfs/mounts.ts';
import { operations, operationTable } from '../../../src/ops/table.ts';
import { CompletionQueue } from '../../../src/ring/completion.ts';
import { createLedger, Ledger } from '../../../src/ring/ledger.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import { createRegion, viewRegion } from '../../../src/ring/region.ts';
import { SubmissionQueue } from '../../../src/ring/submission.ts';

/** One machine over a folder, with room for one call in the pool, and one process with a ring. */
class World {
  readonly root = fs.mkdtempSync(join(tmpdir(), 'uring-pooled-'));
  readonly bugs: unknown[] = [];
  readonly woken = Promise.withResolvers<void>();
  readonly memory = ProcessMemory.reserve(1 << 14);
  readonly #region = viewRegion(
    createRegion({ sqEntries: 8192, cqEntries: 16_384, flags: 0 }, { firstIndex: 0 }),
  );
  readonly #submission = new SubmissionQueue(this.#region);
  readonly completion = new CompletionQueue(this.#region);
  readonly machine: Machine;
  readonly ring: KernelRing;

  constructor() {
    const clock = new VirtualClock();
    const files = new NodeFiles(fs);
    const mount = { path: '/', files, root: this.root, jail: 'none', devices: false } as const;
    this.machine = new Machine({
      ledger: new Ledger(new Int32Array(createLedger(1 << 15))),
      clock,
      files: new Mounts([mount], clock),
      digests: NO_DIGESTS,
      table: operationTable(Object.values(operations)),
      report: (error) => this.bugs.push(error),
      pooledMax: 1,
      woken: () => this.woken.resolve(),
    });
    const process = new Process(1, this.memory);
    const parts = { slot: 7, process, region: this.#region, flags: 0, mode: 'poll' } as const;
    this.ring = this.machine.attach(parts);
  }

  place(opcode: number, fields: Partial<Record<keyof typeof SQE, number>>, flags = 0): void {
    const { words } = this.#region;
    const sqe = this.#submission.reserve();
    words.fill(0, sqe, sqe + SQE_WORDS);
    words[sqe + SQE.head] = opcode | (flags << SQE_SHIFT.flags);
    for (const [name, value] of Object.entries(fields))
      words[sqe + SQE[name as keyof typeof SQE]] = value;
    this.#submission.publish();
  }

  /** Takes the result of the one request that is in flight. */
  result(): number {
    const res = this.#region.words[this.completion.slotAt(0) + CQE.res]!;
    this.completion.release(1);
    return res;
  }
}

describe('reads that wait for the pool and end without it', () => {
  it('are answered once each', async () => {
    const READS = 4095;
    const PATH_AT = 8192;
    const world = new World();
    const { machine, memory } = world;
    memory.bytes.set(new TextEncoder().encode('/f\0'), PATH_AT);
    world.place(OP.OPENAT, {
      fd: AT.FDCWD,
      addrLow: PATH_AT,
      opFlags: O.RDWR | O.CREAT,
      len: 0o600,
    });
    machine.step(world.ring, 1);
    const fd = world.result();
    expect(fd).toBeGreaterThanOrEqual(3);
    world.place(OP.FSYNC, { fd });
    const beyond = { fd, addrLow: PATH_AT, len: 2, offLow: -1, offHigh: 0x1f_ffff };
    for (let i = 0; i < READS; i++) world.place(OP.READ, beyond, SQE_FLAG.ASYNC);
    while (machine.step(world.ring, 256) > 0) machine.post();
    expect(machine.continuations.underWay).toBe(1);
    await world.woken.promise;
    while (machine.resume() > 0) machine.post();
    fs.rmSync(world.root, { recursive: true });
    expect(world.bugs).toEqual([]);
    expect(world.completion.ready()).toBe(READS + 1);
    const { hostCalls, inFlight } = world.ring;
    expect([machine.continuations.underWay, hostCalls, inFlight]).toEqual([0, 0, 0]);
  });
});
