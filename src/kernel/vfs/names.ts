/** Paths as bytes: their names, their comparison, their shortest form. */

export const SLASH = 0x2f;
const DOT = 0x2e;
const NOTHING = new Uint8Array(0);

/** What a name in a path is. */
export const NAME = { PLAIN: 0, DOT: 1, DOT_DOT: 2 } as const;

export type NameKind = (typeof NAME)[keyof typeof NAME];

/** What text[start, end) is. */
export function nameKind(text: Uint8Array, start: number, end: number): NameKind {
  const length = end - start;
  if (length > 2 || text[start] !== DOT) return NAME.PLAIN;
  if (length === 1) return NAME.DOT;
  return text[start + 1] === DOT ? NAME.DOT_DOT : NAME.PLAIN;
}

/** Index of the first byte from `from` on that is no slash; the length when there is none. */
export function skipSlashes(text: Uint8Array, from: number): number {
  let at = from;
  while (at < text.length && text[at] === SLASH) at++;
  return at;
}

/** Index of the first slash from `from` on; the length when there is none. */
export function endOfName(text: Uint8Array, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== SLASH) at++;
  return at;
}

/** Whether text[at, at + part.length) is `part`. */
export function containsAt(text: Uint8Array, part: Uint8Array, at: number): boolean {
  if (at + part.length > text.length) return false;
  for (let i = 0; i < part.length; i++) if (text[at + i] !== part[i]) return false;
  return true;
}

/** Where the names of `prefix` end in `path` if it begins with them, or -1. */
export function afterPrefix(path: Uint8Array, prefix: Uint8Array): number {
  let at = skipDots(path, 0);
  for (let from = 0; from < prefix.length; ) {
    const end = endOfName(prefix, from);
    const nameEnd = endOfName(path, at);
    if (nameEnd - at !== end - from) return -1;
    while (from < end) if (prefix[from++] !== path[at++]) return -1;
    from++;
    at = skipDots(path, nameEnd);
  }
  return at;
}

/** Skips slashes, and names that are a single dot with another name behind them. */
function skipDots(path: Uint8Array, from: number): number {
  for (let at = skipSlashes(path, from); ; ) {
    const end = endOfName(path, at);
    const next = skipSlashes(path, end);
    if (next === path.length || nameKind(path, at, end) !== NAME.DOT) return at;
    at = next;
  }
}

/** Where the `..` of a path lead, if it has some. */
export const CLIMB = { NOT: 0, WITHIN: 1, OUT: 2 } as const;

/** Whether a path has `..`, and whether they lead above where it begins, by its text. */
export function climbs(path: Uint8Array): (typeof CLIMB)[keyof typeof CLIMB] {
  let hasDotDot = false;
  let depth = 0;
  for (let at = skipSlashes(path, 0); at < path.length; ) {
    const end = endOfName(path, at);
    const kind = nameKind(path, at, end);
    if (kind === NAME.DOT_DOT) {
      hasDotDot = true;
      if (--depth < 0) return CLIMB.OUT;
    } else if (kind === NAME.PLAIN) depth++;
    at = skipSlashes(path, end);
  }
  return hasDotDot ? CLIMB.WITHIN : CLIMB.NOT;
}

/** The names of a path without `.`, `..` and needless slashes; `..` of the root is the root. */
export function shortest(path: Uint8Array): Uint8Array {
  const names: Uint8Array[] = [];
  for (let at = skipSlashes(path, 0); at < path.length; ) {
    const end = endOfName(path, at);
    const kind = nameKind(path, at, end);
    if (kind === NAME.PLAIN) names.push(path.subarray(at, end));
    else if (kind === NAME.DOT_DOT) names.pop();
    at = skipSlashes(path, end);
  }
  return joined(names);
}

/** Parts with a slash between each two that are not empty. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const full = parts.filter(({ length }) => length > 0);
  if (full.length === 0) return NOTHING;
  const bytes = new Uint8Array(full.reduce((sum, { length }) => sum + length + 1, -1));
  let at = 0;
  for (const part of full) {
    if (at > 0) bytes[at++] = SLASH;
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A path without its last name: `a/b` of `a/b/c`, nothing of `a`. */
export function parentOf(names: Uint8Array): Uint8Array {
  return names.subarray(0, Math.max(0, names.lastIndexOf(SLASH)));
}

/** Whether `names` is `prefix`, or continues it with a slash. */
export function isWithin(names: Uint8Array, prefix: Uint8Array): boolean {
  const { length } = prefix;
  if (!containsAt(names, prefix, 0)) return false;
  return length === 0 || names.length === length || names[length] === SLASH;
}
