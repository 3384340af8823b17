/**
 * Goal: what the explorer calls a deadlock, a race or an outcome is one, and it misses none.
 * Method: textbook programs of a few accesses, whose possible ends are known by heart.
 */
import { describe, expect, it } from 'vitest';
import { type Configuration, explore, Violation } from './explorer/explore.ts';
import { Memory } from './explorer/memory.ts';

const FLAG = 0;
const DATA = 1;
const OTHER = 2;

function sharedWords(): { memory: Memory; words: Int32Array } {
  const memory = new Memory();
  return { memory, words: memory.area(new Int32Array(8), (index) => `word${index}`) };
}

type Program = (words: Int32Array) => void;

function run(programs: readonly Program[], more: Partial<Configuration> = {}): string[] {
  const { memory, words } = sharedWords();
  const ends = programs.map((program, at) => ({ name: `end${at}`, run: () => program(words) }));
  const outcome: Configuration['outcome'] = (read) => `${read(words, 4)}${read(words, 5)}`;
  return [...explore({ memory, ends, outcome, ...more }).outcomes];
}

function violationOf(programs: readonly Program[], stepwise: boolean): string {
  try {
    run(programs, { stepwise });
  } catch (thrown) {
    if (thrown instanceof Violation) return thrown.kind;
    throw thrown;
  }
  return 'none';
}

/** Stores to one word, then tells what it saw in the other. */
const storeThenLoad =
  (mine: number, theirs: number, answer: number): Program =>
  (words) => {
    Atomics.store(words, mine, 1);
    Atomics.store(words, answer, Atomics.load(words, theirs));
  };

describe.each([false, true])('an exploration with stepwise %s', (stepwise) => {
  it('finds every outcome of sequential consistency, and no other', () => {
    const both = [storeThenLoad(FLAG, DATA, 4), storeThenLoad(DATA, FLAG, 5)];
    expect(run(both, { stepwise })).toEqual(['01', '10', '11']);
  });

  it('finds no race where an atomic flag carries the data', () => {
    const writer: Program = (words) => {
      words[DATA] = 7;
      Atomics.store(words, FLAG, 1);
    };
    const reader: Program = (words) => {
      if (Atomics.load(words, FLAG) === 1) words[OTHER] = words[DATA]!;
    };
    expect(violationOf([writer, reader], stepwise)).toBe('none');
  });

  it('finds the race of a flag that is raised too early', () => {
    const writer: Program = (words) => {
      Atomics.store(words, FLAG, 1);
      words[DATA] = 7;
    };
    const reader: Program = (words) => {
      if (Atomics.load(words, FLAG) === 1) words[OTHER] = words[DATA]!;
    };
    expect(violationOf([writer, reader], stepwise)).toBe('race');
  });

  it('finds the race of plain accesses far from each other', () => {
    const writer: Program = (words) => {
      words[DATA] = 7;
      for (let i = 0; i < 5; i++) Atomics.store(words, 4, i);
    };
    const reader: Program = (words) => {
      for (let i = 0; i < 5; i++) Atomics.load(words, 4);
      words[OTHER] = words[DATA]!;
    };
    expect(violationOf([writer, reader], stepwise)).toBe('race');
  });

  it('finds the race of a plain store with an atomic load', () => {
    const writer: Program = (words) => {
      words[FLAG] = 1;
    };
    const reader: Program = (words) => {
      Atomics.load(words, FLAG);
    };
    expect(violationOf([writer, reader], stepwise)).toBe('race');
  });

  it('finds a wake-up that falls between a check and a sleep', () => {
    const sleeper: Program = (words) => {
      if (Atomics.load(words, FLAG) === 0) Atomics.wait(words, OTHER, 0);
    };
    const waker: Program = (words) => {
      Atomics.store(words, FLAG, 1);
      Atomics.notify(words, OTHER);
    };
    expect(violationOf([sleeper, waker], stepwise)).toBe('deadlock');
  });

  it('finds nothing wrong with a sleep that compares the word that changes', () => {
    const sleeper: Program = (words) => {
      while (Atomics.load(words, FLAG) === 0) Atomics.wait(words, FLAG, 0);
    };
    const waker: Program = (words) => {
      Atomics.store(words, FLAG, 1);
      Atomics.notify(words, FLAG);
    };
    expect(violationOf([sleeper, waker], stepwise)).toBe('none');
  });

  it('wakes as many as it is told, oldest first', () => {
    const sleeper: Program = (words) => {
      Atomics.wait(words, FLAG, 0);
    };
    const waker: Program = (words) => {
      Atomics.store(words, FLAG, 1);
      Atomics.notify(words, FLAG, 1);
    };
    expect(violationOf([sleeper, waker], stepwise)).toBe('none');
    expect(violationOf([sleeper, sleeper, waker], stepwise)).toBe('deadlock');
  });

  it('reports what an end throws, with the steps that led there', () => {
    const thrower: Program = (words) => {
      if (Atomics.load(words, FLAG) === 1) throw new Error('seen');
    };
    const storer: Program = (words) => {
      Atomics.store(words, FLAG, 1);
    };
    expect(() => run([thrower, storer], { stepwise })).toThrow(/seen[\s\S]*end1: store word0 1/);
  });
});

describe('an exploration', () => {
  it('lets an abandoned sleeper eat the only wake-up', () => {
    const { memory, words } = sharedWords();
    const sleeper = { name: 'sleeper', run: () => void Atomics.wait(words, FLAG, 0) };
    const waker = (count: number) => ({
      name: 'waker',
      run: () => {
        Atomics.store(words, FLAG, 1);
        Atomics.notify(words, FLAG, count);
      },
    });
    const ghosts = [{ words, index: FLAG }];
    expect(() => explore({ memory, ends: [sleeper, waker(1)], ghosts })).toThrow('deadlock');
    expect(explore({ memory, ends: [sleeper, waker(2)], ghosts }).endings).toBeGreaterThan(0);
  });

  it('refuses an end that catches its suspension', () => {
    const swallower: Program = (words) => {
      try {
        Atomics.load(words, FLAG);
      } catch {}
    };
    expect(() => run([swallower])).toThrow('caught its suspension');
  });

  it('refuses an end that never ends', () => {
    const counter: Program = (words) => {
      for (;;) Atomics.add(words, FLAG, 1);
    };
    const watcher: Program = (words) => {
      Atomics.load(words, FLAG);
    };
    expect(() => run([counter, watcher], { statesMax: 1000 })).toThrow('endless');
  });

  it('leaves the engine its own Atomics', () => {
    const engine = Atomics;
    run([storeThenLoad(FLAG, DATA, 4)]);
    expect(Atomics).toBe(engine);
  });
});
