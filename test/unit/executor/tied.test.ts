/**
 * Goal: what ties requests to each other, or to the owner of their ring, comes to its end where
 *       tables and wishes are at odds: a LINK_TIMEOUT that is bad itself (H3), a chain that wants
 *       rows behind a barrier (E1), messages that a chain sends to the ring it runs on (R2).
 * Method: an inline kernel in virtual time, entries written by hand; test/sim/life found each.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { SETUP, SQ_FLAG, SQE_FLAG } from '../../../src/abi/flags.ts';
import { CONTROL, SQE } from '../../../src/abi/layout.ts';
import { AF, MSG, SOCK } from '../../../src/abi/net.ts';
import { POLL } from '../../../src/abi/poll.ts';
import type { Socket } from '../../../src/kernel/net/socket.ts';
import { world } from './inline-world.ts';

const { IO_LINK, IO_HARDLINK, IO_DRAIN } = SQE_FLAG;
const DATA_AT = 8192;
const STREAM = { domain: AF.UNIX, type: SOCK.STREAM, protocol: 0, isNonBlocking: false };
describe('a LINK_TIMEOUT whose preparation fails', () => {
  it('says why, right behind the head of its chain', () => {
    const { ring, put, reap, nop, linkTimeout } = world();
    put(nop, IO_LINK);
    put((sqe) => {
      linkTimeout(sqe);
      ring.words[sqe + SQE.len] = 2;
    });
    ring.submit();
    expect(reap()).toEqual([
      [1, fail('ECANCELED')],
      [2, fail('EINVAL')],
    ]);
  });

  it('says why behind another one that heads the chain', () => {
    const { ring, put, reap, linkTimeout } = world();
    put(linkTimeout, IO_LINK);
    put(linkTimeout);
    ring.submit();
    expect(reap()).toEqual([
      [1, fail('EINVAL')],
      [2, fail('EINVAL')],
    ]);
  });
});

describe('a chain that wants a row', () => {
  it('keeps no barrier up that was there before it', () => {
    const { ring, pipe, put, reap, nop, poll } = world({ inFlightMax: 4 });
    put(poll);
    put(nop, IO_DRAIN);
    for (let left = 3; left > 0; left--) put(nop, IO_LINK);
    put(nop);
    expect(ring.submit()).toBe(4);
    pipe.writer.drop(); // the poll ends
    for (let i = 0; i < 3; i++) ring.submitAndWait(0);
    expect(reap()).toEqual([
      [1, POLL.HUP],
      [2, 0],
      [3, 0],
      [4, 0],
      [5, 0],
      [6, 0],
    ]);
  });
});

describe('a receiver that waits for more than it has', () => {
  it('breaks its chain when it is taken back, with a selected buffer too (H1, D6)', () => {
    const { kernel, process, ring, put, reap, nop, linkTimeout } = world();
    const pair = kernel.machine.net.pair(STREAM) as readonly [Socket, Socket];
    const [one, other] = pair.map((socket) => process.descriptors.install(socket));
    put((sqe) => ring.prepProvideBuffers(sqe, DATA_AT, 8, 1, 7, 5));
    put((sqe) => ring.prepSend(sqe, other!, DATA_AT, 3, 0));
    put((sqe) => {
      ring.prepRecv(sqe, one!, 0, 0, MSG.WAITALL);
      ring.words[sqe + SQE.bufPersonality] = 7;
    }, SQE_FLAG.BUFFER_SELECT | IO_LINK);
    put(linkTimeout, IO_LINK);
    put(nop);
    ring.submitAndWait(5);
    expect(reap().sort(([a], [b]) => a - b)).toEqual([
      [1, 0],
      [2, 3],
      [3, 3],
      [4, fail('ETIME')],
      [5, fail('ECANCELED')],
    ]);
  });
});

describe('a ring that defers its work', () => {
  const flags = SETUP.SINGLE_ISSUER | SETUP.DEFER_TASKRUN | SETUP.TASKRUN_FLAG;

  it('gets the messages that its own chain sends in the same wait', () => {
    const { ring, put, reap, nop } = world({ flags });
    put(nop, IO_HARDLINK);
    put((sqe) => ring.prepMsgRing(sqe, ring.fd, 7, 99, 0));
    expect(ring.submitAndWait(3)).toBe(2);
    expect(reap().sort()).toEqual([
      [1, 0],
      [2, 0],
      [99, 7],
    ]);
    expect(ring.words[CONTROL.sqFlags]! & SQ_FLAG.TASKRUN).toBe(0);
  });

  it('loses no message for want of a row', () => {
    const { ring, put, reap, nop } = world({ flags, inFlightMax: 2 });
    put(nop, IO_DRAIN);
    put((sqe) => ring.prepMsgRing(sqe, ring.fd, 7, 99, 0));
    expect(ring.submitAndWait(3)).toBe(2);
    expect(reap()).toEqual([
      [1, 0],
      [2, 0],
      [99, 7],
    ]);
  });
});
