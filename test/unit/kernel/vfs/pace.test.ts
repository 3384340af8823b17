/**
 * Goal: a mount whose calls take long has them made by the host's pool, until they are quick again;
 *       a stray slow call changes nothing, and watching costs less than one look at the clock a
 *       call.
 * Method: a host whose calls take the virtual time that the test says, below real files. A call was
 *         made at once if it ended at once.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SQE_FLAG } from '../../../../src/abi/flags.ts';
import { SQE_SHIFT } from '../../../../src/abi/layout.ts';
import {
  INLINE_BYTES_MAX,
  PACE_PROBE_CALLS,
  PACE_PROBE_CALLS_MAX,
  PACE_QUICK_NS,
  PACE_QUICK_PROBES,
  PACE_SLOW_NS,
  PACE_STALL_NS,
  PACE_TIMED_CALLS,
} from '../../../../src/abi/limits.ts';
import { VirtualClock } from '../../../../src/kernel/clock.ts';
import type { HostFiles } from '../../../../src/kernel/host.ts';
import { PENDING } from '../../../../src/kernel/operation.ts';
import type { HostFile } from '../../../../src/kernel/vfs/host-file.ts';
import { newStat } from '../../../../src/kernel/vfs/mount.ts';
import { hostAfter, newFolder, Rig } from './rig.ts';

/** What each test is given; and what a call of the host takes now, and how many there were. */
const here = {} as {
  folder: string;
  clock: CountedClock;
  rig: Rig;
  file: HostFile;
  latencyNs: number;
  calls: number;
};

/** Virtual time that counts how often it is looked at. */
class CountedClock extends VirtualClock {
  looks = 0;

  override now(): number {
    this.looks++;
    return super.now();
  }
}

/** The host, a call of which takes latencyNs. */
const timedHost = (): HostFiles =>
  hostAfter((call) => {
    if (call === 'later') return;
    here.calls++;
    here.clock.advance(here.latencyNs);
  });

beforeEach(() => {
  here.folder = newFolder();
  fs.writeFileSync(join(here.folder, 'file'), 'text');
  here.clock = new CountedClock();
  here.latencyNs = 2_000;
  here.calls = 0;
  here.rig = new Rig({ root: here.folder, files: timedHost(), clock: here.clock });
  here.file = here.rig.open('file');
});

afterEach(() => {
  here.file.drop();
  here.rig.mounts.close();
  fs.rmSync(here.folder, { recursive: true });
});

const stat = newStat();
const into = new Uint8Array(INLINE_BYTES_MAX);

/** Whether the next call is made at once. It waits for the pool otherwise. */
async function isQuick(): Promise<boolean> {
  const before = here.rig.pooled;
  const { promise, resolve } = Promise.withResolvers<void>();
  const request = here.rig.request();
  const kernel = here.rig.kernel(() => resolve());
  if (here.file.stat(request, kernel, stat) === PENDING) await promise;
  return here.rig.pooled === before;
}

/** How many calls are made at once before the first one that is not, at most `max`. */
async function quickCalls(max: number): Promise<number> {
  for (let n = 0; n < max; n++) if (!(await isQuick())) return n;
  return max;
}

async function becomeSlow(): Promise<void> {
  here.latencyNs = 10 * PACE_SLOW_NS;
  await quickCalls(1000);
  expect(await isQuick()).toBe(false);
}

