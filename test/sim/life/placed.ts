/** What became of an entry of a program, as its process sees it. */
import { errnoName } from '../../../src/abi/errno.ts';
import { SQE_FLAG } from '../../../src/abi/flags.ts';
import type { KernelRing } from '../../../src/executor/kernel-ring.ts';
import type { CompletionQueue } from '../../../src/ring/completion.ts';
import type { Region } from '../../../src/ring/region.ts';
import type { SubmissionQueue } from '../../../src/ring/submission.ts';
import type { Entry, RingSpec } from './program.ts';

/** An entry in the SQ of a ring, or taken from it. */
export interface Placed {
  readonly id: number;
  /** Its user_data, by which other entries name it; twins share one. */
  readonly key: number;
  readonly entry: Required<Entry>;
  /** SQE_FLAG bits. */
  readonly flags: number;
  readonly ring: LifeRing;
  /** The chain it was taken in; alone, it is a chain of one. */
  chain: Chain | undefined;
  /** How its preparation fails, as an errno; 0: it does not. */
  failure: number;
}

/** Entries that were taken as one. */
export interface Chain {
  readonly members: Placed[];
  /** Place among those of its ring. */
  readonly order: number;
}

export interface Cqe {
  readonly key: number;
  readonly res: number;
  readonly flags: number;
}

/** One ring, from both sides. */
export interface LifeRing {
  readonly index: number;
  readonly spec: RingSpec;
  readonly fd: number;
  readonly region: Region;
  readonly submission: SubmissionQueue;
  readonly completion: CompletionQueue;
  readonly kernelRing: KernelRing;
  readonly queued: Placed[];
  readonly chains: Chain[];
  readonly reaped: Cqe[];
  open: Chain | undefined;
  headSeen: number;
  hasSilent: boolean;
  isClosed: boolean;
}

/** A number as a reader of a report wants it. */
export const resName = (res: number | undefined): string =>
  res === undefined ? 'nothing' : res < 0 ? errnoName(res) : String(res);

export const told = ({ id, entry, ring }: Placed): string =>
  `${entry.op} ${id} of ring ${ring.index}`;

/** Whether an entry asks for silence. */
export const isSilent = ({ flags }: Placed): boolean => (flags & SQE_FLAG.CQE_SKIP_SUCCESS) !== 0;
