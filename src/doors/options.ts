/** What the methods of a door can be told, in the names of node:fs/promises. */
import type { EncodingOption } from './arguments.ts';

/** An abort rejects with AbortError: at once if nothing was submitted, else when it has ended. */
export interface SignalOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ReadFileOptions extends SignalOptions {
  /** How the bytes are decoded to a string; default: not at all. */
  readonly encoding?: EncodingOption;
  /** How the file is opened; default 'r'. */
  readonly flag?: string | number | undefined;
}

export interface WriteFileOptions extends SignalOptions {
  /** How a string becomes bytes; default utf8. */
  readonly encoding?: BufferEncoding | null | undefined;
  /** Permission bits of a new file, on which the umask works; default 0o666. */
  readonly mode?: number | string | undefined;
  /** How the file is opened; default 'w', of appendFile() 'a'. */
  readonly flag?: string | number | undefined;
  /** Whether the data is on the disk when the Promise resolves; default false. */
  readonly flush?: boolean | undefined;
}

export interface MakeDirectoryOptions {
  /** Also those above it that are missing; default false. */
  readonly recursive?: boolean | undefined;
  /** Permission bits, on which the umask works; default 0o777. */
  readonly mode?: number | string | undefined;
}

export interface RemoveOptions {
  /** Directories, and all below them; default false. */
  readonly recursive?: boolean | undefined;
  /** Nothing there is no error; default false. */
  readonly force?: boolean | undefined;
}

/** How names of a directory are given. */
export interface NameOptions {
  /** How names are decoded; `'buffer'`: not at all. Default: utf8. */
  readonly encoding?: EncodingOption;
}

export interface ReadDirectoryOptions extends NameOptions {
  /** Entries that know what they stand for, instead of names; default false. */
  readonly withFileTypes?: boolean | undefined;
}

export interface HashOptions extends SignalOptions {
  /** How the digest becomes a string; default: it stays bytes. */
  readonly encoding?: EncodingOption;
}
