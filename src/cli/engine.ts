/** What `uring sum` needs of whoever reads the files: directories listed, files summed. */
import type { ByteString } from './byte-string.ts';

/** A name in a directory; `kind` is of the name itself: a symlink is 'other', whatever it names. */
export interface Entry {
  readonly name: ByteString;
  readonly kind: 'file' | 'directory' | 'other';
}

/** The digest of a file in hexadecimal, and how many bytes went into it. */
export interface Sum {
  readonly digest: string;
  readonly bytes: number;
}

/** Counters by name, for the summary. */
export type Counters = Readonly<Record<string, number>>;

/** Rejections carry a `code` such as 'ENOENT'. */
export interface Engine {
  readonly name: string;
  /** Files to ask for at once: more would wait, fewer would leave it idle. */
  readonly inFlightMax: number;
  sum(path: ByteString): Promise<Sum>;
  /** The names in a directory, in no order. */
  list(path: ByteString): Promise<Entry[]>;
  counters?(): Counters;
  /** Ends its threads; sums that are under way are given up. */
  close(): Promise<void>;
}

/** Opens an engine for one algorithm of node:crypto. */
export type OpenEngine = (algorithm: string) => Promise<Engine>;
