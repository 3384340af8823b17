/** One access to one shared word: the unit of a step, and what it does to the word's value. */

/** Kinds of access. The first two are plain; all others are sequentially consistent. */
export const KIND = {
  READ: 0,
  WRITE: 1,
  LOAD: 2,
  STORE: 3,
  EXCHANGE: 4,
  AND: 5,
  OR: 6,
  XOR: 7,
  ADD: 8,
  SUB: 9,
  COMPARE_EXCHANGE: 10,
  WAIT: 11,
  NOTIFY: 12,
  /** Blocks until the word differs from `value`: a spinning load, without its idle turns. */
  CHANGE: 13,
} as const;

export type Kind = (typeof KIND)[keyof typeof KIND];

const NAMES = new Map<Kind, string>(
  Object.entries(KIND).map(([name, kind]) => [kind, name.toLowerCase()]),
);

export interface Access {
  readonly kind: Kind;
  readonly address: number;
  /** What is stored, combined or compared; of NOTIFY the number of sleepers. */
  readonly value: number;
  /** Of COMPARE_EXCHANGE alone. */
  readonly expected: number;
}

export const isPlain = (kind: Kind): boolean => kind === KIND.READ || kind === KIND.WRITE;

const READERS: readonly Kind[] = [KIND.READ, KIND.LOAD, KIND.WAIT, KIND.CHANGE];

/** Whether an access may change what others see there; a NOTIFY does, to those who sleep there. */
export const isWrite = (kind: Kind): boolean => !READERS.includes(kind);

const TOLD: readonly Kind[] = [KIND.READ, KIND.LOAD, KIND.EXCHANGE, KIND.COMPARE_EXCHANGE];

/** Whether the end learns what the word held; see atomics.ts. */
export const isTold = (kind: Kind): boolean => TOLD.includes(kind);

/** The word after an access to a word that held `held`; for kinds that neither sleep nor wake. */
export function wordAfter({ kind, value, expected }: Access, held: number): number {
  switch (kind) {
    case KIND.WRITE:
    case KIND.STORE:
    case KIND.EXCHANGE:
      return value;
    case KIND.AND:
      return held & value;
    case KIND.OR:
      return held | value;
    case KIND.XOR:
      return held ^ value;
    case KIND.ADD:
      return (held + value) | 0;
    case KIND.SUB:
      return (held - value) | 0;
    case KIND.COMPARE_EXCHANGE:
      return held === expected ? value : held;
    default:
      return held;
  }
}

/** An access in words, for a trace. */
export function describeAccess({ kind, value, expected }: Access, word: string): string {
  const name = NAMES.get(kind) ?? 'access';
  if (kind === KIND.READ || kind === KIND.LOAD) return `${name} ${word}`;
  if (kind === KIND.COMPARE_EXCHANGE) return `${name} ${word} ${expected} -> ${value}`;
  return `${name} ${word} ${value}`;
}
