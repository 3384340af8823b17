/** Shared memory whose every store is a place to die: the executor's words, counted and cut off. */

/** Thrown at the chosen store, and at every access after it: a dead thread does nothing more. */
export class Crash extends Error {}

/** Which store of a life kills it; Infinity lets it live. */
export class Mortality {
  stores = 0;
  dead = false;
  readonly #crashAt: number;

  constructor(crashAt: number) {
    this.#crashAt = crashAt;
  }

  /** Before a store: the one with number `crashAt` (from 0) does not happen any more. */
  store(): void {
    this.access();
    if (this.stores++ === this.#crashAt) {
      this.dead = true;
      throw new Crash();
    }
  }

  access(): void {
    if (this.dead) throw new Crash();
  }
}

const TARGETS = new WeakMap<object, Int32Array>();

/** A view of `words` through which the mortal thread works. */
export function mortalWords(words: Int32Array, mortality: Mortality): Int32Array {
  const proxy = new Proxy(words, {
    get: (target, key) => {
      mortality.access();
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, key, value) => {
      mortality.store();
      return Reflect.set(target, key, value);
    },
  });
  TARGETS.set(proxy, words);
  return proxy;
}

const STORING = new Set(['store', 'add', 'sub', 'or', 'and', 'exchange', 'compareExchange']);

/** Lets the shipped classes use Atomics on such views; the mortality is asked through the view. */
export function withMortalAtomics<T>(mortality: () => Mortality, body: () => T): T {
  const real = globalThis.Atomics;
  const handler: ProxyHandler<typeof Atomics> = {
    get: (target, key) => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== 'function') return method;
      return (words: Int32Array, ...rest: number[]) => {
        const target = TARGETS.get(words);
        if (target !== undefined) {
          if (STORING.has(String(key))) mortality().store();
          else mortality().access();
        }
        return Reflect.apply(method, real, [target ?? words, ...rest]);
      };
    },
  };
  globalThis.Atomics = new Proxy(real, handler);
  try {
    return body();
  } finally {
    globalThis.Atomics = real;
  }
}
