/**
 * Goal: a job reports every file once, in the walk's order, whatever order they end in; it never
 *       has more in flight or pending than its bounds; it stops when told, or when a report throws.
 * Method: an engine whose sums end when the test says so, over names that the test makes up.
 */
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Engine, SumEnd } from '../../../src/cli/engine.ts';
import { type Result, runJob } from '../../../src/cli/job.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Sums end by end(index) or fail by fail(index), in any order. */
class ScriptedEngine implements Engine {
  readonly name = 'scripted';
  readonly inFlightMax: number;
  readonly asked: SumEnd[] = [];
  readonly #files: number;
  #ended = 0;
  inFlightSeen = 0;

  constructor(files: number, inFlightMax: number) {
    this.#files = files;
    this.inFlightMax = inFlightMax;
  }

  readonly list: Engine['list'] = async () => ({
    files: Array.from({ length: this.#files }, (_, i) => `${1000 + i}`),
    directories: [],
  });

  sum(_: string, end: SumEnd): void {
    this.asked.push(end);
    this.inFlightSeen = Math.max(this.inFlightSeen, this.asked.length - this.#ended);
  }

  async end(index: number): Promise<void> {
    this.#ended++;
    this.asked[index]!.summed({ digest: `d${index}`, bytes: index });
    await nextTurn();
  }

  async fail(index: number): Promise<void> {
    this.#ended++;
    this.asked[index]!.failed(new Error(`e${index}`));
    await nextTurn();
  }

  async close(): Promise<void> {}
}

/** A job over `files` files, with what it reported so far. */
function start(options: {
  readonly files: number;
  readonly inFlightMax: number;
  readonly pendingMax?: number;
  readonly report?: (result: Result) => void | Promise<void>;
}) {
  const engine = new ScriptedEngine(options.files, options.inFlightMax);
  const stop = new AbortController();
  const reported: string[] = [];
  const done = runJob({
    engine,
    paths: [tmpdir()],
    signal: stop.signal,
    report: (result) => {
      reported.push(result.sum?.digest ?? String((result.error as Error).message));
      return options.report?.(result);
    },
    ...(options.pendingMax === undefined ? {} : { pendingMax: options.pendingMax }),
  });
  const asked = async (count: number): Promise<void> => {
    while (engine.asked.length < count) await nextTurn();
  };
  return { engine, stop, reported, done, asked };
}

const digests = (count: number): string[] => Array.from({ length: count }, (_, i) => `d${i}`);

describe('a job', () => {
  it('reports in the order of the walk, whatever order files end in', async () => {
    const { engine, reported, done, asked } = start({ files: 4, inFlightMax: 4 });
    await asked(4);
    await engine.end(3);
    await engine.end(1);
    expect(reported).toEqual([]);
    await engine.end(0);
    expect(reported).toEqual(digests(2));
    await engine.end(2);
    await done;
    expect(reported).toEqual(digests(4));
  });

  it('asks for no more than its engine takes at once', async () => {
    const { engine, reported, done, asked } = start({ files: 20, inFlightMax: 3 });
    for (let i = 0; i < 20; i++) {
      await asked(i + 1);
      await engine.end(i);
    }
    await done;
    expect(engine.inFlightSeen).toBe(3);
    expect(reported).toEqual(digests(20));
  });

  it('lets a bounded number of files overtake a slow one', async () => {
    const { engine, reported, done, asked } = start({ files: 9, inFlightMax: 2, pendingMax: 4 });
    for (const i of [1, 2, 3]) {
      await asked(i + 1);
      await engine.end(i);
    }
    expect(engine.asked).toHaveLength(4);
    await engine.end(0);
    for (let i = 4; i < 9; i++) {
      await asked(i + 1);
      await engine.end(i);
    }
    await done;
    expect(reported).toEqual(digests(9));
  });

  it('reports a file that could not be summed in its place', async () => {
    const { engine, reported, done, asked } = start({ files: 3, inFlightMax: 3 });
    await asked(3);
    for (const i of [2, 0]) await engine.end(i);
    await engine.fail(1);
    await done;
    expect(reported).toEqual(['d0', 'e1', 'd2']);
  });

  it('ends at once when it is told to, without what is in flight', async () => {
    const { engine, stop, reported, done, asked } = start({ files: 9, inFlightMax: 2 });
    await asked(2);
    await engine.end(0);
    await asked(3);
    stop.abort();
    await done;
    await engine.end(1);
    expect(reported).toEqual(digests(1));
    expect(engine.asked).toHaveLength(3);
  });

  it('asks for nothing new while a report is slow', async () => {
    const slow = Promise.withResolvers<void>();
    const report = (): Promise<void> => slow.promise;
    const { engine, done, asked } = start({ files: 3, inFlightMax: 1, report });
    await asked(1);
    await engine.end(0);
    expect(engine.asked).toHaveLength(1);
    slow.resolve();
    for (const i of [1, 2]) {
      await asked(i + 1);
      await engine.end(i);
    }
    await done;
  });

  it('fails as its report does', async () => {
    const report = (): void => {
      throw new Error('full');
    };
    const { engine, done, asked } = start({ files: 2, inFlightMax: 1, report });
    const failed = expect(done).rejects.toThrow('full');
    await asked(1);
    await engine.end(0);
    await failed;
    expect(engine.asked).toHaveLength(1);
  });
});
