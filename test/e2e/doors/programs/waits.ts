/** A program that awaits nothing, but has calls under way: they keep it alive. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from '../../../../src/doors/open.ts';

const BYTES = 8 * 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'uring-door-'));
void open({ cwd: folder }).then(async (uring) => {
  await uring.writeFile('file', Buffer.alloc(BYTES));
  console.log(`${(await uring.readFile('file')).length} bytes`);
  await rm(folder, { recursive: true });
});
