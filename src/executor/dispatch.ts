/** The checks that come before every operation's own, in the order Linux makes them. */
import { fail, type Res } from '../abi/errno.ts';
import { SETUP, SQE_FLAG } from '../abi/flags.ts';
import { SQE_SHIFT } from '../abi/layout.ts';
import type { KernelCalls } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op } from '../ops/define.ts';

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

/** What opcode, flags and ioprio have to do with each other. */
function checkHead({ flags, ioprio, operation }: Request): Res {
  if ((flags & ~SQE_FLAGS_KNOWN) !== 0) return fail('EINVAL');
  const selects = (flags & SQE_FLAG.BUFFER_SELECT) !== 0;
  if (selects && !operation.bufferSelect) return fail('EOPNOTSUPP');
  return ioprio !== 0 && !operation.ioprio ? fail('EINVAL') : 0;
}

/** Prepares a request whose SQE was copied: 0, or the errno of a preparation failure (B3). */
export function prepareRequest(request: Request, kernel: KernelCalls): Res {
  const { operation } = request;
  if (request.head >>> SQE_SHIFT.flags !== 0) {
    const res = checkHead(request);
    if (res !== 0) return res;
  }
  if ((request.ring.flags & SETUP.IOPOLL) !== 0 && !operation.iopoll) return fail('EINVAL');
  if (request.personality !== 0) return fail('EINVAL'); // none can be registered
  if ((request.opFlags & operation.unknownFlags) !== 0) return fail('EINVAL');
  return operation.prepare === undefined ? 0 : operation.prepare(request, kernel);
}
