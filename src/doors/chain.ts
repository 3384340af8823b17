/** Chains: file calls that the kernel runs one after the other, each only if the last succeeded. */
import { fail } from '../abi/errno.ts';
import { O } from '../abi/files.ts';
import {
  asBuffer,
  checkEncoding,
  decodingOf,
  type EncodingOption,
  toFlags,
  toMode,
  toObject,
} from './arguments.ts';
import type { Call } from './call.ts';
import { copyFile } from './copy-file.ts';
import { FileError } from './errors.ts';
import { type FileSum, HashFileCall, toAlgorithm } from './hash.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import { FILE_MODE } from './open-file.ts';
import type { CallOptions, WriteFileOptions } from './options.ts';
import type { Path, PathLike } from './path.ts';
import { mkdir, PathCall, rename, stat, TwoPathCall, unlink } from './path-calls.ts';
import { ReadFileCall } from './read-file.ts';
import type { SizeGuess } from './size-guess.ts';
import type { Stats } from './stats.ts';
import { WriteFileCall, writeFile } from './write-file.ts';

// Steps that may be linked go to the ring as one submission (IO_LINK). Three kinds end one: steps
// whose failure is none to Linux (D7: RENAMEAT, MKDIRAT, UNLINKAT, STATX), or the next would run
// all the same; a read, for a file may be larger than the room it was given; and steps of several
// requests. So whatever a step finds was left by all steps before it.

/** What a chain is built with. */
export interface ChainParts {
  readonly guess: SizeGuess;
  path(path: unknown, name?: string): Path;
  /** Runs it as a call of the door. */
  attempt<T>(work: (lanes: Lanes) => Promise<T>, options?: CallOptions): Promise<T>;
}

const DIRECTORY_MODE = 0o777;

type Job = () => Promise<unknown>;

interface Step {
  /** What errors call it. */
  readonly syscall: string;
  /** Whether its failure keeps the kernel from running what is linked to it. */
  readonly links: boolean;
  begin(lanes: Lanes): Call | Job;
}

/** The result of each step. */
export type ChainResults<R extends readonly unknown[]> = {
  -readonly [K in keyof R]: PromiseSettledResult<R[K]>;
};

/** How a chain writes files. */
export type ChainWriteOptions = Omit<WriteFileOptions, keyof CallOptions>;

/**
 * Steps in order: `await uring.chain().writeFile('new', data).rename('new', 'old').run()`. Nothing
 * happens before run() or settle(), and nothing of a step happens unless those before it succeeded.
 * Arguments are checked when a step is added. A chain can be run again.
 */
export class Chain<R extends readonly unknown[] = readonly []> {
  readonly #parts: ChainParts;
  readonly #steps: Step[] = [];

  constructor(parts: ChainParts) {
    this.#parts = parts;
  }

