/**
 * Goal: what fails with node:fs/promises fails here with the same error: code, errno, syscall,
 *       path, dest, message and class.
 * Method: a table of cases, each run with both over the same tree, on every kernel. Left out:
 *         EACCES, which root never gets, as whom tests may run.
 */
import * as promises from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileHandle } from '../../../src/doors/file-handle.ts';
import type { Uring } from '../../../src/doors/uring.ts';
import { KERNELS, sharedGround } from './kernels.ts';

/** What both have: a door is to be a subset of node:fs/promises. */
type Files = Pick<
  typeof promises,
  | 'appendFile'
  | 'copyFile'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'opendir'
  | 'readdir'
  | 'readFile'
  | 'rename'
  | 'rm'
  | 'stat'
  | 'writeFile'
>;
/** Wrong types on purpose: what a caller without types may do. */
type Untyped = { readonly [K in keyof Files]: (...args: unknown[]) => Promise<unknown> };
type UntypedHandle = {
  readonly [K in keyof FileHandle]: (...args: unknown[]) => Promise<unknown>;
};

type Case = readonly [name: string, run: (fs: Untyped, at: (path: string) => string) => unknown];

/** Opens `path` and calls `run` with the handle. */
const withHandle =
  (flags: string, run: (handle: UntypedHandle) => Promise<unknown>): Case[1] =>
  async (fs, at) => {
    const handle = (await fs.open(at('file'), flags)) as UntypedHandle;
    try {
      await run(handle);
    } finally {
      await handle.close();
    }
  };

const afterClose =
  (run: (handle: UntypedHandle) => Promise<unknown>): Case[1] =>
  async (fs, at) => {
    const handle = (await fs.open(at('file'))) as UntypedHandle;
    await handle.close();
    await run(handle);
  };

const LONG_NAME = 'n'.repeat(256);
const LONG_PATH = `${'d/'.repeat(2100)}x`;

