/** Every mutant that must be killed; add a family here and its rows in a file beside it. */
import { doorbellMutants } from './doorbell.ts';
import { kernelMutants } from './kernel.ts';
import { lifeMutants } from './life.ts';
import type { Mutant } from './mutant.ts';
import { pipeMutants } from './pipes.ts';
import { ringMutants } from './ring.ts';
import { tieMutants } from './ties.ts';
import { waitMutants } from './wait.ts';

export const mutants: readonly Mutant[] = [
  ...ringMutants,
  ...doorbellMutants,
  ...waitMutants,
  ...kernelMutants,
  ...tieMutants,
  ...lifeMutants,
  ...pipeMutants,
];
