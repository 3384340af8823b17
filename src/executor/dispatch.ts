/** What Linux asks of every entry: before its operation's own checks, in order, and at its end. */
import { fail, type Res } from '../abi/errno.ts';
import { SETUP, SQE_FLAG } from '../abi/flags.ts';
import { SQE_SHIFT } from '../abi/layout.ts';
import type { KernelCalls } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op } from '../ops/define.ts';
import { Barrier } from './barrier.ts';
import type { KernelRing } from './kernel-ring.ts';

// As in submission.ts: constants of this module are compiled into the code.
const { flags: FLAGS, personality: PERSONALITY } = SQE_SHIFT;
const { IOPOLL } = SETUP;
const SILENT = SQE_FLAG.CQE_SKIP_SUCCESS << FLAGS;

/** Flags that an entry can have; the eighth bit is EINVAL. */
const SQE_FLAGS_KNOWN = Object.values(SQE_FLAG).reduce((all: number, flag) => all | flag, 0);

/**
 * Stands for an opcode without a row. It fails at preparation, so it never runs, and it admits
 * every flag, so that EINVAL is what it fails with.
 */
export const UNKNOWN_OPERATION = op({
  code: -1,
  name: 'UNKNOWN',
  does: 'Fails with EINVAL.',
  flags: -1,
  ioprio: true,
  iopoll: true,
  bufferSelect: true,
  encode: () => {},
  prepare: () => fail('EINVAL'),
  run: () => fail('EINVAL'),
});

/** What an entry's flags refuse, and what they mean for its ring. */
function checkFlags(request: Request, ring: KernelRing): Res {
  const { flags, operation } = request;
  if ((flags & ~SQE_FLAGS_KNOWN) !== 0) return fail('EINVAL');
  const selects = (flags & SQE_FLAG.BUFFER_SELECT) !== 0;
  if (selects && !operation.bufferSelect) return fail('EOPNOTSUPP');
  if ((flags & SQE_FLAG.CQE_SKIP_SUCCESS) !== 0) ring.hasSilent = true;
  if ((flags & SQE_FLAG.IO_DRAIN) === 0) return 0;
  if (ring.hasSilent) return fail('EOPNOTSUPP'); // E5
  ring.barrier ??= new Barrier();
  ring.barrier.raise(request, ring.chainHead);
  return 0;
}

/** What opcode, flags, ioprio, personality and the ring's kind have to do with each other. */
function checkUnusual(request: Request): Res {
  const { flags, ioprio, operation, personality } = request;
  const ring = request.ring as KernelRing;
  const refused = operation === UNKNOWN_OPERATION ? fail('EINVAL') : checkFlags(request, ring);
  if (refused !== 0) return refused;
  const { restrictions, barrier, personalities } = ring;
  if (restrictions !== undefined && !restrictions.admits(operation.code, flags))
    return fail('EACCES');
  if (ring.chainHead === undefined) barrier?.drainIfNext(request);
  if (ioprio !== 0 && !operation.ioprio) return fail('EINVAL');
  if ((ring.flags & IOPOLL) !== 0 && !operation.iopoll) return fail('EINVAL');
  return personality !== 0 && !personalities.has(personality) ? fail('EINVAL') : 0;
}

/** Prepares a request that is tied to others, or whose ring has rules. */
export function prepareTied(request: Request, kernel: KernelCalls): Res {
  return checkUnusual(request) || prepareOwn(request, kernel);
}

/** Prepares a request whose SQE was copied: 0, or the errno of a preparation failure (B3). */
export function prepareRequest(request: Request, kernel: KernelCalls): Res {
  const unusual =
    (request.head >>> FLAGS) | (request.buffer >>> PERSONALITY) | (request.ring.flags & IOPOLL);
  if (unusual !== 0) {
    const res = checkUnusual(request);
    if (res !== 0) return res;
  }
  return prepareOwn(request, kernel);
}

/** The operation's own checks. */
function prepareOwn(request: Request, kernel: KernelCalls): Res {
  const { operation } = request;
  if ((request.opFlags & operation.unknownFlags) !== 0) return fail('EINVAL');
  return operation.prepare === undefined ? 0 : operation.prepare(request, kernel);
}

/** Whether a result posts no CQE: its request asked for silence, and succeeded (F1). */
export const isSilent = (request: Request, res: Res): boolean =>
  (request.head & SILENT) !== 0 && !request.operation.isFailure(request, res);
