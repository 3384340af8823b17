/**
 * Goal: an executor never sleeps while something it began can go on.
 * Method: a machine with one operation made for the purpose, and a sleep that tells what it left.
 */
import { describe, expect, it } from 'vitest';
import { SQE } from '../../../src/abi/layout.ts';
import { TAKE_BESIDE } from '../../../src/abi/limits.ts';
import { RECORD } from '../../../src/abi/private.ts';
import { adopt } from '../../../src/executor/adopt.ts';
import { Executor } from '../../../src/executor/executor.ts';
import { Machine } from '../../../src/executor/machine.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { NO_DIGESTS } from '../../../src/kernel/no-digests.ts';
import { Process } from '../../../src/kernel/process.ts';
import { Mounts } from '../../../src/kernel/vfs/mounts.ts';
import { type OperationRow, op } from '../../../src/ops/define.ts';
import { operations, operationTable } from '../../../src/ops/table.ts';
import { CompletionQueue } from '../../../src/ring/completion.ts';
import type { Rung } from '../../../src/ring/doorbell.ts';
import { createLedger, Ledger } from '../../../src/ring/ledger.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';
import type { Parking } from '../../../src/ring/park.ts';
import { createRegion, viewRegion } from '../../../src/ring/region.ts';
import { SubmissionQueue } from '../../../src/ring/submission.ts';

const OPCODE = 224;

function world(row: Partial<OperationRow<() => void>>, entries = 8) {
  const clock = new VirtualClock();
  const made = op({
    code: OPCODE,
    name: 'MADE',
    does: 'x',
    encode: () => {},
    run: () => 0,
    ...row,
  });
  const ledgerWords = new Int32Array(createLedger(1 << 15));
  const region = viewRegion(
    createRegion({ sqEntries: entries, cqEntries: 2 * entries, flags: 0 }, { firstIndex: 0 }),
  );
  const latencies: [number, number, number][] = [];
  const machineOf = () => {
    const machine = new Machine({
      ledger: new Ledger(ledgerWords),
      clock,
      files: new Mounts([], clock),
      digests: NO_DIGESTS,
      table: operationTable([...Object.values(operations), made]),
      report: () => {}, // a throw of the operation made
      latencies: {
        record: (code, ns, n) => latencies.push([code, ns, n]),
        tally: (code, n) => latencies.push([code, -1, n]),
      },
    });
    const process = new Process(1, ProcessMemory.reserve(1 << 14));
    const ring = machine.attach({ slot: 7, process, region, flags: 0, mode: 'poll' });
    return { machine, ring };
  };
  const submission = new SubmissionQueue(region);
  const completion = new CompletionQueue(region);
  const place = (opcode = OPCODE): void => {
    const sqe = submission.reserve();
    for (let i = 0; i < 16; i++) region.words[sqe + i] = 0;
    region.words[sqe + SQE.head] = opcode;
    submission.publish();
  };
  return { clock, machineOf, place, completion, latencies };
}

const rung = { collect: () => 0, any: () => false, take: () => false } as unknown as Rung;
const NO_SPIN = { spinMaxNs: 0, cores: 1 };

/** An executor that nobody rings for, and that does `asleep` where it would sleep. */
function executorOf(machine: Machine, asleep = () => {}, idle = NO_SPIN): Executor {
  const park = () => {
    asleep();
    return false;
  };
  const parking = { awake: () => 1, park } as unknown as Parking;
  return new Executor({ machine, rung, parking, idle, takeOrders: () => {} });
}

