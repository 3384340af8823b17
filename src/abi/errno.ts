/** Linux errno numbers (x86-64) with the words Node uses for them. */

/**
 * What an operation returns: a count, a descriptor or zero; or -errno. Operating errors are values,
 * not throws.
 */
export type Res = number;

/**
 * Number and text of each error; numbers are those of asm-generic/errno.h, texts those of libuv
 * where it has one.
 */
const ERRORS = {
  EPERM: [1, 'operation not permitted'],
  ENOENT: [2, 'no such file or directory'],
  ESRCH: [3, 'no such process'],
  EINTR: [4, 'interrupted system call'],
  EIO: [5, 'i/o error'],
  ENXIO: [6, 'no such device or address'],
  E2BIG: [7, 'argument list too long'],
  ENOEXEC: [8, 'exec format error'],
  EBADF: [9, 'bad file descriptor'],
  ECHILD: [10, 'no child processes'],
  EAGAIN: [11, 'resource temporarily unavailable'],
  ENOMEM: [12, 'not enough memory'],
  EACCES: [13, 'permission denied'],
  EFAULT: [14, 'bad address in system call argument'],
  ENOTBLK: [15, 'block device required'],
  EBUSY: [16, 'resource busy or locked'],
  EEXIST: [17, 'file already exists'],
  EXDEV: [18, 'cross-device link not permitted'],
  ENODEV: [19, 'no such device'],
  ENOTDIR: [20, 'not a directory'],
  EISDIR: [21, 'illegal operation on a directory'],
  EINVAL: [22, 'invalid argument'],
  ENFILE: [23, 'file table overflow'],
  EMFILE: [24, 'too many open files'],
  ENOTTY: [25, 'inappropriate ioctl for device'],
  ETXTBSY: [26, 'text file is busy'],
  EFBIG: [27, 'file too large'],
  ENOSPC: [28, 'no space left on device'],
  ESPIPE: [29, 'invalid seek'],
  EROFS: [30, 'read-only file system'],
  EMLINK: [31, 'too many links'],
  EPIPE: [32, 'broken pipe'],
  EDOM: [33, 'argument out of domain'],
  ERANGE: [34, 'result too large'],
  EDEADLK: [35, 'resource deadlock would occur'],
  ENAMETOOLONG: [36, 'name too long'],
  ENOLCK: [37, 'no locks available'],
  ENOSYS: [38, 'function not implemented'],
  ENOTEMPTY: [39, 'directory not empty'],
  ELOOP: [40, 'too many symbolic links encountered'],
  ENOMSG: [42, 'no message of desired type'],
  EIDRM: [43, 'identifier removed'],
  EUNATCH: [49, 'protocol driver not attached'],
  ENOSTR: [60, 'device not a stream'],
  ENODATA: [61, 'no data available'],
  ETIME: [62, 'timer expired'],
  ENOSR: [63, 'out of streams resources'],
  ENONET: [64, 'machine is not on the network'],
  EREMOTE: [66, 'object is remote'],
  ENOLINK: [67, 'link has been severed'],
  ECOMM: [70, 'communication error on send'],
  EPROTO: [71, 'protocol error'],
  EMULTIHOP: [72, 'multihop attempted'],
  EBADMSG: [74, 'bad message'],
  EOVERFLOW: [75, 'value too large for defined data type'],
  ENOTUNIQ: [76, 'name not unique on network'],
  EBADFD: [77, 'file descriptor in bad state'],
  EILSEQ: [84, 'illegal byte sequence'],
  ERESTART: [85, 'interrupted system call should be restarted'],
  EUSERS: [87, 'too many users'],
  ENOTSOCK: [88, 'socket operation on non-socket'],
  EDESTADDRREQ: [89, 'destination address required'],
  EMSGSIZE: [90, 'message too long'],
  EPROTOTYPE: [91, 'protocol wrong type for socket'],
  ENOPROTOOPT: [92, 'protocol not available'],
  EPROTONOSUPPORT: [93, 'protocol not supported'],
  ESOCKTNOSUPPORT: [94, 'socket type not supported'],
  EOPNOTSUPP: [95, 'operation not supported on socket'],
  EPFNOSUPPORT: [96, 'protocol family not supported'],
  EAFNOSUPPORT: [97, 'address family not supported'],
  EADDRINUSE: [98, 'address already in use'],
  EADDRNOTAVAIL: [99, 'address not available'],
  ENETDOWN: [100, 'network is down'],
  ENETUNREACH: [101, 'network is unreachable'],
  ENETRESET: [102, 'network dropped connection on reset'],
  ECONNABORTED: [103, 'software caused connection abort'],
  ECONNRESET: [104, 'connection reset by peer'],
  ENOBUFS: [105, 'no buffer space available'],
  EISCONN: [106, 'socket is already connected'],
  ENOTCONN: [107, 'socket is not connected'],
  ESHUTDOWN: [108, 'cannot send after transport endpoint shutdown'],
  ETOOMANYREFS: [109, 'too many references: cannot splice'],
  ETIMEDOUT: [110, 'connection timed out'],
  ECONNREFUSED: [111, 'connection refused'],
  EHOSTDOWN: [112, 'host is down'],
  EHOSTUNREACH: [113, 'host is unreachable'],
  EALREADY: [114, 'connection already in progress'],
  EINPROGRESS: [115, 'operation now in progress'],
  ESTALE: [116, 'stale file handle'],
  EUCLEAN: [117, 'structure needs cleaning'],
  EREMOTEIO: [121, 'remote I/O error'],
  EDQUOT: [122, 'disk quota exceeded'],
  ENOMEDIUM: [123, 'no medium found'],
  EMEDIUMTYPE: [124, 'wrong medium type'],
  ECANCELED: [125, 'operation canceled'],
  ENOKEY: [126, 'required key not available'],
  EKEYEXPIRED: [127, 'key has expired'],
  EKEYREVOKED: [128, 'key has been revoked'],
  EKEYREJECTED: [129, 'key was rejected by service'],
  EOWNERDEAD: [130, 'owner died'],
  ENOTRECOVERABLE: [131, 'state not recoverable'],
  ERFKILL: [132, 'operation not possible due to RF-kill'],
} as const satisfies Record<string, readonly [number: number, text: string]>;

export type ErrnoName = keyof typeof ERRORS;

/** Positive errno numbers by name. */
export const ERRNO = Object.fromEntries(
  Object.entries(ERRORS).map(([name, [number]]) => [name, number]),
) as { readonly [K in ErrnoName]: (typeof ERRORS)[K][0] };

const NAME_OF: ReadonlyMap<number, ErrnoName> = new Map(
  Object.entries(ERRORS).map(([name, [number]]) => [number, name as ErrnoName]),
);

/** The negative number an operation returns for an error. */
export const fail = (name: ErrnoName): Res => -ERRNO[name];

/** The name of a negative result; an unknown number reads as EIO. */
export const errnoName = (res: Res): ErrnoName => NAME_OF.get(-res) ?? 'EIO';

/** The words for an error, as in Node's own messages. */
export const errnoText = (name: ErrnoName): string => ERRORS[name][1];
