/** The kernels that the tests of doors run on, and a folder for each test. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { open, type UringOptions } from '../../../src/doors/open.ts';
import type { Uring } from '../../../src/doors/uring.ts';

/** One way to boot the kernel behind a door. */
export interface KernelKind {
  readonly kind: string;
  readonly options: UringOptions;
}

/** Every kernel that has to give the same answers. */
export const KERNELS: readonly KernelKind[] = [
  { kind: 'one executor', options: {} },
  { kind: 'two executors, three lanes', options: { executors: 2, lanes: 3 } },
  { kind: 'inline', options: { inline: true } },
];

/** A door, and a folder that is empty at first. */
export interface Ground {
  readonly uring: Uring;
  readonly folder: string;
  /** Removes what is in the folder. */
  clear(): Promise<void>;
}

/** Both are gone at the end of the scope. */
export interface Playground extends Ground, AsyncDisposable {}

/** Opens a door, whose relative paths begin in its folder. */
export async function playground(options: UringOptions): Promise<Playground> {
  const folder = await mkdtemp(join(tmpdir(), 'uring-door-'));
  const bugs: unknown[] = [];
  const onEvent = (event: unknown): unknown => bugs.push(event);
  const uring = await open({ cwd: folder, onEvent, ...options });
  const end = async (): Promise<void> => {
    await uring.close();
    await rm(folder, { recursive: true });
    const { usedBytes } = uring.stats();
    if (usedBytes > 0) throw new Error(`${usedBytes} bytes were not freed`);
    if (bugs.length > 0) throw new Error(`the kernel told of ${JSON.stringify(bugs)}`);
  };
  const clear = async (): Promise<void> => {
    await rm(folder, { recursive: true });
    await mkdir(folder);
  };
  return { uring, folder, clear, [Symbol.asyncDispose]: end };
}

/** One for all tests of a `describe`, there from its first hook on. */
export function sharedGround(options: UringOptions): Ground {
  let shared: Playground;
  beforeAll(async () => {
    shared = await playground(options);
  });
  afterAll(() => shared[Symbol.asyncDispose]());
  return {
    get uring() {
      return shared.uring;
    },
    get folder() {
      return shared.folder;
    },
    clear: () => shared.clear(),
  };
}
