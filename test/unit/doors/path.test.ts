/**
 * Goal: paths reach the kernel whole, as bytes, or too long for it, and never cut to another path.
 * Method: paths around the length that Linux allows, staged in memory and read back.
 */
import { describe, expect, it } from 'vitest';
import { PATH_BYTES_MAX } from '../../../src/abi/limits.ts';
import { parentOf, toPath } from '../../../src/doors/path.ts';
import { pathBytes, Staging } from '../../../src/doors/staging.ts';
import { ProcessMemory } from '../../../src/ring/memory.ts';

const staging = new Staging(ProcessMemory.reserve(1 << 18));

/** The bytes that the kernel finds before a NUL, of as many as it looks at. */
function staged(path: string | Uint8Array): Buffer {
  const { absolute } = toPath(path, '/cwd');
  const room = pathBytes(absolute);
  const at = staging.allocator.allocate(room);
  staging.buffer.fill(0xaa, at, at + room);
  staging.putPath(absolute, at);
  const found = staging.buffer.subarray(at, at + Math.min(room, PATH_BYTES_MAX));
  const end = found.indexOf(0);
  staging.allocator.free(at);
  return Buffer.from(end === -1 ? found : found.subarray(0, end));
}

describe('staged paths', () => {
  it.each(['/a', '/ü/\u{1f600}', '/', `/${'x'.repeat(2000)}`])('%# are whole', (path) => {
    expect(staged(path).toString()).toBe(path);
    expect(staged(Buffer.from(path)).toString()).toBe(path);
  });

  it('begin at the directory that was given, when they are relative', () => {
    expect(staged('a').toString()).toBe('/cwd/a');
    expect(staged(Buffer.from([0x61, 0xff]))).toEqual(
      Buffer.concat([Buffer.from('/cwd/a'), Buffer.from([0xff])]),
    );
  });

  it('stay empty when they are', () => {
    expect(staged('')).toHaveLength(0);
    expect(staged(Buffer.alloc(0))).toHaveLength(0);
  });

  it.each(['x', 'ü', '漢', '\u{1f600}'])('made of %s are whole up to the longest', (character) => {
    const count = Math.floor((PATH_BYTES_MAX - 2) / Buffer.byteLength(character));
    const path = `/${character.repeat(count)}`;
    expect(staged(path).toString()).toBe(path);
  });

  it.each(['x', 'ü', '漢', '\u{1f600}'])('made of %s are no path at all beyond', (character) => {
    for (const count of [PATH_BYTES_MAX / 2, PATH_BYTES_MAX, 3 * PATH_BYTES_MAX]) {
      const path = `/${character.repeat(count)}`;
      if (Buffer.byteLength(path) < PATH_BYTES_MAX) continue;
      expect(staged(path)).toHaveLength(PATH_BYTES_MAX); // no NUL in it: ENAMETOOLONG
    }
  });
});

it('the parent of a path ends before its last slash', () => {
  const parent = (path: string): string | undefined =>
    parentOf(toPath(path, '/cwd'))?.absolute.toString();
  expect(['a/b', 'a/b/', 'a', '/a/b', '/a', '/'].map(parent)).toEqual([
    '/cwd/a',
    '/cwd/a/b',
    undefined,
    '/a',
    undefined,
    undefined,
  ]);
});
