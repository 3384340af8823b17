/** Manners of modules: how each begins, and words that none contains. */
import { findAll, type Source } from './source.ts';

/** Tests that may use a timer, each with its reason. */
export const TIMED_TESTS: Readonly<Record<string, string>> = {
  'test/conformance/runner/target.ts': 'scenarios let real time pass while executors serve',
  'test/race/arena.ts': 'a watchdog turns a lost wake-up into a report',
};

const isTest = (path: string): boolean => path.startsWith('test/');

/** The opening that a module lacks, if any. */
export function badOpening({ path, text }: Source): string[] {
  const body = text.replace(/^#![^\n]*\n/, '');
  const complain = (what: string): string[] => [`${path}:1: ${what}`];
  const block = /^\/\*\*\n(?: \*[^\n]*\n)+? \*\/\n/.exec(body)?.[0];
  if (/\.(?:test|race)\.ts$/.test(path)) {
    const told = block !== undefined && /^ \* Goal: /m.test(block) && /^ \* Method: /m.test(block);
    return told ? [] : complain('a test begins with a block that tells its Goal and its Method');
  }
  if (path.endsWith('.bench.ts') && block !== undefined)
    return /^ \* Question: /m.test(block) ? [] : complain('a bench begins with its Question');
  const line = path.endsWith('.mjs') ? /^\/\/ (.+[.?])\n/ : /^\/\*\* (.+[.?]) \*\/\n/;
  const sentence = line.exec(body)?.[1];
  if (sentence === undefined) return complain('a module begins with a sentence about it');
  return /[.?] [A-Z]/.test(sentence) ? complain('one sentence is enough for the first line') : [];
}

/** Words that code must not contain, and where it may after all. */
interface Ban {
  readonly what: string;
  readonly in: 'text' | 'code' | 'uncommented';
  readonly pattern: RegExp;
  readonly spares: (path: string) => boolean;
}

const nowhere = (): boolean => false;

/** Spelled so that this file does not contain what it forbids. */
export const BANS: readonly Ban[] = [
  {
    what: 'a default export',
    in: 'code',
    pattern: /\bexport default\b|\bas default\b/g,
    spares: nowhere,
  },
  {
    what: 'a module-level let',
    in: 'code',
    pattern: /^(?:export )?(?:let|var)\b/gm,
    spares: nowhere,
  },
  {
    what: 'the type any',
    in: 'code',
    pattern: /(?:[:<|&[,]|=>|(?<![=!<>])=|\bas|\bextends|\bsatisfies)\s*any\b(?!\s*[(.:=])/g,
    spares: (path) => path === 'src/ops/define.ts',
  },
  {
    what: 'unfinished work',
    in: 'text',
    pattern: /\b(?:TOD[O]|FIXM[E]|XX[X])\b/g,
    spares: nowhere,
  },
  {
    what: 'a test that runs alone or not at all',
    in: 'code',
    pattern: /\.(?:only|skip)\s*\(/g,
    spares: (path) => !isTest(path),
  },
  {
    what: 'a timer in a test: wait on a word, an event or virtual time',
    in: 'code',
    pattern: /\b(?:setTimeout|setInterval)\s*\(/g,
    spares: (path) => !isTest(path) || path in TIMED_TESTS,
  },
  {
    what: 'a timer in a test: wait on a word, an event or virtual time',
    in: 'uncommented',
    pattern: /\bfrom 'node:timers\/promises'/g,
    spares: (path) => !isTest(path) || path in TIMED_TESTS,
  },
  {
    what: 'console output from the library',
    in: 'code',
    pattern: /\bconsole\s*\.\s*log\b/g,
    spares: (path) => !path.startsWith('src/') || path.startsWith('src/cli/'),
  },
  {
    what: 'a path of some machine',
    in: 'text',
    pattern: /(?<![\w.:/-])\/(?:work|root|home)\//g,
    spares: nowhere,
  },
  { what: 'a debugger statement', in: 'code', pattern: /\bdebugger\b/g, spares: nowhere },
  { what: 'a merge conflict', in: 'text', pattern: /^(?:<{7}|>{7}) /gm, spares: nowhere },
];

/** Everything banned that a source contains. */
export const bannedWords = (source: Source): string[] =>
  BANS.flatMap((ban) =>
    ban.spares(source.path) ? [] : findAll(source, ban.in, ban.pattern, ban.what),
  );

/** Files that tools and editors leave behind. */
export const leftovers = (paths: readonly string[]): string[] =>
  paths.filter((path) => /(?:\.(?:orig|rej|bak|tmp|log|swp|tgz)|~|\.DS_Store)$/.test(path));
