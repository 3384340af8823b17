/** The host's file system, through `node:fs` or what speaks like it. */
import type * as nodeFs from 'node:fs';
import type { Res } from '../abi/errno.ts';
import { AS_BYTES, AS_ENTRIES, type NodeFs, type Path } from './node-fs.ts';
import { type PooledCalls, pooledCalls } from './pooled-files.ts';
import {
  appendEntries,
  copyStats,
  copyTarget,
  type Entry,
  errnoOf,
  flagTranslation,
  type StatInto,
} from './translate.ts';

// Node tells of an error by throwing, and the dearest part of a throw is its stack trace: 1.6 us of
// the 4.3 us of an open that fails. Only the number goes on, so traces are switched off around each
// call, which costs 3 ns. Nothing else runs on this thread between the two stores. Where the limit
// cannot be written (frozen intrinsics) they stay on.

const limitIsWritable = (): boolean =>
  Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable === true;

/** Calls without stack traces behind one that failed. */
const CALLS_HUSHED = 64;
/** What hush() returns when it changed nothing: no limit of a trace. */
const LOUD = -1;

/** The calls by name, as NodeFiles has them. */
export type FileCalls = Omit<NodeFiles, 'later'>;

/**
 * Each call of HostCalls (src/kernel/host.ts): a count, a descriptor or 0, or -errno with Linux's
 * numbers; none throws. Modes are subject to the host's umask. A position of -1 is the one the host
 * keeps for the descriptor.
 */
export class NodeFiles {
  readonly #fs: NodeFs;
  readonly #flags: (flags: number) => Res;
  readonly #pooled: PooledCalls;
  readonly #mayHush = limitIsWritable();
  /** Calls still to be made without stack traces. */
  #hushed = 0;

  /** Node takes paths in any Uint8Array, although its types know only Buffers. */
  constructor(fs: NodeFs | typeof nodeFs) {
    this.#fs = fs as NodeFs;
    this.#flags = flagTranslation(this.#fs.constants);
    this.#pooled = pooledCalls(this.#fs, this.#flags);
  }

  /**
   * Switches stack traces off if a call failed lately, since failures come in rows and a trace
   * costs more than the call; what restore() is to be given.
   */
  #hush(): number {
    if (this.#hushed === 0) return LOUD;
    this.#hushed--;
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    return limit;
  }

  #restore(limit: number): void {
    if (limit !== LOUD) Error.stackTraceLimit = limit;
  }

  #failed(error: unknown): Res {
    if (this.#mayHush) this.#hushed = CALLS_HUSHED;
    return errnoOf(error);
  }

  open(path: Path, flags: number, mode: number): Res {
    const translated = this.#flags(flags);
    if (translated < 0) return translated;
    const limit = this.#hush();
    try {
      return this.#fs.openSync(path, translated, mode);
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#restore(limit);
    }
  }

  close(fd: number): Res {
    const limit = this.#hush();
    try {
      this.#fs.closeSync(fd);
      return 0;
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#restore(limit);
    }
  }

  read(fd: number, bytes: Uint8Array, at: number, length: number, position: number): Res {
    const limit = this.#hush();
    try {
      return this.#fs.readSync(fd, bytes, at, length, position === -1 ? null : position);
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#restore(limit);
    }
  }

  write(fd: number, bytes: Uint8Array, at: number, length: number, position: number): Res {
    const limit = this.#hush();
    try {
      return this.#fs.writeSync(fd, bytes, at, length, position === -1 ? null : position);
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#restore(limit);
    }
  }

  readv(fd: number, views: readonly Uint8Array[], position: number): Res {
    const limit = this.#hush();
    try {
      return this.#fs.readvSync(fd, views, position === -1 ? null : position);
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#restore(limit);
    }
  }

  writev(fd: number, views: readonly Uint8Array[], position: number): Res {
    const limit = this.#hush();
    try {
      return this.#fs.writevSync(fd, views, position === -1 ? null : position);
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#restore(limit);
    }
  }

  fstat(fd: number, into: StatInto): Res {
    const limit = this.#hush();
    try {
      return copyStats(this.#fs.fstatSync(fd), into);
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#restore(limit);
    }
  }

  stat(path: Path, follow: boolean, into: StatInto): Res {
    const limit = this.#hush();
    try {
      return copyStats(follow ? this.#fs.statSync(path) : this.#fs.lstatSync(path), into);
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#restore(limit);
    }
  }

  fsync(fd: number): Res {
    return this.#run((fs) => fs.fsyncSync(fd));
  }

  fdatasync(fd: number): Res {
    return this.#run((fs) => fs.fdatasyncSync(fd));
  }

  ftruncate(fd: number, length: number): Res {
    return this.#run((fs) => fs.ftruncateSync(fd, length));
  }

  rename(from: Path, to: Path): Res {
    return this.#run((fs) => fs.renameSync(from, to));
  }

  unlink(path: Path): Res {
    return this.#run((fs) => fs.unlinkSync(path));
  }

  rmdir(path: Path): Res {
    return this.#run((fs) => fs.rmdirSync(path));
  }

  mkdir(path: Path, mode: number): Res {
    return this.#run((fs) => fs.mkdirSync(path, mode));
  }

  symlink(target: Path, path: Path): Res {
    return this.#run((fs) => fs.symlinkSync(target, path));
  }

  link(existing: Path, path: Path): Res {
    return this.#run((fs) => fs.linkSync(existing, path));
  }

  readlink(path: Path, into: Uint8Array): Res {
    return this.#run((fs) => copyTarget(fs.readlinkSync(path, AS_BYTES), into));
  }

  readdir(path: Path, into: Entry[]): Res {
    return this.#run((fs) => appendEntries(fs.readdirSync(path, AS_ENTRIES), into));
  }

  /** For calls that are rare or long enough to pay for a closure; no number is 0. */
  #run(call: (fs: NodeFs) => unknown): Res {
    const limit = this.#hush();
    try {
      const result = call(this.#fs);
      return typeof result === 'number' ? result : 0;
    } catch (error) {
      return this.#failed(error);
    } finally {
      this.#restore(limit);
    }
  }

  /**
   * The same call on Node's thread pool; `done` gets its result in a later turn of the event loop.
   * Arguments that Node refuses are answered that way too.
   */
  later<K extends keyof FileCalls>(
    call: K,
    args: Parameters<FileCalls[K]>,
    done: (res: Res) => void,
  ): void {
    try {
      this.#pooled[call](done, ...args);
    } catch (error) {
      setImmediate(done, errnoOf(error));
    }
  }
}
