/**
 * Goal: paths fall apart into the names that Linux sees in them.
 * Method: tables of texts.
 */
import { describe, expect, it } from 'vitest';
import {
  afterPrefix,
  CLIMB,
  climbs,
  isWithin,
  joined,
  parentOf,
  shortest,
} from '../../../../src/kernel/vfs/names.ts';
import { Remainder } from '../../../../src/kernel/vfs/remainder.ts';
import { bytes } from './rig.ts';

const text = (names: Uint8Array): string => Buffer.from(names).toString('latin1');

describe('the names of a path', () => {
  it.each([
    { path: '/', names: '' },
    { path: '', names: '' },
    { path: '/a/b', names: 'a/b' },
    { path: '//a///b//', names: 'a/b' },
    { path: './a/./b/.', names: 'a/b' },
    { path: 'a/../b', names: 'b' },
    { path: '../../a', names: 'a' },
    { path: 'a/b/../../../c', names: 'c' },
    { path: '.../..a/a..', names: '.../..a/a..' },
  ])('of "$path" are "$names" at their shortest', ({ path, names }) => {
    expect(text(shortest(bytes(path)))).toBe(names);
  });

  it.each([
    { path: '/a/b/c', prefix: 'a/b', rest: 'c' },
    { path: 'a/b', prefix: 'a/b', rest: '' },
    { path: '/./a//./b//c/', prefix: 'a/b', rest: 'c/' },
    { path: '/a/b/.', prefix: 'a/b', rest: '.' },
    { path: '/anything', prefix: '', rest: 'anything' },
  ])('of "$path" go on with "$rest" after "$prefix"', ({ path, prefix, rest }) => {
    const at = afterPrefix(bytes(path), bytes(prefix));
    expect(path.slice(at)).toBe(rest);
  });

  it.each(['/ab/c', '/a', '/', '/b/a', 'a/bc', 'x/../a/b'])(
    'of "%s" do not begin with a/b',
    (path) => {
      expect(afterPrefix(bytes(path), bytes('a/b'))).toBe(-1);
    },
  );

  it('climb, or only look like it', () => {
    for (const path of ['..', '../a', '/..', 'a/../..', 'a/./../../a'])
      expect(climbs(bytes(path)), path).toBe(CLIMB.OUT);
    for (const path of ['a/..', 'a/../b', 'a/b/../../c/..'])
      expect(climbs(bytes(path)), path).toBe(CLIMB.WITHIN);
    for (const path of ['...', '..a', 'a..', '.', '/', 'a/b'])
      expect(climbs(bytes(path)), path).toBe(CLIMB.NOT);
  });

  it('are within those they continue, and within themselves', () => {
    for (const outer of ['', 'a', 'a/b', 'a/b/c'])
      expect(isWithin(bytes('a/b/c'), bytes(outer)), outer).toBe(true);
    for (const outer of ['a/b/c/d', 'a/b/', 'b', 'a/c'])
      expect(isWithin(bytes('a/b/c'), bytes(outer)), outer).toBe(false);
    expect(isWithin(bytes('ab'), bytes('a'))).toBe(false);
  });

  it('are joined by one slash each, and end with a parent', () => {
    expect(text(joined([bytes(''), bytes('a'), bytes(''), bytes('b/c')]))).toBe('a/b/c');
    expect(text(joined([]))).toBe('');
    expect(text(parentOf(bytes('a/b/c')))).toBe('a/b');
    expect(text(parentOf(bytes('a')))).toBe('');
  });
});

describe('what is left of a path', () => {
  /** All names that are looked at, with what was known of each. */
  function walk(left: Remainder): string[] {
    const seen: string[] = [];
    while (left.next()) {
      const name = text(left.text.subarray(left.start, left.end));
      seen.push(name + (left.hasSlash ? '/' : '') + (left.isLast ? '$' : ''));
    }
    return seen;
  }

  it('begins with the text that was put on top', () => {
    const left = new Remainder();
    left.put(bytes('ignored/a//b/'), 7);
    expect(left.next()).toBe(true);
    left.put(bytes('x/y'), 0);
    expect(text(left.after(bytes('names')))).toBe('namesx/y//b/');
    expect(walk(left)).toEqual(['x/', 'y/', 'b/$']);
    expect(left.next()).toBe(false);
  });

  it('knows the last name of several texts, and the slash behind it', () => {
    const left = new Remainder();
    left.put(bytes('link/'), 0);
    left.next();
    left.put(bytes('target'), 0);
    expect(walk(left)).toEqual(['target/$']);
    left.put(bytes('/'), 0);
    expect(left.next()).toBe(false);
  });

  it('repeats a name', () => {
    const left = new Remainder();
    left.put(bytes('a/b'), 0);
    left.next();
    left.repeat();
    expect(walk(left)).toEqual(['a/', 'b$']);
  });
});
