/**
 * Goal: a CQE is read whole, once and in order, and no slot is written before it was read, in every
 *       interleaving of both ends.
 * Method: as submission.test.ts, with the roles exchanged.
 */
import { describe, expect, it } from 'vitest';
import { CONTROL, CQE } from '../../src/abi/layout.ts';
import { CompletionQueue, CompletionSink } from '../../src/ring/completion.ts';
import { FULL } from '../../src/ring/submission.ts';
import { must } from './explorer/ends.ts';
import { type Exploration, explore } from './explorer/explore.ts';
import { FIRST_INDICES, World } from './explorer/world.ts';

interface Case {
  readonly entries: number;
  readonly firstIndex: number;
  readonly count: number;
  readonly batch: number;
}

function exploreAlone({ entries, firstIndex, count, batch }: Case): Exploration {
  const world = new World();
  const { memory } = world;
  const region = world.ring('ring', { sqEntries: 1, cqEntries: entries, firstIndex });
  const { words } = region;
  const post = (): void => {
    const sink = new CompletionSink(region, firstIndex, 0);
    for (let value = 1; value <= count; value++) {
      let slot = sink.reserve();
      for (; slot === FULL; slot = sink.reserve()) {
        sink.publish();
        memory.untilChanged(words, CONTROL.cqHead, (sink.tail - entries) | 0);
      }
      sink.write(slot, value, ~value, 2 * value, 3 * value);
      if (value % batch === 0) sink.publish();
      world.mark(`posted ${value}`, [region], [CONTROL.cqHead]);
    }
    sink.publish();
  };
  const reap = (): void => {
    const queue = new CompletionQueue(region);
    for (let read = 0; read < count; ) {
      const available = queue.available();
      must(available >= 0 && available <= entries, 'the tail is one that was stored');
      if (available === 0) memory.untilChanged(words, CONTROL.cqTail, queue.head);
      for (let ahead = 0; ahead < available; ahead++) {
        const slot = queue.slotAt(ahead);
        const value = words[slot + CQE.userDataLow]!;
        must(value === ++read, `CQE ${read} is ${value}`);
        must(words[slot + CQE.userDataHigh] === ~value, 'a CQE is whole');
        must(words[slot + CQE.res] === 2 * value, 'a CQE is whole');
        must(words[slot + CQE.flags] === 3 * value, 'a CQE is whole');
      }
      if (available > 0) must(!queue.release(available), 'nothing overflowed');
      world.mark(`read ${read}`, [region], [CONTROL.cqTail]);
    }
  };
  const ends = [
    { name: 'executor', run: post },
    { name: 'reaper', run: reap },
  ];
  return explore({ memory, ends, stepwise: true });
}

describe.each(FIRST_INDICES)('a completion queue that starts at %i', (firstIndex) => {
  it.each([
    { entries: 1, count: 5, batch: 1, floor: 600 },
    { entries: 2, count: 6, batch: 1, floor: 2500 },
    { entries: 2, count: 6, batch: 2, floor: 400 },
    { entries: 4, count: 9, batch: 1, floor: 16_000 },
    { entries: 4, count: 9, batch: 3, floor: 4000 },
  ])('hands over $count CQEs through $entries slots in batches of $batch', (row) => {
    expect(exploreAlone({ ...row, firstIndex }).states).toBeGreaterThanOrEqual(row.floor);
  });
});
