/** Rings of an inline kernel: the same door, with the kernel on the calling thread. */
import { SETUP } from '../abi/flags.ts';
import type { InlineKernel } from '../executor/inline.ts';
import type { Process } from '../kernel/process.ts';
import { KernelError } from './error.ts';
import { InlinePort } from './inline-port.ts';
import { Ring } from './ring.ts';

/** What io_uring_setup(2) takes, and what tests and embedders add. */
export interface InlineRingParams extends NonNullable<Parameters<InlineKernel['setup']>[2]> {
  /** An index array before the SQ, for who fills it; liburing asks for none. Default: false. */
  readonly sqArray?: boolean;
}

/** A new ring of `process` with `entries` SQ entries; throws EINVAL as setup does (A1 to A3). */
export function createInlineRing(
  kernel: InlineKernel,
  process: Process,
  entries: number,
  { sqArray = false, flags = 0, ...params }: InlineRingParams = {},
): Ring {
  const asked = sqArray ? flags : flags | SETUP.NO_SQARRAY;
  const created = kernel.setup(process, entries, { ...params, flags: asked });
  if (typeof created === 'number') throw new KernelError(created, 'io_uring_setup');
  return new Ring(new InlinePort(kernel, process, created));
}
