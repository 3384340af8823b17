/**
 * Goal: between real threads every entry comes through once and in order, nobody is left asleep.
 * Method: submitter, executor and reaper are threads on a ring of 4 slots that starts just below a
 *         wrap of the index. Nobody sweeps and no wait has a limit, so one lost wake-up hangs the
 *         race; a watchdog then tells the words.
 */
import { describe, expect, it } from 'vitest';
import { race } from './arena.ts';

const COUNT = 100_000;
/** Some ten times what a busy machine needs. */
const watchdogMs = 120_000;
const timeoutMs = watchdogMs + 10_000;

describe.each([0x7fff_fff0, -16])('a ring of 4 slots that starts at %i', (firstIndex) => {
  it(`carries ${COUNT} entries between three threads, each once and in order`, async () => {
    const slots = [33];
    expect(await race({ slots, entries: 4, firstIndex, count: COUNT, watchdogMs })).toEqual([
      COUNT,
    ]);
  });
});

describe('one doorbell', () => {
  it(
    'serves two processes with bits in one leaf word',
    async () => {
      const count = COUNT / 2;
      const slots = [33, 34];
      const tails = await race({ slots, entries: 4, firstIndex: -16, count, watchdogMs });
      expect(tails).toEqual([count, count]);
    },
    timeoutMs,
  );
});