describe('a quick mount', () => {
  it('has all its calls made at once', async () => {
    expect(await quickCalls(1000)).toBe(1000);
  });

  it('costs less than half a look at the clock a call', async () => {
    const [looksBefore, callsBefore] = [here.clock.looks, here.calls];
    await quickCalls(1000);
    expect(here.calls - callsBefore).toBe(1000);
    expect(here.clock.looks - looksBefore).toBeGreaterThan(0);
    expect(here.clock.looks - looksBefore).toBeLessThan(1000 / 2);
  });

  it('stays quick when single calls take long', async () => {
    for (let i = 0; i < 200; i++) {
      here.latencyNs = i % 20 === 0 ? 20 * PACE_SLOW_NS : 2_000;
      expect(await isQuick(), `call ${i}`).toBe(true);
    }
  });

  it('stays quick when its calls take just less than the limit', async () => {
    here.latencyNs = PACE_SLOW_NS - 1;
    expect(await quickCalls(1000)).toBe(1000);
  });

  it('stays quick when it moves many bytes, as long as they explain the time', () => {
    fs.truncateSync(join(here.folder, 'file'), INLINE_BYTES_MAX);
    here.latencyNs = PACE_SLOW_NS - 1 + INLINE_BYTES_MAX;
    for (let i = 0; i < 200; i++)
      expect(here.rig.now((r, k) => here.file.read(r, k, into, 0, into.length, 0))).toBe(
        into.length,
      );
  });

  it('becomes slow within a few calls when each takes long', async () => {
    here.latencyNs = 4 * PACE_SLOW_NS;
    expect(await quickCalls(1000)).toBeLessThanOrEqual(PACE_TIMED_CALLS + 3);
  });

  it('becomes slow when its calls take just more than the limit', async () => {
    here.latencyNs = 1.1 * PACE_SLOW_NS;
    expect(await quickCalls(1000)).toBeLessThan(100);
  });

  it('becomes slow by the first call seen to stall', async () => {
    here.latencyNs = PACE_STALL_NS + 1;
    expect(await quickCalls(1000)).toBeLessThanOrEqual(PACE_TIMED_CALLS);
  });
});

describe('a slow mount', () => {
  it('is probed by one call in so many, and by fewer the longer it is slow', async () => {
    await becomeSlow();
    const gaps: number[] = [];
    for (let gap = 1, probes = 0; probes < 10; gap++) {
      if (!(await isQuick())) continue;
      gaps.push(gap);
      gap = 0;
      probes++;
    }
    expect(gaps[0]).toBeLessThanOrEqual(PACE_PROBE_CALLS);
    for (let i = 2; i < gaps.length; i++)
      expect(gaps[i]).toBe(Math.min(2 * gaps[i - 1]!, PACE_PROBE_CALLS_MAX));
    expect(gaps.at(-1)).toBe(PACE_PROBE_CALLS_MAX);
  });

  it('becomes quick after so many quick probes in a row', async () => {
    await becomeSlow();
    here.latencyNs = PACE_QUICK_NS;
    for (let probes = 0; probes < PACE_QUICK_PROBES; ) if (await isQuick()) probes++;
    expect(await quickCalls(1000)).toBe(1000);
  });

  it('stays slow while probes lie between the two limits', async () => {
    await becomeSlow();
    here.latencyNs = PACE_QUICK_NS + 1;
    let quick = 0;
    for (let i = 0; i < 4000; i++) if (await isQuick()) quick++;
    expect(quick).toBeGreaterThan(5);
    expect(quick).toBeLessThan(20);
  });

  it('starts to count again when one probe is not quick', async () => {
    await becomeSlow();
    for (let round = 0; round < 3; round++) {
      here.latencyNs = 2_000;
      for (let probes = 1; probes < PACE_QUICK_PROBES; ) if (await isQuick()) probes++;
      here.latencyNs = 2 * PACE_QUICK_NS;
      while (!(await isQuick())) expect(here.rig.pooled).toBeGreaterThan(0);
      expect(await isQuick()).toBe(false);
    }
  });
});

describe('a request with IOSQE_ASYNC', () => {
  it('goes to the pool of a quick mount', async () => {
    expect(await here.rig.later((r, k) => here.file.stat(r, k, stat))).toBe(0);
    expect(await isQuick()).toBe(true);
  });
});

describe('a request with a selected buffer', () => {
  it('never goes to the pool, so that nobody else takes the buffer meanwhile', async () => {
    const { rig, file } = here;
    const request = rig.request(true);
    request.head |= SQE_FLAG.BUFFER_SELECT << SQE_SHIFT.flags;
    for (let call = 0; call < 2 * PACE_PROBE_CALLS; call++) {
      expect(rig.now((r, k) => file.stat(r, k, stat), request)).toBe(0);
      here.latencyNs = 2 * PACE_STALL_NS;
    }
    expect(await isQuick()).toBe(false);
  });
});

describe('fsync', () => {
  it('goes to the pool always', async () => {
    const sync = (dataOnly: boolean) =>
      here.rig.later((r, k) => here.file.sync(r, k, dataOnly), here.rig.request());
    expect(await sync(false)).toBe(0);
    expect(await sync(true)).toBe(0);
  });
});
