/**
 * Goal: a call of the host's pool is answered once, however its answer comes.
 * Method: continuations alone, with calls that end before they return.
 */
import { describe, expect, it } from 'vitest';
import { Continuations } from '../../../src/executor/continuations.ts';
import type { Request } from '../../../src/kernel/request.ts';

type Done = (res: number) => void;

function world(callsMax = 1) {
  const bugs: unknown[] = [];
  const ring = { hostCalls: 0 };
  const continuations = new Continuations({
    callsMax,
    woken: () => {},
    quiet: () => {},
    withdrawn: () => {},
    bug: (error) => bugs.push(error),
  });
  const request = (row: number): Request =>
    ({ row, ring, waits: false, letGo: () => {} }) as unknown as Request;
  return { bugs, ring, continuations, request };
}

describe('calls that end before they return', () => {
  it.each([100, 4096, 20_000, 131_072])(
    'are resumed once each when %i of them waited for the pool',
    (count) => {
      const { bugs, ring, continuations, request } = world();
      let first: Done | undefined;
      continuations.later(request(0), (done) => {
        first = done;
      });
      for (let row = 1; row <= count; row++) continuations.later(request(row), (done) => done(-9));
      first!(0);
      const resumed = new Map<number, number>();
      while (continuations.hasReady)
        continuations.run(({ row }) => resumed.set(row, (resumed.get(row) ?? 0) + 1));
      const twice = [...resumed.values()].filter((n) => n > 1).length;
      expect({
        bugs: bugs.length,
        twice,
        resumed: resumed.size,
        underWay: continuations.underWay,
        host: ring.hostCalls,
      }).toEqual({ bugs: 0, twice: 0, resumed: count + 1, underWay: 0, host: 0 });
    },
  );
});
