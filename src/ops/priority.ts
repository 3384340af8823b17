/** sqe.ioprio of a transfer: checked as Linux checks it, and of no effect here. */
import { fail, type Res } from '../abi/errno.ts';
import type { Request } from '../kernel/request.ts';

/** IOPRIO_CLASS_*: the upper three bits of an I/O priority; the lowest three are a level. */
const CLASS_SHIFT = 13;
const CLASS = { NONE: 0, REALTIME: 1, IDLE: 3 } as const;
const LEVEL_MASK = 7;

/** -EINVAL for a class there is not, or a level without one; -EPERM for the realtime class. */
export function checkPriority({ ioprio }: Request): Res {
  const priorityClass = ioprio >>> CLASS_SHIFT;
  if (priorityClass > CLASS.IDLE) return fail('EINVAL');
  if (priorityClass === CLASS.NONE && (ioprio & LEVEL_MASK) !== 0) return fail('EINVAL');
  return priorityClass === CLASS.REALTIME ? fail('EPERM') : 0; // no process is privileged
}
