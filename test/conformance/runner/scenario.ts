/** A scenario file: its shape, and the reader that finds files below a folder. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LayoutItem, Operand } from './operands.ts';

export type Mode = 'enter' | 'poll';
export type Layout = readonly LayoutItem[];

/** `[user_data, res, flags]`; without flags: none. */
export type ExpectedCqe = readonly [Operand, Operand, (Operand | undefined)?];
export interface ExpectedLists {
  readonly seqs?: readonly (readonly ExpectedCqe[])[];
  readonly bag?: readonly ExpectedCqe[];
}
export type ExpectedCqes = readonly ExpectedCqe[] | ExpectedLists;

/** One of the resources a scenario begins with: an object with one of these keys first. */
export interface Resource {
  readonly ring?: number;
  readonly flags?: Operand;
  readonly cq?: number;
  readonly idle?: number;
  readonly mem?: Layout;
  readonly align?: number;
  readonly ts?: number;
  readonly clock?: 'MONOTONIC' | 'REALTIME' | 'BOOTTIME';
  readonly pipe?: Operand;
  readonly file?: string | Layout;
  readonly open?: Operand | null;
  readonly dir?: true;
  readonly pair?: Operand;
  readonly socket?: readonly [Operand, Operand];
  readonly bind?: boolean;
  readonly listen?: number;
  readonly addr?: readonly [string, number | 'unused'];
  readonly eventfd?: number;
}

export interface EnterStep {
  readonly submit?: number;
  readonly wait?: number;
  readonly flags?: Operand;
  readonly ts?: Operand;
  readonly min_wait?: number;
  readonly arg?: Operand;
  readonly argsz?: Operand;
  readonly fd?: Operand;
  readonly ret?: Operand;
  readonly elapsed?: readonly [number, number];
}

export interface ResizeStep {
  readonly entries: Operand;
  readonly cq?: Operand;
  readonly flags?: Operand;
}

export interface BufsStep {
  readonly ring: Operand;
  readonly entries: number;
  readonly add: readonly (readonly [Operand, Operand, Operand])[];
}

/** What a host verb is expected to give: by verb a result, a text, bytes or facts. */
export type HostIs = Operand | null | Layout | { readonly [fact: string]: Operand };

/** One step: an object with one of these verbs. */
export interface Step {
  readonly task?: string;
  readonly ring?: string;
  readonly slot?: number;
  readonly ret?: Operand;
  readonly sqe?: { readonly [field: string]: Operand };
  readonly index?: readonly Operand[];
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
  readonly resize?: ResizeStep;
  readonly is?: HostIs;
  readonly mem?: readonly [Operand, Layout];
  readonly poke?: readonly [Operand, Layout];
  readonly bufs?: BufsStep;
  readonly host?: readonly (Operand | Layout)[];
}

export interface Scenario {
  readonly name: string;
  readonly why: string;
  readonly cite: readonly string[];
  readonly modes: readonly Mode[];
  readonly res?: { readonly [name: string]: Resource };
  readonly steps: readonly Step[];
}

/** Numbers that a double cannot hold stay text, which is an operand too: user data has 64 bits. */
function exactly(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  const isInexact = typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return isInexact && source !== undefined && /^-?\d+$/.test(source) ? source : value;
}

/** The contents of a file as JSON; throws SyntaxError. */
export const parse = (text: string): unknown => JSON.parse(text, exactly);

/** The contents of a scenario file, unchecked. */
export const readScenario = (path: string): unknown => parse(readFileSync(path, 'utf8'));

/** Every `*.json` below a folder, sorted; the file itself when `path` is one. */
export function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => join(path, file));
}
