/** Errors that many rows share, for their documentation. */
import type { ErrnoName } from '../abi/errno.ts';

/** What finding the file of a path can end with. */
export const pathErrors = [
  'EACCES',
  'EBADF',
  'EFAULT',
  'EINVAL',
  'EIO',
  'ELOOP',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
] as const satisfies readonly ErrnoName[];

/** What making, changing or removing a name can end with beside that. */
export const directoryErrors = [
  'EDQUOT',
  'EEXIST',
  'EISDIR',
  'ENOSPC',
  'EROFS',
] as const satisfies readonly ErrnoName[];

/** What reading a file can end with. */
export const readErrors = [
  'EBADF',
  'EFAULT',
  'EINVAL',
  'EIO',
  'EISDIR',
  'EOPNOTSUPP',
  'EPERM',
] as const satisfies readonly ErrnoName[];

/** What writing one can end with. */
export const writeErrors = [
  'EBADF',
  'EDQUOT',
  'EFAULT',
  'EFBIG',
  'EINVAL',
  'EIO',
  'ENOSPC',
  'EOPNOTSUPP',
  'EPERM',
] as const satisfies readonly ErrnoName[];
