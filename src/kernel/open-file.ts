/** What a descriptor, or a slot of registered files, can stand for. */
import type { Res } from '../abi/errno.ts';
import type { FileObject } from './file-system.ts';
import type { Socket } from './net/socket.ts';
import type { RegisteredFiles } from './resources.ts';
import type { Segments } from './segments.ts';
import type { WaitQueue } from './wait-queue.ts';

// POSIX calls it an open file description. Descriptors (several after dup), slots of registered
// files and requests in flight each hold it, and the last one to let go ends it. So closing a
// descriptor pulls nothing from under a request (SEMANTICS I6).

/** An open file description; what it can do is said by the parts it has. */
export interface OpenFile {
  /** One more holder; every hold() is followed by one drop(). */
  hold(): void;
  /** One holder less; the last one ends it. */
  drop(): void;
  /** A regular file, directory or device of a mount. */
  readonly file?: FileObject | undefined;
  /** Bytes stream through it: an end of a pipe, a socket, an eventfd. */
  readonly channel?: Channel | undefined;
  /** It sends and receives, and has addresses. */
  readonly socket?: Socket | undefined;
  /** It is a ring, that messages can be sent to. */
  readonly messages?: MessageTarget | undefined;
  /** It can become ready: all but files of mounts, which always are. */
  readonly pollable?: Pollable | undefined;
}

/** A ring as others see it (SEMANTICS P). */
export interface MessageTarget {
  readonly isDisabled: boolean;
  readonly files: RegisteredFiles;
  /** Posts a CQE there; false when there is no room for it to wait in. */
  send(userDataLow: number, userDataHigh: number, res: number, flags: number): boolean;
}

/** What can be waited for. */
export interface Pollable {
  readonly waiters: WaitQueue;
  /** POLL bits that it shows now. */
  readiness(): number;
}

/** What has no positions. Its methods never wait: -EAGAIN says that they would have to. */
export interface Channel extends OpenFile, Pollable {
  /** O_ flags it was opened with; of no effect on requests, which wait all the same (N6). */
  readonly flags: number;
  /** Fills segments: bytes, 0 at the end, or -errno (-EBADF when it is not for reading). */
  read(into: Segments): Res;
  /** Takes segments, or as much as there is room for: bytes, or -errno. */
  write(from: Segments): Res;
}

/** Counts holders. */
export abstract class Description implements OpenFile {
  #holds = 1;

  hold(): void {
    this.#holds++;
  }

  drop(): void {
    if (--this.#holds === 0) this.released();
    else if (this.#holds < 0) throw new Error('an open file was dropped more often than held');
  }

  /** Nobody holds it any more. */
  protected abstract released(): void;
}
