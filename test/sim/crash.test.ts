/**
 * Goal: whatever an executor does when it dies, each request gets exactly one terminal CQE, nothing
 *       runs twice, and nothing that is called cancelled ran (law 2).
 * Method: one deterministic program on virtual time, over and over; the executor dies at its 1st,
 *         2nd, 3rd ... store into the ledger or the ring, of take, run, post and adopt alike, and
 *         in pairs, where the second death falls into the adoption that followed the first. Another
 *         program waits for a pipe, cancels, and sends to a second ring, whose CQ is small.
 */
import { describe, expect, it } from 'vitest';
import { fail } from '../../src/abi/errno.ts';
import { falseCancels, violation } from './crash-fates.ts';
import { type Action, CrashWorld } from './crash-world.ts';

const PROGRAM: readonly Action[] = [
  { submit: ['timeout', 'linked', 'linked', 'effect', 'drained', 'effect', 'linked'] },
  { advanceNs: 1500 },
  { reap: 8 },
  { submit: ['nop', 'effect', 'timeout', 'silent', 'bad'] },
  { call: true },
  { submit: ['shots', 'counted', 'effect', 'nop', 'effect'] }, // beyond the CQ: a backlog
  { reap: 3 },
  { submit: ['silent', 'effect', 'nop'] }, // beyond the quota of 12: entries wait in the SQ
  { advanceNs: 1500 },
  { reap: 6 },
  { submit: ['effect', 'timeout'] },
  { advanceNs: 3000 },
];

/** Polls that pend, what takes them back, and messages beyond the CQ of the other ring. */
const WAITING: readonly Action[] = [
  { submit: ['poll', 'message', 'poll', 'cancel'] },
  { submit: ['message', 'message', 'poll', 'message', 'linked', 'message'] },
  { pour: true },
  { reap: 3 },
  { submit: ['timeout', 'cancel', 'effect', 'shots', 'message'] },
  { advanceNs: 1500 },
  { submit: ['cancel', 'poll', 'drained', 'message', 'message', 'effect'] },
  { reap: 8 },
  { submit: ['linked', 'poll', 'cancel', 'message', 'nop', 'message'] },
  { pour: true },
];

function live(crashes: readonly number[], firstIndex = 0, program = PROGRAM): CrashWorld {
  const world = new CrashWorld(crashes, firstIndex);
  world.run(program);
  world.drain();
  return world;
}

function expectLaw2(world: CrashWorld, crashes: readonly number[]): void {
  const found = [...world.fates.values()].map(violation).filter((text) => text !== undefined);
  expect([...found, ...falseCancels(world.fates)], `crashes at stores ${crashes}`).toEqual([]);
  expect(world.busyRows(), `rows in use after crashes at ${crashes}`).toBe(0);
  expect(world.inFlight).toBe(0);
  expect([fail('EINVAL'), fail('EOWNERDEAD')]).toContain(world.callResults[0] ?? fail('EINVAL'));
}

/** How many stores the program takes when nobody dies. */
const storesOf = (firstIndex: number): number => live([], firstIndex).storesOfThisLife;

describe.each([0, 0x7fff_fffc, -4])('an executor over indices from %i', (firstIndex) => {
  const stores = storesOf(firstIndex);

  it('ends every request as expected when it lives', () => {
    const world = live([], firstIndex);
    expectLaw2(world, []);
    const results = [...world.fates.values()].flatMap((fate) => fate.results);
    expect(results.filter((res) => res === fail('EOWNERDEAD'))).toEqual([]);
    expect(stores).toBeGreaterThan(300);
  });

  it('ends every request once when it dies at any one of its stores', () => {
    let deaths = 0;
    for (let at = 0; at < stores; at++) {
      const world = live([at], firstIndex);
      expectLaw2(world, [at]);
      deaths += world.deaths;
    }
    expect(deaths).toBeGreaterThan(300);
  });
});

describe('an executor that dies while entries wait for a free row', () => {
  // Twelve requests that take all rows of the quota, eight at a time for the SQ, then one more.
  const first: readonly Action[] = [
    { submit: new Array(8).fill('timeout') },
    { submit: [...new Array(4).fill('timeout'), 'effect'] },
  ];

  it('leaves them to its successor, which serves them', () => {
    const honest = new CrashWorld([], 0);
    honest.run(first);
    const world = new CrashWorld([honest.storesOfThisLife], 0);
    world.run(first);
    world.run([{ advanceNs: 3000 }]); // its next store is its last
    world.drain();
    expect(world.deaths).toBe(1);
    const effect = [...world.fates.values()].find(({ entry }) => entry === 'effect');
    expect(effect).toMatchObject({ results: [0], runs: 1 });
  });
});

describe.each([0, -4])('an executor whose requests wait, over indices from %i', (firstIndex) => {
  const honest = live([], firstIndex, WAITING);

  it('ends every request as expected when it lives', () => {
    expectLaw2(honest, []);
    const fates = [...honest.fates.values()];
    const of = (entry: string) => fates.filter((fate) => fate.entry === entry);
    expect(of('cancel').filter(({ results: [res] }) => res === 0).length).toBeGreaterThan(1);
    expect(of('poll').filter(({ results: [res] }) => res! > 0).length).toBeGreaterThan(1);
    expect(of('message').map(({ arrivals }) => arrivals)).toEqual(of('message').map(() => 1));
  });

  it('ends every request once when it dies at any one of its stores', () => {
    for (let at = 0; at < honest.storesOfThisLife; at++)
      expectLaw2(live([at], firstIndex, WAITING), [at]);
  });

  it('ends every request once when its successor dies too', () => {
    for (let first = 0; first < honest.storesOfThisLife; first += 13)
      for (let second = 0; second < 90; second += 6)
        expectLaw2(live([first, second], firstIndex, WAITING), [first, second]);
  });
});

describe('a succession of executors', { timeout: 120_000 }, () => {
  it('ends every request once when the second dies while it adopts what the first left', () => {
    const stores = storesOf(0);
    let deaths = 0;
    for (let first = 0; first < stores; first += 7)
      for (let second = 0; second < 120; second += 3) {
        const world = live([first, second]);
        expectLaw2(world, [first, second]);
        deaths += world.deaths;
      }
    expect(deaths).toBeGreaterThan(1500);
  });

  it('ends every request once when each of ten dies young', () => {
    for (let age = 1; age < 150; age++) {
      const crashes = Array.from({ length: 10 }, (_, i) => age + 7 * i);
      expectLaw2(live(crashes), crashes);
    }
  });
});
