/** Transfers between a channel and memory: tried at once, and again whenever it may be ready. */
import { fail, type Res } from '../abi/errno.ts';
import { O, RWF } from '../abi/files.ts';
import { SETUP } from '../abi/flags.ts';
import { POLL } from '../abi/poll.ts';
import type { Channel, OpenFile } from '../kernel/open-file.ts';
import type { KernelCalls, Outcome } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { keep } from './held.ts';
import { positionOf } from './operand.ts';
import { choose, selects, took } from './selected.ts';
import { resumeTransfer, type Transfer, transfer } from './slices.ts';

// A channel has no positions: an explicit offset is without effect, as io_uring has it of pipes and
// sockets, where pread(2) would say ESPIPE. Whether to wait is the request's business (RWF_NOWAIT),
// not the channel's: O_NONBLOCK is without effect (N6).

// As in encode.ts: constants of this module are compiled into the code.
const EBADF = fail('EBADF');
const EINVAL = fail('EINVAL');
const EAGAIN = fail('EAGAIN');
const EOPNOTSUPP = fail('EOPNOTSUPP');
const { PATH } = O;
const { DSYNC, SYNC, HIPRI, NOWAIT, APPEND, NOAPPEND } = RWF;
const { IOPOLL } = SETUP;
const { IN, OUT } = POLL;
/** RWF_ flags that Linux takes for a pipe or a socket, most of them without effect. */
const KNOWN = DSYNC | SYNC | HIPRI | NOWAIT | APPEND | NOAPPEND;

/** Begins a transfer whose memory is good, with whatever is open. */
export function beginTransfer(
  request: Request,
  kernel: KernelCalls,
  open: OpenFile,
  kind: Transfer,
): Outcome {
  const { file } = open;
  if (file === undefined) return channelTransfer(request, kernel, open, kind);
  return (file.flags & PATH) !== 0 ? EBADF : transfer(request, kernel, file, kind);
}

/** Begins one with what is no file of a mount; a ring is not read or written either. */
export function channelTransfer(
  request: Request,
  kernel: KernelCalls,
  open: OpenFile,
  kind: Transfer,
): Outcome {
  const { channel } = open;
  if (channel === undefined) return EINVAL;
  const refused = checkChannelFlags(request);
  if (refused !== 0) return refused;
  return positionOf(request) < -1 ? EINVAL : attempt(request, kernel, channel, kind);
}

/** Goes on with a transfer of either kind. */
export function resumeAny(
  request: Request,
  res: Res,
  kernel: KernelCalls,
  kind: Transfer,
): Outcome {
  const channel = request.file?.channel;
  if (channel !== undefined) return attempt(request, kernel, channel, kind);
  return selects(request) ? took(request, res) : resumeTransfer(request, res, kernel, kind);
}

/** What RWF_ flags refuse of a channel: -EINVAL, -EOPNOTSUPP, or 0. */
export function checkChannelFlags(request: Request): Res {
  const flags = request.opFlags;
  if ((request.ring.flags & IOPOLL) !== 0 || (flags & ~KNOWN) !== 0) return EOPNOTSUPP;
  const both = APPEND | NOAPPEND;
  return (flags & HIPRI) !== 0 || (flags & both) === both ? EINVAL : 0;
}

/** Moves what can be moved, or waits until something can. */
function attempt(request: Request, kernel: KernelCalls, channel: Channel, kind: Transfer): Outcome {
  const { segments } = kernel;
  const isSelected = selects(request);
  if (isSelected) {
    const refused = choose(request, kernel, kind.askedOf(request));
    if (refused !== 0) return refused;
  } else kind.fill(request, segments);
  const res = kind.writes ? channel.write(segments) : channel.read(segments);
  if (res === EAGAIN && (request.opFlags & NOWAIT) === 0) {
    keep(request, channel);
    return kernel.block(request, channel, kind.writes ? OUT : IN);
  }
  return isSelected ? took(request, res) : res;
}
