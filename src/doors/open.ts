/** open(): file calls through rings, with Promises. */
import { isAbsolute } from 'node:path';
import { bootKernel, type DoorKernelOptions } from './kernel.ts';
import { Uring } from './uring.ts';

/** How a door is opened. */
export interface UringOptions extends DoorKernelOptions {
  /**
   * Where relative paths begin: an absolute path, as the mounts have it. Default: process.cwd() at
   * each call.
   */
  readonly cwd?: string;
}

/**
 * Boots a kernel and opens a door to it: `await using uring = await open()`. By default one
 * executor thread serves one ring; where threads cannot share memory the kernel runs on the calling
 * thread. Rejects with RangeError, TypeError or EINVAL for options that make no sense. See Uring.
 */
export async function open(options: UringOptions = {}): Promise<Uring> {
  const { cwd } = options;
  if (cwd !== undefined && !isAbsolute(cwd))
    throw new RangeError(`cwd must be an absolute path, not ${cwd}`);
  return new Uring(await bootKernel(options), cwd);
}