const PATHS: readonly Case[] = [
  ['readFile: nothing there', (fs, at) => fs.readFile(at('nowhere'))],
  ['readFile: nothing there, bytes', (fs, at) => fs.readFile(Buffer.from(at('nowhere')))],
  ['readFile: nothing there, text', (fs, at) => fs.readFile(at('nowhere'), 'utf8')],
  ['readFile: a directory', (fs, at) => fs.readFile(at('directory'))],
  ['readFile: a directory, to write', (fs, at) => fs.readFile(at('directory'), { flag: 'r+' })],
  ['readFile: below a file', (fs, at) => fs.readFile(at('file/below'))],
  ['readFile: a slash behind a file', (fs, at) => fs.readFile(at('file/'))],
  ['readFile: a loop', (fs, at) => fs.readFile(at('loop'))],
  ['readFile: a symlink to nothing', (fs, at) => fs.readFile(at('dangling'))],
  ['readFile: a long name', (fs, at) => fs.readFile(at(LONG_NAME))],
  ['readFile: a long path', (fs, at) => fs.readFile(at(LONG_PATH))],
  ['readFile: no path', (fs) => fs.readFile('')],
  ['writeFile: a directory', (fs, at) => fs.writeFile(at('directory'), 'x')],
  ['writeFile: no directory', (fs, at) => fs.writeFile(at('nowhere/x'), 'x')],
  ['writeFile: must be new', (fs, at) => fs.writeFile(at('file'), 'x', { flag: 'wx' })],
  ['writeFile: opened to read', (fs, at) => fs.writeFile(at('file'), 'x', { flag: 'r' })],
  ['appendFile: a directory', (fs, at) => fs.appendFile(at('directory'), 'x')],
  ['open: nothing there', (fs, at) => fs.open(at('nowhere'))],
  ['open: a directory to write', (fs, at) => fs.open(at('directory'), 'r+')],
  ['open: must be new', (fs, at) => fs.open(at('file'), 'wx')],
  ['open: below a file', (fs, at) => fs.open(at('file/below'), 'w')],
  ['stat: nothing there', (fs, at) => fs.stat(at('nowhere'))],
  ['stat: a loop', (fs, at) => fs.stat(at('loop'))],
  ['stat: a long path', (fs, at) => fs.stat(at(LONG_PATH))],
  ['lstat: nothing there', (fs, at) => fs.lstat(at('nowhere'))],
  ['lstat: below a file', (fs, at) => fs.lstat(at('file/below'))],
  ['readdir: nothing there', (fs, at) => fs.readdir(at('nowhere'))],
  ['readdir: a file', (fs, at) => fs.readdir(at('file'))],
  ['opendir: nothing there', (fs, at) => fs.opendir(at('nowhere'))],
  ['opendir: a file', (fs, at) => fs.opendir(at('file'))],
  ['mkdir: there already', (fs, at) => fs.mkdir(at('directory'))],
  ['mkdir: a file is there', (fs, at) => fs.mkdir(at('file'))],
  ['mkdir: no parent', (fs, at) => fs.mkdir(at('nowhere/x'))],
  ['mkdir: a long name', (fs, at) => fs.mkdir(at(LONG_NAME))],
  ['mkdir: recursive, a file', (fs, at) => fs.mkdir(at('file'), { recursive: true })],
  ['mkdir: recursive, below it', (fs, at) => fs.mkdir(at('file/x/y'), { recursive: true })],
  ['mkdir: recursive, a loop', (fs, at) => fs.mkdir(at('loop/x'), { recursive: true })],
  ['mkdir: recursive, dangling', (fs, at) => fs.mkdir(at('dangling'), { recursive: true })],
  ['mkdir: recursive, below that', (fs, at) => fs.mkdir(at('dangling/x'), { recursive: true })],
  ['mkdir: recursive, no path', (fs) => fs.mkdir('', { recursive: true })],
  ['rm: nothing there', (fs, at) => fs.rm(at('nowhere'))],
  ['rm: a directory', (fs, at) => fs.rm(at('directory'))],
  ['rm: below a file', (fs, at) => fs.rm(at('file/below'), { recursive: true })],
  ['rm: below a file, by force', (fs, at) => fs.rm(at('file/below'), { force: true })],
  ['rename: nothing there', (fs, at) => fs.rename(at('nowhere'), at('x'))],
  ['rename: to no directory', (fs, at) => fs.rename(at('file'), at('nowhere/x'))],
  ['rename: a directory to a file', (fs, at) => fs.rename(at('directory'), at('file'))],
  ['rename: a file to a directory', (fs, at) => fs.rename(at('file'), at('directory'))],
  ['rename: to a full directory', (fs, at) => fs.rename(at('empty'), at('directory'))],
  ['rename: into itself', (fs, at) => fs.rename(at('directory'), at('directory/x'))],
  ['copyFile: nothing there', (fs, at) => fs.copyFile(at('nowhere'), at('x'))],
  ['copyFile: a directory', (fs, at) => fs.copyFile(at('directory'), at('x'))],
  ['copyFile: to a directory', (fs, at) => fs.copyFile(at('file'), at('directory'))],
  ['copyFile: to no directory', (fs, at) => fs.copyFile(at('file'), at('nowhere/x'))],
  ['copyFile: must be new', (fs, at) => fs.copyFile(at('file'), at('other'), 1)],
];

