/** Sleeping on words of memory, and waking who sleeps: FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAITV. */
import { fail, type Res } from '../abi/errno.ts';
import {
  FUTEX_BITSET_MATCH_ANY,
  FUTEX_BYTES,
  FUTEX_WAITV,
  FUTEX_WAITV_BYTES,
  FUTEX2,
} from '../abi/futex.ts';
import { SQE } from '../abi/layout.ts';
import { FUTEX_WAITV_MAX } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { U64 } from '../abi/records.ts';
import { FutexWaiter } from '../kernel/ipc/futexes.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import type { ProcessMemory } from '../ring/memory.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';

const EINVAL = fail('EINVAL');
const EFAULT = fail('EFAULT');
const EAGAIN = fail('EAGAIN');

/** Words of 32 bits are the only ones, as in Linux; memory has no nodes here. */
const areFlagsValid = (flags: number): boolean => (flags & ~FUTEX2.PRIVATE) === FUTEX2.SIZE_U32;

const isPrivate = (flags: number): boolean => (flags & FUTEX2.PRIVATE) !== 0;

/** Where a word is: -EINVAL when it is not aligned, -EFAULT when it is not mapped. */
function wordAt(memory: ProcessMemory, low: number, high: number): number {
  if ((low & (FUTEX_BYTES - 1)) !== 0) return EINVAL;
  const at = memory.at(low, high, FUTEX_BYTES);
  return at < 0 ? EFAULT : at;
}

/** What the value and the mask have above their 32 bits is refused, as are unknown flags. */
const prepare = (request: Request): Res =>
  areFlagsValid(request.fd) && (request.offHigh | request.addr3High) === 0 ? 0 : EINVAL;

function runWait(request: Request, { futexes }: KernelCalls): Outcome {
  const { addr3Low: mask, addrLow: low, addrHigh: high, offLow: expected } = request;
  if (mask === 0) return EINVAL;
  const { memory } = request.ring.process;
  const at = wordAt(memory, low, high);
  if (at < 0) return at;
  if (!memory.compareWord(at, expected)) return EAGAIN;
  const word = { low, high, expected, isPrivate: isPrivate(request.fd) };
  const waiter = new FutexWaiter(request, word, mask, 0);
  request.state = waiter;
  futexes.join(memory, at, waiter);
  return PENDING;
}

/** What FUTEX_WAIT and FUTEX_WAKE write beside the usual fields. */
function prepFutex(words: Int32Array, sqe: number, mask: number, flags: number): void {
  words[sqe + SQE.opFlags] = flags;
  words[sqe + SQE.addr3Low] = mask;
}

const SHARED = {
  reads: ['off', 'addr', 'addr3'],
  zero: ['len', 'bufIndex', 'fileIndex'],
  prepare,
} as const;

/** FUTEX_WAIT: res = 0 once woken. */
export const futexWait = op({
  ...SHARED,
  code: OP.FUTEX_WAIT,
  name: 'FUTEX_WAIT',
  does:
    'Sleeps on the u32 at `addr` until a FUTEX_WAKE whose mask meets the one in `addr3`; -EAGAIN ' +
    'unless the word holds `off`. FUTEX2_ flags in `fd`: FUTEX2_SIZE_U32, and FUTEX2_PRIVATE, ' +
    'which the FUTEX_WAKE must have too. Sleepers are woken first come, first served.',
  errors: ['EAGAIN', 'EFAULT', 'ECANCELED'],
  cancel: 'queue',
  cancelAnswer: 1, // I3
  /** io_uring_prep_futex_wait: the word at `futex`, what it holds, FUTEX2_ flags; `flags` are 0. */
  encode(
    this: SqeWords,
    sqe: number,
    futex: number,
    val: number,
    mask: number,
    futexFlags: number,
    flags: number,
  ) {
    // Read from an Int32Array, a value may be negative.
    prepRw(OP.FUTEX_WAIT, this.words, sqe, futexFlags, futex, 0, val >>> 0);
    prepFutex(this.words, sqe, mask, flags);
  },
  run: runWait,
});

/**
 * As in Linux a negative number wakes one, and the address is checked even if it is 0. Of a private
 * word that is all: whether it is mapped is not asked, since nobody sleeps on one that is not.
 */
function runWake(request: Request, kernel: KernelCalls): Outcome {
  const { addr3Low: mask, offLow: count, addrLow: low, addrHigh: high } = request;
  if (mask === 0) return EINVAL;
  const { memory } = request.ring.process;
  const at = wordAt(memory, low, high);
  if (at === EFAULT && isPrivate(request.fd) && memory.at(low, high, 0) >= 0) return 0;
  if (at < 0) return at;
  if (count === 0) return 0;
  const waking = { count: count < 0 ? 1 : count, mask, isPrivate: isPrivate(request.fd) };
  return kernel.futexes.wake(kernel, memory, at, waking);
}

