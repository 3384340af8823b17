/** The checks that come before every operation's own, in the order Linux makes them. */
import { fail, type Res } from '../abi/errno.ts';
import { SETUP, SQE_FLAG } from '../abi/flags.ts';
import { SQE_SHIFT } from '../abi/layout.ts';
import type { KernelCalls } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op } from '../ops/define.ts';

// As in submission.ts: constants of this module are compiled into the code.
const { flags: FLAGS, personality: PERSONALITY } = SQE_SHIFT;
const { IOPOLL } = SETUP;

/** Flags of an entry that this kernel honours; the others (links, DRAIN) are EINVAL. */
export const SQE_FLAGS_KNOWN =
  SQE_FLAG.FIXED_FILE | SQE_FLAG.ASYNC | SQE_FLAG.BUFFER_SELECT | SQE_FLAG.CQE_SKIP_SUCCESS;

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

/** What opcode, flags, ioprio, personality and the ring's kind have to do with each other. */
function checkUnusual(request: Request): Res {
  const { flags, ioprio, operation } = request;
  if ((flags & ~SQE_FLAGS_KNOWN) !== 0) return fail('EINVAL');
  const selects = (flags & SQE_FLAG.BUFFER_SELECT) !== 0;
  if (selects && !operation.bufferSelect) return fail('EOPNOTSUPP');
  if (ioprio !== 0 && !operation.ioprio) return fail('EINVAL');
  if ((request.ring.flags & SETUP.IOPOLL) !== 0 && !operation.iopoll) return fail('EINVAL');
  return request.personality !== 0 ? fail('EINVAL') : 0; // none can be registered
}

/** Prepares a request whose SQE was copied: 0, or the errno of a preparation failure (B3). */
export function prepareRequest(request: Request, kernel: KernelCalls): Res {
  const { operation } = request;
  const unusual =
    (request.head >>> FLAGS) | (request.buffer >>> PERSONALITY) | (request.ring.flags & IOPOLL);
  if (unusual !== 0) {
    const res = checkUnusual(request);
    if (res !== 0) return res;
  }
  if ((request.opFlags & operation.unknownFlags) !== 0) return fail('EINVAL');
  return operation.prepare === undefined ? 0 : operation.prepare(request, kernel);
}

/** Whether a result posts no CQE: its request asked for silence, and succeeded (F1). */
export const isSilent = (request: Request, res: Res): boolean =>
  (request.flags & SQE_FLAG.CQE_SKIP_SUCCESS) !== 0 && !request.operation.isFailure(request, res);
