/**
 * Goal: WAITID tells of each end, stop and continuation of a child once, to whoever asked first for
 *       it, and never waits for what cannot come.
 * Method: a process under a kernel that is turned by hand; what ended, and the siginfo_t, are
 *         compared.
 */
import { describe, expect, it } from 'vitest';
import { type ErrnoName, fail } from '../../../src/abi/errno.ts';
import { CLD, P, SIG, SIGINFO, SIGINFO_BYTES, W } from '../../../src/abi/wait.ts';
import { Process } from '../../../src/kernel/process.ts';
import { World } from './world.ts';

const INFO = 8192;
const UNMAPPED = 0x7fff_0000;
const { EXITED, STOPPED, CONTINUED, NOHANG, NOWAIT } = W;

function world() {
  const w = new World();
  const { kernel, memory, process } = w;
  const { children } = process;
  const wait = (userDataLow: number, options: number = EXITED, kind: number = P.ALL, of = 0) =>
    w.begin((r) => r.prepWaitid(0, kind, of, INFO, options, 0), { userDataLow });
  const now = (options: number, kind: number = P.ALL, of = 0, info = INFO) =>
    w.res((r) => r.prepWaitid(0, kind, of, info, options, 0));
  const info = () => {
    const field = (name: keyof typeof SIGINFO) => memory.i32(INFO + SIGINFO[name]);
    return [field('signo'), field('code'), field('pid'), field('uid'), field('status')];
  };
  return { w, kernel, process, children, memory, wait, now, info };
}

describe('WAITID', () => {
  it('waits until a child exits, and tells of it once', () => {
    const { kernel, children, wait, now, info } = world();
    const child = children.add(20, { uid: 7 });
    wait(1);
    expect(kernel.takeEnded()).toEqual([]);
    child.exit(0x1ff);
    child.exit(1);
    kernel.turn();
    expect(kernel.takeEnded()).toEqual([[1, 0]]);
    expect(info()).toEqual([SIG.CHLD, CLD.EXITED, 20, 7, 0xff]);
    expect(now(EXITED)).toBe(fail('ECHILD'));
    expect(info()).toEqual([0, 0, 0, 0, 0]);
    expect(children.size).toBe(0);
  });

  it.each<[string, boolean, number]>([
    ['killed', false, CLD.KILLED],
    ['killed with a core', true, CLD.DUMPED],
  ])('tells of a child that was %s', (_, isDumped, cause) => {
    const { children, now, info } = world();
    children.add(20).kill(SIG.TERM, isDumped);
    expect(now(EXITED, P.PID, 20)).toBe(0);
    expect(info()).toEqual([SIG.CHLD, cause, 20, 0, SIG.TERM]);
  });

  it('tells of stops and continuations to those who ask, the newest only', () => {
    const { kernel, children, wait, now, info } = world();
    const child = children.add(20);
    wait(1);
    wait(2, STOPPED);
    child.stop();
    child.stop();
    kernel.turn();
    expect(kernel.takeEnded()).toEqual([[2, 0]]);
    expect(info()).toEqual([SIG.CHLD, CLD.STOPPED, 20, 0, SIG.STOP]);
    expect(now(STOPPED | NOHANG)).toBe(0);
    expect(info()).toEqual([0, 0, 0, 0, 0]);
    child.continue();
    child.continue();
    child.stop(SIG.TERM);
    expect(now(CONTINUED | NOHANG)).toBe(0);
    expect(info()[0]).toBe(0);
    child.continue();
    expect(now(CONTINUED | STOPPED)).toBe(0);
    expect(info()).toEqual([SIG.CHLD, CLD.CONTINUED, 20, 0, SIG.CONT]);
    child.kill(SIG.KILL);
    kernel.turn();
    expect(kernel.takeEnded()).toEqual([[1, 0]]);
  });

  it('leaves with WNOWAIT what is to tell', () => {
    const { children, now, info } = world();
    const child = children.add(20);
    child.stop();
    expect([now(STOPPED | NOWAIT), now(STOPPED), now(STOPPED | NOHANG)]).toEqual([0, 0, 0]);
    expect(info()[0]).toBe(0);
    child.exit(3);
    expect(now(EXITED | NOWAIT)).toBe(0);
    expect(info()).toEqual([SIG.CHLD, CLD.EXITED, 20, 0, 3]);
    expect(now(EXITED)).toBe(0);
    expect(now(EXITED)).toBe(fail('ECHILD'));
  });

  it('serves who came first, and tells the others that nobody is left', () => {
    const { kernel, children, wait } = world();
    const first = children.add(20);
    const second = children.add(21);
    for (const id of [1, 2, 3]) wait(id);
    first.exit(0);
    kernel.turn();
    expect(kernel.takeEnded()).toEqual([[1, 0]]);
    second.exit(0);
    kernel.turn();
    expect(kernel.takeEnded()).toEqual([
      [2, 0],
      [3, fail('ECHILD')],
    ]);
  });

  it('takes the oldest child, or the one, or the group that is asked for', () => {
    const { children, now, info } = world();
    for (const pid of [23, 22]) children.add(pid).exit(0);
    children.add(24, { group: 24 }).exit(0);
    children.add(25, { group: 24 });
    expect([now(EXITED), info()[2]]).toEqual([0, 23]);
    expect([now(EXITED, P.PGID, 24), info()[2]]).toEqual([0, 24]);
    expect(now(EXITED, P.PID, 24)).toBe(fail('ECHILD'));
    expect([now(EXITED | NOHANG, P.PGID, 24), info()[2]]).toEqual([0, 0]);
    expect([now(EXITED, P.PGID, 0), info()[2]]).toEqual([0, 22]);
    expect(now(EXITED, P.PGID, 0)).toBe(fail('ECHILD'));
    expect(now(EXITED, P.PGID, 99)).toBe(fail('ECHILD'));
  });

  it('waits for no stop of a dead child', () => {
    const { children, now } = world();
    children.add(20).exit(0);
    expect(now(STOPPED, P.PID, 20)).toBe(fail('ECHILD'));
    expect(now(STOPPED | CONTINUED)).toBe(fail('ECHILD'));
    children.add(21);
    expect(now(STOPPED | NOHANG)).toBe(0);
  });

  it('waits for all, but for clones, of which there are none', () => {
    const { children, now } = world();
    children.add(20).exit(0);
    expect(now(EXITED | W.CLONE)).toBe(fail('ECHILD'));
    expect(now(EXITED | W.CLONE | W.ALL | W.NOTHREAD)).toBe(0);
  });

  it('is told nothing after it was taken back, and takes nothing', () => {
    const { kernel, children, wait, now } = world();
    const child = children.add(20);
    kernel.takeBack(wait(1));
    child.exit(0);
    kernel.turn();
    expect(kernel.takeEnded()).toEqual([[1, fail('ECANCELED')]]);
    expect(now(EXITED)).toBe(0);
  });

  it('needs no record, and loses the child to a bad one', () => {
    const { children, now } = world();
    children.add(20).exit(0);
    children.add(21).exit(0);
    expect(now(EXITED, P.ALL, 0, 0)).toBe(0);
    expect(now(EXITED, P.ALL, 0, UNMAPPED)).toBe(fail('EFAULT'));
    expect(children.size).toBe(0);
    expect(now(EXITED, P.ALL, 0, UNMAPPED)).toBe(fail('EFAULT'));
  });

  it('writes the fields of a SIGCHLD and nothing else', () => {
    const { children, memory, now } = world();
    memory.bytes.fill(0xaa, INFO, INFO + SIGINFO_BYTES + 16);
    children.add(20).exit(0);
    now(EXITED);
    const kept = [12, ...Array.from({ length: 29 }, (_, i) => 28 + 4 * i)];
    for (const at of kept) expect(memory.u32(INFO + at)).toBe(0xaaaa_aaaa);
  });

  it.each<[string, number, number, number, ErrnoName]>([
    ['no event', NOHANG, P.ALL, 0, 'EINVAL'],
    ['an unknown option', EXITED | 0x10, P.ALL, 0, 'EINVAL'],
    ['an unknown kind', EXITED, 4, 0, 'EINVAL'],
    ['pid 0', EXITED, P.PID, 0, 'EINVAL'],
    ['a negative pid', EXITED, P.PID, -5, 'EINVAL'],
    ['a negative group', EXITED, P.PGID, -5, 'EINVAL'],
    ['a negative descriptor', EXITED, P.PIDFD, -1, 'EINVAL'],
    ['what is no pidfd', EXITED, P.PIDFD, 3, 'EBADF'],
    ['the child of somebody else', EXITED, P.PID, 99, 'ECHILD'],
  ])('refuses %s', (_, options, kind, id, errno) => {
    const { children, now } = world();
    children.add(20);
    expect(now(options, kind, id)).toBe(fail(errno));
  });

  it.each(['opFlags', 'addrLow', 'addrHigh', 'bufPersonality', 'addr3Low', 'addr3High'])(
    'refuses %s',
    (field) => {
      const { w, children } = world();
      children.add(20);
      const spoil = { [field]: 1 };
      const res = w.res((r) => r.prepWaitid(0, P.ALL, 0, INFO, EXITED | NOHANG, 0), spoil);
      expect(res).toBe(fail('EINVAL'));
    },
  );
});

