/**
 * Goal: the runner sees what differs, says at which step, and tells it from errors of the file.
 * Method: small scenarios with a planted difference, on the inline kernel; one that is right first.
 */
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkScenario } from '../../conformance/runner/check.ts';
import { EnterTarget } from '../../conformance/runner/enter-target.ts';
import { newFolder, removeFolder } from '../../conformance/runner/polled-kernel.ts';
import type { Step } from '../../conformance/runner/scenario.ts';
import { runOn, type Verdict } from '../../conformance/runner/verdict.ts';

const folders: string[] = [];
beforeAll(() => process.umask(0o022));
afterEach(() => folders.splice(0).forEach(removeFolder));

/** Runs steps on a ring of 4 entries, with a byte string and a file beside it. */
async function run(...steps: readonly unknown[]): Promise<Verdict> {
  const folder = newFolder();
  folders.push(folder);
  const res = { r: { ring: 4 }, b: { mem: ['abcd', 12] }, t: { ts: 40 }, f: { file: 'text' } };
  const scenario = { name: 'test/planted', modes: ['enter'], res, steps: steps as Step[] };
  return runOn(checkScenario(scenario), 'enter', new EnterTarget(folder));
}

const NOP = { sqe: { op: 'NOP', ud: 1 } };
const TIMEOUT = { sqe: { op: 'TIMEOUT', addr: 't', len: 1, ud: 2 } };
const ENTER = { enter: {} };

it('passes what is right', async () => {
  const steps = [
    NOP,
    TIMEOUT,
    ENTER,
    { state: { ready: 1, pending: 0, flags: '' } },
    { reap: [[1, 0]] },
    { none: 20 },
    { cqes: [[2, 'ETIME']] },
    { sqe: { op: 'READ', fd: 'f', addr: 'b+8', len: 3, off: 1, ud: 3 } },
    { enter: { wait: 1, elapsed: [0, 0] } },
    { cqes: [[3, 3]] },
    { mem: ['b', ['abcd', 4, 'ext', 1]] },
    { poke: ['b', ['xy']] },
    { mem: ['b', ['xycd']] },
    { reg: ['REGISTER_PROBE', 'BAD', 1], ret: 'EFAULT' },
    { setup: { entries: 3 }, is: { ret: 0, sq_entries: 4, cq_entries: 8 } },
    { host: ['cat', 'f'], is: 'text' },
    { host: ['stat', 'f'], is: { type: 'file', size: 4, links: 1, mode: 420 } },
    { host: ['stat', 'g'], is: null },
  ];
  expect(await run(...steps)).toEqual({ kind: 'ok' });
});

describe('a difference is seen', () => {
  it.each<[string, readonly unknown[], string]>([
    ['a result', [NOP, ENTER, { cqes: [[1, 5]] }], 'step 2: CQE 0: got [1, 0], expected [1,5]'],
    ['flags', [NOP, ENTER, { cqes: [[1, 0, 'MORE']] }], 'step 2: CQE 0: got [1, 0], expected'],
    [
      'a CQE too few',
      [
        NOP,
        ENTER,
        {
          cqes: [
            [1, 0],
            [1, 0],
          ],
        },
      ],
      'step 2: CQE 1: none came',
    ],
    ['a CQE too early', [NOP, ENTER, { none: 20 }], 'step 2: CQE 0: got [1, 0], expected no more'],
    ['a CQE too late', [TIMEOUT, ENTER, { reap: [[2, 'ETIME']] }], 'step 2: CQE 0: none came'],
    ['a CQE left', [NOP, ENTER], 'at the end: CQE 0: got [1, 0], expected no more (r)'],
    ['a count', [NOP, { enter: { ret: 2 } }], 'step 1: enter: got 1, expected 2'],
    ['an errno', [{ enter: { fd: 999, ret: 'EINVAL' } }], 'enter: got EBADF, expected EINVAL'],
    ['a time', [TIMEOUT, { enter: { wait: 1, elapsed: [0, 20] } }], 'step 1: enter: took 40 ms'],
    ['a state', [NOP, { state: { pending: 1 } }], 'step 1: pending: got 0, expected 1'],
    ['SQ flags', [{ state: { flags: 'TASKRUN' } }], 'step 0: SQ flags: got 0, expected 4'],
    ['memory', [{ mem: ['b', ['abxd']] }], 'step 0: memory: byte b+2: got 6364, expected 7864'],
    ['a call', [{ reg: ['REGISTER_PROBE', 'BAD', 1] }], 'REGISTER_PROBE: got EFAULT, expected 0'],
    ['a setup', [{ setup: { entries: 0 }, is: { ret: 0 } }], 'setup: got EINVAL, expected 0'],
    ['a size', [{ setup: { entries: 4 }, is: { cq_entries: 4 } }], 'cq_entries: got 8, expected 4'],
    ['a file', [{ host: ['cat', 'f'], is: 'next' }], 'cat: got "text", expected "next"'],
    ['bytes', [{ host: ['cat', 'f'], is: ['tex'] }], 'cat: got "text", expected ["tex"]'],
    ['a mode', [{ host: ['stat', 'f'], is: { mode: 511 } }], 'step 0: stat: got {'],
    ['a missing file', [{ host: ['cat', 'g'] }], 'step 0: cat: got null, expected success'],
  ])('%s', async (_, steps, detail) => {
    const verdict = await run(...steps);
    expect(verdict.kind).toBe('different');
    expect(verdict.detail).toContain(detail);
  });
});

it('calls a step that cannot be carried out an error of the scenario', async () => {
  const steps = [{ host: ['close', 'r'] }, ENTER];
  expect(await run(...steps)).toEqual({ kind: 'error', detail: 'step 1: there is no ring r' });
});
