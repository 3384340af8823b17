/** The file calls that Node's thread pool carries out, with Linux's numbers. */
import { fail, type Res } from '../abi/errno.ts';
import type { FileCalls } from './files.ts';
import { AS_BYTES, AS_ENTRIES, type NodeFs } from './node-fs.ts';
import { appendEntries, copyStats, copyTarget, errnoOf } from './translate.ts';

type Done = (res: Res) => void;

/** The calls of FileCalls, each with whom to tell in place of a result. */
export type PooledCalls = {
  readonly [K in keyof FileCalls]: (done: Done, ...args: Parameters<FileCalls[K]>) => void;
};

/** Callbacks of Node: no result, a count, or something to be used first. */
const ended = (done: Done) => (error: Error | null) => done(error === null ? 0 : errnoOf(error));
const counted = (done: Done) => (error: Error | null, count: number) =>
  done(error === null ? count : errnoOf(error));
const used =
  <T>(done: Done, use: (result: T) => Res) =>
  (error: Error | null, result: T) =>
    done(error === null ? use(result) : errnoOf(error));

/** null is the file's own position. */
const own = (position: number): number | null => (position === -1 ? null : position);

/** `flags` translates those of open(2); each call may throw, and then began nothing. */
export function pooledCalls(fs: NodeFs, flags: (flags: number) => Res): PooledCalls {
  return {
    open: (done, path, linux, mode) => {
      const host = flags(linux);
      if (host < 0) setImmediate(done, fail('EINVAL'));
      else fs.open(path, host, mode, counted(done));
    },
    close: (done, fd) => fs.close(fd, ended(done)),
    read: (done, fd, b, at, n, position) => fs.read(fd, b, at, n, own(position), counted(done)),
    write: (done, fd, b, at, n, position) => fs.write(fd, b, at, n, own(position), counted(done)),
    readv: (done, fd, views, position) => fs.readv(fd, views, own(position), counted(done)),
    writev: (done, fd, views, position) => fs.writev(fd, views, own(position), counted(done)),
    fstat: (done, fd, into) =>
      fs.fstat(
        fd,
        used(done, (stats) => copyStats(stats, into)),
      ),
    stat: (done, path, follow, into) => {
      const copy = used<Parameters<typeof copyStats>[0]>(done, (stats) => copyStats(stats, into));
      if (follow) fs.stat(path, copy);
      else fs.lstat(path, copy);
    },
    fsync: (done, fd) => fs.fsync(fd, ended(done)),
    fdatasync: (done, fd) => fs.fdatasync(fd, ended(done)),
    ftruncate: (done, fd, length) => fs.ftruncate(fd, length, ended(done)),
    rename: (done, from, to) => fs.rename(from, to, ended(done)),
    unlink: (done, path) => fs.unlink(path, ended(done)),
    rmdir: (done, path) => fs.rmdir(path, ended(done)),
    mkdir: (done, path, mode) => fs.mkdir(path, mode, ended(done)),
    symlink: (done, target, path) => fs.symlink(target, path, ended(done)),
    link: (done, existing, path) => fs.link(existing, path, ended(done)),
    readlink: (done, path, into) =>
      fs.readlink(
        path,
        AS_BYTES,
        used(done, (target) => copyTarget(target, into)),
      ),
    readdir: (done, path, into) =>
      fs.readdir(
        path,
        AS_ENTRIES,
        used(done, (found) => appendEntries(found, into)),
      ),
  };
}
