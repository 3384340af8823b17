/** A program of the life-cycle simulation: plain values, so that it can be printed and replayed. */

// Whatever a step or an entry names, it names by a number that is taken modulo what there is. So
// any part of a program is a program, which is what makes it possible to shrink one that fails.

export type Op =
  | 'nop'
  | 'read'
  | 'write'
  | 'splice'
  | 'send'
  | 'recv'
  | 'readMany'
  | 'shutdown'
  | 'close'
  | 'timeout'
  | 'linkTimeout'
  | 'removeTimeout'
  | 'cancel'
  | 'poll'
  | 'removePoll'
  | 'futexWait'
  | 'futexWaitv'
  | 'futexWake'
  | 'message'
  | 'provide'
  | 'unprovide'
  | 'fileRead'
  | 'fileWrite'
  | 'fsync'
  | 'badNop'
  | 'unknown';

/** One SQE. What is left out is 0. */
export interface Entry {
  readonly op: Op;
  /** SQE_FLAG bits. */
  readonly flags?: number;
  /** What it works on: one of OBJECTS, a futex word, a group of buffers, a ring. */
  readonly on?: number;
  /** A length in bytes, a count, or the result of a NOP. */
  readonly size?: number;
  /** Flags of the operation's own, or the events of a poll. */
  readonly bits?: number;
  /** The request it names is so many before it. */
  readonly back?: number;
  readonly ns?: number;
  /** It is a copy of the request that it names, user_data included, and nothing of the above. */
  readonly twin?: boolean;
}

export type RingKind = 'default' | 'submitAll' | 'defer' | 'coop' | 'sqpoll';

export interface RingSpec {
  readonly kind: RingKind;
  readonly sqEntries: number;
  readonly cqEntries: number;
  /** Requests it may have in flight: 0 is as many as it likes. */
  readonly inFlightMax: number;
  readonly firstIndex: number;
  /** Whether the first objects are its registered files. */
  readonly registers: boolean;
}

export type Step =
  | { readonly place: readonly Entry[]; readonly ring: number }
  /** enter(): submits so many (-1: all there are); waits for so many (-1: no GETEVENTS). */
  | { readonly enter: number; readonly ring: number; readonly wait: number; readonly ns: number }
  | { readonly reap: number; readonly ring: number }
  | { readonly advance: number }
  /** Somebody else writes to, or reads from, a pipe. */
  | { readonly pour: number; readonly pipe: number }
  | { readonly drink: number; readonly pipe: number }
  | { readonly setWord: number; readonly word: number }
  | {
      readonly syncCancel: number;
      readonly bits: number;
      readonly on: number;
      readonly ring: number;
    }
  /** Whether the host takes its time; errors it answers next; answers that it gives. */
  | { readonly slow: boolean }
  | { readonly errors: number }
  | { readonly answers: number }
  | { readonly closeObject: number }
  | { readonly closeRing: number };

export interface Program {
  readonly rings: readonly RingSpec[];
  readonly steps: readonly Step[];
  /** How what is left is ended: by cancels, by closing all files, or by the end of the process. */
  readonly end: 'cancel' | 'close' | 'exit';
}

/** What entries work on, by index; behind them come the rings. */
export const OBJECTS = [
  'reader 0',
  'writer 0',
  'reader 1',
  'writer 1',
  'socket 0',
  'socket 1',
  'eventfd',
  'file',
] as const;

/** The first of them may be registered files as well, under the same numbers. */
export const REGISTERED = 6;

/** Bytes of each provided buffer. */
export const BUFFER_BYTES = 16;
/** Groups of them, and futex words. */
export const GROUPS = 2;
export const WORDS = 2;
