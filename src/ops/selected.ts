/** Reads into a provided buffer: chosen when the bytes are there, and taken in the same go. */
import { fail, type Res } from '../abi/errno.ts';
import { O } from '../abi/files.ts';
import { SQE_FLAG } from '../abi/flags.ts';
import { SQE_SHIFT } from '../abi/layout.ts';
import { FILE_POSITION_MAX } from '../abi/limits.ts';
import type { FileObject } from '../kernel/file-system.ts';
import { type KernelCalls, type Outcome, PENDING } from '../kernel/operation.ts';
import type { Request } from '../kernel/request.ts';
import { keep } from './held.ts';
import { positionOf } from './operand.ts';
import { checkFlags } from './slices.ts';

// A selected buffer is nobody's before bytes are in it (M3), so each attempt chooses anew, and what
// sqe.len asked for stays in the request. What counts as all of it, the length of the buffer that
// was chosen last, is request.progress (D6). A read of a file is one call, which neither waits for
// the host's pool (Pace.defers) nor is cut into slices.

// As in encode.ts: constants of this module are compiled into the code.
const SELECT = SQE_FLAG.BUFFER_SELECT << SQE_SHIFT.flags;
const EBADF = fail('EBADF');
const POSITION_MAX = FILE_POSITION_MAX;
const { PATH } = O;

/** Whether a request reads into a provided buffer. */
export const selects = (request: Request): boolean => (request.head & SELECT) !== 0;

/** Fills kernel.segments with a buffer for at most `wanted` bytes (0: all it has), or -ENOBUFS. */
export function choose(request: Request, kernel: KernelCalls, wanted: number): Res {
  const { segments } = kernel;
  const res = request.ring.groups.choose(request.bufIndex, wanted, false, segments);
  request.progress = segments.total;
  return res;
}

/** Takes the buffer that was chosen, unless the read failed; one that found the end too (M5). */
export function took(request: Request, res: Res): Res {
  if (res >= 0) request.cqeFlags = request.ring.groups.take(request.bufIndex, res);
  return res;
}

/** Whether a result is not what was asked for (D6). */
export const isShort = (request: Request, res: Res): boolean => res < 0 || res !== request.progress;

/** Reads a file into a selected buffer, at most `wanted` bytes. */
export function readSelected(
  request: Request,
  kernel: KernelCalls,
  file: FileObject,
  wanted: number,
): Outcome {
  if ((file.flags & PATH) !== 0) return EBADF;
  const refused = choose(request, kernel, wanted) || checkFlags(request, file, false);
  if (refused !== 0) return refused;
  const position = positionOf(request);
  if (position < -1) return position;
  const { bytes, starts, total } = kernel.segments;
  const outcome =
    position > POSITION_MAX // no file reaches there
      ? file.read(request, kernel, bytes, starts[0]!, 0, 0)
      : file.read(request, kernel, bytes, starts[0]!, total, position);
  return outcome === PENDING ? keep(request, file) : took(request, outcome);
}