describe('a process', () => {
  const child = (parent: Process, pid: number) =>
    new Process(pid, parent.memory, undefined, parent);

  it('is a child of its parent, in the same group, until it exited', () => {
    const { process, now, info } = world();
    const made = child(process, 20);
    expect(made.children.group).toBe(process.pid);
    made.exited(4);
    made.exited(5);
    expect([now(EXITED, P.PGID), info()]).toEqual([0, [SIG.CHLD, CLD.EXITED, 20, 0, 4]]);
  });

  it('that was killed has not exited', () => {
    const { process, now, info } = world();
    const made = child(process, 20);
    made.asChild?.kill(SIG.KILL);
    made.exited();
    expect([now(EXITED), info()[1]]).toEqual([0, CLD.KILLED]);
  });

  it('that exits leaves its children to nobody', () => {
    const { kernel, process, children, wait } = world();
    const dead = children.add(20);
    const living = child(process, 21);
    dead.exit(0);
    wait(1, STOPPED);
    process.exited();
    living.exited();
    kernel.turn();
    expect(kernel.takeEnded()).toEqual([]);
    expect(children.size).toBe(0);
  });

  it('has no two children with one pid, and none with a number that is no pid', () => {
    const { children } = world();
    const first = children.add(20);
    expect(() => children.add(20)).toThrow('children: pid 20 is in use');
    for (const pid of [0, -1, 1.5, 2 ** 31]) expect(() => children.add(pid)).toThrow(RangeError);
    first.exit(0);
    first.told();
    expect(children.get(20)).toBeUndefined();
    expect(children.add(20)).not.toBe(first);
  });
});
