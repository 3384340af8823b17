/** Compares the completions that came with those a scenario expects. */
import { CQE_FLAG } from '../../../src/abi/flags.ts';
import { type Operand, type Operands, UnknownName } from './operands.ts';
import type { Cqe } from './raw-ring.ts';
import type { ExpectedCqe, ExpectedCqes } from './scenario.ts';

/** How many CQEs an expectation is about. */
export function countOf(expected: ExpectedCqes): number {
  if (Array.isArray(expected)) return expected.length;
  const { seqs = [], bag = [] } = expected as Exclude<ExpectedCqes, readonly ExpectedCqe[]>;
  return bag.length + seqs.reduce((sum, seq) => sum + seq.length, 0);
}

/** Bits that a flags operand demands, and bits that may be either way. */
function flagsOf(operand: Operand | undefined): { bits: number; free: number } {
  if (operand === undefined || operand === '') return { bits: 0, free: 0 };
  if (typeof operand === 'number') return { bits: operand, free: 0 };
  let [bits, free] = [0, 0];
  for (const word of operand.split('|')) {
    const optional = word.startsWith('?');
    const bit = bitOf(optional ? word.slice(1) : word);
    if (optional) free |= bit;
    else bits |= bit;
  }
  return { bits, free };
}

function bitOf(word: string): number {
  const buffer = /^BUFFER:(\d+)$/.exec(word);
  if (buffer !== null) return CQE_FLAG.BUFFER | (Number(buffer[1]) << 16);
  const bit = CQE_FLAG[word as keyof typeof CQE_FLAG];
  if (bit === undefined) throw new UnknownName(`unknown CQE flag ${word}`);
  return bit;
}

function fits(operands: Operands, [userData, res, flags]: ExpectedCqe, cqe: Cqe): boolean {
  if (BigInt.asUintN(64, operands.value(userData)) !== cqe.userData) return false;
  const { bits, free } = flagsOf(flags);
  return (cqe.flags & ~free) === bits && operands.matches(res, cqe.res);
}

const show = ({ userData, res, flags }: Cqe): string => `[${userData}, ${res}, ${flags}]`;

/** What differs first, or undefined. Greedy: no user data appears in two of the lists. */
export function difference(
  operands: Operands,
  expected: ExpectedCqes,
  cqes: readonly Cqe[],
): string | undefined {
  const lists = Array.isArray(expected) ? { seqs: [expected as readonly ExpectedCqe[]] } : expected;
  const { seqs = [], bag = [] } = lists as Exclude<ExpectedCqes, readonly ExpectedCqe[]>;
  const rests = seqs.map((seq) => [...seq]);
  const loose = [...bag];
  for (const [at, cqe] of cqes.entries()) {
    const rest = rests.find(([next]) => next !== undefined && fits(operands, next, cqe));
    if (rest !== undefined) {
      rest.shift();
      continue;
    }
    const found = loose.findIndex((candidate) => fits(operands, candidate, cqe));
    if (found < 0) {
      const wanted = JSON.stringify([...rests.map(([next]) => next), ...loose]);
      return `CQE ${at}: got ${show(cqe)}, expected one of ${wanted}`;
    }
    loose.splice(found, 1);
  }
  return undefined;
}
