/** Sizes of files and functions against their limits, with a ratchet for those above them. */
import { lineAt, type Source } from './source.ts';

/** Lines of a file, lines of its longest function, columns of its longest line. */
export interface Sizes {
  readonly lines: number;
  readonly functionLines: number;
  readonly columns: number;
}

export const LIMITS: Sizes = { lines: 300, functionLines: 50, columns: 100 };

/** What a file above a limit may measure; grows never, shrinks with the file. */
export type Ratchet = Readonly<Record<string, Partial<Sizes>>>;

const KEYS = ['lines', 'functionLines', 'columns'] as const;

export function sizesOf(source: Source): Sizes {
  const lines = source.text.replace(/\n$/, '').split('\n');
  return {
    lines: lines.length,
    functionLines: Math.max(0, ...functionsOf(source).map(({ lines: length }) => length)),
    columns: Math.max(...lines.map((line) => line.length)),
  };
}

/** Where the ratchet and a file disagree. */
export function compareSizes(path: string, sizes: Sizes, allowed: Partial<Sizes> = {}): string[] {
  return KEYS.flatMap((key) => {
    const [size, limit, entry] = [sizes[key], LIMITS[key], allowed[key]];
    if (size > (entry ?? limit)) return [`${path}: ${key} ${size} exceed ${entry ?? limit}`];
    if (entry === undefined || (entry === size && size > limit)) return [];
    const now = size <= limit ? 'remove it' : `set it to ${size}`;
    return [`${path}: the ratchet allows ${key} ${entry}, which is no longer needed: ${now}`];
  });
}

/** Every function with a body in braces; callbacks of describe() count as files do, not here. */
export function functionsOf({ code }: Source): { line: number; lines: number }[] {
  const { partner, callee } = pairBrackets(code);
  const found: { line: number; lines: number }[] = [];
  for (const [open, close] of partner) {
    if (code[open] !== '(') continue;
    const body = bodyAfter(code, close, partner);
    if (body === -1 || CONTROL.test(callee(open))) continue;
    const outer = enclosing(open, partner, code);
    if (outer !== -1 && code[outer] === '(' && /^describe\b/.test(callee(outer))) continue;
    const line = lineAt(code, open);
    found.push({ line, lines: lineAt(code, partner.get(body)!) - line + 1 });
  }
  return found;
}

const CONTROL = /^(?:if|for|while|switch|catch|with|await)$/;
const CLOSER: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Matches brackets, and tells what is called by an opening parenthesis. */
function pairBrackets(code: string): {
  partner: Map<number, number>;
  callee: (open: number) => string;
} {
  const partner = new Map<number, number>();
  const opener = new Map<number, number>();
  const stack: number[] = [];
  for (let at = 0; at < code.length; at++) {
    if (code[at]! in CLOSER) stack.push(at);
    else if (/[)\]}]/.test(code[at]!) && stack.length > 0) {
      const open = stack.pop()!;
      partner.set(open, at);
      opener.set(at, open);
    }
  }
  const callee = (open: number): string => {
    const before = code.slice(0, open).trimEnd();
    if (before.endsWith(')')) return callee(opener.get(before.length - 1) ?? 0);
    return /[\w$.#]*$/.exec(before.slice(-200))![0];
  };
  return { partner, callee };
}

/** The innermost bracket that is open at `at`, or -1. */
function enclosing(at: number, partner: ReadonlyMap<number, number>, code: string): number {
  for (let open = at - 1; open >= 0; open--)
    if (code[open]! in CLOSER && (partner.get(open) ?? -1) > at) return open;
  return -1;
}

/** Index of the brace that opens the body of a function whose parameters end at `close`, or -1. */
function bodyAfter(code: string, close: number, partner: ReadonlyMap<number, number>): number {
  let at = skipBlanks(code, close + 1);
  if (code[at] === ':') at = endOfType(code, at + 1, partner);
  if (code.startsWith('=>', at)) at = skipBlanks(code, at + 2);
  return code[at] === '{' ? at : -1;
}

/** Index after the return type that begins at `from`: at its body, its arrow, or what ends it. */
function endOfType(code: string, from: number, partner: ReadonlyMap<number, number>): number {
  let operandNext = true; // a brace here opens an object type
  let angles = 0;
  for (let at = skipBlanks(code, from); at < code.length; at = skipBlanks(code, at)) {
    const char = code[at]!;
    if (char === '{' && !operandNext) return at;
    if (char in CLOSER) {
      at = (partner.get(at) ?? at) + 1;
      operandNext = false;
    } else if (code.startsWith('=>', at)) return at;
    else if (/[;)\]}=?]/.test(char) || (char === ',' && angles === 0)) return at;
    else if (/[|&<>:,]/.test(char)) {
      angles += char === '<' ? 1 : char === '>' ? -1 : 0;
      operandNext = char !== '>';
      at++;
    } else {
      const word = /^[\w$.'"`#]+/.exec(code.slice(at, at + 200))?.[0] ?? char;
      operandNext = /^(?:is|asserts|keyof|readonly|typeof|extends|infer|unique)$/.test(word);
      at += word.length;
    }
  }
  return code.length;
}

function skipBlanks(code: string, from: number): number {
  let at = from;
  while (/\s/.test(code[at] ?? '')) at++;
  return at;
}
