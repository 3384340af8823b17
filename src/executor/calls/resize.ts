/** RESIZE_RINGS: a ring goes on in new memory of another size (SEMANTICS T). */
import { fail, type Res } from '../../abi/errno.ts';
import { SETUP } from '../../abi/flags.ts';
import { CONTROL } from '../../abi/layout.ts';
import { PARAMS, PARAMS_BYTES } from '../../abi/records.ts';
import { ringSizes } from '../../kernel/setup.ts';
import type { Call } from '../../ring/call.ts';
import { CallDesk } from '../../ring/call.ts';
import { CompletionSink } from '../../ring/completion.ts';
import { createRegion, type Region, viewRegion } from '../../ring/region.ts';
import { SubmissionSource } from '../../ring/submission.ts';
import type { KernelRing } from '../kernel-ring.ts';
import type { Machine } from '../machine.ts';

// Only a DEFER_TASKRUN ring can be resized, so it is one that its owner enters, on the thread of
// the kernel: nobody else looks at the old memory while it is copied, and the owner takes the new
// one when the call returns (InlineKernel.regionOf). Indices run on; entries go to the slots that
// these mean in the new size. Requests in flight and the backlog are in the ledger, and need
// nothing.

const RESIZE_FLAGS = SETUP.CQSIZE | SETUP.CLAMP;

/** What of the control block goes on as it is. */
const CARRIED = [
  CONTROL.sqTail,
  CONTROL.sqHead,
  CONTROL.cqTail,
  CONTROL.cqTimeouts,
  CONTROL.cqHead,
  CONTROL.sqFlags,
  CONTROL.sqDropped,
  CONTROL.cqOverflow,
  CONTROL.ringState,
  CONTROL.sqWake,
  CONTROL.cqWake,
  CONTROL.cqFlags,
  CONTROL.callSeq,
  CONTROL.callDone,
] as const;

interface Entries {
  readonly start: number;
  readonly shift: number;
  readonly mask: number;
}

const sqesOf = ({
  geometry: { sqesStart: start, sqeShift: shift, sqEntries },
}: Region): Entries => ({
  start,
  shift,
  mask: sqEntries - 1,
});

const cqesOf = ({
  geometry: { cqesStart: start, cqeShift: shift, cqEntries },
}: Region): Entries => ({
  start,
  shift,
  mask: cqEntries - 1,
});

/** Copies the entries with the free-running indices [head, head + count). */
function copyEntries(
  from: Region,
  to: Region,
  entriesOf: (region: Region) => Entries,
  range: { readonly head: number; readonly count: number },
): void {
  const [old, fresh] = [entriesOf(from), entriesOf(to)];
  for (let i = 0; i < range.count; i++) {
    const index = range.head + i;
    const at = old.start + ((index & old.mask) << old.shift);
    const words = from.words.subarray(at, at + (1 << old.shift));
    to.words.set(words, fresh.start + ((index & fresh.mask) << fresh.shift));
  }
}

/** The ring's new memory, with everything that is in the old; -EOVERFLOW when it does not fit. */
function moveTo(ring: KernelRing, sizes: { sqEntries: number; cqEntries: number }): Region | Res {
  const { region: old, flags, source, sink } = ring;
  const queued = source.available();
  const ready = sink.ready();
  if (queued > sizes.sqEntries || ready > sizes.cqEntries) return fail('EOVERFLOW');
  const fresh = viewRegion(createRegion({ ...sizes, flags }));
  for (const word of CARRIED) fresh.words[word] = old.words[word]!;
  copyEntries(old, fresh, sqesOf, { head: source.head, count: queued });
  copyEntries(old, fresh, cqesOf, { head: sink.tail - ready, count: ready });
  return fresh;
}

/** RESIZE_RINGS: struct io_uring_params with the new sizes; nr_args is 1. */
export function resizeRings({ ledger }: Machine, ring: KernelRing, call: Call): Res {
  if (!ring.defersWork) return fail('EINVAL');
  if ((call.addrLow | call.addrHigh) === 0 || call.count !== 1) return fail('EINVAL');
  const { memory } = ring.process;
  const at = memory.at(call.addrLow, call.addrHigh, PARAMS_BYTES);
  if (at < 0) return fail('EFAULT');
  const flags = memory.i32(at + PARAMS.flags);
  if ((flags & ~RESIZE_FLAGS) !== 0) return fail('EINVAL');
  const cqEntries = memory.u32(at + PARAMS.cqEntries);
  const sizes = ringSizes(memory.u32(at + PARAMS.sqEntries), { flags, cqEntries });
  if (typeof sizes === 'number') return sizes;
  const region = moveTo(ring, sizes);
  if (typeof region === 'number') return region;
  ring.region = region;
  ring.source = new SubmissionSource(region, ledger.headOf(ring.record));
  ring.sink = new CompletionSink(region, ledger.tailOf(ring.record), ring.sink.timeouts);
  ring.desk = new CallDesk(region);
  memory.setU32(at + PARAMS.sqEntries, sizes.sqEntries);
  memory.setU32(at + PARAMS.cqEntries, sizes.cqEntries);
  return 0;
}
