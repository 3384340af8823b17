/**
 * Goal: what the format does not know is an error of the scenario, wherever it stands.
 * Method: a scenario with every resource and verb, which is in the format; then one change each.
 */
import { describe, expect, it } from 'vitest';
import { checkScenario } from '../../conformance/runner/check.ts';
import { ScenarioError } from '../../conformance/runner/names.ts';

const whole = () => ({
  name: 'area/all',
  why: 'everything',
  cite: ['A1'],
  modes: ['enter', 'poll'],
  res: {
    r: { ring: 8, flags: 'SUBMIT_ALL', cq: 16, idle: 100 },
    b: { mem: ['ab', 2, { u8: [1, 2] }, { u64: 'r' }, { rep: ['x', 3] }], align: 4096 },
    t: { ts: 40, clock: 'MONOTONIC' },
    p: { pipe: 'O_NONBLOCK' },
    f: { file: 'text', open: null },
    g: { file: [{ rep: ['x', 9] }], open: 'O_RDONLY' },
    d: { dir: true },
    s: { pair: 'SOCK_STREAM' },
    l: { socket: ['AF_INET', 'SOCK_STREAM'], bind: true, listen: 4 },
    a: { addr: ['127.0.0.1', 'unused'] },
    e: { eventfd: 0 },
  },
  steps: [
    { sqe: { op: 'READ', fd: 'p.r', addr: 'b+4', len: 10, ud: 1 }, slot: 0, ring: 'r' },
    { index: [0, 9] },
    { publish: 1 },
    { enter: { submit: 1, wait: 1, flags: 0, ts: 't', min_wait: 4, ret: '$n', elapsed: [0, 9] } },
    { enter: { arg: 'BAD', argsz: 24, fd: 'p.r', ret: 'EOPNOTSUPP' }, task: 't' },
    { cqes: [[1, '$x', 'BUFFER:1 MORE ?NOTIF']] },
    { reap: { seqs: [[[1, 0]]], bag: [['$x', '>=0', 7]] } },
    { none: 20 },
    { sleep: 20 },
    { state: { ready: 0, pending: '$x', dropped: 0, flags: 'CQ_OVERFLOW|NEED_WAKEUP' } },
    { reg: ['REGISTER_PROBE', 'b', 0], ret: 'EINVAL', fd: -1 },
    { setup: { entries: 8, flags: 'CLAMP', cq: 1, resv: 1, wq_fd: 'r' }, is: { ret: 0 } },
    { resize: { entries: 4, cq: 8 }, ret: 0 },
    { mem: ['b', ['ab']] },
    { poke: ['b', [{ u32: 'a.len|l.addrlen' }]] },
    { bufs: { ring: 'b', entries: 4, add: [['l.addr', 8, 1]] } },
    { host: ['connect', 'c', 'l'] },
    { host: ['write', 'c', [{ u8: 1 }]], is: 1 },
    { host: ['read', 's.a', 9], is: 'EAGAIN' },
    { host: ['cat', 'f'], is: null },
    { host: ['stat', 'f'], is: { type: 'file', size: 4 } },
  ],
});

/** The same with the value at `path` replaced, or taken away where `value` is undefined. */
function changed(path: string, value: unknown): unknown {
  type Tree = { [key: string]: Tree };
  const scenario = structuredClone(whole()) as unknown as Tree;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const place = keys.reduce((at, key) => at[key] ?? {}, scenario);
  if (value === undefined) delete place[last];
  else place[last] = value as Tree;
  return scenario;
}

it('takes all that the format has', () => {
  expect(checkScenario(whole())).toEqual(whole());
});

describe('an unknown key is an error', () => {
  it.each([
    'nmae',
    'res.r.flag',
    'res.b.alignment',
    'res.t.clok',
    'res.l.backlog',
    'steps.0.sqe.lenght',
    'steps.0.slots',
    'steps.3.enter.waits',
    'steps.6.reap.sets',
    'steps.9.state.readdy',
    'steps.10.rets',
    'steps.11.setup.cqe',
    'steps.11.is.entries',
    'steps.12.resize.sq',
    'steps.15.bufs.adds',
    'steps.20.is.kind',
    'steps.7.ret',
  ])('%s', (path) => {
    const key = path.split('.').at(-1) ?? '';
    const place = path.slice(0, -key.length - 1).replace(/\.(\d+)/, '[$1]') || 'scenario';
    expect(() => checkScenario(changed(path, 0))).toThrow(ScenarioError);
    expect(() => checkScenario(changed(path, 0))).toThrow(`${place}: unknown key ${key}`);
  });
});

describe('an unknown name is an error', () => {
  it.each([
    ['res.r.flags', 'SUBMITALL'],
    ['res.b.mem', [{ u32: 'nobody' }]],
    ['res.b.mem', [{ u24: 1 }]],
    ['res.b.mem', [{ u32: 'p.r' }]], // made later
    ['res.t.clock', 'TAI'],
    ['res.x', { eventfed: 1 }],
    ['modes', ['enter', 'pol']],
    ['modes', []],
    ['steps.0.sqe.op', 'RAED'],
    ['steps.0.sqe.fd', 'p.x'],
    ['steps.0.sqe.fd', 'f'], // not opened
    ['steps.0.sqe.addr', 'e.path'],
    ['steps.0.sqe.ud', '$n'], // bound later
    ['steps.0.ring', 'q'],
    ['steps.3.enter.ret', 'EINVALID'],
    ['steps.5.cqes', [[1, 0, 'MOAR']]],
    ['steps.5.cqes', [[1]]],
    ['steps.5.cqes', { ring: 'r' }],
    ['steps.9.state.flags', 'OVERFLOW'],
    ['steps.10.reg', ['REGISTER_PROB', 0, 0]],
    ['steps.10.reg', ['REGISTER_PROBE', 0]],
    ['steps.17.host', ['writ', 'c', 'x']],
    ['steps.17.host', ['write', 'c']],
    ['steps.17.host', ['write', 'nobody', 'x']],
    ['steps.20.is.type', 'folder'],
    ['steps.1', { indexes: [1] }],
    ['steps.1', { index: [1], publish: 1 }],
    ['steps.1', { index: 1 }],
    ['steps.2.publish', '1.5'],
    ['steps.11.is', undefined],
    ['name', undefined],
    ['steps', undefined],
  ])('%s: %j', (path, value) => {
    expect(() => checkScenario(changed(path, value))).toThrow(ScenarioError);
  });
});
