/**
 * Goal: sums and messages name files as GNU coreutils 9 does, whatever bytes their names are.
 * Method: names with every kind of byte, against what sha256sum 9.1 printed for them in a UTF-8
 *         locale.
 */
import { describe, expect, it } from 'vitest';
import { fromText } from '../../../src/cli/byte-string.ts';
import { quoteName, sumLine } from '../../../src/cli/line.ts';

describe('a line of a checksum file', () => {
  it.each([
    ['plain', 'd  plain\n'],
    ['with space', 'd  with space\n'],
    ['a\nb', '\\d  a\\nb\n'],
    ['a\\b', '\\d  a\\\\b\n'],
    ['a\rb', '\\d  a\\rb\n'],
    ['\\n\n', '\\d  \\\\n\\n\n'],
    ['\xff\x80', 'd  \xff\x80\n'],
    ['tab\there', 'd  tab\there\n'],
  ])('of the name %j is %j', (name, line) => {
    expect(sumLine('d', name)).toBe(line);
  });
});

describe('a name in a message', () => {
  it.each([
    ['plain-name_1.txt', 'plain-name_1.txt'],
    ['a,b', 'a,b'],
    ['', "''"],
    ['a b', "'a b'"],
    ['a:b', "'a:b'"],
    ['a"b', "'a\"b'"],
    ['a\\b', "'a\\b'"],
    ['a]b', 'a]b'],
    ['a{b', 'a{b'],
    ['{', "'{'"],
    ['{}', '{}'],
    ['~a', "'~a'"],
    ['a~', 'a~'],
    ['#a', "'#a'"],
    ['a#', 'a#'],
    ['a=b', "'a=b'"],
    ['a%b@+-_./^', "'a%b@+-_./^'"],
    ["it's", '"it\'s"'],
    ["it's a", '"it\'s a"'],
    ["it's!", "'it'\\''s!'"],
    ["it's $x", "'it'\\''s $x'"],
    ["it's{", "'it'\\''s{'"],
    ['a\nb', "'a'$'\\n''b'"],
    ['\x1b[0m', "''$'\\033''[0m'"],
    ['\xff', "''$'\\377'"],
    ['a\xc2\x85b', "'a'$'\\302\\205''b'"],
    [fromText('é'), fromText('é')],
    [fromText('\u{1f600} b'), fromText("'\u{1f600} b'")],
  ])('%j is quoted as %s', (name, quoted) => {
    expect(quoteName(name)).toBe(quoted);
  });

  it('never holds a control character', () => {
    for (let byte = 0; byte < 256; byte++) {
      const quoted = quoteName(`a${String.fromCharCode(byte)}b`);
      expect(quoted).toMatch(/^[ -~]+$/);
    }
  });
});
