/** The engine of node:fs/promises: what a careful program does without this package. */
import { createHash, hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type ByteString, toBytes } from './byte-string.ts';
import { Directories } from './directories.ts';
import type { Engine, Sum, SumEnd } from './engine.ts';

/**
 * One read takes most files whole. Into reused memory it took 0.75 of the time of readFile(), on a
 * tree of 4,300 files with 100 KiB on average.
 */
const READ_BYTES = 256 * 1024;

/** Files in flight: 300 to 330 ms from 16 to 128 on that tree, 405 ms with 4. */
export const PROMISES_IN_FLIGHT = 32;

export class PromisesEngine implements Engine {
  readonly name = 'fs.promises';
  readonly inFlightMax: number;
  readonly #algorithm: string;
  readonly #buffers: Buffer[] = [];
  #closed = false;

  constructor(algorithm: string, inFlightMax = PROMISES_IN_FLIGHT) {
    this.#algorithm = algorithm;
    this.inFlightMax = inFlightMax;
  }

  readonly list = new Directories().list;

  sum(path: ByteString, end: SumEnd): void {
    this.#sum(path).then(
      (sum) => end.summed(sum),
      (reason: unknown) => end.failed(reason),
    );
  }

  async #sum(path: ByteString): Promise<Sum> {
    const file = await open(toBytes(path));
    const buffer = this.#buffers.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
    try {
      return await this.#read(file, buffer);
    } finally {
      this.#buffers.push(buffer);
      await file.close();
    }
  }

  /** A short read is the end of a regular file, which saves a call for most of them. */
  async #read(file: FileHandle, buffer: Buffer): Promise<Sum> {
    let { bytesRead } = await file.read(buffer, 0, READ_BYTES);
    if (bytesRead < READ_BYTES)
      return { digest: hash(this.#algorithm, buffer.subarray(0, bytesRead)), bytes: bytesRead };
    const running = createHash(this.#algorithm);
    let bytes = 0;
    while (bytesRead > 0) {
      if (this.#closed) throw Object.assign(new Error('given up'), { code: 'ECANCELED' });
      running.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
      ({ bytesRead } = await file.read(buffer, 0, READ_BYTES));
    }
    return { digest: running.digest('hex'), bytes };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}
