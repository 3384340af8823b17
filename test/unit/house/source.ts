/** Source files as the house rules see them: text, code without words in it, and where they lie. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

/** Folders whose modules obey the rules. */
export const FOLDERS = ['src', 'workers', 'test', 'bench', 'scripts'];

/** One file, with variants of its text that have the same length and the same lines. */
export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Comments, strings and regular expressions are blank. */
  readonly code: string;
  /** Only comments are blank. */
  readonly uncommented: string;
  /** Everything but comments is blank. */
  readonly comments: string;
}

/** Paths from the root of the files that belong to the repository, tracked or about to be. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

/** Whether a path is a module that the rules are about. */
export const isModule = (path: string): boolean =>
  FOLDERS.includes(path.split('/')[0]!) && /\.(ts|mjs)$/.test(path);

export const readSource = (path: string): Source =>
  sourceOf(path, readFileSync(join(ROOT, path), 'utf8'));

/** A source made of given text. */
export function sourceOf(path: string, text: string): Source {
  const spans = scan(text);
  const blank = (kinds: readonly Span['kind'][]): string => {
    const parts: string[] = [];
    let end = 0;
    for (const span of spans.filter(({ kind }) => kinds.includes(kind))) {
      parts.push(text.slice(end, span.start), spaces(text.slice(span.start, span.end)));
      end = span.end;
    }
    return parts.join('') + text.slice(end);
  };
  const comments = spans.filter(({ kind }) => kind === 'comment');
  let kept = '';
  for (const { start, end } of comments)
    kept += spaces(text.slice(kept.length, start)) + text.slice(start, end);
  kept += spaces(text.slice(kept.length));
  return {
    path,
    text,
    code: blank(['comment', 'words']),
    uncommented: blank(['comment']),
    comments: kept,
  };
}

const spaces = (text: string): string => text.replace(/[^\n]/g, ' ');

/** A stretch of text that is no code: a comment, or the inside of a string, template or pattern. */
interface Span {
  readonly kind: 'comment' | 'words';
  readonly start: number;
  readonly end: number;
}

/** Keywords after which a slash begins a regular expression. */
const BEFORE_PATTERN =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|await|yield)$/;

/** Finds all spans in order. Template holes are code; `holes` keeps the brace depth of each. */
function scan(text: string): Span[] {
  const spans: Span[] = [];
  const holes: number[] = [];
  let depth = 0;
  let at = 0;
  const add = (kind: Span['kind'], end: number): void => {
    spans.push({ kind, start: at, end });
    at = end;
  };
  while (at < text.length) {
    const char = text[at]!;
    const two = text.slice(at, at + 2);
    if (two === '//' || (at === 0 && two === '#!')) add('comment', endOf(text, '\n', at));
    else if (two === '/*') add('comment', endOf(text, '*/', at + 2) + 2);
    else if (char === "'" || char === '"') quoted(char, false);
    else if (char === '`') quoted('`', true);
    else if (char === '/' && beginsPattern(text.slice(Math.max(0, at - 80), at)))
      quoted('/', false);
    else if (char === '}' && holes.at(-1) === depth) {
      holes.pop();
      depth--;
      quoted('`', true);
    } else {
      depth += char === '{' ? 1 : char === '}' ? -1 : 0;
      at++;
    }
  }
  return spans;

  /** Blanks from after the opening character to before the closing one, or to a template's hole. */
  function quoted(close: string, template: boolean): void {
    at++;
    let end = at;
    let inSet = false;
    for (; end < text.length; end++) {
      const char = text[end]!;
      if (char === '\\') end++;
      else if (close === '/' && (char === '[' || char === ']')) inSet = char === '[';
      else if (char === close && !inSet) break;
      else if (template && char === '$' && text[end + 1] === '{') break;
    }
    add('words', Math.min(end, text.length));
    const hole = text[at] === '$';
    if (hole) holes.push(++depth);
    at += hole ? 2 : 1;
  }
}

const endOf = (text: string, mark: string, from: number): number => {
  const found = text.indexOf(mark, from);
  return found === -1 ? text.length : found;
};

/** Whether a slash after this text begins a regular expression and is no division. */
function beginsPattern(before: string): boolean {
  const code = before.trimEnd();
  return code === '' || /[(,=:[!&|?{;+\-*%<>~^]$/.test(code) || BEFORE_PATTERN.test(code);
}

/** Number of the line, from 1, that holds the character at `index`. */
export const lineAt = (text: string, index: number): number =>
  text.slice(0, index).split('\n').length;

/** `path:line: what` for every match in one variant of a source; no code begins in a string. */
export function findAll(
  source: Source,
  variant: 'text' | 'code' | 'uncommented' | 'comments',
  pattern: RegExp,
  what: string,
): string[] {
  return [...source[variant].matchAll(pattern)]
    .filter(({ index }) => variant !== 'uncommented' || source.code[index] === source.text[index])
    .map(({ index }) => `${source.path}:${lineAt(source.text, index)}: ${what}`);
}
