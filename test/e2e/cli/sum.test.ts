/**
 * Goal: `uring sum` prints what sha256sum would print for the files that find(1) would find, in the
 *       order of their names; tells of what it cannot read and goes on; ends well when interrupted
 *       or when nobody reads it.
 * Method: the command as a child process over a tree with every kind of name and file, judged by
 *         the host's sha256sum where there is one and by node:crypto everywhere.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, symlinkSync, truncateSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ending, Folder, has, MAIN, run, start } from './command.ts';

const LINE = /^\\?[0-9a-f]{64} {2}.+$/;
const sha256 = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

/** Content by name, one character per byte, in the order of the walk. */
const CONTENT: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['large', 'abcdefgh'.repeat(200_000)],
  ['line\nbreak', 'n'],
  ['return\r', 'r'],
  ['slash\\n', 'b'],
  ['sub/10', '10'],
  ['sub/2', '2'],
  ['sub.txt', 's'],
  ['with space', 'w'],
  ['\xc3\xa9', 'e'],
  ['\xff\xfe', 'f'],
];

const escapeName = (name: string): string =>
  name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');

const lineOf = ([name, content]: readonly [string, string]): string => {
  const path = `tree/${name}`;
  return `${escapeName(path) === path ? '' : '\\'}${sha256(content)}  ${escapeName(path)}\n`;
};

const folder = new Folder();
afterAll(() => folder.remove());

beforeAll(() => {
  for (const name of ['tree', 'tree/sub', 'many']) folder.directory(name);
  for (const [name, content] of [...CONTENT].reverse()) folder.file(`tree/${name}`, content);
  symlinkSync('.', folder.at('tree/loop'));
  symlinkSync('empty', folder.at('tree/link'));
  symlinkSync('self', folder.at('self'));
  symlinkSync('tree', folder.at('link'));
  spawnSync('mkfifo', [folder.at('tree/fifo').toString()]);
  for (let i = 0; i < 4000; i++) folder.file(`many/${String(i).padStart(200, '0')}`, `${i}`);
}, 60_000);

describe('uring sum', () => {
  it('prints the sums of the regular files in the order of their names', async () => {
    const { code, stdout, stderr } = await run(['sum', 'tree'], folder.path);
    expect(stdout.toString('latin1')).toBe(CONTENT.map(lineOf).join(''));
    expect(stderr).toMatch(/^11 files, 1\.60 MB in .*\nlatency .*\npeak memory: /);
    expect(code).toBe(0);
  });

  it.skipIf(!has('sha256sum'))('is verified by sha256sum -c', async () => {
    const { stdout } = await run(['sum', 'tree', 'many'], folder.path);
    const check = spawnSync('sha256sum', ['-c', '--strict', '--status'], {
      cwd: folder.path,
      input: stdout,
    });
    expect(stdout.toString('latin1').split('\n')).toHaveLength(4000 + CONTENT.length + 1);
    expect(check.status).toBe(0);
  });

  it.skipIf(!has('sha256sum'))('prints byte for byte what sha256sum prints', async () => {
    const script = 'find tree -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum';
    const theirs = spawnSync('sh', ['-c', script], { cwd: folder.path }).stdout.toString('latin1');
    const { stdout } = await run(['sum', 'tree'], folder.path);
    const sorted = (text: string): string[] => text.split('\n').sort();
    expect(sorted(stdout.toString('latin1'))).toEqual(sorted(theirs));
  });

  it('takes files, links and names that are no UTF-8 as arguments, in their order', async () => {
    const script = 'exec "$0" "$1" sum "$(printf "tree/\\377\\376")" link tree/link';
    const { stdout, status } = spawnSync('sh', ['-c', script, process.execPath, MAIN], {
      cwd: folder.path,
    });
    const lines = stdout.toString('latin1').trimEnd().split('\n');
    expect(lines[0]).toBe(`${sha256('f')}  tree/\xff\xfe`);
    expect(lines[1]).toBe(`${sha256('')}  link/empty`);
    expect(lines.at(-1)).toBe(`${sha256('')}  tree/link`);
    expect(lines).toHaveLength(CONTENT.length + 2);
    expect(status).toBe(0);
  });

  it('uses the algorithm and the number of executors it is told', async () => {
    const args = ['sum', '--algorithm', 'md5', '--executors', '1', 'tree/sub'];
    const { stdout } = await run(args, folder.path);
    const md5 = (content: string): string => createHash('md5').update(content).digest('hex');
    expect(stdout.toString()).toBe(`${md5('10')}  tree/sub/10\n${md5('2')}  tree/sub/2\n`);
  });

  it('prints objects with --json, the summary last', async () => {
    const { stdout, stderr } = await run(['sum', '--json', 'tree', 'none'], folder.path);
    const objects: Record<string, unknown>[] = stdout
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [last] = objects.splice(-1);
    expect(last).toMatchObject({ summary: { files: 11, failed: 1, interrupted: false } });
    expect(objects.at(-1)).toMatchObject({ path: 'none', error: { code: 'ENOENT' } });
    expect(objects.slice(0, -1).map(({ digest }) => digest)).toEqual(
      CONTENT.map(([, content]) => sha256(content)),
    );
    expect(objects.at(-2)).toMatchObject({
      pathBase64: Buffer.from('tree/\xff\xfe', 'latin1').toString('base64'),
    });
    expect(stderr).toBe('uring: none: No such file or directory\n');
  });
});

