/**
 * Goal: a result is one line: of sha256sum, of JSON, or of standard error; none loses a name.
 * Method: results with names of every kind, through each format.
 */
import { expect, it } from 'vitest';
import { fromText } from '../../../src/cli/byte-string.ts';
import { asJson, asLine, failureLine } from '../../../src/cli/report.ts';

const sum = { digest: 'd1', bytes: 3 };
const denied = Object.assign(new Error('EACCES: whatever'), { code: 'EACCES' });

it('prints no line of a file that has no sum', () => {
  expect(asLine({ path: 'a', sum, durationMs: 1 })).toBe('d1  a\n');
  expect(asLine({ path: 'a', error: denied, durationMs: 1 })).toBe('');
});

it('gives names that are no UTF-8 in base64 too', () => {
  const json = asJson('md5');
  const text = json({ path: fromText('é\n'), sum, durationMs: 1 });
  expect(text).toBe(fromText('{"path":"é\\n","algorithm":"md5","digest":"d1","bytes":3}\n'));
  const parsed: unknown = JSON.parse(json({ path: 'a\xff', error: denied, durationMs: 1 }));
  expect(parsed).toEqual({
    path: fromText('a\ufffd'),
    pathBase64: Buffer.from('a\xff', 'latin1').toString('base64'),
    error: { code: 'EACCES', message: 'Permission denied' },
  });
});

it.each([
  [denied, 'uring: a: Permission denied\n'],
  [Object.assign(new Error('x'), { code: 'ENOENT' }), 'uring: a: No such file or directory\n'],
  [Object.assign(new Error('not\nknown'), { code: 'ERR_X' }), 'uring: a: Not known\n'],
  [new Error('no code'), 'uring: a: No code\n'],
  ['a string', 'uring: a: A string\n'],
])('tells the reason of %s', (error, line) => {
  expect(failureLine({ path: 'a', error, durationMs: 1 })).toBe(line);
});
