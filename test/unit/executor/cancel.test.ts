/**
 * Goal: a cancel, a removal and an update reach exactly who is meant, and what they reach is as
 *       SEMANTICS.md has it (G5, I1 to I3, J3); what a ring is restricted to holds for all (S2).
 * Method: an inline kernel in virtual time; requests with user_data that count from 1.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { ASYNC_CANCEL, POLL_FLAG, SETUP, SQE_FLAG, TIMEOUT_FLAG } from '../../../src/abi/flags.ts';
import { FUTEX2 } from '../../../src/abi/futex.ts';
import { SQE } from '../../../src/abi/layout.ts';
import { OP } from '../../../src/abi/opcodes.ts';
import { POLL } from '../../../src/abi/poll.ts';
import { RESTRICTION, RESTRICTION_BYTES } from '../../../src/abi/records.ts';
import { REGISTER, RESTRICTION_KIND } from '../../../src/abi/register.ts';
import { VirtualClock } from '../../../src/kernel/clock.ts';
import { Pipe } from '../../../src/kernel/ipc/pipe.ts';
import { TIME_AT, world } from './inline-world.ts';

const { ALL, FD, USERDATA } = ASYNC_CANCEL;
const ECANCELED = fail('ECANCELED');
const DEFER = SETUP.SINGLE_ISSUER | SETUP.DEFER_TASKRUN;
const WORD_AT = 12_288;
const LIST_AT = 8192;
const NS = 1e6;

/** Polls of two pipes: 1 and 2 of one, 3 of the other. */
function twoPipes() {
  const found = world();
  const { process, ring, put, poll } = found;
  const fd = process.descriptors.install(new Pipe(0).reader);
  put(poll);
  put(poll);
  put((sqe) => ring.prepPollAdd(sqe, fd, POLL.IN));
  return { ...found, fd };
}

describe('a cancel', () => {
  it('by file takes those of that file alone', () => {
    const { ring, put, reap, fd } = twoPipes();
    put((sqe) => ring.prepCancelFd(sqe, fd, ALL));
    ring.submit();
    expect(reap()).toEqual([
      [4, 1],
      [3, ECANCELED],
    ]);
  });

  it('by file and user_data wants both', () => {
    const { ring, put, reap, fd } = twoPipes();
    put((sqe) => {
      ring.prepCancel(sqe, 1, FD | USERDATA);
      ring.words[sqe + SQE.fd] = fd;
    });
    put((sqe) => {
      ring.prepCancel(sqe, 3, FD | USERDATA);
      ring.words[sqe + SQE.fd] = fd;
    });
    ring.submit();
    expect(reap()).toEqual([
      [4, fail('ENOENT')],
      [5, 0],
      [3, ECANCELED],
    ]);
  });

  it('of all counts all futex waiters as one', () => {
    const { ring, put, reap, poll } = world();
    const wait = (sqe: number) => ring.prepFutexWait(sqe, WORD_AT, 0, 1, FUTEX2.SIZE_U32, 0);
    put(wait);
    put(wait);
    put(poll);
    put((sqe) => ring.prepCancel(sqe, 0, ASYNC_CANCEL.ANY | ALL));
    ring.submit();
    expect(reap()[0]).toEqual([4, 2]);
  });

  it('finds no LINK_TIMEOUT', () => {
    const { ring, put, reap, poll, linkTimeout } = world();
    put(poll, SQE_FLAG.IO_LINK);
    put(linkTimeout);
    put((sqe) => ring.prepCancel(sqe, 2, 0));
    put((sqe) => ring.prepCancel(sqe, 0, ASYNC_CANCEL.ANY));
    ring.submit();
    expect(reap().slice(0, 2)).toEqual([
      [3, fail('ENOENT')],
      [4, 1],
    ]);
  });

  it('finds no TIMEOUT that expired, even if its owner was not told yet', () => {
    const { clock, kernel, ring, put, reap } = world({ flags: DEFER });
    put((sqe) => ring.prepTimeout(sqe, TIME_AT, 0, 0));
    ring.submit();
    clock.advance(2 * NS);
    kernel.turn();
    put((sqe) => ring.prepCancel(sqe, 1, 0));
    ring.submitAndWait(2);
    expect(reap()).toEqual([
      [2, fail('ENOENT')],
      [1, fail('ETIME')],
    ]);
  });
});

