/**
 * Goal: a CQE made visible by publish() is read whole, once, in order; no slot is reused early; a
 *       reaper is woken when it has what it wants, and left alone before.
 * Method: one thread plays both ends, as in submission.test.ts. All interleavings:
 *         test/model/completion.test.ts and waits.test.ts; real threads: test/race/ring.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { SETUP, SQ_FLAG } from '../../../src/abi/flags.ts';
import { CONTROL, CQE } from '../../../src/abi/layout.ts';
import { CompletionQueue, CompletionSink } from '../../../src/ring/completion.ts';
import { createRegion, viewRegion } from '../../../src/ring/region.ts';
import { CORRUPT, FULL } from '../../../src/ring/submission.ts';

function bothEnds({ entries = 2, firstIndex = 0 }) {
  const facts = { sqEntries: 1, cqEntries: entries, flags: SETUP.NO_SQARRAY };
  const region = viewRegion(createRegion(facts, { firstIndex }));
  const sink = new CompletionSink(region, firstIndex, 0);
  const queue = new CompletionQueue(region);
  const post = (value: number): number => {
    const slot = sink.reserve();
    if (slot !== FULL) sink.write(slot, value, ~value, 2 * value, 3 * value);
    return slot;
  };
  const read = (ahead: number): number[] => {
    const slot = queue.slotAt(ahead);
    const at = [CQE.userDataLow, CQE.userDataHigh, CQE.res, CQE.flags];
    return at.map((field) => region.words[slot + field]!);
  };
  return { region, words: region.words, sink, queue, post, read };
}

describe.each([0, 0x7fff_fffe, -1])('a completion queue that starts at %i', (firstIndex) => {
  it('refuses a reservation once every slot is taken', () => {
    const { post } = bothEnds({ firstIndex });
    post(1);
    post(2);
    expect(post(3)).toBe(FULL);
  });

  it('hands out no slot twice before the reaper released it', () => {
    const { post, sink, queue } = bothEnds({ firstIndex });
    const first = post(1);
    expect(post(2)).not.toBe(first);
    sink.publish();
    expect(post(3)).toBe(FULL);
    queue.release(1);
    expect(post(3)).toBe(first);
    expect(post(4)).toBe(FULL);
  });

  it('claims the lines of free slots only, wherever it is in the ring', () => {
    const { post, sink, queue, read } = bothEnds({ firstIndex, entries: 8 });
    let next = 0;
    for (; next < 6; next++) post(next);
    for (let oldest = 0; oldest < 20; oldest++) {
      sink.claimLines(8);
      sink.publish();
      queue.fetchLines(queue.ready());
      for (let i = 0; i < 6; i++) expect(read(i)[0]).toBe(oldest + i);
      queue.release(1);
      post(next++);
    }
  });

  it('shows the reaper nothing before publish()', () => {
    const { post, sink, queue } = bothEnds({ firstIndex });
    post(1);
    expect(queue.available()).toBe(0);
    sink.publish();
    expect(queue.available()).toBe(1);
  });

  it('hands over every CQE whole, once and in order across the wrap', () => {
    const { post, sink, queue, read } = bothEnds({ firstIndex, entries: 4 });
    for (let value = 0; value < 12; value += 3) {
      for (let i = 0; i < 3; i++) post(value + i);
      sink.publish();
      expect(queue.available()).toBe(3);
      for (let i = 0; i < 3; i++) {
        const sum = value + i;
        expect(read(i)).toEqual([sum, ~sum, 2 * sum, 3 * sum]);
      }
      expect(queue.release(3)).toBe(false);
    }
  });

  it('knows what is there until it was released, and then looks again', () => {
    const { post, sink, queue } = bothEnds({ firstIndex });
    post(1);
    sink.publish();
    expect(queue.available()).toBe(1);
    post(2);
    sink.publish();
    expect([queue.available(), queue.ready()]).toEqual([1, 2]);
  });

  it('is taken over by a second reaper where the first one released', () => {
    const { region, post, sink, queue } = bothEnds({ firstIndex });
    post(1);
    post(2);
    sink.publish();
    queue.ready();
    queue.release(1);
    const successor = new CompletionQueue(region);
    expect([successor.head, successor.available()]).toEqual([(firstIndex + 1) | 0, 1]);
  });

  it('knows a head beyond its tail, and one too far behind it', () => {
    const { words, sink } = bothEnds({ firstIndex });
    for (const [offset, answer] of [
      [0, 0],
      [-2, 2],
      [1, CORRUPT],
      [-3, CORRUPT],
    ] as const) {
      words[CONTROL.cqHead] = firstIndex + offset;
      expect(sink.ready()).toBe(answer);
    }
  });

  it('reserves nothing over a head that cannot be', () => {
    const { words, post } = bothEnds({ firstIndex });
    post(1);
    post(2);
    words[CONTROL.cqHead] = firstIndex + 3;
    expect(post(3)).toBe(FULL);
  });

  it('leaves a reaper asleep until its tail is reached', () => {
    const { words, post, sink } = bothEnds({ firstIndex });
    words[CONTROL.cqWanted] = firstIndex + 2;
    words[CONTROL.cqWaiting] = 1;
    post(1);
    sink.publish();
    expect(words[CONTROL.cqWake]).toBe(0);
    post(2);
    sink.publish();
    expect(words[CONTROL.cqWake]).toBe(1);
  });

  it('wakes nobody when nobody waits', () => {
    const { words, post, sink } = bothEnds({ firstIndex });
    words[CONTROL.cqWanted] = firstIndex + 1;
    post(1);
    sink.publish();
    expect(words[CONTROL.cqWake]).toBe(0);
  });
});

describe('the expiry of a TIMEOUT', () => {
  it('wakes a reaper that has nothing of what it wants, once', () => {
    const { words, sink } = bothEnds({});
    words[CONTROL.cqWanted] = 2;
    words[CONTROL.cqWaiting] = 1;
    sink.countTimeout();
    expect(words[CONTROL.cqWake]).toBe(0);
    sink.publish();
    sink.publish();
    expect([words[CONTROL.cqTimeouts], words[CONTROL.cqWake]]).toEqual([1, 1]);
  });

  it('counts on from what the ledger knew', () => {
    const { region, words } = bothEnds({});
    const successor = new CompletionSink(region, 0, 41);
    successor.countTimeout();
    successor.publish();
    expect([successor.timeouts, words[CONTROL.cqTimeouts]]).toEqual([42, 42]);
  });
});

describe('the flags of a ring', () => {
  it('tell a reaper that releases whether requests wait for its slots', () => {
    const { sink, queue } = bothEnds({});
    expect(queue.release(0)).toBe(false);
    sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, true);
    expect(queue.release(0)).toBe(true);
    sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, false);
    expect(queue.release(0)).toBe(false);
  });

  it('are raised and cleared one by one', () => {
    const { words, sink } = bothEnds({});
    sink.setSqFlag(SQ_FLAG.NEED_WAKEUP, true);
    sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, true);
    sink.setSqFlag(SQ_FLAG.NEED_WAKEUP, false);
    expect(words[CONTROL.sqFlags]).toBe(SQ_FLAG.CQ_OVERFLOW);
  });

  it('outlive the executor that raised them', () => {
    const { region, words, sink } = bothEnds({});
    sink.setSqFlag(SQ_FLAG.CQ_OVERFLOW, true);
    const successor = new CompletionSink(region, 0, 0);
    successor.setSqFlag(SQ_FLAG.CQ_OVERFLOW, false);
    expect(words[CONTROL.sqFlags]).toBe(0);
  });
});
