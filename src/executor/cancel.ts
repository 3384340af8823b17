/** Takes back requests that wait: by user_data, open file or operation (SEMANTICS I). */
import { fail, type Res } from '../abi/errno.ts';
import { ASYNC_CANCEL } from '../abi/flags.ts';
import { OP } from '../abi/opcodes.ts';
import type { CancelKey } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import type { KernelRing } from './kernel-ring.ts';
import type { RequestLife } from './request-life.ts';

const { ALL, FD, ANY, USERDATA, OP: BY_OP } = ASYNC_CANCEL;

/** Whether a request that waits is one of those that are meant. */
function matches(request: Request, { flags, low, high, file, opcode }: CancelKey): boolean {
  const { operation } = request;
  if (operation.code === OP.LINK_TIMEOUT) return false; // nobody sees it (G5)
  if ((flags & FD) !== 0 && operation.code === OP.TIMEOUT) return false; // whatever else is said
  if ((flags & ANY) !== 0) return true;
  if ((flags & FD) !== 0 && request.file !== file) return false;
  if ((flags & BY_OP) !== 0 && operation.code !== opcode) return false;
  const byUserData = (flags & USERDATA) !== 0 || (flags & (FD | BY_OP)) === 0;
  return !byUserData || (request.userDataLow === low && request.userDataHigh === high);
}

/**
 * The one that is taken of those that match, as in Linux: the last that began to wait, whose lists
 * grow at their heads; a timeout only if there is nothing else, and then the first.
 */
function findOne({ pending }: KernelRing, key: CancelKey): Request | undefined {
  const isTimeout = (request: Request): boolean => request.operation.code === OP.TIMEOUT;
  if ((key.flags & (FD | BY_OP)) === 0) {
    const { low, high } = key;
    return (
      pending.findLast(low, high, (request) => matches(request, key) && !isTimeout(request)) ??
      pending.findFirst(low, high, (request) => matches(request, key))
    );
  }
  let [found, timeout]: (Request | undefined)[] = [];
  for (const request of pending) {
    if (!matches(request, key)) continue;
    if (isTimeout(request)) timeout ??= request;
    else found = request;
  }
  return found ?? timeout;
}

/**
 * Takes back all that match: how many. With ALL all futex waiters count as one, and all WAITID too
 * (I3); with ANY alone each counts, since Linux then finds them one by one.
 */
function cancelAll(life: RequestLife, ring: KernelRing, key: CancelKey): Res {
  let [count, futexes, children] = [0, 0, 0];
  for (const request of ring.pending) {
    if (!matches(request, key)) continue;
    const asOne = life.takeBack(request) === 1 && (key.flags & ALL) !== 0;
    if (!asOne) count++;
    else if (request.operation.code === OP.WAITID) children = 1;
    else futexes = 1;
  }
  return count + futexes + children;
}

/** What ASYNC_CANCEL answers. */
export function cancelMatching(life: RequestLife, ring: KernelRing, key: CancelKey): Res {
  if ((key.flags & (ALL | ANY)) !== 0) return cancelAll(life, ring, key);
  const request = findOne(ring, key);
  return request === undefined ? fail('ENOENT') : life.takeBack(request);
}
