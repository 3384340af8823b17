/** A booted kernel whose processes run scenarios one after the other, in a folder of its own. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IoUringManager } from '../../../src/manager/manager.ts';

/** A new, empty folder below the host's one for such. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'uring-conformance-'));

/** Deletes a folder and what is in it. */
export const removeFolder = (folder: string): void =>
  rmSync(folder, { recursive: true, force: true });

/**
 * A boot takes longer than most scenarios, so one whose process ends as it should leaves the kernel
 * to the next: to a new process, in the folder made empty (closing a ring ends all it did, V1).
 */
export class PolledKernel {
  readonly folder: string;
  readonly manager: IoUringManager;
  readonly #bugs: string[] = [];
  #lastPid = 0;
  #living = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.manager = new IoUringManager({
      executors: 1,
      spinMaxNs: 0, // several kernels share two cores, and scenarios mostly sleep
      mounts: [{ path: '/', root: folder }],
      onEvent: (event) => this.#bugs.push(JSON.stringify(event)),
    });
  }

  /** Boots one; resolves when it serves. */
  static async boot(): Promise<PolledKernel> {
    const kernel = new PolledKernel(newFolder());
    await kernel.manager.ready;
    return kernel;
  }

  /** A new process; whoever asked tells of its end. */
  newPid(): number {
    this.#living++;
    return ++this.#lastPid;
  }

  /** A process ended. Throws if anything threw inside an operation, or an executor was replaced. */
  ended(): void {
    const [bug] = this.#bugs;
    if (bug !== undefined) throw new Error(bug);
    this.#living--;
  }

  /** Whether the next process finds it as if it had just been booted. */
  get isReusable(): boolean {
    return this.#living === 0;
  }

  /** Makes the folder empty for the next process. */
  clean(): void {
    for (const name of readdirSync(this.folder)) removeFolder(join(this.folder, name));
  }

  async close(): Promise<void> {
    await this.manager.close();
    removeFolder(this.folder);
  }
}