const ARGUMENTS: readonly Case[] = [
  ['a path that is a number', (fs) => fs.readFile(5)],
  ['a path that is undefined', (fs) => fs.stat(undefined)],
  ['a path that is null', (fs) => fs.stat(null)],
  ['a path that is an object', (fs) => fs.stat({})],
  ['a path that is an array', (fs) => fs.mkdir(['a'])],
  ['a path that is a function', (fs) => fs.rm(function named() {})],
  ['a path that is a symbol', (fs) => fs.readdir(Symbol('a'))],
  ['a path that is a bigint', (fs) => fs.rm(5n)],
  ['a path that is true', (fs) => fs.opendir(true)],
  ['a NUL in a path', (fs) => fs.readFile('a\0b')],
  ['a NUL in bytes', (fs) => fs.writeFile(Buffer.from('a\0b'), 'x')],
  ['a NUL in a long path', (fs) => fs.readFile(`${'x'.repeat(200)}\0`)],
  ['a NUL in the source', (fs) => fs.copyFile('a\0', 'b')],
  ['a NUL in the target', (fs) => fs.copyFile('a', 'b\0')],
  ['a wrong old path', (fs) => fs.rename(5, 'a')],
  ['a wrong new path', (fs) => fs.rename('a', 5)],
  ['a URL of another scheme', (fs) => fs.readFile(new URL('http://host/path'))],
  ['a URL with a NUL', (fs) => fs.readFile(new URL('file:///a%00'))],
  ['a URL with an encoded slash', (fs) => fs.readFile(new URL('file:///a%2Fb'))],
  ['an unknown encoding', (fs, at) => fs.readFile(at('file'), 'foo')],
  ['an unknown encoding in options', (fs, at) => fs.readFile(at('file'), { encoding: 'foo' })],
  ['options that are a number', (fs, at) => fs.readFile(at('file'), 5)],
  ['unknown flags', (fs, at) => fs.open(at('file'), 'zz')],
  ['unknown flags to read', (fs, at) => fs.readFile(at('file'), { flag: 'zz' })],
  ['flags out of range', (fs, at) => fs.open(at('file'), 2 ** 40)],
  ['flags with a fraction', (fs, at) => fs.open(at('file'), 1.5)],
  ['a mode that is no octal', (fs, at) => fs.open(at('file'), 'r', '9')],
  ['a mode below 0', (fs, at) => fs.open(at('file'), 'r', -1)],
  ['a mode of another type', (fs, at) => fs.mkdir(at('x'), { mode: true })],
  ['a mode of mkdir', (fs, at) => fs.mkdir(at('x'), { mode: 'zz' })],
  ['recursive is a number', (fs, at) => fs.mkdir(at('x'), { recursive: 5 })],
  ['rm: recursive is a number', (fs, at) => fs.rm(at('x'), { recursive: 5 })],
  ['rm: force is a text', (fs, at) => fs.rm(at('x'), { force: 'x' })],
  ['rm: options are a number', (fs, at) => fs.rm(at('x'), 5)],
  ['data that is a number', (fs, at) => fs.writeFile(at('file'), 5)],
  ['data that is undefined', (fs, at) => fs.appendFile(at('file'), undefined)],
  ['a signal that is none', (fs, at) => fs.readFile(at('file'), { signal: 5 })],
  ['a mode of copyFile', (fs, at) => fs.copyFile(at('file'), at('x'), 9)],
];

const HANDLES: readonly Case[] = [
  ['write to a file opened to read', withHandle('r', (handle) => handle.write('x'))],
  ['read a file opened to write', withHandle('a', (handle) => handle.read())],
  ['truncate a file opened to read', withHandle('r', (handle) => handle.truncate(1))],
  ['truncate to a text', withHandle('r+', (handle) => handle.truncate('x'))],
  ['read into no buffer', withHandle('r', (handle) => handle.read(5))],
  ['read into a wrong buffer', withHandle('r', (handle) => handle.read({ buffer: 5 }))],
  ['read into an empty buffer', withHandle('r', (h) => h.read(Buffer.alloc(0), 0, 1))],
  ['read behind a buffer', withHandle('r', (handle) => handle.read(Buffer.alloc(5), 6))],
  ['read past a buffer', withHandle('r', (handle) => handle.read(Buffer.alloc(5), 1, 5))],
  ['read a length below 0', withHandle('r', (handle) => handle.read(Buffer.alloc(5), 0, -1))],
  ['read to an offset below 0', withHandle('r', (handle) => handle.read(Buffer.alloc(5), -1))],
  ['read at a position below -1', withHandle('r', (h) => h.read(Buffer.alloc(5), 0, 5, -2))],
  ['read at a fraction', withHandle('r', (h) => h.read(Buffer.alloc(5), 0, 5, 1.5))],
  ['read at a text', withHandle('r', (h) => h.read(Buffer.alloc(5), 0, 5, 'x'))],
  ['readv of no buffers', withHandle('r', (handle) => handle.readv([]))],
  ['readv of numbers', withHandle('r', (handle) => handle.readv([5]))],
  ['writev of numbers', withHandle('r+', (handle) => handle.writev([5]))],
  ['write a number', withHandle('r+', (handle) => handle.write(5))],
  ['write past a buffer', withHandle('r+', (h) => h.write(Buffer.alloc(5), 1, 5))],
  ['write behind a buffer', withHandle('r+', (h) => h.write(Buffer.alloc(5), 6, 1))],
  ['closed: stat', afterClose((handle) => handle.stat())],
  ['closed: read', afterClose((handle) => handle.read())],
  ['closed: readv', afterClose((handle) => handle.readv([Buffer.alloc(1)]))],
  ['closed: write', afterClose((handle) => handle.write('x'))],
  ['closed: writev', afterClose((handle) => handle.writev([Buffer.alloc(1)]))],
  ['closed: sync', afterClose((handle) => handle.sync())],
  ['closed: datasync', afterClose((handle) => handle.datasync())],
  ['closed: truncate', afterClose((handle) => handle.truncate())],
];

