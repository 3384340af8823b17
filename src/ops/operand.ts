/** What an SQE's fields name: open files, directories that paths begin at, positions. */
import { fail, type Res } from '../abi/errno.ts';
import { AT, O } from '../abi/files.ts';
import { SQE_FLAG } from '../abi/flags.ts';
import { SQE_SHIFT } from '../abi/layout.ts';
import type { FileObject } from '../kernel/file-system.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import type { Process } from '../kernel/process.ts';
import type { Request } from '../kernel/request.ts';
import { signedFromWords } from './encode.ts';

// As in encode.ts: constants of this module are compiled into the code.
const EBADF = fail('EBADF');
const FIXED_FILE = SQE_FLAG.FIXED_FILE << SQE_SHIFT.flags;
const { PATH } = O;

/** Whether it names a registered file. */
export const isFixedFile = (request: Request): boolean => (request.head & FIXED_FILE) !== 0;

/** What sqe.fd names, a descriptor or a slot of registered files; undefined: EBADF (D4, K3). */
export function openOf(request: Request): OpenFile | undefined {
  const { ring, fd } = request;
  if ((request.head & FIXED_FILE) !== 0) return ring.files.get(fd);
  return ring.process.descriptors.fget(fd);
}

/**
 * The file behind sqe.fd, or -EBADF: for a closed one, and for one opened with O_PATH. What is open
 * but no file of a mount (a ring, a pipe) gives `otherwise`.
 */
export function fileOf(request: Request, otherwise: Res): FileObject | Res {
  const open = openOf(request);
  if (open === undefined) return EBADF;
  const { file } = open;
  if (file === undefined) return otherwise;
  return (file.flags & PATH) !== 0 ? EBADF : file;
}

/**
 * Whether a result is that of a descriptor or slot that names no file: a failure of any operation,
 * also of those whose own errors are none (D7).
 */
export const isBadFile = (request: Request, res: Res): boolean =>
  res === EBADF && fileOf(request, 0) === EBADF;

/** The directory behind the descriptor of a relative path; undefined is the current one. */
export function directoryOf(process: Process, dfd: number): FileObject | undefined | Res {
  if (dfd === AT.FDCWD) return undefined;
  const open: OpenFile | undefined = process.descriptors.get(dfd);
  if (open === undefined) return EBADF;
  return open.file?.isDirectory === true ? open.file : fail('ENOTDIR');
}

/** sqe.off as a position: -1 is the file's own; another negative one gives -EINVAL, below -1. */
export function positionOf(request: Request): number {
  const { offLow, offHigh } = request;
  if (offHigh === 0) return offLow >>> 0;
  if ((offLow & offHigh) === -1) return -1;
  return offHigh < 0 ? fail('EINVAL') : signedFromWords(offLow, offHigh);
}
