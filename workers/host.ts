/** What an executor is given of the host: clock, files behind the kernel's mounts, digests. */
import fs from 'node:fs'; // its namespace is slower to call
import { POOL_THREADS_DEFAULT } from '../src/abi/limits.ts';
import { HostClock } from '../src/host/clock.ts';
import { NodeDigests } from '../src/host/digests.ts';
import { NodeFiles } from '../src/host/files.ts';
import type { NodeFs } from '../src/host/node-fs.ts';
import { Mounts } from '../src/kernel/vfs/mounts.ts';
import type { ServeTask } from '../src/manager/messages.ts';
import type { ServeHost } from '../src/manager/serve.ts';
import { FileRows } from '../src/ring/file-rows.ts';
import { sleepThread } from '../src/ring/sleep.ts';

/**
 * Calls one executor may have in libuv's pool: one thread of it is left to the program, and the
 * executors share the rest.
 */
function pooledMax(executors: number): number {
  const threads = Number(process.env['UV_THREADPOOL_SIZE']) || POOL_THREADS_DEFAULT;
  return Math.max(1, Math.floor((threads - 1) / executors));
}

/** Made once for each thread that serves: mounts keep what they look up. */
export function hostOf({ share, index }: ServeTask): Omit<ServeHost, 'table' | 'mayBlock'> {
  const clock = new HostClock(sleepThread);
  const files = new NodeFiles(fs as unknown as NodeFs); // whose types want a Buffer for a path
  const specs = share.mounts.map((mount) => ({ ...mount, files }));
  const own = share.executors[index]!;
  const fileRows = new FileRows(own.files);
  const notes = new Int32Array(own.mountNotes);
  if (!share.hostKeepsFiles) notes.fill(0); // the host closed them, and may have given them anew
  const mounts = new Mounts(specs, clock, notes, fileRows);
  return {
    clock,
    files: mounts,
    fileRows,
    digests: new NodeDigests(),
    pooledMax: pooledMax(share.executors.length),
    closeFiles: () => mounts.close(),
  };
}
