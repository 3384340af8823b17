/**
 * Goal: the repository keeps its house rules, and each rule notices when it is broken.
 * Method: every module is read as text; comments, strings and patterns are blanked where a rule is
 *         about code. The rules are in the modules beside this file: layers (import matrix),
 *         protocol (Atomics steps; byte offsets: DataView, literal word indices such as words[12],
 *         offsets of 2 or more added to an index of words or bytes, any literal added to an address
 *         that a memory is read at), manners (openings, banned words), sizes (with ratchet.json for
 *         what is above a limit), exports (with exports.json), loads (what threads load). That each
 *         can fail: broken.test.ts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeChange, type PublicNames, publicNames } from './exports.ts';
import { brokenImports, COMPOSITION_ROOTS } from './layers.ts';
import { LOADS, loadedInVain } from './loads.ts';
import { badOpening, bannedWords, leftovers, TIMED_TESTS } from './manners.ts';
import { strayAtomics, strayOffsets, unexplainedAtomics } from './protocol.ts';
import { compareSizes, type Ratchet, sizesOf } from './sizes.ts';
import { isModule, ROOT, readSource, repositoryFiles, type Source, sourceOf } from './source.ts';

const files = repositoryFiles();
const sources = files.filter(isModule).map(readSource);
const json = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const readIfThere = (path: string): Source | undefined =>
  existsSync(join(ROOT, path)) ? readSource(path) : undefined;

/** A file that is named but missing explains nothing. */
const readOrEmpty = (path: string): Source => readIfThere(path) ?? sourceOf(path, '');

describe('every module', () => {
  it('is found', () => {
    expect(sources.map(({ path }) => path)).toContain('src/ring/submission.ts');
  });

  it('imports only from layers below its own', () => {
    expect(sources.flatMap(brokenImports)).toEqual([]);
    expect(COMPOSITION_ROOTS.filter((path) => !files.includes(path))).toEqual([]);
  });

  it('leaves Atomics to src/ring', () => {
    expect(sources.flatMap(strayAtomics)).toEqual([]);
  });

  it('in src/ring cites a step, explained in a header, at every access', () => {
    expect(sources.flatMap((source) => unexplainedAtomics(source, readOrEmpty))).toEqual([]);
  });

  it('leaves byte offsets to src/abi', () => {
    expect(sources.flatMap(strayOffsets)).toEqual([]);
  });

  it('begins by saying what it is about', () => {
    expect(sources.flatMap(badOpening)).toEqual([]);
  });

  it('contains nothing that is banned', () => {
    expect(sources.flatMap(bannedWords)).toEqual([]);
    expect(Object.keys(TIMED_TESTS).filter((path) => !files.includes(path))).toEqual([]);
  });

  it('is within the limits of size, or exactly at what ratchet.json allows', () => {
    const ratchet = json('test/unit/house/ratchet.json') as Ratchet;
    const problems = sources.flatMap((source) =>
      compareSizes(source.path, sizesOf(source), ratchet[source.path]),
    );
    const gone = Object.keys(ratchet).filter((path) => !files.includes(path));
    expect([...problems, ...gone.map((path) => `${path}: in the ratchet, but gone`)]).toEqual([]);
  });
});

describe('the first module of a thread or program', () => {
  it.each(Object.entries(LOADS))('%s loads from nowhere but %s', (first, folders) => {
    expect(loadedInVain(first, folders, readSource)).toEqual([]);
  });
});

describe('the repository', () => {
  it('holds no leftovers', () => {
    expect(leftovers(files)).toEqual([]);
  });

  it('names no machine in its documents', () => {
    const documents = files.filter((path) => /^[^/]+\.(?:md|json|ts)$|^docs\/.*\.md$/.test(path));
    const named = documents.filter((path) =>
      /(?<![\w.:/-])\/(?:work|root|home)\//.test(readFileSync(join(ROOT, path), 'utf8')),
    );
    expect(named).toEqual([]);
  });

  it('exports exactly the names in exports.json', () => {
    const { exports } = json('package.json') as { exports: Record<string, unknown> };
    const committed = json('test/unit/house/exports.json') as PublicNames;
    const change = describeChange(committed, publicNames(exports, readIfThere));
    expect(change === '', change).toBe(true);
  });
});
