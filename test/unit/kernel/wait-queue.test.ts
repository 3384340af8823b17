/**
 * Goal: whoever waits for an object is told of what it listens for, in order, until it leaves.
 * Method: waiters that note what they are told, and do something of their own in between.
 */
import { describe, expect, it } from 'vitest';
import { POLL } from '../../../src/abi/poll.ts';
import { Waiter, WaitQueue } from '../../../src/kernel/wait-queue.ts';

/** Notes its name and the events; then does what the test wants. */
class Noting extends Waiter {
  readonly #told: string[];
  readonly #name: string;
  readonly #then: (self: Waiter) => void;

  constructor(told: string[], name: string, then: (self: Waiter) => void = () => {}) {
    super();
    this.#told = told;
    this.#name = name;
    this.#then = then;
  }

  woken(events: number): void {
    this.#told.push(`${this.#name}:${events}`);
    this.#then(this);
  }
}

const names = (queue: WaitQueue): number => [...queue].length;

describe('a wait queue', () => {
  it('tells first who came first, and only those that listen', () => {
    const told: string[] = [];
    const queue = new WaitQueue();
    queue.add(new Noting(told, 'a'), POLL.IN);
    queue.add(new Noting(told, 'b'), POLL.OUT);
    queue.add(new Noting(told, 'c'), POLL.IN | POLL.OUT);
    queue.wake(POLL.IN);
    queue.wake(POLL.OUT);
    expect(told).toEqual(['a:1', 'c:1', 'b:4', 'c:4']);
  });

  it('tells everybody of errors and hang-ups', () => {
    const told: string[] = [];
    const queue = new WaitQueue();
    queue.add(new Noting(told, 'a'), 0);
    queue.add(new Noting(told, 'b'), POLL.IN);
    queue.wake(POLL.HUP);
    queue.wake(POLL.ERR);
    queue.wake(POLL.PRI);
    expect(told).toEqual(['a:16', 'b:16', 'a:8', 'b:8']);
  });

  it('tells again who stays, and nobody who left', () => {
    const told: string[] = [];
    const queue = new WaitQueue();
    const stays = new Noting(told, 'stays');
    const leaves = new Noting(told, 'leaves', (self) => self.leave());
    queue.add(leaves, POLL.IN);
    queue.add(stays, POLL.IN);
    queue.wake(POLL.IN);
    queue.wake(POLL.IN);
    expect(told).toEqual(['leaves:1', 'stays:1', 'stays:1']);
    stays.leave();
    expect(queue.isEmpty).toBe(true);
  });

  it('lets go of the first, the last and any other, and keeps the order of the rest', () => {
    const told: string[] = [];
    const queue = new WaitQueue();
    const all = ['a', 'b', 'c', 'd'].map((name) => new Noting(told, name));
    for (const waiter of all) queue.add(waiter, POLL.IN);
    all[1]?.leave();
    queue.wake(POLL.IN);
    all[0]?.leave();
    all[3]?.leave();
    queue.wake(POLL.IN);
    expect(told).toEqual(['a:1', 'c:1', 'd:1', 'c:1']);
    expect(names(queue)).toBe(1);
  });

  it('takes a waiter again, behind the others, with what it listens for now', () => {
    const told: string[] = [];
    const queue = new WaitQueue();
    const first = new Noting(told, 'first');
    queue.add(first, POLL.IN);
    queue.add(new Noting(told, 'second'), POLL.IN | POLL.OUT);
    first.leave();
    queue.add(first, POLL.OUT);
    queue.wake(POLL.IN);
    queue.wake(POLL.OUT);
    expect(told).toEqual(['second:1', 'second:4', 'first:4']);
  });

  it('does not mind a waiter that leaves twice, or was in none', () => {
    const queue = new WaitQueue();
    const waiter = new Noting([], 'a');
    waiter.leave();
    queue.add(waiter, POLL.IN);
    waiter.leave();
    waiter.leave();
    expect(queue.isEmpty).toBe(true);
    expect(waiter.queue).toBeUndefined();
  });
});
