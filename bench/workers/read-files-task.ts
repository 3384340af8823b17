/** The tasks of a thread pool that reads files: one, many, and many in one piece. */
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs';
import { move } from 'piscina';
import { FILE_BYTES } from './files.ts';

export const readOne = (path: string): Uint8Array => readFileSync(path);

/** As one writes it. */
export const readMany = (paths: readonly string[]): Uint8Array[] =>
  paths.map((path) => readFileSync(path));

/**
 * As one writes it who has measured, and knows how large the files are: all in one buffer, one
 * behind the other, which changes hands without a copy.
 */
export function readPacked(paths: readonly string[]): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(paths.length * FILE_BYTES);
  paths.forEach((path, index) => {
    const fd = openSync(path, constants.O_RDONLY);
    readSync(fd, bytes, index * FILE_BYTES, FILE_BYTES, null);
    closeSync(fd);
  });
  return move(bytes) as Uint8Array;
}
