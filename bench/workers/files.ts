/** Small files that stay in the page cache, and what all of them weigh together. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes of each file: a page, as in the bars. */
export const FILE_BYTES = 4096;

/** A number that only whoever has the bytes can tell: work that did not happen is no good time. */
export const weigh = (bytes: Uint8Array, length: number = bytes.length): number =>
  length + bytes[0]! + bytes[length - 1]!;

export interface FileSet {
  /** The folder, an absolute path. */
  readonly root: string;
  /** From the root, without a slash at the beginning. */
  readonly names: readonly string[];
  /** Absolute paths, in the same order. */
  readonly paths: readonly string[];
  /** What weigh() says of all of them. */
  readonly weight: number;
}

/** Who removes the files afterwards: the context of the question. */
interface Owner {
  defer(close: () => void): void;
}

/** Files of one folder; they follow each other, as when a tree is walked. */
const FILES_PER_FOLDER = 50;

/** The folder of file `index`, `depth` folders below the root. */
const folderOf = (index: number, depth: number): string =>
  Array.from({ length: depth }, (_, level) =>
    level === depth - 1 ? `leaf-${Math.floor(index / FILES_PER_FOLDER)}` : `level-${level}`,
  ).join('/');

/** A new folder, removed with all that is in it after the question. */
export function makeFolder(owner: Owner): string {
  const folder = mkdtempSync(join(tmpdir(), 'uring-bench-'));
  owner.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes `count` files `depth` folders below a new folder. */
export function makeFiles(
  owner: Owner,
  { count, depth = 0 }: { readonly count: number; readonly depth?: number },
): FileSet {
  const root = makeFolder(owner);
  const bytes = Buffer.alloc(FILE_BYTES);
  let weight = 0;
  const names = Array.from({ length: count }, (_, index) => {
    const folder = folderOf(index, depth);
    if (index % FILES_PER_FOLDER === 0) mkdirSync(join(root, folder), { recursive: true });
    const name = join(folder, `file-${index}`);
    bytes.fill(index);
    writeFileSync(join(root, name), bytes);
    weight += weigh(bytes);
    return name;
  });
  return { root, names, paths: names.map((name) => join(root, name)), weight };
}
