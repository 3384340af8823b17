/** Lines of sha256sum(1): sums as GNU coreutils 9 writes them, names as its messages quote them. */
import type { ByteString } from './byte-string.ts';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

/**
 * One line of a checksum file with its newline. A name with a backslash, newline or carriage return
 * is escaped, and a backslash before the digest says so.
 */
export function sumLine(digest: string, name: ByteString): ByteString {
  const escaped = name.replace(/[\\\n\r]/g, (byte) => ESCAPES[byte]!);
  return `${escaped === name ? '' : '\\'}${digest}  ${escaped}\n`;
}

/** Characters that a terminal shows, and does not obey, by the number of their bytes in UTF-8. */
const CHARACTERS = [
  '[ -~]',
  '\xc2[\xa0-\xbf]|[\xc3-\xdf][\x80-\xbf]',
  '\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}',
  '\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}',
];
const SHOWN = new RegExp(`(?:${CHARACTERS.join('|')})+`, 'g');

/** What a shell would not read as itself, and what is only itself within single quotes. */
const NEEDS_QUOTES = /[ !"$&'()*:;<=>?[\\^`|]|^[#~]|^[{}]$/;
const NEEDS_SINGLE_QUOTES = /[!"#$&()*;<=>?[\\\]^`{|}~]/;

const LETTERS: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

const octal = (byte: string): string => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`;

/** Bytes as a shell's $'...' */
const escapeBytes = (bytes: ByteString): string =>
  `$'${[...bytes].map((byte) => LETTERS[byte] ?? octal(byte)).join('')}'`;

const quoteShown = (shown: ByteString): string => `'${shown.replaceAll("'", "'\\''")}'`;

/**
 * A name in a message: as it is, or quoted as a shell would read it when a shell would read it
 * otherwise. Control characters never reach the terminal. (quotearg's shell-escape style.)
 */
export function quoteName(name: ByteString): ByteString {
  const runs: string[] = [];
  let end = 0;
  for (const { 0: shown, index } of name.matchAll(SHOWN)) {
    if (index > end) runs.push(escapeBytes(name.slice(end, index)));
    runs.push(quoteShown(shown));
    end = index + shown.length;
  }
  if (end < name.length) runs.push(escapeBytes(name.slice(end)));
  if (runs.some((run) => run.startsWith('$')))
    return (runs[0]!.startsWith('$') ? "''" : '') + runs.join('');
  if (name !== '' && !NEEDS_QUOTES.test(name)) return name;
  if (name.includes("'") && !NEEDS_SINGLE_QUOTES.test(name)) return `"${name}"`;
  return runs[0] ?? "''";
}
