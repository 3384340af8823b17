/** The Atomics that shipped code finds while it is explored: every call becomes one access. */
import { KIND, type Kind } from './access.ts';
import type { Memory } from './memory.ts';

/** What a finished WAIT recorded, in the words of Atomics.wait. */
export const WAIT_RESULT = { WOKEN: 0, NOT_EQUAL: 1 } as const;

/** Stands for an answer that the model keeps to itself; using it is an error. */
const UNTOLD = {
  [Symbol.toPrimitive](): never {
    throw new Error('the model does not tell this answer, as no shipped code needs it');
  },
};

/**
 * `Atomics` over `memory`. Waiting has no time limit, so that a lost wake-up shows as a deadlock.
 * or() and its like do not tell what was there, nor notify() how many it woke: shipped code does
 * not ask, and an end that does not know has fewer histories.
 */
function atomicsOver(memory: Memory): object {
  const silent = (kind: Kind) => (words: object, index: number, value: number) => {
    memory.access(words, kind, index, value | 0);
    return UNTOLD;
  };
  const valued = (kind: Kind) => (words: object, index: number, value: number) =>
    memory.access(words, kind, index, value | 0);
  return {
    load: (words: object, index: number) => memory.access(words, KIND.LOAD, index, 0),
    store: valued(KIND.STORE),
    exchange: valued(KIND.EXCHANGE),
    and: silent(KIND.AND),
    or: silent(KIND.OR),
    xor: silent(KIND.XOR),
    add: silent(KIND.ADD),
    sub: silent(KIND.SUB),
    compareExchange: (words: object, index: number, expected: number, value: number) =>
      memory.access(words, KIND.COMPARE_EXCHANGE, index, value | 0, expected | 0),
    wait: (words: object, index: number, expected: number) => {
      const result = memory.access(words, KIND.WAIT, index, expected | 0);
      return result === WAIT_RESULT.WOKEN ? 'ok' : 'not-equal';
    },
    notify: (words: object, index: number, count = Number.POSITIVE_INFINITY) => {
      memory.access(words, KIND.NOTIFY, index, Math.min(count, 0x7fff_ffff));
      return UNTOLD;
    },
  };
}

/** Runs `body`, which must be synchronous, with the model's Atomics in place of the engine's. */
export function withModelledAtomics<T>(memory: Memory, body: () => T): T {
  const engine = globalThis.Atomics;
  Reflect.set(globalThis, 'Atomics', atomicsOver(memory));
  try {
    return body();
  } finally {
    Reflect.set(globalThis, 'Atomics', engine);
  }
}
