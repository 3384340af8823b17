/**
 * Goal: a request that waits is found by its user_data, the oldest first, for exactly as long as it
 *       waits and under the name it has, however many wait.
 * Method: the table alone, with records by hand, beside a plain list of them.
 */
import { describe, expect, it } from 'vitest';
import { Pending } from '../../../src/executor/pending.ts';
import type { Operation } from '../../../src/kernel/operation.ts';
import { Request, type RequestRing } from '../../../src/kernel/request.ts';

const MANY = 200;
const always = (): boolean => true;

function request(low: number, high = 0): Request {
  const made = new Request(0, {} as RequestRing, {} as Operation);
  made.userDataLow = low;
  made.userDataHigh = high;
  return made;
}

function table(count: number, keyOf: (index: number) => number) {
  const pending = new Pending();
  const requests = Array.from({ length: count }, (_, i) => request(keyOf(i)));
  for (const one of requests) pending.add(one);
  return { pending, requests };
}

describe('a table of waiting requests', () => {
  it('finds each of many, also after it grew', () => {
    const { pending, requests } = table(MANY, (i) => i);
    expect(pending.size).toBe(MANY);
    expect(requests.every((one) => pending.findFirst(one.userDataLow, 0, always) === one)).toBe(
      true,
    );
    expect(pending.findFirst(MANY, 0, always)).toBeUndefined();
    expect(pending.findFirst(1, 1, always)).toBeUndefined();
  });

  it('finds the newest of equals that fits', () => {
    const { pending, requests } = table(7, (i) => i % 3);
    expect(pending.findLast(0, 0, always)).toBe(requests[6]);
    expect(pending.findLast(0, 0, (one) => one !== requests[6])).toBe(requests[3]);
    pending.remove(requests[6]!);
    expect(pending.findLast(0, 0, always)).toBe(requests[3]);
    expect(pending.findLast(0, 1, always)).toBeUndefined();
    expect(pending.findLast(9, 0, always)).toBeUndefined();
  });

  it('finds the oldest of equals that fits', () => {
    const { pending, requests } = table(MANY, (i) => i % 3);
    expect(pending.findFirst(1, 0, always)).toBe(requests[1]);
    expect(pending.findFirst(1, 0, (one) => one !== requests[1])).toBe(requests[4]);
    pending.remove(requests[1]!);
    expect(pending.findFirst(1, 0, always)).toBe(requests[4]);
  });

  it('visits all in the order in which they began to wait', () => {
    const { pending, requests } = table(40, (i) => i);
    for (const [i, one] of requests.entries()) if (i % 4 !== 0) pending.remove(one);
    expect([...pending]).toEqual(requests.filter((_, i) => i % 4 === 0));
    expect(pending.size).toBe(10);
  });

  it('lets the one that is visited leave', () => {
    const { pending } = table(10, (i) => i);
    for (const one of pending) pending.remove(one);
    expect([pending.size, [...pending].length]).toEqual([0, 0]);
  });

  it('finds nothing that left, and takes it back in as the newest', () => {
    const { pending, requests } = table(3, () => 7);
    pending.remove(requests[0]!);
    pending.remove(requests[0]!); // twice is allowed
    expect(pending.size).toBe(2);
    pending.add(requests[0]!);
    pending.add(requests[0]!);
    expect([...pending]).toEqual([requests[1], requests[2], requests[0]]);
    expect(pending.findFirst(7, 0, always)).toBe(requests[1]);
  });

  it('finds who was renamed under the new name alone, behind its equals', () => {
    const { pending, requests } = table(3, (i) => i);
    pending.rename(requests[0]!, 1, 0);
    expect(pending.findFirst(0, 0, always)).toBeUndefined();
    expect(pending.findFirst(1, 0, always)).toBe(requests[1]);
    expect(pending.findFirst(1, 0, (one) => one !== requests[1])).toBe(requests[0]);
    for (const one of requests) pending.remove(one);
    expect(pending.findFirst(1, 0, always)).toBeUndefined();
  });

  it('finds the equals of who was renamed', () => {
    const { pending, requests } = table(3, () => 0);
    pending.rename(requests[0]!, 5, 0);
    expect(pending.findFirst(0, 0, always)).toBe(requests[1]);
    pending.remove(requests[1]!);
    expect(pending.findFirst(0, 0, always)).toBe(requests[2]);
    expect(pending.findFirst(5, 0, always)).toBe(requests[0]);
  });
});