/** What two errors must have in common. */
async function failureOf(run: () => unknown): Promise<Record<string, unknown>> {
  try {
    await run();
  } catch (error) {
    const { message, code, errno, syscall, path, dest } = error as NodeJS.ErrnoException & {
      dest?: string;
    };
    const kind = [TypeError, RangeError, Error].find((type) => error instanceof type)?.name;
    return { message, code, errno, syscall, path, dest, kind };
  }
  throw new Error('it did not fail');
}

describe.each(KERNELS)('errors on $kind', ({ options }) => {
  const ground = sharedGround(options);

  beforeAll(async () => {
    const { folder } = ground;
    await promises.mkdir(`${folder}/directory/below`, { recursive: true });
    await promises.mkdir(`${folder}/empty`);
    await promises.writeFile(`${folder}/file`, 'contents');
    await promises.writeFile(`${folder}/other`, 'other');
    await promises.symlink('loop', `${folder}/loop`);
    await promises.symlink('nowhere', `${folder}/dangling`);
  });

  it.each([...PATHS, ...ARGUMENTS, ...HANDLES])('%s', async (_name, run) => {
    const at = (path: string): string => `${ground.folder}/${path}`;
    const theirs = await failureOf(() => run(promises as unknown as Untyped, at));
    const ours = await failureOf(() => run(ground.uring as Uring as unknown as Untyped, at));
    expect(ours).toEqual(theirs);
  });

  it('shows relative paths as they were given', async () => {
    const error = await failureOf(() => ground.uring.rename('nowhere', 'x'));
    const message = "ENOENT: no such file or directory, rename 'nowhere' -> 'x'";
    expect(error).toMatchObject({ message, path: 'nowhere', dest: 'x' });
  });

  it('refuses options that it does not have', async () => {
    const { uring } = ground;
    const untyped = uring as Uring as unknown as Untyped;
    for (const call of [
      () => untyped.readdir('.', { recursive: true }),
      () => untyped.opendir('.', { recursive: true }),
      () => untyped.stat('.', { bigint: true }),
      () => untyped.lstat('.', { bigint: true }),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' });
  });

  it('refuses a digest that the host does not have', async () => {
    for (const source of ['file', Buffer.from('bytes')])
      await expect(ground.uring.hash(source, 'sha-0')).rejects.toMatchObject({
        code: 'ERR_CRYPTO_INVALID_DIGEST',
      });
    await expect(ground.uring.hash('nowhere', 'sha256')).rejects.toMatchObject({
      code: 'ENOENT',
      syscall: 'open',
      path: 'nowhere',
    });
    await expect(ground.uring.hash('directory', 'sha256')).rejects.toMatchObject({
      code: 'EISDIR',
      syscall: 'read',
    });
  });
});
