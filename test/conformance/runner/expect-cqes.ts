/** Compares the completions that came with those a scenario expects. */
import { CQE_WORDS, constant, resultText, ScenarioError } from './names.ts';
import type { Operand, Operands } from './operands.ts';
import type { Cqe } from './raw-ring.ts';
import type { ExpectedCqe, ExpectedCqes, ExpectedLists } from './scenario.ts';

/** Every expectation as lists that are in order, and a bag that is in none. */
export function listsOf(expected: ExpectedCqes): Required<ExpectedLists> {
  if (Array.isArray(expected)) return { seqs: [expected as readonly ExpectedCqe[]], bag: [] };
  const { seqs = [], bag = [] } = expected as ExpectedLists;
  return { seqs, bag };
}

/** How many CQEs an expectation is about. */
export function countOf(expected: ExpectedCqes): number {
  const { seqs, bag } = listsOf(expected);
  return bag.length + seqs.reduce((sum, seq) => sum + seq.length, 0);
}

/** Words stand side by side, or are joined like the terms of an operand. */
export const WORD_BREAK = /[|\s]+/;

/** Bits that a flags operand demands, and bits that may be either way. */
export function flagsOf(operand: Operand | undefined): { bits: number; free: number } {
  if (operand === undefined || operand === '') return { bits: 0, free: 0 };
  if (typeof operand === 'number') return { bits: operand, free: 0 };
  let [bits, free] = [0, 0];
  for (const word of operand.trim().split(WORD_BREAK)) {
    if (word.startsWith('?')) free |= bitsOf(word.slice(1));
    else bits |= bitsOf(word);
  }
  return { bits, free };
}

function bitsOf(word: string): number {
  const [, id] = /^BUFFER:(\d+)$/.exec(word) ?? [];
  if (id !== undefined)
    return bitOf('BUFFER') | (Number(id) << Number(constant('CQE_BUFFER_SHIFT')));
  if (word === 'BUFFER') throw new ScenarioError('the CQE flag BUFFER needs an id: BUFFER:n');
  return bitOf(word);
}

function bitOf(word: string): number {
  const bit = CQE_WORDS.get(word);
  if (bit === undefined) throw new ScenarioError(`unknown CQE flag ${word}`);
  return bit;
}

function fits(operands: Operands, [userData, res, flags]: ExpectedCqe, cqe: Cqe): boolean {
  if (BigInt.asUintN(64, operands.value(userData)) !== cqe.userData) return false;
  const { bits, free } = flagsOf(flags);
  return ((cqe.flags ^ bits) & ~free) === 0 && operands.matches(res, cqe.res);
}

/** The flags of a CQE in the words of a scenario. */
function flagsText(flags: number): string {
  const shift = Number(constant('CQE_BUFFER_SHIFT'));
  const words = [...CQE_WORDS].filter(([, bit]) => (flags & bit) !== 0);
  const known = words.reduce((all, [, bit]) => all | bit, 0);
  const isBuffer = (flags & bitOf('BUFFER')) !== 0;
  const rest = flags & ~known & (isBuffer ? (1 << shift) - 1 : -1);
  const texts = words.map(([word]) => (word === 'BUFFER' ? `BUFFER:${flags >>> shift}` : word));
  return [...texts, ...(rest === 0 ? [] : [`0x${(rest >>> 0).toString(16)}`])].join(' ');
}

/** A CQE as a scenario would write it. */
export function cqeText({ userData, res, flags }: Cqe): string {
  const parts = [`${userData}`, JSON.stringify(resultText(res))];
  if (flags !== 0) parts.push(JSON.stringify(flagsText(flags)));
  return `[${parts.join(', ')}]`;
}

const nextText = (wanted: readonly ExpectedCqe[]): string =>
  wanted.length === 0 ? 'no more' : wanted.map((cqe) => JSON.stringify(cqe)).join(' or ');

/**
 * What differs first, or undefined: a CQE that no list has next, or one that is missing. Greedy,
 * because no user data appears in two of the lists.
 */
export function difference(
  operands: Operands,
  expected: ExpectedCqes,
  cqes: readonly Cqe[],
): string | undefined {
  const { seqs, bag } = listsOf(expected);
  const rests = seqs.map((seq) => [...seq]);
  const loose = [...bag];
  const next = (): ExpectedCqe[] => [...rests.flatMap((rest) => rest.slice(0, 1)), ...loose];
  for (const [at, cqe] of cqes.entries()) {
    const rest = rests.find(([first]) => first !== undefined && fits(operands, first, cqe));
    if (rest !== undefined) {
      rest.shift();
      continue;
    }
    const found = loose.findIndex((candidate) => fits(operands, candidate, cqe));
    if (found < 0) return `CQE ${at}: got ${cqeText(cqe)}, expected ${nextText(next())}`;
    loose.splice(found, 1);
  }
  if (next().length === 0) return undefined;
  return `CQE ${cqes.length}: none came, expected ${nextText(next())}`;
}
