/**
 * Goal: a control call is read whole, answered once, and its caller wakes with its own result.
 * Method: the shipped slot and desk, the bell between them, and no limit of time.
 */
import { expect, it } from 'vitest';
import { fail } from '../../src/abi/errno.ts';
import { CONTROL } from '../../src/abi/layout.ts';
import { CallDesk, CallSlot } from '../../src/ring/call.ts';
import { Doorbell, Rung } from '../../src/ring/doorbell.ts';
import { closeRegion } from '../../src/ring/ending.ts';
import { Parking } from '../../src/ring/park.ts';
import type { Region } from '../../src/ring/region.ts';
import { type Floor, FOR_EVER, type Line, must } from './explorer/ends.ts';
import { type Exploration, explore } from './explorer/explore.ts';
import { World } from './explorer/world.ts';

/** Makes `count` calls, one after the other. */
function call({ region, doorbell, slot }: Line, count: number): void {
  const calls = new CallSlot(region);
  const bell = new Doorbell(doorbell, slot);
  for (let number = 1; number <= count; number++) {
    const seq = calls.place({
      number,
      addrLow: 10 * number,
      addrHigh: 20 * number,
      count: -number,
    });
    bell.ring();
    must(calls.block(seq) === 100 * number, 'the result is that of this call');
  }
}

/** Answers `count` calls, asleep between them. */
function answer(
  { region }: Line,
  { doorbell, board }: Floor,
  count: number,
  reply = (region: Region, result: number): void => {
    const desk = new CallDesk(region);
    desk.answer(desk.newest(), result);
  },
): void {
  const rung = new Rung(doorbell);
  const parking = new Parking({ doorbell, board, index: 0, rung });
  const desk = new CallDesk(region);
  const slots = new Int32Array(8);
  for (let done = 0; done < count; ) {
    rung.collect(slots); // it looks whoever rang: a sweep, or another door, may have woken it
    if (desk.newest() !== done) {
      const { number, addrLow, addrHigh, count: minus } = desk.read();
      must(number === ++done, 'calls come in order');
      must(addrLow === 10 * number && addrHigh === 20 * number && minus === -number, 'and whole');
      reply(region, 100 * number);
    } else parking.park(FOR_EVER.timeoutMs);
  }
}

function exploreCalls(count: number, ghost: boolean): Exploration {
  const world = new World();
  const { lines, floor } = world.floor({ sqEntries: 1, cqEntries: 1, firstIndex: 0 });
  const line = lines[0]!;
  return explore({
    memory: world.memory,
    ends: [
      { name: 'caller', run: () => call(line, count) },
      { name: 'executor', run: () => answer(line, floor, count) },
    ],
    ghosts: ghost ? [{ words: line.region.words, index: CONTROL.callDone }] : [],
  });
}

it('answers every call with its own result', () => {
  expect(exploreCalls(2, false).states).toBeGreaterThanOrEqual(500);
});

it('wakes a caller although an abandoned sleeper stands before it', () => {
  expect(exploreCalls(1, true).states).toBeGreaterThanOrEqual(100);
});

it('answers a call that finds its ring closed, whoever was first', () => {
  const world = new World();
  const { lines } = world.floor({ sqEntries: 1, cqEntries: 1, firstIndex: 0 });
  const line = lines[0]!;
  const callOnce = (): void => {
    const calls = new CallSlot(line.region);
    const seq = calls.place({ number: 1, addrLow: 0, addrHigh: 0, count: 0 });
    must(calls.block(seq) === fail('EBADF'), 'nobody is left to run it');
  };
  const { states } = explore({
    memory: world.memory,
    ends: [
      { name: 'caller', run: callOnce },
      { name: 'closer', run: () => closeRegion(line.region, fail('EBADF')) },
    ],
  });
  expect(states).toBeGreaterThanOrEqual(40);
});

it('answers the call that closes the ring with what became of it', () => {
  const world = new World();
  const { lines, floor } = world.floor({ sqEntries: 1, cqEntries: 1, firstIndex: 0 });
  const line = lines[0]!;
  const { states } = explore({
    memory: world.memory,
    ends: [
      { name: 'caller', run: () => call(line, 1) },
      { name: 'executor', run: () => answer(line, floor, 1, closeRegion) },
    ],
  });
  expect(states).toBeGreaterThanOrEqual(100);
});
