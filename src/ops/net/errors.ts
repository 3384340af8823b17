/** Errors that the rows of sockets share, for their documentation. */
import type { ErrnoName } from '../../abi/errno.ts';

/** What sending can end with. */
export const sendErrors = [
  'EAGAIN',
  'EAFNOSUPPORT',
  'EBADF',
  'ECANCELED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EDESTADDRREQ',
  'EFAULT',
  'EINVAL',
  'EISCONN',
  'EMSGSIZE',
  'ENETUNREACH',
  'ENOENT',
  'ENOTCONN',
  'ENOTSOCK',
  'EOPNOTSUPP',
  'EPERM',
  'EPIPE',
  'EPROTOTYPE',
] as const satisfies readonly ErrnoName[];

/** What receiving can end with. */
export const receiveErrors = [
  'EAGAIN',
  'EBADF',
  'ECANCELED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EFAULT',
  'EINVAL',
  'ENOBUFS',
  'ENOTCONN',
  'ENOTSOCK',
  'EOPNOTSUPP',
  'EPIPE',
] as const satisfies readonly ErrnoName[];
