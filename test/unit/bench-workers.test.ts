/**
 * Goal: what a question times is work that happened: files weigh what they hold, and lanes run each
 *       operation once, as many at a time as the window says.
 * Method: files in the folder of the host's temporary ones; operations that end when they are told.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { FILE_BYTES, makeFiles, weigh } from '../../bench/workers/files.ts';
import { inFlight } from '../../bench/workers/in-flight.ts';

const closers: (() => void)[] = [];
const owner = { defer: (close: () => void) => void closers.push(close) };

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

describe('the files of a question', () => {
  it('weigh what their bytes weigh', () => {
    const { paths, weight } = makeFiles(owner, { count: 60 });
    const weights = paths.map((path) => weigh(readFileSync(path)));
    expect(weights.reduce((a, b) => a + b)).toBe(weight);
    expect(new Set(weights).size).toBe(60);
  });

  it('hold the bytes that the bars name', () => {
    const { paths } = makeFiles(owner, { count: 2 });
    expect(paths.map((path) => statSync(path).size)).toEqual([FILE_BYTES, FILE_BYTES]);
  });

  it('lie as many folders below their root as was asked for', () => {
    const { names } = makeFiles(owner, { count: 120, depth: 4 });
    expect(new Set(names.map((name) => name.split(sep).length))).toEqual(new Set([5]));
  });

  it('are gone after the question', () => {
    const { root } = makeFiles(owner, { count: 1 });
    for (const close of closers.splice(0)) close();
    expect(existsSync(root)).toBe(false);
  });
});

describe('operations in flight', () => {
  it('run once each, in order, and add up to the sum of their results', async () => {
    const begun: number[] = [];
    const sum = await inFlight({ total: 10, window: 3 }, async (index) => {
      begun.push(index);
      return index;
    });
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(sum).toBe(45);
  });

  it('are as many as the window at most, each lane one', async () => {
    const lanes = new Set<number>();
    let most = 0;
    await inFlight({ total: 20, window: 4 }, async (_, lane) => {
      expect(lanes.has(lane)).toBe(false);
      lanes.add(lane);
      most = Math.max(most, lanes.size);
      await Promise.resolve();
      lanes.delete(lane);
      return 0;
    });
    expect(most).toBe(4);
  });

  it('reject with the failure of any', async () => {
    const failing = inFlight({ total: 5, window: 2 }, async (index) => {
      if (index === 3) throw new Error('the fourth');
      return index;
    });
    await expect(failing).rejects.toThrow('the fourth');
  });
});
