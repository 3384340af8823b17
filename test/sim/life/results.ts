/** What results mean, by the rules D6 and D7 of SEMANTICS.md: the simulation's own view. */
import { type ErrnoName, fail, type Res } from '../../../src/abi/errno.ts';
import { SQE_FLAG, TIMEOUT_FLAG } from '../../../src/abi/flags.ts';
import { MSG } from '../../../src/abi/net.ts';
import type { Placed } from './placed.ts';
import { BUFFER_BYTES, type Op } from './program.ts';

const selects = ({ flags }: Placed): boolean => (flags & SQE_FLAG.BUFFER_SELECT) !== 0;

/** Bytes that a transfer was asked for. */
export function askedOf(placed: Placed): number {
  const { size } = placed.entry;
  return selects(placed) ? Math.min(size === 0 ? BUFFER_BYTES : size, BUFFER_BYTES) : size;
}

/** Whether a result is a failure, for links and for silence. */
export function isFailure(placed: Placed, res: Res): boolean {
  const { op, bits } = placed.entry;
  switch (op) {
    case 'read':
    case 'write':
    case 'splice':
    case 'fileRead':
    case 'fileWrite':
      return res !== askedOf(placed);
    case 'send':
    case 'recv':
      return res < 0 || ((bits & MSG.WAITALL) !== 0 && res !== askedOf(placed));
    case 'fsync':
    case 'shutdown':
      return res === fail('EBADF');
    case 'timeout':
      return res < 0 && !(res === fail('ETIME') && (bits & TIMEOUT_FLAG.ETIME_SUCCESS) !== 0);
    default:
      return res < 0;
  }
}

/** Errors that an operation may end with, beside ECANCELED and EBADF. */
const ERRORS: Readonly<Record<Op, readonly ErrnoName[]>> = {
  nop: [],
  badNop: ['EINVAL'],
  unknown: ['EINVAL'],
  read: ['ENOBUFS', 'EINVAL', 'ECONNRESET', 'EFAULT', 'EIO'],
  write: ['EPIPE', 'EINVAL', 'EIO'],
  splice: ['EPIPE', 'EINVAL', 'EIO'],
  send: ['EPIPE', 'EAGAIN', 'ENOTSOCK', 'ECONNRESET'],
  recv: ['ENOBUFS', 'EAGAIN', 'ENOTSOCK', 'ECONNRESET'],
  readMany: ['ENOBUFS', 'EBADFD', 'EINVAL', 'ECONNRESET'],
  shutdown: ['ENOTSOCK'],
  close: [],
  timeout: ['ETIME'],
  linkTimeout: ['ETIME', 'EALREADY', 'EINVAL'],
  removeTimeout: ['ENOENT'],
  cancel: ['ENOENT', 'EALREADY', 'EINVAL'],
  poll: ['EINVAL'],
  removePoll: ['ENOENT', 'EALREADY', 'EINVAL'],
  futexWait: ['EAGAIN'],
  futexWaitv: ['EAGAIN'],
  futexWake: [],
  message: ['EBADFD', 'EOVERFLOW'],
  provide: [],
  unprovide: ['ENOENT'],
  fileRead: ['EIO'],
  fileWrite: ['EIO'],
  fsync: ['EIO'],
};

/** Whether a request may end with a result at all. */
export function isPlausible(placed: Placed, res: Res): boolean {
  const { op, size } = placed.entry;
  if (res === fail('ECANCELED') || res === fail('EOPNOTSUPP')) return true;
  if (op === 'nop') return res === size;
  if (res < 0) return res === fail('EBADF') || ERRORS[op].some((name) => fail(name) === res);
  switch (op) {
    case 'read':
    case 'write':
    case 'splice':
    case 'send':
    case 'recv':
    case 'fileRead':
    case 'fileWrite':
      return res <= Math.max(askedOf(placed), size);
    case 'futexWake':
    case 'unprovide':
      return res <= size;
    case 'fsync':
    case 'close':
    case 'shutdown':
    case 'timeout':
    case 'removePoll':
    case 'removeTimeout':
    case 'message':
    case 'provide':
    case 'futexWait':
      return res === 0;
    default:
      return true;
  }
}