describe('an executor that goes to sleep', () => {
  it('has nothing that is ready', () => {
    const { machineOf, place } = world({ run: (r, k) => k.again(r, 0), resume: () => 5 });
    const { machine } = machineOf();
    const left: boolean[] = [];
    const executor = executorOf(machine, () => left.push(machine.continuations.hasReady));
    place(); // after the last turn looked for bells; the sweep before the sleep takes it
    executor.park();
    expect(left).not.toContain(true);
  });

  it('has no ring left that used up its budget', () => {
    const { machineOf, place } = world({}, 8192);
    const { machine, ring } = machineOf();
    const left: number[] = [];
    const executor = executorOf(machine, () => left.push(ring.source.available()));
    for (let i = 0; i < 8192; i++) place(0);
    executor.park();
    expect(left.filter((n) => n > 0)).toEqual([]);
  });

  it('does not block its event loop while the host works for it', () => {
    const { machineOf, place } = world({ run: (r, k) => k.later(r, () => {}), resume: () => 5 });
    const { machine } = machineOf();
    const left: number[] = [];
    const executor = executorOf(machine, () => left.push(machine.continuations.underWay));
    place();
    executor.park();
    expect(left.filter((n) => n > 0)).toEqual([]);
  });

  it('does not block it after a spin that began something either', () => {
    const { machineOf, place, clock } = world({
      run: (r, k) => k.later(r, () => {}),
      resume: () => 5,
    });
    const { machine, ring } = machineOf();
    const left: number[] = [];
    const idle = { spinMaxNs: 100, cores: 2 };
    const executor = executorOf(machine, () => left.push(machine.continuations.underWay), idle);
    place(0); // warms the ring up
    executor.begin(ring);
    const now = clock.now.bind(clock);
    let looks = 0;
    clock.now = () => {
      if (++looks === 3) place(); // while it spins
      clock.advance(60);
      return now();
    };
    executor.park();
    expect(left.filter((n) => n > 0)).toEqual([]);
  });
});

describe('an adopted request', () => {
  it('is not counted as if it had begun when the clock did', () => {
    const { machineOf, place, clock, latencies } = world({ run: (r, k) => k.later(r, () => {}) });
    clock.advance(1e12);
    const { machine, ring } = machineOf();
    place();
    machine.step(ring, 8);
    clock.advance(1000);
    const next = machineOf();
    adopt(next.machine);
    expect(latencies.filter(([, ns]) => ns > 1e9)).toEqual([]);
  });
});

describe('a request that throws after it asked to go on', () => {
  it('is answered once', () => {
    const { machineOf, place, completion } = world({
      run: (r, k) => k.again(r, 0),
      resume: (r, _, k) => {
        k.again(r, 0);
        throw new Error('boom');
      },
    });
    const { machine, ring } = machineOf();
    place();
    machine.step(ring, 8);
    for (let i = 0; i < 4; i++) {
      machine.resume();
      machine.post();
    }
    expect([completion.ready(), machine.ledger.rowsBusy, ring.inFlight]).toEqual([1, 0, 0]);
  });

  it('is answered once in its first step too', () => {
    const resumed: number[] = [];
    const { machineOf, place, completion } = world({
      run: (r, k) => {
        if (r.len === 0) {
          k.again(r, 7);
          if (resumed.push(-1) === 1) throw new Error('boom');
        }
        return undefined;
      },
      resume: (_, res) => {
        resumed.push(res);
        return res;
      },
    });
    const { machine, ring } = machineOf();
    place(); // throws: EIO at once
    place(); // goes on in the same record
    machine.step(ring, 8);
    for (let i = 0; i < 4; i++) {
      machine.resume();
      machine.post();
    }
    expect([completion.ready(), resumed.filter((r) => r === 7).length]).toEqual([2, 1]);
  });
});

describe('statistics', () => {
  it('count a CQE once that was posted within its batch', () => {
    const { machineOf, place, completion } = world({
      run: (r, k) => {
        k.postMore(r, 1, 2);
        return 0;
      },
    });
    const { machine, ring } = machineOf();
    place();
    machine.step(ring, 8);
    machine.post();
    expect([completion.ready(), machine.ledger.words[ring.record + RECORD.completedLow]]).toEqual([
      2, 2,
    ]);
  });
});

describe('an executor whose submitter keeps up with it', () => {
  it('lets what goes on have its slices all the same', () => {
    const SLICES = 10;
    const seen = { served: 0, slices: 0 };
    const { machineOf, place, completion } = world(
      {
        run: (r, k) => {
          seen.served++;
          if (seen.served === 1) return k.again(r, 0);
          completion.release(completion.ready());
          if (seen.slices < SLICES) place();
          return 0;
        },
        resume: (r, _, k) => (++seen.slices === SLICES ? 0 : k.again(r, 0)),
      },
      64,
    );
    const { machine, ring } = machineOf();
    const executor = executorOf(machine);
    for (let i = 0; i < 32; i++) place();
    executor.begin(ring);
    const before = seen.served;
    executor.runSlice();
    expect(seen.slices).toBe(SLICES);
    expect(seen.served - before).toBeLessThanOrEqual((SLICES + 2) * TAKE_BESIDE);
  });
});
