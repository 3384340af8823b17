/** Jobs on trees: directories with their parents, and removal of all below a path. */
import { ERRNO, fail } from '../abi/errno.ts';
import { AT, DT } from '../abi/files.ts';
import { KernelError } from '../client/error.ts';
import { DirectoryReader } from './directory.ts';
import { FileError, isDirectoryError } from './errors.ts';
import type { Lanes } from './lanes.ts';
import { childOf, type Path, parentOf } from './path.ts';
import { lstat, mkdir, PathCall, type PathOperation, rmdir, stat, unlink } from './path-calls.ts';

const isErrno = (error: unknown, errno: number): boolean =>
  error instanceof KernelError && error.errno === -errno;

/**
 * Makes a directory and those above it that are missing; the first that it made, or undefined when
 * all were there.
 */
export function makeTree(lanes: Lanes, path: Path, mode: number): Promise<Path | undefined> {
  return lanes.job(async () => {
    const missing = [path];
    let first: Path | undefined;
    for (let next = missing.at(-1); next !== undefined; next = missing.at(-1)) {
      try {
        await lanes.start(new PathCall(mkdir, next, { mode }));
        first ??= next;
      } catch (error) {
        const parent = parentOf(next);
        if (isErrno(error, ERRNO.ENOENT) && parent !== undefined) {
          missing.push(parent);
          continue;
        }
        if (!isErrno(error, ERRNO.EEXIST)) throw inWordsOf(path, error);
        await checkDirectory(lanes, next, next === path);
      }
      missing.pop();
    }
    return first;
  });
}

/** The same error about the path that was asked for. */
const inWordsOf = ({ given }: Path, error: unknown): unknown =>
  error instanceof KernelError ? new FileError(error.errno, error.syscall, given) : error;

/** Something is at `path`: it must be a directory, or a symlink to one. */
async function checkDirectory(lanes: Lanes, path: Path, isLast: boolean): Promise<void> {
  let res = fail('EEXIST');
  try {
    const status = await lanes.start(new PathCall(stat, path));
    if (status.isDirectory()) return;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    res = error.errno;
  }
  throw new FileError(isLast ? res : fail('ENOTDIR'), 'mkdir', path.given);
}

/** What rm() removes beside a file. */
export interface RemoveParts {
  readonly recursive: boolean;
  /** Nothing there is no error. */
  readonly force: boolean;
}

/** rm(1). */
export function remove(lanes: Lanes, path: Path, { recursive, force }: RemoveParts): Promise<void> {
  return lanes.job(async () => {
    const isThere = await unlessGone(force, () =>
      lanes.start(new PathCall(lstat, path, { flags: AT.SYMLINK_NOFOLLOW })),
    );
    if (isThere === undefined) return;
    if (!isThere.isDirectory()) await removeOne(lanes, unlink, path);
    else if (recursive) await removeTree(lanes, path);
    else throw isDirectoryError(path.given);
  });
}

/** Somebody else may have removed it since it was seen: then it is gone, as was asked for. */
async function removeOne(lanes: Lanes, operation: PathOperation<void>, path: Path): Promise<void> {
  await unlessGone(true, () => lanes.start(new PathCall(operation, path)));
}

async function unlessGone<T>(mayBeGone: boolean, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (mayBeGone && isErrno(error, ERRNO.ENOENT)) return undefined;
    throw error;
  }
}

/**
 * Files of one chunk of names at a time, all at once; directories one after the other, so that no
 * more descriptors are open than the tree is deep.
 */
async function removeTree(lanes: Lanes, path: Path): Promise<void> {
  const below: Path[] = [];
  {
    await using reader = await DirectoryReader.open(lanes, path, 'scandir');
    for (let entries = await reader.next(); entries.length > 0; entries = await reader.next()) {
      const files: Promise<void>[] = [];
      for (const { name, type } of entries) {
        const child = childOf(path, name);
        if (type === DT.DIR) below.push(child);
        else files.push(removeOne(lanes, unlink, child));
      }
      await Promise.all(files);
    }
  }
  for (const directory of below) await removeTree(lanes, directory);
  await removeOne(lanes, rmdir, path);
}