/** FUTEX_WAKE: res = how many were woken. */
export const futexWake = op({
  ...SHARED,
  code: OP.FUTEX_WAKE,
  name: 'FUTEX_WAKE',
  does:
    'Wakes at most `off` of those who sleep on the u32 at `addr` and whose mask meets the one in ' +
    '`addr3`: requests first, then threads in Atomics.wait; res is how many.',
  errors: ['EFAULT'],
  /** io_uring_prep_futex_wake: at most `val` sleepers of the word at `futex`; `flags` are 0. */
  encode(
    this: SqeWords,
    sqe: number,
    futex: number,
    val: number,
    mask: number,
    futexFlags: number,
    flags: number,
  ) {
    prepRw(OP.FUTEX_WAKE, this.words, sqe, futexFlags, futex, 0, val >>> 0);
    prepFutex(this.words, sqe, mask, flags);
  },
  run: runWake,
});

/** Copies one record, each word of it once: a waiter, or -EINVAL. */
function readWaitv(request: Request, at: number, index: number): FutexWaiter | Res {
  const { memory } = request.ring.process;
  const expected = memory.i32(at + FUTEX_WAITV.val);
  const expectedHigh = memory.i32(at + FUTEX_WAITV.val + U64.high);
  const low = memory.i32(at + FUTEX_WAITV.uaddr);
  const high = memory.i32(at + FUTEX_WAITV.uaddr + U64.high);
  const flags = memory.i32(at + FUTEX_WAITV.flags);
  const reserved = memory.i32(at + FUTEX_WAITV.reserved);
  if (!areFlagsValid(flags) || (reserved | expectedHigh) !== 0) return EINVAL;
  const word = { low, high, expected, isPrivate: isPrivate(flags) };
  return new FutexWaiter(request, word, FUTEX_BITSET_MATCH_ANY, index);
}

/** Copies the array; the request's state is the waiter of its last record, in a circle of all. */
function prepareWaitv(request: Request): Res {
  const { addrLow, addrHigh, len } = request;
  if (len === 0 || len >>> 0 > FUTEX_WAITV_MAX) return EINVAL;
  const first = request.ring.process.memory.at(addrLow, addrHigh, len * FUTEX_WAITV_BYTES);
  if (first < 0) return EFAULT;
  let last: FutexWaiter | undefined;
  for (let i = 0; i < len; i++) {
    const waiter = readWaitv(request, first + i * FUTEX_WAITV_BYTES, i);
    if (typeof waiter === 'number') return waiter;
    if (last !== undefined) waiter.pairWith(last);
    last = waiter;
  }
  request.state = last;
  return 0;
}

/** All addresses are checked before any value, and all values before it sleeps on any word. */
function runWaitv(request: Request, { futexes }: KernelCalls): Outcome {
  const { memory } = request.ring.process;
  const first = (request.state as FutexWaiter).sibling;
  let one = first;
  do {
    const at = wordAt(memory, one.addrLow, one.addrHigh);
    if (at < 0) return at;
    one = one.sibling;
  } while (one !== first);
  do {
    if (!memory.compareWord(one.addrLow, one.expected)) return EAGAIN;
    one = one.sibling;
  } while (one !== first);
  do {
    futexes.join(memory, one.addrLow, one);
    one = one.sibling;
  } while (one !== first);
  return PENDING;
}

/** FUTEX_WAITV: res = the index of the word that was woken. */
export const futexWaitv = op({
  code: OP.FUTEX_WAITV,
  name: 'FUTEX_WAITV',
  does:
    'Sleeps on all words that the `len` struct futex_waitv at `addr` name, until one of them is ' +
    'woken; res is its index. -EAGAIN when any word holds another value than its record says.',
  reads: ['addr'],
  zero: ['fd', 'off', 'bufIndex', 'fileIndex', 'addr3'],
  errors: ['EAGAIN', 'EFAULT', 'ECANCELED'],
  cancel: 'queue',
  cancelAnswer: 1, // I3
  /** io_uring_prep_futex_waitv: `nrFutex` struct futex_waitv at `futex`; `flags` are 0. */
  encode(this: SqeWords, sqe: number, futex: number, nrFutex: number, flags: number) {
    prepRw(OP.FUTEX_WAITV, this.words, sqe, 0, futex, nrFutex, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare: prepareWaitv,
  run: runWaitv,
});
