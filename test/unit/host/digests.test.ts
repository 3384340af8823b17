/**
 * Goal: the host's digests are node:crypto's, in one call or bit by bit, into any memory.
 * Method: every algorithm of this Node, on shared and on private bytes.
 */
import { createHash, getHashes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fail } from '../../../src/abi/errno.ts';
import { DIGEST_NAMES_MAX } from '../../../src/abi/limits.ts';
import { NodeDigests } from '../../../src/host/digests.ts';
import type { HostDigests } from '../../../src/kernel/host.ts';

const digests: HostDigests = new NodeDigests();
const AT = 100;
const LENGTH = 1000;

/** Bytes 0, 1, 2, ... of which LENGTH from AT on are digested. */
function filled(buffer: ArrayBuffer | SharedArrayBuffer): Uint8Array {
  return new Uint8Array(buffer).map((_, i) => i);
}

const options = (name: string) =>
  /^shake/i.test(name) ? { outputLength: /128/.test(name) ? 16 : 32 } : {};

describe.each(getHashes())('%s', (name) => {
  const bytes = filled(new ArrayBuffer(2048));
  const expected = createHash(name, options(name))
    .update(bytes.subarray(AT, AT + LENGTH))
    .digest();

  it('has the length it says, and only that is written', () => {
    expect(digests.digestBytes(name)).toBe(expected.length);
    const into = new Uint8Array(128).fill(0xee);
    expect(digests.once(name, bytes, AT, LENGTH, into, 7)).toBe(expected.length);
    expect(Buffer.from(into.subarray(7, 7 + expected.length))).toEqual(expected);
    into.fill(0xee, 7, 7 + expected.length);
    expect(into.every((byte) => byte === 0xee)).toBe(true);
  });

  it('is the same bit by bit', () => {
    const hash = digests.create(name);
    for (let at = AT; at < AT + LENGTH; at += 300)
      hash.update(bytes, at, Math.min(300, AT + LENGTH - at));
    const into = new Uint8Array(128);
    expect(hash.digest(into, 3)).toBe(expected.length);
    expect(Buffer.from(into.subarray(3, 3 + expected.length))).toEqual(expected);
  });
});

describe('digests', () => {
  it('are made of shared memory, into shared memory', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(2048));
    shared.set(filled(new ArrayBuffer(2048)));
    const expected = createHash('sha256')
      .update(shared.slice(AT, AT + LENGTH))
      .digest('hex');
    expect(digests.once('sha256', shared, AT, LENGTH, shared, 2000)).toBe(32);
    expect(Buffer.from(shared.slice(2000, 2032)).toString('hex')).toBe(expected);
  });

  it('go by names in any case', () => {
    expect([digests.digestBytes('SHA256'), digests.digestBytes('sHa256')]).toEqual([32, 32]);
  });

  it('have lengths that are known of more spellings than are remembered', () => {
    for (let blanks = 0; blanks < 2 * DIGEST_NAMES_MAX; blanks++)
      expect(digests.digestBytes(`sha256${' '.repeat(blanks)}`)).toBe(32);
    expect(digests.digestBytes('sha512')).toBe(64);
  });

  it.each(['', 'sha257', '__proto__', '\0'])('do not know %j', (name) => {
    expect(digests.digestBytes(name)).toBe(fail('EINVAL'));
  });
});
