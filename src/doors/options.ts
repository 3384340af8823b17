/** What the methods of a door can be told, in the names of node:fs/promises. */
import type { EncodingOption } from './arguments.ts';

/** What every call can be told. */
export interface CallOptions {
  /**
   * Takes the call back. What was not submitted rejects with AbortError at once; what was is
   * cancelled in the kernel, and tells how it ended: AbortError if it was taken back, else what
   * became of it, for some requests cannot be stopped once they run.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until it is taken back in the same way, with TimeoutError; default: never. */
  readonly timeout?: number | undefined;
  /** Of calls that wait for room in a ring, those with a higher number go first; default 0. */
  readonly priority?: number | undefined;
}

/** The former name of CallOptions. */
export type SignalOptions = CallOptions;

export interface ReadFileOptions extends CallOptions {
  /** How the bytes are decoded to a string; default: not at all. */
  readonly encoding?: EncodingOption;
  /** How the file is opened; default 'r'. */
  readonly flag?: string | number | undefined;
}

export interface WriteFileOptions extends CallOptions {
  /** How a string becomes bytes; default utf8. */
  readonly encoding?: BufferEncoding | null | undefined;
  /** Permission bits of a new file, on which the umask works; default 0o666. */
  readonly mode?: number | string | undefined;
  /** How the file is opened; default 'w', of appendFile() 'a'. */
  readonly flag?: string | number | undefined;
  /** Whether the data is on the disk when the Promise resolves; default false. */
  readonly flush?: boolean | undefined;
}

export interface MakeDirectoryOptions extends CallOptions {
  /** Also those above it that are missing; default false. */
  readonly recursive?: boolean | undefined;
  /** Permission bits, on which the umask works; default 0o777. */
  readonly mode?: number | string | undefined;
}

export interface RemoveOptions extends CallOptions {
  /** Directories, and all below them; default false. */
  readonly recursive?: boolean | undefined;
  /** Nothing there is no error; default false. */
  readonly force?: boolean | undefined;
}

/** How names of a directory are given. */
export interface NameOptions extends CallOptions {
  /** How names are decoded; `'buffer'`: not at all. Default: utf8. */
  readonly encoding?: EncodingOption;
}

export interface ReadDirectoryOptions extends NameOptions {
  /** Entries that know what they stand for, instead of names; default false. */
  readonly withFileTypes?: boolean | undefined;
}

export interface HashOptions extends CallOptions {
  /** How the digest becomes a string; default: it stays bytes. */
  readonly encoding?: EncodingOption;
}
