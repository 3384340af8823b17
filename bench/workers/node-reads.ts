/** How programs read whole files with node:fs: in a loop, by Promises, by callbacks. */
import { closeSync, constants, fstatSync, openSync, readFile, readSync } from 'node:fs';
import { FILE_BYTES, weigh } from './files.ts';
import { inFlight } from './in-flight.ts';

const buffer = Buffer.alloc(FILE_BYTES);

/** One after the other, with the fewest calls there can be: it knows how large the files are. */
export function readInLoop(paths: readonly string[]): number {
  let weight = 0;
  for (const path of paths) {
    const fd = openSync(path, constants.O_RDONLY);
    weight += weigh(buffer, readSync(fd, buffer, 0, FILE_BYTES, null));
    closeSync(fd);
  }
  return weight;
}

/** The same by a program that asks how large each is. */
export function readInLoopBySize(paths: readonly string[]): number {
  let weight = 0;
  for (const path of paths) {
    const fd = openSync(path, constants.O_RDONLY);
    weight += weigh(buffer, readSync(fd, buffer, 0, fstatSync(fd).size, null));
    closeSync(fd);
  }
  return weight;
}

/** By a function that returns a Promise, `window` in flight; what the files weigh. */
export const readByPromise = (
  paths: readonly string[],
  window: number,
  read: (path: string) => Promise<Uint8Array>,
): Promise<number> =>
  inFlight({ total: paths.length, window }, async (index) => weigh(await read(paths[index]!)));

/** By callbacks of fs.readFile, `window` in flight; what the files weigh. */
export const readByCallback = (paths: readonly string[], window: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let sent = 0;
    let landed = 0;
    let weight = 0;
    const send = (): void => {
      if (sent === paths.length) return;
      readFile(paths[sent++]!, (error, bytes) => {
        if (error !== null) return reject(error);
        weight += weigh(bytes);
        if (++landed === paths.length) resolve(weight);
        else send();
      });
    };
    for (let lane = 0; lane < window; lane++) send();
  });
