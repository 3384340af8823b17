/** A scenario file: its shape, and the reader that finds files below a folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayoutItem, Operand } from './operands.ts';

export type Mode = 'enter' | 'poll';

/** `[user_data, res, flags]`; without flags: none. */
export type ExpectedCqe = readonly [Operand, Operand, (Operand | undefined)?];
export type ExpectedCqes =
  | readonly ExpectedCqe[]
  | { readonly seqs?: readonly (readonly ExpectedCqe[])[]; readonly bag?: readonly ExpectedCqe[] };

/** One of the resources a scenario begins with. */
export interface Resource {
  readonly ring?: number;
  readonly flags?: string;
  readonly cq?: number;
  readonly idle?: number;
  readonly mem?: readonly LayoutItem[];
  readonly align?: number;
  readonly ts?: number;
  readonly clock?: 'MONOTONIC' | 'REALTIME' | 'BOOTTIME';
}

export interface EnterStep {
  readonly submit?: number;
  readonly wait?: number;
  readonly flags?: string | number;
  readonly ret?: Operand;
  readonly fd?: Operand;
  readonly elapsed?: readonly [number, number];
}

/** One step: an object with one of these verbs. */
export interface Step {
  readonly ring?: string;
  readonly slot?: number;
  readonly ret?: Operand;
  readonly sqe?: { readonly [field: string]: Operand };
  readonly index?: readonly number[];
  readonly publish?: number;
  readonly enter?: EnterStep;
  readonly cqes?: ExpectedCqes;
  readonly reap?: ExpectedCqes;
  readonly none?: number;
  readonly sleep?: number;
  readonly state?: { readonly [what: string]: Operand };
  readonly reg?: readonly [Operand, Operand, Operand];
  readonly fd?: Operand;
  readonly setup?: { readonly [field: string]: Operand };
  readonly is?: { readonly [what: string]: Operand };
  readonly mem?: readonly [Operand, readonly LayoutItem[]];
  readonly poke?: readonly [Operand, readonly LayoutItem[]];
}

export interface Scenario {
  readonly name: string;
  readonly why: string;
  readonly modes: readonly Mode[];
  readonly res?: { readonly [name: string]: Resource };
  readonly steps: readonly Step[];
}

/** Every scenario below `folder`, by name. */
export function scenariosBelow(folder: string): Scenario[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((path) => JSON.parse(readFileSync(join(folder, path), 'utf8')) as Scenario);
}
