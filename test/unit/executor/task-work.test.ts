/**
 * Goal: a request has one thing to do at a time, and nothing takes the place of its end; what a
 *       ring defers is done for its owner alone (SEMANTICS R2).
 * Method: the queues alone, with records by hand.
 */
import { expect, it } from 'vitest';
import type { KernelRing } from '../../../src/executor/kernel-ring.ts';
import { TaskWork, WORK, WorkQueue } from '../../../src/executor/task-work.ts';
import type { Operation } from '../../../src/kernel/operation.ts';
import { Request } from '../../../src/kernel/request.ts';

function world(defersWork: boolean) {
  const ring = { defersWork, deferred: new WorkQueue(), showWork: () => {} };
  const request = () => new Request(0, ring as unknown as KernelRing, {} as Operation);
  const done: [Request, number, number][] = [];
  const perform = (one: Request, work: number, res: number) => void done.push([one, work, res]);
  return { work: new TaskWork(), ring: ring as unknown as KernelRing, request, done, perform };
}

it('nothing takes the place of an end', () => {
  const { work, request, done, perform } = world(false);
  const one = request();
  work.add(one, WORK.RESUME, 1);
  work.add(one, WORK.FINISH, 2);
  work.add(one, WORK.DUE, 3);
  work.add(one, WORK.FINISH, 4);
  expect(work.run(perform, 10)).toBe(1);
  expect(done).toEqual([[one, WORK.FINISH, 2]]);
});

it('who ended has nothing to do', () => {
  const { work, request, done, perform } = world(false);
  const [one, two, three] = [request(), request(), request()];
  for (const each of [one, two, three]) work.add(each, WORK.START, 0);
  work.cancel(two);
  work.cancel(two); // twice is allowed
  expect(work.run(perform, 10)).toBe(2);
  expect(done.map(([each]) => each)).toEqual([one, three]);
  expect(work.hasReady).toBe(false);
});

it('what is more than a turn takes is left for the next', () => {
  const { work, request, perform } = world(false);
  for (let i = 0; i < 3; i++) work.add(request(), WORK.START, 0);
  expect([work.run(perform, 2), work.hasReady]).toEqual([2, true]);
  expect([work.run(perform, 2), work.hasReady]).toEqual([1, false]);
});

it('what a ring defers is done for its owner alone', () => {
  const { work, ring, request, done, perform } = world(true);
  work.add(request(), WORK.START, 0);
  expect([work.hasReady, work.run(perform, 10)]).toEqual([false, 0]);
  expect(work.runDeferred(ring, perform)).toBe(1);
  expect(done).toHaveLength(1);
});
