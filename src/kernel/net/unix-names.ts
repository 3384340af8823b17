/** The names of unix sockets: paths, and abstract names. */
import { fail, type Res } from '../../abi/errno.ts';
import { AF, SOCKADDR_UN, SOCKADDR_UN_BYTES_MAX } from '../../abi/net.ts';
import { familyOf } from './inet-name.ts';

// Names live here and not in a file system: a bound path makes no file, and is free again as soon
// as its socket is closed, where Linux leaves a file that is to be unlinked. Two paths are one name
// when they mean the same seen from the root, which is the current directory of every process.

const DOT = '.';
const SLASH = '/';
/** Names that bind() chooses: 20 bits in hexadecimal. */
const CHOSEN_NAMES = 1 << 20;
const CHOSEN_DIGITS = 5;

/** A name: the sockaddr that names it, and what it is known by; no key is no name. */
export interface UnixName {
  readonly bytes: Uint8Array;
  readonly key: string | undefined;
  /** An abstract name, which no path is. */
  readonly isAbstract: boolean;
}

/** A path seen from the root, without what does not change where it leads. */
function fromRoot(path: string): string {
  const steps: string[] = [];
  for (const step of path.split(SLASH)) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== DOT) steps.push(step);
  }
  return SLASH + steps.join(SLASH);
}

const toText = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** A sockaddr_un of some name. */
function withName(name: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_UN.path + name.length);
  bytes[SOCKADDR_UN.family] = AF.UNIX;
  bytes.set(name, SOCKADDR_UN.path);
  return bytes;
}

/** The sockaddr of a socket without a name: its family. */
export const UNNAMED = withName(new Uint8Array(0));

/** The name that a sockaddr gives, or -EINVAL. */
export function readUnixName(bytes: Uint8Array): UnixName | Res {
  if (familyOf(bytes) !== AF.UNIX || bytes.length > SOCKADDR_UN_BYTES_MAX) return fail('EINVAL');
  const path = bytes.subarray(SOCKADDR_UN.path);
  if (path.length === 0) return { bytes: UNNAMED, key: undefined, isAbstract: false };
  if (path[0] === 0) return { bytes: bytes.slice(), key: toText(path), isAbstract: true };
  const nul = path.indexOf(0);
  const text = nul === -1 ? path : path.subarray(0, nul);
  const named = new Uint8Array(text.length + 1); // with its NUL, as getsockname(2) tells it
  named.set(text);
  return { bytes: withName(named), key: fromRoot(toText(text)), isAbstract: false };
}

/** Sockets by name. */
export class UnixNames<S> {
  readonly #taken = new Map<string, S>();
  #next = 0;

  /** Takes a name, or one that it chooses when there is none: -EADDRINUSE. */
  take(socket: S, name: UnixName): UnixName | Res {
    const taken = name.key === undefined ? this.#choose() : name;
    if (taken?.key === undefined || this.#taken.has(taken.key)) return fail('EADDRINUSE');
    this.#taken.set(taken.key, socket);
    return taken;
  }

  /** Gives it back. */
  release({ key }: UnixName): void {
    if (key !== undefined) this.#taken.delete(key);
  }

  /** Who has it; -ECONNREFUSED for an abstract name that nobody has, -ENOENT for a path. */
  find({ key, isAbstract }: UnixName): S | Res {
    if (key === undefined) return fail('EINVAL');
    return this.#taken.get(key) ?? fail(isAbstract ? 'ECONNREFUSED' : 'ENOENT');
  }

  #choose(): UnixName | undefined {
    for (let tries = 0; tries < CHOSEN_NAMES; tries++) {
      this.#next = (this.#next + 1) % CHOSEN_NAMES;
      const digits = this.#next.toString(16).padStart(CHOSEN_DIGITS, '0');
      const bytes = withName(Uint8Array.from(`\0${digits}`, (char) => char.charCodeAt(0)));
      if (!this.#taken.has(`\0${digits}`)) return { bytes, key: `\0${digits}`, isAbstract: true };
    }
    return undefined;
  }
}
