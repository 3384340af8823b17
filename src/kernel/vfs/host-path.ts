/** Paths that are handed to the host, built in place. */
import { PATH_BYTES_MAX } from '../../abi/limits.ts';

const PREFIX = new TextEncoder().encode('/proc/self/fd/');
/** Digits of a descriptor. */
const FD_DIGITS_MAX = 10;
const ZERO = 0x30;
const SLASH = 0x2f;
const DOT = 0x2e;
const SELF = new Uint8Array([DOT]);
/** Longer paths are rare enough for a view of their own. */
const KEPT_LENGTH_MAX = 512;

/** One path at a time, in memory that is used again; whoever keeps it longer copies it. */
export class HostPath {
  readonly #bytes = new Uint8Array(PREFIX.length + FD_DIGITS_MAX + 2 + 2 * PATH_BYTES_MAX);
  /** Views of the first bytes, by their number: made once, so that a path allocates nothing. */
  readonly #views: readonly Uint8Array[];

  constructor() {
    this.#bytes.set(PREFIX);
    this.#views = Array.from({ length: KEPT_LENGTH_MAX }, (_, n) => this.#bytes.subarray(0, n));
  }

  /** text[from, to) in the directory that a descriptor stands for; all of it to be one name. */
  below(fd: number, text: Uint8Array, from: number, to: number): Uint8Array {
    let at = this.#putDescriptor(fd);
    this.#bytes[at++] = SLASH;
    for (let i = from; i < to; i++) this.#bytes[at++] = text[i]!;
    return this.#view(at);
  }

  /** The directory that a descriptor stands for, by a path that a symlink cannot be behind. */
  itself(fd: number): Uint8Array {
    return this.below(fd, SELF, 0, SELF.length);
  }

  /** The name of a descriptor: a link that tells, and leads, where it was opened. */
  descriptor(fd: number): Uint8Array {
    return this.#view(this.#putDescriptor(fd));
  }

  #putDescriptor(fd: number): number {
    let digits = 1;
    for (let rest = fd; rest >= 10; rest = Math.trunc(rest / 10)) digits++;
    const end = PREFIX.length + digits;
    for (let at = end - 1, rest = fd; at >= PREFIX.length; at--) {
      this.#bytes[at] = ZERO + (rest % 10);
      rest = Math.trunc(rest / 10);
    }
    return end;
  }

  #view(length: number): Uint8Array {
    return this.#views[length] ?? this.#bytes.subarray(0, length);
  }
}
