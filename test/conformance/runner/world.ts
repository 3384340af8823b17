/** Everything that the steps of one running scenario share. */
import type { Res } from '../../../src/abi/errno.ts';
import { Arena } from './arena.ts';
import { resultText } from './names.ts';
import { type Operand, Operands } from './operands.ts';
import type { RawRing } from './raw-ring.ts';
import { SystemCalls } from './system-calls.ts';
import type { Target } from './target.ts';

/** What the simulator did that Linux did not. */
export class Difference extends Error {}

/** How to reach a socket that a scenario made. */
export interface Peer {
  readonly domain: number;
  readonly type: number;
  readonly address: Uint8Array;
}

/** The process of a scenario, by the names that the scenario gives. */
export class World {
  readonly target: Target;
  readonly operands = new Operands();
  readonly rings = new Map<string, RawRing>();
  /** Sockets with an address, by descriptor. */
  readonly peers = new Map<number, Peer>();
  readonly arena: Arena;
  readonly calls: SystemCalls;

  constructor(target: Target) {
    this.target = target;
    this.arena = new Arena(target.memory);
    this.calls = new SystemCalls(target, this.arena);
  }

  /** Throws a Difference unless the result is the expected one. */
  expect(what: string, expected: Operand, actual: number): void {
    if (!this.operands.matches(expected, actual))
      throw new Difference(`${what}: got ${resultText(actual)}, expected ${expected}`);
  }

  /** Throws a Difference unless the numbers are equal. */
  same(what: string, actual: number, expected: number): void {
    if (actual !== expected) throw new Difference(`${what}: got ${actual}, expected ${expected}`);
  }
}

/** What a call gave that must succeed; a Difference when it failed. */
export function mustSucceed<T>(what: string, given: T | Res): T {
  if (typeof given === 'number' && given < 0)
    throw new Difference(`${what}: got ${resultText(given)}, expected success`);
  return given as T;
}