describe('an update', () => {
  it('of a poll has it look at once', () => {
    const { ring, pipe, process, put, reap } = world();
    const fd = process.descriptors.install(pipe.writer);
    put((sqe) => ring.prepPollAdd(sqe, fd, POLL.IN));
    put((sqe) => ring.prepPollUpdate(sqe, 1, 0, POLL.OUT, POLL_FLAG.UPDATE_EVENTS));
    ring.submit();
    expect(reap()).toEqual([
      [2, 0],
      [1, POLL.OUT],
    ]);
  });

  it('of a TIMEOUT drops its count', () => {
    const { clock, ring, put, reap, nop } = world();
    put((sqe) => ring.prepTimeout(sqe, TIME_AT, 2, 0));
    put((sqe) => {
      ring.prepTimeoutRemove(sqe, 1, TIMEOUT_FLAG.UPDATE);
      ring.words[sqe + SQE.offLow] = TIME_AT;
    });
    for (let i = 0; i < 4; i++) put(nop);
    ring.submitAndWait(6);
    expect(reap().at(-1)).toEqual([1, fail('ETIME')]);
    expect(clock.now()).toBe(1e12 + NS);
  });
});

describe('a poll', () => {
  it('shows what it was asked for, and what nobody need ask for', () => {
    const { ring, pipe, put, reap, poll } = world();
    put(poll);
    ring.submit();
    pipe.writer.drop();
    ring.submitAndWait(1);
    expect(reap()).toEqual([[1, POLL.HUP]]);
    const both = world();
    const fd = both.process.descriptors.install(both.pipe.writer);
    both.put((sqe) => both.ring.prepPollAdd(sqe, fd, POLL.OUT));
    both.ring.submit();
    expect(both.reap()).toEqual([[1, POLL.OUT]]);
  });
});

describe('restrictions', () => {
  const restricted = (rules: readonly (readonly [kind: number, value: number])[]) => {
    const found = world({ flags: SETUP.R_DISABLED });
    const { process, ring } = found;
    for (const [i, [kind, value]] of rules.entries()) {
      const at = LIST_AT + RESTRICTION_BYTES * i;
      process.memory.setU16(at + RESTRICTION.kind, kind);
      process.memory.setU8(at + RESTRICTION.value, value);
    }
    expect(ring.register(REGISTER.RESTRICTIONS, LIST_AT, rules.length)).toBe(0);
    expect(ring.enableRings()).toBe(0);
    return found;
  };

  it('hold for entries without any flag', () => {
    const { ring, put, reap, nop, poll } = restricted([[RESTRICTION_KIND.SQE_OP, OP.NOP]]);
    put(nop);
    put(poll);
    ring.submit();
    expect(reap()).toEqual([
      [1, 0],
      [2, fail('EACCES')],
    ]);
  });

  it('refuse what lacks a flag that is required', () => {
    const { ring, put, reap, nop } = restricted([
      [RESTRICTION_KIND.SQE_OP, OP.NOP],
      [RESTRICTION_KIND.SQE_FLAGS_REQUIRED, SQE_FLAG.ASYNC],
    ]);
    put(nop, SQE_FLAG.ASYNC);
    put(nop);
    ring.submit();
    expect(reap()).toEqual([
      [1, 0],
      [2, fail('EACCES')],
    ]);
  });
});

/** Time that passes whenever somebody looks at it. */
class RestlessClock extends VirtualClock {
  looks = 0;
  override now(): number {
    this.looks++;
    return super.now() + this.looks * 1000;
  }
}

describe('a wait on a ring that defers its work', () => {
  it('ends with a TIMEOUT that expires at any moment of it', () => {
    for (let ns = 0; ns < 30_000; ns += 500) {
      const { ring, process, put, reap } = world({ flags: DEFER }, new RestlessClock());
      process.memory.setU64(TIME_AT + 8, ns);
      put((sqe) => ring.prepTimeout(sqe, TIME_AT, 0, 0));
      expect(ring.submitAndWait(1)).toBe(1);
      expect(reap()).toEqual([[1, fail('ETIME')]]);
    }
  });
});
