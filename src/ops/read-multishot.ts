/** READ_MULTISHOT: reads a channel into provided buffers, one completion each, until its end. */
import { fail, type Res } from '../abi/errno.ts';
import { RWF } from '../abi/files.ts';
import { CQE_FLAG, SQE_FLAG } from '../abi/flags.ts';
import { SQE, SQE_SHIFT } from '../abi/layout.ts';
import { MULTISHOT_PER_TURN } from '../abi/limits.ts';
import { OP } from '../abi/opcodes.ts';
import { POLL } from '../abi/poll.ts';
import type { Channel } from '../kernel/open-file.ts';
import type { KernelCalls, Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { checkChannelFlags } from './channel-transfer.ts';
import { op, type SqeWords } from './define.ts';
import { prepRw } from './encode.ts';
import { readErrors } from './errors.ts';
import { keep } from './held.ts';
import { openOf, positionOf } from './operand.ts';
import { choose, selects, took } from './selected.ts';

// The first attempt needs a buffer even if there is nothing to read (M3). After a completion the
// next buffer is looked for when the channel is ready again: a group that the last bytes emptied
// is no error before more come. The end, and any error, takes no buffer (M5).

const EAGAIN = fail('EAGAIN');
const READY = POLL.IN | POLL.HUP | POLL.ERR;

function prepare(request: Request): Res {
  if (!selects(request)) return fail('EINVAL');
  return (request.addrLow | request.addrHigh | request.len) === 0 ? 0 : fail('EINVAL');
}

function run(request: Request, kernel: KernelCalls): Outcome {
  const open = openOf(request);
  if (open === undefined) return fail('EBADF');
  const { channel } = open;
  if (channel === undefined) return fail('EBADFD'); // it cannot be polled, or not be read
  const refused = checkChannelFlags(request);
  if (refused !== 0) return refused;
  return positionOf(request) < -1 ? fail('EINVAL') : shoot(request, kernel, channel);
}

/** Reads as often as there is something, within reason; then waits, or lets others have a turn. */
function shoot(request: Request, kernel: KernelCalls, channel: Channel): Outcome {
  for (let shots = 0; shots < MULTISHOT_PER_TURN; shots++) {
    const refused = choose(request, kernel, 0);
    if (refused !== 0) return refused;
    const res = channel.read(kernel.segments);
    if (res === EAGAIN) return wait(request, kernel, channel);
    if (res <= 0) return res;
    took(request, res);
    if (!kernel.postMore(request, res, request.cqeFlags | CQE_FLAG.MORE)) return res; // C7
    request.cqeFlags = 0;
    if ((channel.readiness() & READY) === 0) return wait(request, kernel, channel);
  }
  keep(request, channel);
  return kernel.again(request, 0);
}

function wait(request: Request, kernel: KernelCalls, channel: Channel): Outcome {
  if ((request.opFlags & RWF.NOWAIT) !== 0) return EAGAIN;
  keep(request, channel);
  return kernel.block(request, channel, POLL.IN);
}

/** READ_MULTISHOT: res = bytes, 0 at the end. */
export const readMultishot = op({
  code: OP.READ_MULTISHOT,
  name: 'READ_MULTISHOT',
  does:
    'Reads `fd`, a channel, into buffers of the group `buf_group`, and completes with MORE for ' +
    'each that got bytes; the last completion says 0, at the end, or why it is the last.',
  reads: ['addr', 'off'],
  flags: -1, // an unknown RWF_ flag is refused when it runs
  errors: [...readErrors, 'EAGAIN', 'EBADFD', 'ENOBUFS'],
  cancel: 'queue',
  bufferSelect: true,
  /** io_uring_prep_read_multishot: `len` must be 0; sets BUFFER_SELECT. */
  encode(this: SqeWords, sqe: number, fd: number, len: number, off: number, bufGroup: number) {
    prepRw(OP.READ_MULTISHOT, this.words, sqe, fd, 0, len, off);
    this.words[sqe + SQE.head]! |= SQE_FLAG.BUFFER_SELECT << SQE_SHIFT.flags;
    this.words[sqe + SQE.bufPersonality] = bufGroup;
  },
  prepare,
  run,
  resume: (request, _, kernel) => shoot(request, kernel, request.file as Channel),
});
