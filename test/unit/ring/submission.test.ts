/**
 * Goal: an entry made visible by publish() is read whole, once, in order; no slot is reused early;
 *       indices that no honest submitter can have written are told from all others.
 * Method: one thread plays both ends, over the smallest rings, with indices seeded just below the
 *         int32 wrap so that every run crosses it. Interleavings: test/model/submission.test.ts;
 *         real threads: test/race/ring.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { SETUP } from '../../../src/abi/flags.ts';
import { CONTROL, SQE, SQE_WORDS } from '../../../src/abi/layout.ts';
import { createRegion, viewRegion } from '../../../src/ring/region.ts';
import {
  CORRUPT,
  DROPPED,
  FULL,
  SubmissionQueue,
  SubmissionSource,
} from '../../../src/ring/submission.ts';

interface Seed {
  readonly entries?: number;
  readonly firstIndex?: number;
  readonly flags?: number;
}

function bothEnds({ entries = 2, firstIndex = 0, flags = SETUP.NO_SQARRAY }: Seed) {
  const handle = createRegion({ sqEntries: entries, cqEntries: entries, flags }, { firstIndex });
  const region = viewRegion(handle);
  const queue = new SubmissionQueue(region);
  const source = new SubmissionSource(region, firstIndex);
  const put = (value: number): number => {
    const slot = queue.reserve();
    if (slot !== FULL) region.words[slot + SQE.userDataLow] = value;
    return slot;
  };
  const read = (ahead: number): number => region.words[source.slotAt(ahead) + SQE.userDataLow]!;
  return { region, words: region.words, queue, source, put, read };
}

describe.each([0, 0x7fff_fffe, -1])('a submission queue that starts at %i', (firstIndex) => {
  it('refuses a reservation once every slot is in flight', () => {
    const { put } = bothEnds({ firstIndex });
    put(1);
    put(2);
    expect(put(3)).toBe(FULL);
  });

  it('hands out no slot twice before the executor released it', () => {
    const { put, queue, source } = bothEnds({ firstIndex });
    const first = put(1);
    expect(put(2)).not.toBe(first);
    queue.publish();
    expect(put(3)).toBe(FULL);
    source.release(1);
    expect(put(3)).toBe(first);
    expect(put(4)).toBe(FULL);
  });

  it('shows the executor nothing before publish()', () => {
    const { put, queue, source } = bothEnds({ firstIndex });
    put(1);
    expect(source.available()).toBe(0);
    queue.publish();
    expect(source.available()).toBe(1);
  });

  it('hands over every entry once and in order across the wrap', () => {
    const { put, queue, source, read } = bothEnds({ firstIndex, entries: 4 });
    const seen: number[] = [];
    for (let value = 0; value < 12; value += 3) {
      for (let i = 0; i < 3; i++) put(value + i);
      expect(queue.publish()).toBe(3);
      for (let ahead = 0; ahead < source.available(); ahead++) seen.push(read(ahead));
      source.release(3);
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it('claims the lines of free slots only, wherever it is in the ring', () => {
    const { put, queue, source, read } = bothEnds({ firstIndex, entries: 32 });
    let next = 0;
    for (; next < 32; next++) put(next);
    queue.publish();
    for (let oldest = 0; next < 80; oldest++) {
      for (let i = 0; i < 32; i++) expect(read(i)).toBe(oldest + i);
      source.fetchLines(32);
      source.release(1);
      put(next++);
      queue.publish();
    }
  });

  it('leaves all slots alone when there is an index array: its owner uses them as it likes', () => {
    const { put, words, queue, region } = bothEnds({ firstIndex, entries: 32, flags: 0 });
    const lastSlot = region.geometry.sqesStart + ((firstIndex + 31) & 31) * SQE_WORDS;
    const last = lastSlot + SQE.userDataLow;
    words[last] = 7;
    for (let i = 0; i < 31; i++) put(1);
    expect(words[last]).toBe(7);
    expect(queue.space()).toBe(1);
  });

  it('publishes an entry once', () => {
    const { put, queue } = bothEnds({ firstIndex });
    put(1);
    expect([queue.publish(), queue.publish()]).toEqual([1, 0]);
  });

  it('counts reserved entries as taken, and released ones as free', () => {
    const { put, queue, source } = bothEnds({ firstIndex });
    put(1);
    expect([queue.ready(), queue.space()]).toEqual([1, 1]);
    queue.publish();
    source.release(1);
    expect([queue.ready(), queue.space()]).toEqual([0, 2]);
  });

  it('is taken over by a second submitter where the first one published', () => {
    const { region, put, queue, source, read } = bothEnds({ firstIndex });
    put(1);
    queue.publish();
    put(2); // never published: its submitter died
    const successor = new SubmissionQueue(region);
    const slot = successor.reserve();
    region.words[slot + SQE.userDataLow] = 3;
    expect(successor.publish()).toBe(1);
    expect([source.available(), read(0), read(1)]).toEqual([2, 1, 3]);
  });

  it('knows a tail beyond its entries, and one that went back', () => {
    const { words, source } = bothEnds({ firstIndex });
    for (const [offset, answer] of [
      [2, 2],
      [3, CORRUPT],
      [-1, CORRUPT],
      [0x7fff_ffff, CORRUPT],
    ] as const) {
      words[CONTROL.sqTail] = firstIndex + offset;
      expect(source.available()).toBe(answer);
    }
  });

  it('never believes the head that the ring shows', () => {
    const { words, put, queue, source, read } = bothEnds({ firstIndex });
    put(7);
    queue.publish();
    words[CONTROL.sqHead] = firstIndex + 1;
    expect([source.head, source.available(), read(0)]).toEqual([firstIndex, 1, 7]);
  });
});

describe('a submission queue with an index array', () => {
  it('submits in order when nobody touches the array', () => {
    const { put, queue, source, read } = bothEnds({ flags: 0 });
    put(1);
    put(2);
    queue.publish();
    expect([source.available(), read(0), read(1)]).toEqual([2, 1, 2]);
  });

  it('reads the entries that the array names', () => {
    const { region, put, queue, read } = bothEnds({ flags: 0 });
    put(1);
    put(2);
    region.words[region.geometry.arrayStart] = 1;
    region.words[region.geometry.arrayStart + 1] = 0;
    queue.publish();
    expect([read(0), read(1)]).toEqual([2, 1]);
  });

  it.each([2, -1, 0x7fff_ffff])('drops an entry whose index is %i', (index) => {
    const { region, put, queue, source } = bothEnds({ flags: 0 });
    region.words[region.geometry.arrayStart] = index;
    put(1);
    queue.publish();
    expect(source.slotAt(0)).toBe(DROPPED);
  });
});

describe('a release of submission slots', () => {
  it('wakes the submitter only while it sleeps for space', () => {
    const { words, source } = bothEnds({});
    source.release(0);
    expect(words[CONTROL.sqWake]).toBe(0);
    words[CONTROL.sqWanted] = 1;
    source.release(0);
    expect(words[CONTROL.sqWake]).toBe(1);
  });

  it('shows its head across the wrap', () => {
    const { words, source } = bothEnds({ firstIndex: -1 });
    source.release(1);
    expect(words[CONTROL.sqHead]).toBe(0);
  });
});
