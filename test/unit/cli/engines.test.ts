/**
 * Goal: every engine sums any file to the same digest as node:crypto, lists directories with the
 *       kinds of their names, and rejects with a code what it cannot read.
 * Method: one suite over all engines, on a real folder with names of any bytes, files around the
 *         sizes at which engines change their ways, and more files at once than a task takes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromText, joinPath, toBytes } from '../../../src/cli/byte-string.ts';
import type { Engine, OpenEngine, Sum } from '../../../src/cli/engine.ts';
import { codeOf } from '../../../src/cli/failure.ts';
import { PiscinaEngine } from '../../../src/cli/piscina-engine.ts';
import { PromisesEngine } from '../../../src/cli/promises-engine.ts';
import { UringEngine } from '../../../src/cli/uring-engine.ts';

const KIB = 1024;
const SIZES = [0, 1, 256 * KIB - 1, 256 * KIB, 256 * KIB + 1, 8192 * KIB, 8192 * KIB + 1];

const ENGINES: readonly (readonly [string, OpenEngine])[] = [
  ['uring', UringEngine.opener(2)],
  ['fs.promises', async (algorithm) => new PromisesEngine(algorithm)],
  ['piscina', async (algorithm) => new PiscinaEngine(algorithm, 2)],
];

const root = fromText(mkdtempSync(join(tmpdir(), 'engines-')));
const at = (name: string): string => joinPath(root, name);
const contentOf = (bytes: number): Buffer => Buffer.alloc(bytes, `${bytes} `);
const digestOf = (content: Buffer): string => createHash('sha512').update(content).digest('hex');

const sumOf = (engine: Engine, path: string): Promise<Sum> =>
  new Promise((summed, failed) => engine.sum(path, { summed, failed }));

beforeAll(() => {
  for (const bytes of SIZES) writeFileSync(toBytes(at(`size-${bytes}`)), contentOf(bytes));
  mkdirSync(toBytes(at('names')));
  mkdirSync(toBytes(at('names/directory')));
  symlinkSync('directory', toBytes(at('names/link')));
  writeFileSync(toBytes(at('names/\xff\n')), 'content');
});
afterAll(() => rmSync(toBytes(root), { recursive: true }));

describe.each(ENGINES)('%s', (_, open) => {
  const opened: Engine[] = [];
  beforeAll(async () => {
    opened.push(await open('sha512'));
  });
  afterAll(() => opened[0]!.close());

  it.each(SIZES)('sums a file of %i bytes', async (bytes) => {
    const sum = await sumOf(opened[0]!, at(`size-${bytes}`));
    expect(sum).toEqual({ digest: digestOf(contentOf(bytes)), bytes });
  });

  it('sums many files at once, each to its own', async () => {
    const wanted = Array.from({ length: 300 }, (_, i) => SIZES[i % 3]!);
    const sums = await Promise.all(wanted.map((bytes) => sumOf(opened[0]!, at(`size-${bytes}`))));
    expect(sums.map(({ bytes }) => bytes)).toEqual(wanted);
    const digests = new Map(SIZES.map((bytes) => [bytes, digestOf(contentOf(bytes))]));
    for (const { digest, bytes } of sums) expect(digest).toBe(digests.get(bytes));
  });

  it('lists names of any bytes with their own kind', async () => {
    const names = await opened[0]!.list(at('names'));
    expect(names).toEqual({ files: ['\xff\n'], directories: ['directory'] }); // no symlinks
    expect((await sumOf(opened[0]!, at('names/\xff\n'))).bytes).toBe(7);
  });

  it('begins relative paths at the current directory, refuses too long ones', async () => {
    const up = '../'.repeat(process.cwd().split('/').length - 1);
    const relative = up + at('size-1').slice(1);
    expect((await sumOf(opened[0]!, relative)).digest).toBe(digestOf(contentOf(1)));
    const long = ['/a', 'a'].map((start) => sumOf(opened[0]!, start.repeat(4096)));
    expect(await Promise.all(long.map((sum) => sum.then(String, codeOf)))).toEqual([
      'ENAMETOOLONG',
      'ENAMETOOLONG',
    ]);
    expect((await sumOf(opened[0]!, relative)).bytes).toBe(1); // in the same places
  });

  it('tells why it cannot read', async () => {
    const codes = [
      sumOf(opened[0]!, at('none')),
      sumOf(opened[0]!, at('names/directory')),
      opened[0]!.list(at('none')),
      opened[0]!.list(at('size-0')),
    ].map((attempt) => attempt.then(() => 'ok', codeOf));
    expect(await Promise.all(codes)).toEqual(['ENOENT', 'EISDIR', 'ENOENT', 'ENOTDIR']);
  });
});

describe.each(ENGINES)('%s, when it is closed', (_, open) => {
  it('lets go of every sum that is under way', async () => {
    const engine = await open('sha256');
    const large = at(`size-${SIZES.at(-1)}`);
    const sums = Array.from({ length: 20 }, () => sumOf(engine, large).then(String, String));
    await engine.close();
    expect(await Promise.all(sums)).toHaveLength(20);
  });
});
