/** What `uring sum` says about a file: a line of sha256sum(1), or an object of JSON. */
import { type ByteString, fromText, isText, toBytes, toText } from './byte-string.ts';
import { codeOf, reasonOf } from './failure.ts';
import type { Result } from './job.ts';
import { quoteName, sumLine } from './line.ts';

/** The line for standard output; '' when there is none. */
export type Format = (result: Result) => ByteString;

export const asLine: Format = ({ path, sum }) =>
  sum === undefined ? '' : sumLine(sum.digest, path);

/** A name that is not UTF-8 is also given in base64, which loses nothing. */
function nameFields(path: ByteString): { path: string; pathBase64?: string } {
  const name = { path: toText(path) };
  return isText(path) ? name : { ...name, pathBase64: toBytes(path).toString('base64') };
}

export const toJsonLine = (value: object): ByteString => fromText(`${JSON.stringify(value)}\n`);

export const asJson =
  (algorithm: string): Format =>
  ({ path, sum, error }) =>
    toJsonLine(
      sum === undefined
        ? { ...nameFields(path), error: { code: codeOf(error), message: reasonOf(error) } }
        : { ...nameFields(path), algorithm, ...sum },
    );

/** The line for standard error, in sha256sum's words: `uring: path: reason`. */
export const failureLine = ({ path, error }: Result): ByteString =>
  `uring: ${quoteName(path)}: ${fromText(reasonOf(error))}\n`;
