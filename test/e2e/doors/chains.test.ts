/**
 * Goal: the steps of a chain run in order, each only if those before it succeeded, in as few
 *       submissions as Linux's notion of failure allows; results and errors are those of the calls.
 * Method: chains on every kernel, in a folder that is compared before and after.
 */
import * as promises from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { FileError } from '../../../src/doors/errors.ts';
import { KERNELS, playground, sharedGround } from './kernels.ts';

const statuses = (results: readonly PromiseSettledResult<unknown>[]): string[] =>
  results.map((result) => (result.status === 'rejected' ? result.reason.code : 'done'));

describe.each(KERNELS)('chains on $kind', ({ options }) => {
  const ground = sharedGround(options);
  beforeEach(() => ground.clear());
  const read = (name: string): Promise<string> =>
    promises.readFile(`${ground.folder}/${name}`, 'utf8');

  it('give the results of all steps in order', async () => {
    const { uring } = ground;
    const [, , text, , stats, bytes, sum] = await uring
      .chain()
      .writeFile('a', 'hello')
      .appendFile('a', Buffer.from(' world'))
      .readFile('a', 'utf8')
      .rename('a', 'b')
      .stat('b')
      .readFile('b')
      .sumFile('b', 'sha256')
      .run();
    expect(text).toBe('hello world');
    expect(stats.size).toBe(11);
    expect(bytes.equals(Buffer.from('hello world'))).toBe(true);
    expect(sum.bytes).toBe(11);
    expect(await read('b')).toBe('hello world');
  });

  it('replace a file as a whole, durably', async () => {
    const { uring } = ground;
    await uring.writeFile('file', 'old');
    await uring.chain().writeFile('new', 'new', { flush: true }).rename('new', 'file').run();
    expect(await read('file')).toBe('new');
    expect(await promises.readdir(ground.folder)).toEqual(['file']);
  });

  it('stop at the first failure, and throw it in the words of its call', async () => {
    const { uring } = ground;
    await uring.writeFile('old', 'old');
    const chain = uring.chain().writeFile('missing/new', 'x').rename('missing/new', 'old');
    const failure = chain.run();
    await expect(failure).rejects.toThrow(`ENOENT: no such file or directory, open 'missing/new'`);
    await expect(failure).rejects.toBeInstanceOf(FileError);
    expect(await read('old')).toBe('old');
    expect(statuses(await chain.settle())).toEqual(['ENOENT', 'ECANCELED']);
  });

  it('stop at failures that are none to Linux, too', async () => {
    const { uring } = ground;
    const results = await uring
      .chain()
      .mkdir('dir')
      .mkdir('dir')
      .writeFile('dir/file', 'x')
      .unlink('dir/file')
      .settle();
    expect(statuses(results)).toEqual(['done', 'EEXIST', 'ECANCELED', 'ECANCELED']);
    expect(await promises.readdir(`${ground.folder}/dir`)).toEqual([]);
    await expect(uring.chain().unlink('no').rename('dir', 'gone').run()).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'unlink',
    });
    expect(await promises.readdir(ground.folder)).toEqual(['dir']);
  });

  it('read what is larger than the room they guessed before the next step begins', async () => {
    const { uring } = ground;
    const text = 'x'.repeat(3_000_000);
    await uring.writeFile('large', text);
    const [bytes] = await uring.chain().readFile('large', 'latin1').writeFile('large', '').run();
    expect(bytes === text).toBe(true);
    expect(await read('large')).toBe('');
  });

  it('copy, remove, and write what needs several requests', async () => {
    await using small = await playground({ ...options, memoryBytes: 1 << 20 });
    const data = Buffer.alloc(1 << 20, 'y');
    const [, , , stats] = await small.uring
      .chain()
      .writeFile('a', data)
      .copyFile('a', 'b')
      .unlink('a')
      .stat('b')
      .run();
    expect(stats.size).toBe(1 << 20);
    expect(await promises.readdir(small.folder)).toEqual(['b']);
  });

  it('are longer than a ring, and many at once, and never interleave', async () => {
    await using small = await playground({ ...options, entries: 4, memoryBytes: 17 * 4096 });
    const run = async (i: number): Promise<void> => {
      const chain = small.uring.chain();
      for (let step = 0; step < 11; step++)
        chain.writeFile(`${i}`, `${step}`, { flag: step === 0 ? 'wx' : 'a' });
      await chain.run();
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => run(i)));
    const names = await promises.readdir(small.folder);
    expect(names).toHaveLength(40);
    for (const name of names)
      expect(await promises.readFile(`${small.folder}/${name}`, 'utf8')).toBe('012345678910');
  });

  it('begin nothing when they are aborted before, and can be run again', async () => {
    const { uring } = ground;
    const chain = uring.chain().writeFile('a', 'x').rename('a', 'b');
    await expect(chain.run({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await promises.readdir(ground.folder)).toEqual([]);
    await chain.run();
    await chain.run({ timeout: 60_000, priority: 1 });
    expect(await promises.readdir(ground.folder)).toEqual(['b']);
  });

  it('check arguments when a step is added', () => {
    const { uring } = ground;
    expect(() => uring.chain().readFile('a\0b')).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    );
    expect(() => uring.chain().readFile('a', 'no' as BufferEncoding)).toThrow(TypeError);
    expect(() => uring.chain().sumFile('a', 1 as never)).toThrow(TypeError);
  });
});
