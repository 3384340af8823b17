/** Calls on paths: what each asks of the kernel, and the words its errors use. */
import type { Res } from '../abi/errno.ts';
import { AT, STATX } from '../abi/files.ts';
import { STATX_BYTES } from '../abi/records.ts';
import type { Ring } from '../client/ring.ts';
import { operations } from '../ops/table.ts';
import { Call } from './call.ts';
import { FileError } from './errors.ts';
import type { Path } from './path.ts';
import { pathBytes, type Staging } from './staging.ts';
import { Stats } from './stats.ts';

/** Bits that STATX is asked for: what stat(2) tells, and the birth. */
const STATX_MASK = STATX.BASIC_STATS | STATX.BTIME;

/** One way to call on a path. Its record comes first in the memory of the call, then the path. */
export interface PathOperation<T> {
  /** What Node calls it in errors. */
  readonly syscall: string;
  readonly repeatable: boolean;
  /** Bytes that the kernel writes before the path. */
  readonly recordBytes: number;
  prepare(ring: Ring, sqe: number, path: number, call: PathCall<T>): void;
  value(res: Res, staging: Staging, call: PathCall<T>): T;
}

/** What a call on a path may need. */
export interface PathCallParts {
  /** O_ flags, AT_ flags or the like. */
  readonly flags?: number;
  /** Permission bits of what is made. */
  readonly mode?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A call on one path. */
export class PathCall<T> extends Call<T> {
  readonly operation: PathOperation<T>;
  readonly path: Path;
  readonly flags: number;
  readonly mode: number;

  constructor(
    operation: PathOperation<T>,
    path: Path,
    { flags = 0, mode = 0, signal }: PathCallParts = {},
  ) {
    super();
    this.operation = operation;
    this.path = path;
    this.flags = flags;
    this.mode = mode;
    this.signal = signal;
  }

  get repeatable(): boolean {
    return this.operation.repeatable;
  }

  get bytes(): number {
    return this.operation.recordBytes + pathBytes(this.path.absolute);
  }

  stage(staging: Staging): void {
    staging.putPath(this.path.absolute, this.address + this.operation.recordBytes);
  }

  prepare(ring: Ring, sqe: number): void {
    this.operation.prepare(ring, sqe, this.address + this.operation.recordBytes, this);
  }

  value(res: Res, staging: Staging): T {
    if (res < 0) throw new FileError(res, this.operation.syscall, this.path.given);
    return this.operation.value(res, staging, this);
  }
}

const nothing = (): void => {};

const statOperation = (syscall: string): PathOperation<Stats> => ({
  syscall,
  repeatable: operations.statx.repeatable,
  recordBytes: STATX_BYTES,
  prepare: (ring, sqe, path, { flags, address }) =>
    ring.prepStatx(sqe, AT.FDCWD, path, flags, STATX_MASK, address),
  value: (_res, { memory }, { address }) => new Stats(memory, address),
});

export const stat = statOperation('stat');
/** With AT.SYMLINK_NOFOLLOW in its flags. */
export const lstat = statOperation('lstat');

export const mkdir: PathOperation<void> = {
  syscall: 'mkdir',
  repeatable: operations.mkdirat.repeatable,
  recordBytes: 0,
  prepare: (ring, sqe, path, { mode }) => ring.prepMkdirat(sqe, AT.FDCWD, path, mode),
  value: nothing,
};

export const unlink: PathOperation<void> = {
  syscall: 'unlink',
  repeatable: operations.unlinkat.repeatable,
  recordBytes: 0,
  prepare: (ring, sqe, path) => ring.prepUnlinkat(sqe, AT.FDCWD, path, 0),
  value: nothing,
};

export const rmdir: PathOperation<void> = {
  ...unlink,
  syscall: 'rmdir',
  prepare: (ring, sqe, path) => ring.prepUnlinkat(sqe, AT.FDCWD, path, AT.REMOVEDIR),
};

/** One way to call on two paths. */
export interface TwoPathOperation {
  readonly syscall: string;
  readonly repeatable: boolean;
  prepare(ring: Ring, sqe: number, from: number, to: number, call: TwoPathCall): void;
}

/** A call on two paths. */
export class TwoPathCall extends Call<void> {
  readonly #operation: TwoPathOperation;
  readonly #from: Path;
  readonly #to: Path;
  readonly flags: number;
  /** Permission bits of what is made. */
  readonly mode: number;

  constructor(
    operation: TwoPathOperation,
    from: Path,
    to: Path,
    { flags = 0, mode = 0 }: { flags?: number; mode?: number } = {},
  ) {
    super();
    this.#operation = operation;
    this.#from = from;
    this.#to = to;
    this.flags = flags;
    this.mode = mode;
  }

  get repeatable(): boolean {
    return this.#operation.repeatable;
  }

  get bytes(): number {
    return pathBytes(this.#from.absolute) + pathBytes(this.#to.absolute);
  }

  get #second(): number {
    return this.address + pathBytes(this.#from.absolute);
  }

  stage(staging: Staging): void {
    staging.putPath(this.#from.absolute, this.address);
    staging.putPath(this.#to.absolute, this.#second);
  }

  prepare(ring: Ring, sqe: number): void {
    this.#operation.prepare(ring, sqe, this.address, this.#second, this);
  }

  value(res: Res): void {
    const { syscall } = this.#operation;
    if (res < 0) throw new FileError(res, syscall, this.#from.given, this.#to.given);
  }
}

export const rename: TwoPathOperation = {
  syscall: 'rename',
  repeatable: operations.renameat.repeatable,
  prepare: (ring, sqe, from, to) => ring.prepRenameat(sqe, AT.FDCWD, from, AT.FDCWD, to, 0),
};

/** Flags are those of COPY_FILE. */
export const copyFile: TwoPathOperation = {
  syscall: 'copyfile',
  repeatable: operations.copyFile.repeatable,
  prepare: (ring, sqe, from, to, { flags, mode }) =>
    ring.prepCopyFile(sqe, AT.FDCWD, from, AT.FDCWD, to, flags, mode),
};