  /** The bytes of a file, or its text. */
  readFile(path: PathLike): Chain<readonly [...R, Buffer]>;
  readFile(path: PathLike, encoding: BufferEncoding): Chain<readonly [...R, string]>;
  readFile(path: PathLike, encoding?: EncodingOption): Chain<readonly [...R, Buffer | string]> {
    const { guess } = this.#parts;
    const from = this.#parts.path(path);
    const delivery = decodingOf(checkEncoding(encoding)) ?? 'bytes';
    return this.#add('open', false, (lanes) => {
      return new ReadFileCall(from, { lanes, guess, delivery, signal: undefined });
    });
  }

  /**
   * Replaces the contents of a file, or makes it. With `flush` the bytes are on the disk before the
   * next step begins (O_SYNC).
   */
  writeFile(
    path: PathLike,
    data: string | NodeJS.ArrayBufferView,
    options?: ChainWriteOptions,
  ): Chain<readonly [...R, undefined]> {
    return this.#write(path, data, options, 'w');
  }

  /** Adds to the end of a file, or makes it. */
  appendFile(
    path: PathLike,
    data: string | NodeJS.ArrayBufferView,
    options?: ChainWriteOptions,
  ): Chain<readonly [...R, undefined]> {
    return this.#write(path, data, options, 'a');
  }

  /** Copies a file; `mode` holds COPYFILE_ flags. */
  copyFile(from: PathLike, to: PathLike, mode = 0): Chain<readonly [...R, undefined]> {
    const [source, target] = [this.#parts.path(from, 'src'), this.#parts.path(to, 'dest')];
    return this.#add('copyfile', false, (lanes) => () => copyFile(lanes, source, target, mode));
  }

  /** Gives a file or directory another name, in place of what has it. */
  rename(from: PathLike, to: PathLike): Chain<readonly [...R, undefined]> {
    const paths = [this.#parts.path(from, 'oldPath'), this.#parts.path(to, 'newPath')] as const;
    return this.#add('rename', false, () => new TwoPathCall(rename, ...paths));
  }

  /** Makes a directory; default mode 0o777. */
  mkdir(path: PathLike, mode?: number | string): Chain<readonly [...R, undefined]> {
    const [made, bits] = [this.#parts.path(path), toMode(mode, DIRECTORY_MODE)];
    return this.#add('mkdir', false, () => new PathCall(mkdir, made, { mode: bits }));
  }

  /** Removes a file. */
  unlink(path: PathLike): Chain<readonly [...R, undefined]> {
    const gone = this.#parts.path(path);
    return this.#add('unlink', false, () => new PathCall(unlink, gone));
  }

  /** The status of what a path names. */
  stat(path: PathLike): Chain<readonly [...R, Stats]> {
    const asked = this.#parts.path(path);
    return this.#add('stat', false, () => new PathCall(stat, asked));
  }

  /** The digest of a file and how many bytes went into it. */
  sumFile(path: PathLike, algorithm: string): Chain<readonly [...R, FileSum]> {
    const [from, name] = [this.#parts.path(path), toAlgorithm(algorithm)];
    return this.#add('open', true, () => new HashFileCall(name, from));
  }

  /** Runs the steps; their results in order, or the first failure. */
  async run(options?: CallOptions): Promise<R> {
    const results = await this.settle(options);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never;
  }

  /**
   * Runs the steps; what became of each. Steps that did not run are rejected with ECANCELED. Never
   * rejects unless the door is closed or options make no sense.
   */
  settle(options?: CallOptions): Promise<ChainResults<R>> {
    return this.#parts.attempt((lanes) => {
      return lanes.job(() => runSteps([...this.#steps], lanes));
    }, options) as Promise<ChainResults<R>>;
  }

  #write(
    path: PathLike,
    data: string | NodeJS.ArrayBufferView,
    options: ChainWriteOptions | undefined,
    defaultFlag: string,
  ): Chain<readonly [...R, undefined]> {
    const given = toObject<WriteFileOptions>(options);
    const to = this.#parts.path(path);
    const bytes = typeof data === 'string' ? Buffer.from(data, toEncoding(given.encoding)) : data;
    const flags = toFlags(given.flag ?? defaultFlag) | (given.flush ? O.SYNC : 0);
    const mode = toMode(given.mode, FILE_MODE);
    return this.#add('open', true, (lanes) => {
      const parts = { lanes, encoding: 'utf8', flags, mode, flush: false } as const;
      const { pieceBytes } = lanes.staging;
      if (bytes.byteLength > pieceBytes)
        return () => writeFile(to, bytes, { ...parts, signal: undefined });
      return new WriteFileCall(to, asBuffer(bytes), { ...parts, signal: undefined });
    });
  }

  #add<T>(syscall: string, links: boolean, begin: Step['begin']): Chain<readonly [...R, T]> {
    this.#steps.push({ syscall, links, begin });
    return this as unknown as Chain<readonly [...R, T]>;
  }
}

const toEncoding = (encoding: EncodingOption): BufferEncoding =>
  decodingOf(checkEncoding(encoding)) ?? 'utf8';

type Settled = PromiseSettledResult<unknown>;

async function runSteps(steps: readonly Step[], lanes: Lanes): Promise<Settled[]> {
  const lane = lanes.idlestLane;
  const results: Settled[] = [];
  while (results.length < steps.length) {
    const begun = beginSome(steps.slice(results.length), lanes, lane);
    const settled = await Promise.allSettled(begun);
    results.push(...settled);
    if (settled.some(({ status }) => status === 'rejected')) break;
  }
  for (const { syscall } of steps.slice(results.length))
    results.push({ status: 'rejected', reason: new FileError(fail('ECANCELED'), syscall) });
  return results;
}

/** Begins as many of the steps as may go in one submission: the Promise of each. */
function beginSome(steps: readonly Step[], lanes: Lanes, lane: Lane): Promise<unknown>[] {
  const calls: Call[] = [];
  let bytes = 0;
  for (const step of steps) {
    if (calls.length === lane.chainMax) break;
    const call = step.begin(lanes);
    if (typeof call === 'function') {
      if (calls.length === 0) return [call()];
      break;
    }
    bytes += call.bytes;
    if (calls.length > 0 && bytes > lanes.staging.pieceBytes) break;
    calls.push(call);
    if (!step.links) break;
  }
  void lanes.startChain(calls, lane);
  return calls.map(({ promise }) => promise);
}
