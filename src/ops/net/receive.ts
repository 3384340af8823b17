/** Receives into one range of memory, or into provided buffers: RECV. */
import { fail, type Res } from '../../abi/errno.ts';
import { SQE } from '../../abi/layout.ts';
import { TRANSFER_BYTES_MAX } from '../../abi/limits.ts';
import { RECVSEND } from '../../abi/net.ts';
import { OP } from '../../abi/opcodes.ts';
import type { KernelCalls, Outcome } from '../../kernel/operation.ts';
import type { Request } from '../../kernel/request.ts';
import { op, type SqeWords } from '../define.ts';
import { prepRw } from '../encode.ts';
import { receiveErrors } from './errors.ts';
import {
  attemptToReceive,
  checkMultishot,
  type Incoming,
  isIncomplete,
  isMultishot,
  Reception,
  selects,
} from './receiving.ts';
import { fillRange, undone } from './sending.ts';

const KNOWN = RECVSEND.POLL_FIRST | RECVSEND.MULTISHOT | RECVSEND.BUNDLE;

const bytesOf = (request: Request): number => Math.min(request.len >>> 0, TRANSFER_BYTES_MAX);

const PLAIN: Incoming = {
  fill: (request, segments) => {
    const { addrLow, addrHigh, len, ring } = request;
    const at = ring.process.memory.at(addrLow, addrHigh, len);
    if (at < 0) return fail('EFAULT');
    fillRange(request, segments, at, bytesOf(request));
    return 0;
  },
  wanted: bytesOf,
  headBytes: () => 0,
  putHead: () => {},
  tell: () => {},
};

/** sqe.optlen (file_index) bounds the bytes of a multishot one, and is nothing to others. */
function prepare(request: Request): Res {
  if ((request.ioprio & ~KNOWN) !== 0) return fail('EINVAL');
  const refused = checkMultishot(request);
  if (refused !== 0) return refused;
  const limit = request.fileIndex >>> 0;
  if (!isMultishot(request) && limit !== 0) return fail('EINVAL');
  request.shotsLeft = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  request.progress = 0;
  request.state = selects(request) ? new Reception() : undefined;
  return 0;
}

const attempt = (request: Request, kernel: KernelCalls): Outcome =>
  attemptToReceive(request, kernel, PLAIN);

/** Bytes that MSG_WAITALL waits for: of a selected buffer those it has. */
function asked(request: Request): number {
  if (!selects(request)) return bytesOf(request);
  return (request.state as Reception | undefined)?.takenLength ?? 0;
}

/** RECV: res = bytes, 0 at the end of the stream. */
export const recv = op({
  code: OP.RECV,
  name: 'RECV',
  does:
    'Receives at most `len` bytes through the socket `fd` into the memory at `addr`, with the ' +
    'MSG_ flags in `op_flags`; res is how many, 0 at the end of the stream. RECV_MULTISHOT in ' +
    '`ioprio` makes it go on, each time with a provided buffer.',
  reads: ['addr', 'off', 'fileIndex'],
  zero: ['off'],
  flags: -1,
  errors: receiveErrors,
  cancel: 'queue',
  ioprio: true,
  bufferSelect: true,
  /** io_uring_prep_recv */
  encode(this: SqeWords, sqe: number, fd: number, addr: number, len: number, flags: number) {
    prepRw(OP.RECV, this.words, sqe, fd, addr, len, 0);
    this.words[sqe + SQE.opFlags] = flags;
  },
  prepare,
  run: attempt,
  resume: (request, _res, kernel) => attempt(request, kernel),
  undone,
  isFailure: (request, res) => isIncomplete(request, res, asked(request)),
});
