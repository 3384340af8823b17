/**
 * Goal: the calls of a door do what those of node:fs/promises do.
 * Method: the same tree seen and changed through both, on every kernel; random contents of sizes
 *         around every boundary at which a call goes another way.
 */
import { createHash } from 'node:crypto';
import * as promises from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { KERNELS, playground, sharedGround } from './kernels.ts';

/** Bytes that differ from place to place. */
const contents = (bytes: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + (i >>> 8)) & 0xff));

describe.each(KERNELS)('files on $kind', ({ options }) => {
  const ground = sharedGround(options);
  const at = (path: string): string => `${ground.folder}/${path}`;

  beforeEach(() => ground.clear());

  it.each([0, 1, 4095, 8192, 8193, 16_384, 16_385, 300_000, 4_194_304, 4_194_305, 10_000_000])(
    'reads and writes %i bytes',
    async (bytes) => {
      const data = contents(bytes);
      await ground.uring.writeFile(at('file'), data);
      expect((await promises.readFile(at('file'))).equals(data)).toBe(true);
      expect((await ground.uring.readFile(at('file'))).equals(data)).toBe(true);
      await ground.uring.writeFile(at('file'), 'short');
      expect(await ground.uring.readFile(at('file'), 'utf8')).toBe('short');
    },
  );

  it('reads files that do not tell their size', async () => {
    const text = await ground.uring.readFile('/proc/self/limits', 'utf8');
    expect(text).toBe(await promises.readFile('/proc/self/limits', 'utf8'));
    expect(await ground.uring.readFile('/proc/self/limits', { flag: 'r' })).toEqual(
      Buffer.from(text),
    );
  });

  it.each(['utf8', 'utf16le', 'latin1', 'hex', 'base64', 'base64url', 'ascii'] as const)(
    'writes and reads text as %s',
    async (encoding) => {
      const text =
        encoding === 'utf8' ? 'zwölf Boxkämpfer 🥊 \ud800' : contents(100).toString(encoding);
      await ground.uring.writeFile(at('ours'), text, encoding);
      await promises.writeFile(at('theirs'), text, encoding);
      expect(await promises.readFile(at('ours'))).toEqual(await promises.readFile(at('theirs')));
      expect(await ground.uring.readFile(at('ours'), encoding)).toBe(
        await promises.readFile(at('theirs'), encoding),
      );
    },
  );

  it('writes what comes in chunks, and appends', async () => {
    async function* chunks(): AsyncGenerator<string | NodeJS.ArrayBufferView> {
      yield 'one ';
      yield Buffer.from('two ');
      yield new Uint16Array([0x2033]);
    }
    await ground.uring.writeFile(at('file'), chunks());
    await ground.uring.appendFile(at('file'), ' four', { flush: true });
    await ground.uring.appendFile(at('file'), [' five'], { mode: 0o600 });
    expect(await promises.readFile(at('file'), 'utf8')).toBe('one two 3  four five');
  });

  it('makes files with the mode that was asked for', async () => {
    await ground.uring.writeFile(at('file'), 'x', { mode: 0o640 });
    await ground.uring.mkdir(at('directory'), '750');
    await (await ground.uring.open(at('opened'), 'w', 0o604)).close();
    for (const path of ['file', 'directory', 'opened'])
      expect((await ground.uring.stat(at(path))).mode).toBe((await promises.stat(at(path))).mode);
    expect((await ground.uring.stat(at('file'))).mode & 0o777).toBe(0o640);
  });

  it('takes relative paths, URLs and paths of any bytes', async () => {
    const strange = Buffer.concat([Buffer.from(at('')), Buffer.from([0xff, 0xfe, 0x80])]);
    for (const path of ['relative', 'ünï\u{1f600}', pathToFileURL(at('a b%c')), strange]) {
      await ground.uring.writeFile(path, 'x');
      const whole = typeof path === 'string' ? at(path) : path;
      expect(await promises.readFile(whole, 'utf8')).toBe('x');
      expect(await ground.uring.readFile(path, 'utf8')).toBe('x');
    }
    const names = await ground.uring.readdir('.', 'buffer');
    expect(names.map(String).sort()).toEqual((await promises.readdir(at('.'))).sort());
    expect(names).toContainEqual(Buffer.from([0xff, 0xfe, 0x80]));
    expect(await ground.uring.readFile(names.at(-1) as Buffer, 'utf8')).toBe('x');
  });

  it('takes paths as long as Linux does', async () => {
    const folder = `${at('d')}${'/ü'.repeat(400)}`;
    await promises.mkdir(folder, { recursive: true });
    const room = 4095 - Buffer.byteLength(`${folder}/`);
    const longest = `${folder}/${'./'.repeat(Math.floor(room / 2) - 5)}file`;
    await ground.uring.writeFile(longest, 'x');
    expect(await promises.readFile(longest, 'utf8')).toBe('x');
  });

  it('tells what stat tells', async () => {
    await promises.writeFile(at('file'), contents(5000));
    await promises.symlink('file', at('link'));
    for (const path of [at('file'), at('link'), at('.'), '/dev/null', '/dev'])
      for (const follows of [true, false]) {
        const ours = await (follows ? ground.uring.stat(path) : ground.uring.lstat(path));
        const theirs = await (follows ? promises.stat(path) : promises.lstat(path));
        for (const key of Object.keys(ours) as (keyof typeof ours)[])
          if (key.endsWith('Ms')) expect(ours[key]).toBeCloseTo(theirs[key] as number, 2);
          else expect([path, key, ours[key]]).toEqual([path, key, theirs[key]]);
        for (const question of [
          'isFile',
          'isDirectory',
          'isSymbolicLink',
          'isFIFO',
          'isSocket',
          'isBlockDevice',
          'isCharacterDevice',
        ] as const)
          expect(ours[question]()).toBe(theirs[question]());
        expect(ours.mtime).toEqual(theirs.mtime);
        expect(ours.birthtime).toEqual(theirs.birthtime);
      }
  });

  it('copies, renames and removes', async () => {
    const data = contents(600_000);
    await promises.writeFile(at('one'), data, { mode: 0o751 });
    await ground.uring.copyFile(at('one'), at('two'));
    expect((await promises.readFile(at('two'))).equals(data)).toBe(true);
    expect((await promises.stat(at('two'))).mode & 0o777).toBe(0o751);
    await ground.uring.rename(at('two'), at('three'));
    expect(await ground.uring.readdir(at('.'))).toEqual(['one', 'three']);
    await ground.uring.rm(at('one'));
    await ground.uring.rm(at('nowhere'), { force: true });
    expect(await promises.readdir(at('.'))).toEqual(['three']);
  });

  it.each(['sha256', 'md5', 'sha512', 'sha3-256'])('digests with %s', async (algorithm) => {
    for (const bytes of [0, 10, 262_144, 1_000_000]) {
      const data = contents(bytes);
      await promises.writeFile(at('file'), data);
      const digest = createHash(algorithm).update(data).digest();
      expect(await ground.uring.hash(data, algorithm)).toEqual(digest);
      expect(await ground.uring.hash('file', algorithm)).toEqual(digest);
      expect(await ground.uring.hashFile(Buffer.from('file'), algorithm)).toEqual(digest);
      const encoding = { encoding: 'hex' } as const;
      expect(await ground.uring.hash(data, algorithm, encoding)).toBe(digest.toString('hex'));
      expect(await ground.uring.hash('file', algorithm, encoding)).toBe(digest.toString('hex'));
    }
  });

  it('lends whole files, and lets open files transfer within a lease', async () => {
    await promises.writeFile(at('file'), 'contents');
    {
      using file = await ground.uring.readFileLease('file');
      expect(file.bytes.toString()).toBe('contents');
      using lease = await ground.uring.lease(100);
      await using handle = await ground.uring.open('file', 'r+');
      await handle.read(lease.bytes, 3, 8, 0);
      expect(lease.bytes.subarray(3, 11).toString()).toBe('contents');
      await handle.write(lease.bytes, 3, 4, 4);
    }
    expect(await promises.readFile(at('file'), 'utf8')).toBe('contcont');
    expect(ground.uring.stats().usedBytes).toBe(0);
  });
});

