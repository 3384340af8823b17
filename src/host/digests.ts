/** The host's digests: those of `node:crypto`. */
import type * as Crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { fail, type Res } from '../abi/errno.ts';
import { DIGEST_NAMES_MAX } from '../abi/limits.ts';

/**
 * Bytes of the digests that can have any length. Node's own lengths for them are deprecated, so
 * they are made with the same ones given.
 */
const EXTENDABLE_BYTES: ReadonlyMap<string, number> = new Map([
  ['shake128', 16],
  ['shake-128', 16],
  ['shake256', 32],
  ['shake-256', 32],
]);

/** An encoding that hash() takes and that its types forgot. */
const LATIN1 = 'latin1' as 'hex';

const require = createRequire(import.meta.url);
const LOADED: { crypto?: typeof Crypto } = {};

/** Loaded for the first digest: it takes each thread 5 ms and 0.7 MB, and most make no digests. */
function crypto(): typeof Crypto {
  LOADED.crypto ??= require('node:crypto') as typeof Crypto;
  return LOADED.crypto;
}

function createHash(name: string): Crypto.Hash {
  const outputLength = EXTENDABLE_BYTES.get(name);
  return outputLength === undefined
    ? crypto().createHash(name)
    : crypto().createHash(name, { outputLength });
}

/** Bytes of an algorithm's digest, or -EINVAL: trying is the only way to know. */
function measure(name: string): Res {
  try {
    return createHash(name).digest().length;
  } catch {
    return fail('EINVAL');
  }
}

/** A digest that gets its bytes bit by bit. */
export class NodeHash {
  readonly #hash: Crypto.Hash;

  constructor(name: string) {
    this.#hash = createHash(name);
  }

  /** Adds bytes[at, at + length). */
  update(bytes: Uint8Array, at: number, length: number): void {
    this.#hash.update(bytes.subarray(at, at + length));
  }

  /** Writes the digest to into[at, ...) and ends it; its length in bytes. */
  digest(into: Uint8Array, at: number): number {
    const digest = this.#hash.digest();
    into.set(digest, at);
    return digest.length;
  }
}

/** HostDigests (src/kernel/host.ts) of Node. Names are those of OpenSSL, in any case. */
export class NodeDigests {
  /** See HostDigests. */
  readonly slices: Uint8Array[] = [];
  /** Bytes of the digests that were asked for, by lower-case name; DIGEST_NAMES_MAX of them. */
  readonly #bytes = new Map<string, number>();

  /** Bytes of that algorithm's digest, or -EINVAL where the host does not have it. */
  digestBytes(algorithm: string): Res {
    const name = algorithm.toLowerCase();
    const known = this.#bytes.get(name);
    if (known !== undefined) return known;
    const bytes = measure(name);
    if (bytes > 0 && this.#bytes.size < DIGEST_NAMES_MAX) this.#bytes.set(name, bytes);
    return bytes;
  }

  /** A running digest by an algorithm that digestBytes() knows. */
  create(algorithm: string): NodeHash {
    return new NodeHash(algorithm.toLowerCase());
  }

  /**
   * Writes the digest of bytes[at, at + length) to into[intoAt, ...); its length in bytes. One call
   * of the host, without an object for it, where Node has that (not before 20.12 and 21.7).
   */
  once(
    algorithm: string,
    bytes: Uint8Array,
    at: number,
    length: number,
    into: Uint8Array,
    intoAt: number,
  ): Res {
    const name = algorithm.toLowerCase();
    const { hash: hashOnce } = crypto();
    if (hashOnce === undefined || EXTENDABLE_BYTES.has(name)) {
      const hash = new NodeHash(name);
      hash.update(bytes, at, length);
      return hash.digest(into, intoAt);
    }
    // As a string of bytes: one in a buffer is a piece of memory to be freed again.
    const digest = hashOnce(name, bytes.subarray(at, at + length), LATIN1);
    for (let i = 0; i < digest.length; i++) into[intoAt + i] = digest.charCodeAt(i);
    return digest.length;
  }
}
