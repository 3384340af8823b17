/**
 * Goal: `uring sum` over 100,000 files stays within 150 MB of resident memory, also when one
 *       directory holds half of them.
 * Method: such a tree, and the command as it is installed: built, because stripping types takes
 *         memory in every thread. The figure is its own, which the system counted for the process.
 */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ending, Folder, startBuilt } from './command.ts';

const FILES = 100_000;
const PEAK_BYTES_MAX = 150e6;

const folder = new Folder();
afterAll(() => folder.remove());

beforeAll(() => {
  execFileSync('npm', ['run', 'build'], { cwd: new URL('../../../', import.meta.url) });
  folder.directory('one');
  for (let i = 0; i < FILES / 2; i++) folder.file(`one/a-name-of-usual-length-${i}`, `${i}`);
  for (let directory = 0; directory < 100; directory++) {
    folder.directory(`${directory}`);
    for (let i = 0; i < FILES / 200; i++) folder.file(`${directory}/${i}`, 'x'.repeat(i * 8));
  }
}, 300_000);

it('uring sum keeps to its bounds whatever the size of the tree', async () => {
  const { code, stdout } = await ending(startBuilt(['sum', '--json', '.'], folder.path));
  const lines = stdout.toString().trimEnd().split('\n');
  const { summary } = JSON.parse(lines.at(-1)!) as {
    summary: { files: number; peakResidentBytes: number };
  };
  expect({ code, files: summary.files, lines: lines.length }).toEqual({
    code: 0,
    files: FILES,
    lines: FILES + 1,
  });
  expect(summary.peakResidentBytes).toBeLessThan(PEAK_BYTES_MAX);
});
