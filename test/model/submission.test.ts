/**
 * Goal: an entry of the SQ is read whole, once and in order, and no slot is written before it was
 *       read, in every interleaving of both ends.
 * Method: the shipped queue explored alone, every access a step; ends that would spin block until
 *         the word they look at changes. Starts just below both wraps of the index.
 */
import { describe, expect, it } from 'vitest';
import { CONTROL, SQE } from '../../src/abi/layout.ts';
import { FULL, SubmissionQueue, SubmissionSource } from '../../src/ring/submission.ts';
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
  const region = world.ring('ring', { sqEntries: entries, cqEntries: 1, firstIndex });
  const { words } = region;
  const submit = (): void => {
    const queue = new SubmissionQueue(region);
    let published = 0;
    for (let value = 1; value <= count; value++) {
      let slot = queue.reserve();
      for (; slot === FULL; slot = queue.reserve()) {
        published += queue.publish();
        memory.untilChanged(words, CONTROL.sqHead, (firstIndex + value - 1 - entries) | 0);
      }
      words[slot + SQE.userDataLow] = value;
      words[slot + SQE.userDataHigh] = ~value;
      if (value % batch === 0) published += queue.publish();
      world.mark(`wrote ${value} published ${published}`, [region], [CONTROL.sqHead]);
    }
    queue.publish();
  };
  const drain = (): void => {
    const source = new SubmissionSource(region, firstIndex);
    for (let read = 0; read < count; ) {
      const available = source.available();
      must(available >= 0 && available <= entries, 'the tail is one that was stored');
      if (available === 0) memory.untilChanged(words, CONTROL.sqTail, source.head);
      for (let ahead = 0; ahead < available; ahead++) {
        const slot = source.slotAt(ahead);
        const value = words[slot + SQE.userDataLow]!;
        must(value === ++read, `entry ${read} is ${value}`);
        must(words[slot + SQE.userDataHigh] === ~value, 'an entry is whole');
      }
      if (available > 0) source.release(available);
      world.mark(`read ${read}`, [region], []);
    }
  };
  const ends = [
    { name: 'submitter', run: submit },
    { name: 'executor', run: drain },
  ];
  return explore({ memory, ends, stepwise: true });
}

describe.each(FIRST_INDICES)('a submission queue that starts at %i', (firstIndex) => {
  it.each([
    { entries: 1, count: 5, batch: 1, floor: 190 },
    { entries: 2, count: 6, batch: 1, floor: 700 },
    { entries: 2, count: 6, batch: 2, floor: 130 },
    { entries: 4, count: 9, batch: 1, floor: 4000 },
    { entries: 4, count: 9, batch: 3, floor: 1200 },
  ])('hands over $count entries through $entries slots in batches of $batch', (row) => {
    expect(exploreAlone({ ...row, firstIndex }).states).toBeGreaterThanOrEqual(row.floor);
  });
});
