/**
 * Goal: names keep their bytes from the arguments to the output, and sort as bytes.
 * Method: all 256 bytes there and back; arguments beside a command line that the test provides.
 */
import { describe, expect, it } from 'vitest';
import { rawArguments } from '../../../src/cli/arguments.ts';
import {
  fromBytes,
  fromText,
  isText,
  joinPath,
  toBytes,
  toText,
} from '../../../src/cli/byte-string.ts';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe('a byte string', () => {
  it('keeps every byte', () => {
    expect(toBytes(fromBytes(everyByte))).toEqual(everyByte);
  });

  it('is the bytes of a text in UTF-8', () => {
    expect(toBytes(fromText('é\u{1f600}'))).toEqual(Buffer.from('é\u{1f600}'));
    expect(toText(fromText('é\u{1f600}'))).toBe('é\u{1f600}');
  });

  it('knows whether it is text', () => {
    expect(isText(fromText('é'))).toBe(true);
    expect(isText('\xe9')).toBe(false);
    expect(toText('a\xe9')).toBe('a\ufffd');
  });

  it('sorts by its bytes, which UTF-16 does not', () => {
    const [inPrivateUse, beyond] = ['\ufb01', '\u{1f600}'];
    expect([beyond, inPrivateUse].sort()).toEqual([beyond, inPrivateUse]);
    const sorted = [beyond, inPrivateUse].map(fromText).sort();
    expect(sorted).toEqual([inPrivateUse, beyond].map(fromText));
  });

  it('joins a directory and a name with one slash', () => {
    expect(joinPath('a', 'b')).toBe('a/b');
    expect(joinPath('a/', 'b')).toBe('a/b');
    expect(joinPath('/', 'b')).toBe('/b');
  });
});

describe('raw arguments', () => {
  const never = (): Buffer => {
    throw new Error('read in vain');
  };

  it('are the bytes of the decoded ones when nothing was lost', () => {
    expect(rawArguments(['sum', 'é'], never)).toEqual(['sum', fromText('é')]);
  });

  it('come from the command line when Node replaced bytes', () => {
    const line = Buffer.from('node\0--flag\0main.ts\0sum\0a\xff\0\0', 'latin1');
    expect(rawArguments(['sum', 'a\ufffd', ''], () => line)).toEqual(['sum', 'a\xff', '']);
  });

  it('are what Node made of them where the system does not tell', () => {
    expect(rawArguments(['a\ufffd'], never)).toEqual([fromText('a\ufffd')]);
  });
});
