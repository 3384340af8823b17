// The file door, on an executor thread and on the calling one: write, read, readdir, hash, errors.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'uring';

const COUNT = 20;
const content = randomBytes(300_000);

/** @param {{ readonly inline: boolean }} options */
async function work(options) {
  const folder = mkdtempSync(join(process.cwd(), 'files-'));
  const uring = await open(options);
  try {
    const names = Array.from({ length: COUNT }, (_, i) => `file ${String(i).padStart(2, '0')}`);
    await Promise.all(names.map((name) => uring.writeFile(join(folder, name), name)));
    const texts = await Promise.all(
      names.map((name) => uring.readFile(join(folder, name), 'utf8')),
    );
    assert.deepEqual(texts, names);
    assert.deepEqual((await uring.readdir(folder)).sort(), names);

    const large = join(folder, 'large');
    await uring.writeFile(large, content);
    assert.ok(readFileSync(large).equals(content));
    assert.ok((await uring.readFile(large)).equals(content));
    assert.deepEqual(
      await uring.hash(large, 'sha256'),
      createHash('sha256').update(content).digest(),
    );

    const handle = await uring.open(large);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(100), 0, 100, 1000);
    assert.equal(bytesRead, 100);
    assert.ok(buffer.equals(content.subarray(1000, 1100)));
    await handle.close();

    const path = join(folder, 'missing');
    await assert.rejects(uring.readFile(path), { code: 'ENOENT', syscall: 'open', path });
  } finally {
    await uring.close();
    rmSync(folder, { recursive: true });
  }
}

await work({ inline: false });
await work({ inline: true });

console.log(process.version, `files: ${COUNT + 1} files, on a thread and inline`);