describe('uring sum in trouble', () => {
  it('tells of arguments it cannot read, sums the others, and exits with 1', async () => {
    const args = ['sum', 'none', 'tree/sub/2', 'self', 'tree/fifo', 'tree/sub/10'];
    const { code, stdout, stderr } = await run(args, folder.path);
    expect(stdout.toString()).toBe(`${sha256('2')}  tree/sub/2\n${sha256('10')}  tree/sub/10\n`);
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      'uring: none: No such file or directory',
      'uring: self: Too many symbolic links encountered',
      'uring: tree/fifo: Not a regular file',
    ]);
    expect(stderr).toContain('3 paths could not be read');
    expect(code).toBe(1);
  });

  it.skipIf(process.platform !== 'linux')('tells of a file whose reading fails', async () => {
    const args = ['sum', '/proc/self/mem', 'tree/sub/2']; // address 0 is never mapped
    const { code, stdout, stderr } = await run(args, folder.path);
    expect(stdout.toString()).toBe(`${sha256('2')}  tree/sub/2\n`);
    expect(stderr).toMatch(/^uring: \/proc\/self\/mem: I\/o error\n/);
    expect(code).toBe(1);
  });

  const isRoot = process.getuid?.() === 0;
  it.skipIf(isRoot)('tells of what it may not read (root may read everything)', async () => {
    const locked = new Folder();
    for (const name of ['a', 'b']) locked.file(name, name);
    locked.directory('c');
    for (const name of ['a', 'c']) chmodSync(locked.at(name), 0);
    const { code, stdout, stderr } = await run(['sum', '.'], locked.path);
    chmodSync(locked.at('c'), 0o700);
    locked.remove();
    expect(stdout.toString()).toBe(`${sha256('b')}  ./b\n`);
    expect(stderr).toMatch(/^uring: \.\/a: Permission denied\nuring: \.\/c: Permission denied\n/);
    expect(code).toBe(1);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops at %s with whole lines and a summary', async (signal, exitCode) => {
    folder.file('endless', '');
    truncateSync(folder.at('endless'), 64 * 1024 ** 3);
    const child = start(['sum', 'many', 'endless'], folder.path);
    await once(child.stdout, 'readable');
    child.kill(signal);
    const { code, stdout, stderr } = await ending(child);
    const lines = stdout.toString().split('\n');
    expect(lines.pop()).toBe('');
    expect(stdout.toString()).not.toContain('endless');
    for (const line of lines) expect(line).toMatch(LINE);
    expect(stderr).toContain('interrupted');
    expect(code).toBe(exitCode);
  });

  it('ends quietly when its reader leaves', async () => {
    const child = start(['sum', 'many'], folder.path);
    await once(child.stdout, 'readable');
    child.stdout.destroy();
    const { code, stderr } = await ending(child);
    expect(stderr).toBe('');
    expect(code).toBe(141);
  });

  it.skipIf(process.platform !== 'linux')('tells of an output that is full', async () => {
    const script = 'exec "$0" "$1" sum tree >/dev/full';
    const ended = spawnSync('sh', ['-c', script, process.execPath, MAIN], { cwd: folder.path });
    expect(ended.stderr.toString()).toBe('uring: standard output: No space left on device\n');
    expect(ended.status).toBe(1);
  });

  it('exits with 2 and one line for bad usage', async () => {
    const { code, stdout, stderr } = await run(['sum', '--nope'], folder.path);
    expect(stdout.toString()).toBe('');
    expect(stderr).toBe("uring: unknown option '--nope'\n");
    expect(code).toBe(2);
  });
});

it.skipIf(!has('script'))('uring sum shows its progress on a terminal, and clears it', () => {
  const command = `'${process.execPath}' '${MAIN}' sum tree/sub`;
  const ended = spawnSync('script', ['-qec', command, '/dev/null'], { cwd: folder.path });
  const shown = ended.stdout.toString();
  const cleared = '\x1b[1G\x1b[2K';
  expect(shown).toContain('0 files');
  expect(shown.indexOf(cleared)).toBeGreaterThan(shown.indexOf('0 files'));
  expect(shown.slice(shown.indexOf(cleared))).toContain(`${sha256('10')}  tree/sub/10`);
  expect(ended.status).toBe(0);
});

it('uring sum --compare finds that all engines agree', async () => {
  const { code, stdout } = await run(['sum', '--compare', 'tree'], folder.path);
  expect(stdout.toString()).toMatch(
    /uring .*\nfs\.promises .*\npiscina .*\n11 files.*all results equal/,
  );
  expect(code).toBe(0);
});
