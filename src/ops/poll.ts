/** Waits for what a file is ready for: POLL_ADD, POLL_REMOVE. */
import { fail, type Res } from '../abi/errno.ts';
import { CQE_FLAG, POLL_FLAG, SQE_FLAG } from '../abi/flags.ts';
import { SQE } from '../abi/layout.ts';
import { OP } from '../abi/opcodes.ts';
import { POLL } from '../abi/poll.ts';
import type { KernelCalls, Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { keep } from './held.ts';
import { openOf } from './operand.ts';

const { ADD_MULTI, UPDATE_EVENTS, UPDATE_USER_DATA } = POLL_FLAG;
/** Shown whether asked for or not; RDHUP too, which poll(2) has to be asked for. */
const ALWAYS = POLL.ERR | POLL.HUP | POLL.RDHUP;
/** What a file that cannot be waited for is ready for: poll(2). */
const REGULAR = POLL.IN | POLL.OUT | POLL.RDNORM | POLL.WRNORM;

/** J1; and multishot cannot be silent (F4). */
function prepareAdd(request: Request): Res {
  const { len: flags } = request;
  if ((flags & ~ADD_MULTI) !== 0) return fail('EINVAL');
  const silent = (request.flags & SQE_FLAG.CQE_SKIP_SUCCESS) !== 0;
  return silent && (flags & ADD_MULTI) !== 0 ? fail('EINVAL') : 0;
}

/** What it was asked for of what the file shows. */
function shown(request: Request): number {
  const { pollable } = request.file!; // held since it was armed
  const events = pollable === undefined ? REGULAR : pollable.readiness();
  return events & (request.opFlags | ALWAYS);
}

function add(request: Request, kernel: KernelCalls): Outcome {
  const open = openOf(request);
  if (open === undefined) return fail('EBADF');
  keep(request, open);
  return look(request, kernel);
}

/** It was woken, or updated. A ring wakes a multishot one once: its CQE could wake it again. */
function lookAgain(request: Request, kernel: KernelCalls): Outcome {
  if (request.file!.messages !== undefined) request.len &= ~ADD_MULTI; // as in shown()
  return look(request, kernel);
}

/** The level, then each wake-up (J2). What ends is let go by the machine. */
function look(request: Request, kernel: KernelCalls): Outcome {
  const events = shown(request);
  const { pollable } = request.file!; // as in shown()
  if (pollable === undefined) return events === 0 ? fail('EINVAL') : events; // nothing will wake it
  const multishot = (request.len & ADD_MULTI) !== 0;
  if (events !== 0 && !multishot) return events;
  if (events !== 0 && !kernel.postMore(request, events, CQE_FLAG.MORE)) return events;
  return kernel.block(request, pollable, request.opFlags | ALWAYS);
}

/** POLL_ADD: res = POLL bits. */
export const pollAdd = op({
  code: OP.POLL_ADD,
  name: 'POLL_ADD',
  does:
    'Completes when the file `fd` shows one of the POLL bits in `op_flags`, or ERR or HUP; res ' +
    'is what it shows. With POLL_ADD_MULTI in `len`, again at each wake-up.',
  reads: ['addr', 'off'],
  zero: ['addr', 'off', 'bufIndex'],
  flags: -1,
  errors: ['EBADF', 'ECANCELED'],
  cancel: 'queue',
  repeatable: true,
  /** io_uring_prep_poll_add; io_uring_prep_poll_multishot with POLL_ADD_MULTI in `flags`. */
  encode(this: SqeWords, sqe: number, fd: number, pollMask: number, flags = 0) {
    prepRw(OP.POLL_ADD, this.words, sqe, fd, 0, flags, 0);
    this.words[sqe + SQE.opFlags] = pollMask;
  },
  prepare: prepareAdd,
  run: add,
  resume: (request, _, kernel) => lookAgain(request, kernel),
});

/** J3: what an update refuses. */
function prepareRemove(request: Request): Res {
  const { len: flags, offLow, offHigh, opFlags: events } = request;
  if ((flags & ~(UPDATE_EVENTS | UPDATE_USER_DATA | ADD_MULTI)) !== 0) return fail('EINVAL');
  if (flags === ADD_MULTI) return fail('EINVAL');
  if ((flags & UPDATE_USER_DATA) === 0 && (offLow | offHigh) !== 0) return fail('EINVAL');
  return (flags & UPDATE_EVENTS) === 0 && events !== 0 ? fail('EINVAL') : 0;
}

function remove(request: Request, kernel: KernelCalls): Res {
  const { ring, len: flags, addrLow: low, addrHigh: high } = request;
  const poll = kernel.findPending(ring, { low, high, opcode: OP.POLL_ADD });
  if (poll === undefined) return fail('ENOENT');
  if ((flags & (UPDATE_EVENTS | UPDATE_USER_DATA)) === 0) return kernel.takeBack(poll);
  if ((flags & UPDATE_EVENTS) !== 0) poll.opFlags = request.opFlags;
  if ((flags & UPDATE_USER_DATA) !== 0) kernel.rename(poll, request.offLow, request.offHigh);
  kernel.retry(poll); // it checks again at once
  return 0;
}

/** POLL_REMOVE: res = 0. */
export const pollRemove = op({
  code: OP.POLL_REMOVE,
  name: 'POLL_REMOVE',
  does:
    'Takes back the POLL_ADD with the user_data `addr`; or changes its events to `op_flags` ' +
    '(POLL_UPDATE_EVENTS in `len`) or its user_data to `off` (POLL_UPDATE_USER_DATA).',
  reads: ['addr', 'off', 'fileIndex'],
  zero: ['bufIndex', 'fileIndex'],
  flags: -1,
  errors: ['ENOENT'],
  /** io_uring_prep_poll_remove */
  encode(this: SqeWords, sqe: number, userData: number) {
    prepRw(OP.POLL_REMOVE, this.words, sqe, -1, userData, 0, 0);
  },
  prepare: prepareRemove,
  run: remove,
});