describe.each(KERNELS)('open files on $kind', ({ options }) => {
  const ground = sharedGround(options);

  /** Runs `work` on an open file of each, and expects the same answers and the same file. */
  const same = async (
    work: (handle: promises.FileHandle) => Promise<readonly unknown[]>,
    flags = 'r+',
  ): Promise<void> => {
    const results: unknown[] = [];
    for (const [name, fs] of Object.entries({ ours: ground.uring, theirs: promises })) {
      const path = `${ground.folder}/${name}`;
      await promises.writeFile(path, 'some contents');
      const handle = (await fs.open(path, flags)) as promises.FileHandle;
      const answers = await work(handle);
      await handle.close();
      await handle.close();
      results.push([answers.map((answer) => ({ ...(answer as object) })), handle.fd]);
      results.push(await promises.readFile(path, 'utf8'));
    }
    expect(results.slice(0, 2)).toEqual(results.slice(2));
  };

  it('reads at the position of the file and elsewhere', () =>
    same(async (handle) => [
      await handle.read(Buffer.alloc(4)),
      await handle.read(Buffer.alloc(10, '.'), 2, 3),
      await handle.read(Buffer.alloc(4), 0, 4, 1),
      await handle.read(Buffer.alloc(4), { position: 5n, length: 2 }),
      await handle.read({ buffer: Buffer.alloc(20), offset: 1, position: null }),
      await handle.read(Buffer.alloc(4), 0, 4, 100),
      await handle.read(Buffer.alloc(0)),
      await handle.read(new Uint16Array(3), 0, 6, 0),
      await handle.readv([Buffer.alloc(3), new Uint8Array(2), Buffer.alloc(20)], 2),
      await handle.readv([Buffer.alloc(3)], 13),
    ]));

  it('writes at the position of the file and elsewhere', () =>
    same(async (handle) => [
      await handle.write('new'),
      await handle.write('at', 9),
      await handle.write('c3bc', 11, 'hex'),
      await handle.write(Buffer.from('abcdef'), 2, 3),
      await handle.write(Buffer.from('z'), 0, 1, 0),
      await handle.write(Buffer.from('xyz'), { offset: 1, length: 1, position: 20 }),
      await handle.write(Buffer.alloc(0)),
      await handle.write(''),
      await handle.writev([Buffer.from('1'), Buffer.from('23')], 22),
      await handle.writev([Buffer.from('end')]),
      await handle.writev([]),
    ]));

  it('appends whatever the position', () =>
    same(async (handle) => [await handle.write('A'), await handle.write('B', 0)], 'a+'));

  it('cuts, extends and syncs', () =>
    same(async (handle) => {
      await handle.truncate(4);
      await handle.truncate(6);
      await handle.sync();
      await handle.datasync();
      const { size } = await handle.stat();
      await handle.truncate();
      await handle.truncate(-5);
      return [{ size }, await handle.read(Buffer.alloc(3), 0, 3, 0)];
    }));

  it('moves more than there is memory for', async () => {
    await using ground = await playground({ ...options, memoryBytes: 32 * 4096 });
    const { uring, folder } = ground;
    const data = contents(500_000);
    await using handle = await uring.open('file', 'w+');
    expect((await handle.writev([data, data])).bytesWritten).toBe(1_000_000);
    const target = Buffer.alloc(1_000_001);
    expect((await handle.read(target, 0, 1_000_001, 0)).bytesRead).toBe(1_000_000);
    expect(target.subarray(0, 1_000_000).equals(Buffer.concat([data, data]))).toBe(true);
    expect((await uring.readFile('file')).equals(await promises.readFile(`${folder}/file`))).toBe(
      true,
    );
    await uring.writeFile('copy', data);
    expect((await promises.readFile(`${folder}/copy`)).equals(data)).toBe(true);
  });
});
