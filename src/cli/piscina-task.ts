/** The module that piscina loads for its engine: sums a batch of files with synchronous calls. */
import { createHash, hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { type ByteString, toBytes } from './byte-string.ts';
import type { Sum } from './engine.ts';

export interface SumBatch {
  readonly algorithm: string;
  readonly paths: readonly ByteString[];
}

/** For each path its sum, or the code and message of what went wrong. */
export type BatchResult = readonly (Sum | { readonly code: string; readonly message: string })[];

/** Above this a file is read in slices of it: several threads would hold several whole files. */
const WHOLE_BYTES = 8 * 1024 * 1024;

function sumInSlices(fd: number, algorithm: string): Sum {
  const slice = Buffer.allocUnsafeSlow(WHOLE_BYTES);
  const running = createHash(algorithm);
  let bytes = 0;
  for (;;) {
    const bytesRead = readSync(fd, slice, 0, WHOLE_BYTES, null);
    if (bytesRead === 0) return { digest: running.digest('hex'), bytes };
    running.update(slice.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}

function sumFile(path: ByteString, algorithm: string): Sum {
  const fd = openSync(toBytes(path), 'r');
  try {
    if (fstatSync(fd).size > WHOLE_BYTES) return sumInSlices(fd, algorithm);
    const content = readFileSync(fd);
    return { digest: hash(algorithm, content), bytes: content.length };
  } finally {
    closeSync(fd);
  }
}

/** The task. */
export function sumFiles({ algorithm, paths }: SumBatch): BatchResult {
  return paths.map((path) => {
    try {
      return sumFile(path, algorithm);
    } catch (error) {
      const { code = 'EIO', message } = error as NodeJS.ErrnoException;
      return { code, message };
    }
  });
}
