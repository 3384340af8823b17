/** What `uring sum` needs of whoever reads the files: directories listed, files summed. */
import type { ByteString } from './byte-string.ts';

/** What a directory holds, by the kind of the names themselves; what else there is, is left out. */
export interface Names {
  readonly files: ByteString[];
  readonly directories: ByteString[];
}

/** The digest of a file in hexadecimal, and how many bytes went into it. */
export interface Sum {
  readonly digest: string;
  readonly bytes: number;
}

/** Who waits for a sum: told once, in one of two ways. */
export interface SumEnd {
  summed(sum: Sum): void;
  /** The reason carries a `code` such as 'ENOENT'. */
  failed(reason: unknown): void;
}

/** Counters by name, for the summary. */
export type Counters = Readonly<Record<string, number>>;

export interface Engine {
  readonly name: string;
  /** Files to ask for at once: more would wait, fewer would leave it idle. */
  readonly inFlightMax: number;
  /** Sums a file; `end` is told later. A Promise would cost as much as the rest. */
  sum(path: ByteString, end: SumEnd): void;
  /** The names in a directory, in no order. Rejections carry a `code`. */
  list(path: ByteString): Promise<Names>;
  counters?(): Counters;
  /** Ends its threads; sums that are under way are given up. */
  close(): Promise<void>;
}

/** Opens an engine for one algorithm of node:crypto. */
export type OpenEngine = (algorithm: string) => Promise<Engine>;
