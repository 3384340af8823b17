/** Numbers and records of sockets, as in Linux's headers: families, types, flags, addresses. */

/** AF_*: which kind of addresses a socket has. */
export const AF = { UNSPEC: 0, UNIX: 1, INET: 2, INET6: 10 } as const;
/** Linux's AF_MAX: a family from here on is unknown whatever the type. */
export const AF_MAX = 46;

/** SOCK_*: how a socket moves data, in the low bits, and how its descriptor is made. */
export const SOCK = {
  STREAM: 1,
  DGRAM: 2,
  RAW: 3,
  SEQPACKET: 5,
  NONBLOCK: 0o4000,
  CLOEXEC: 0o2000000,
} as const;
export const SOCK_TYPE_MASK = 0xf;
/** Linux's SOCK_MAX: the first number that is no type. */
export const SOCK_MAX = 11;

/** IPPROTO_*: what runs over IP. */
export const IPPROTO = { IP: 0, TCP: 6, UDP: 17 } as const;

/** MSG_*: how one message is sent or received, and what became of it. */
export const MSG = {
  OOB: 0x1,
  PEEK: 0x2,
  CTRUNC: 0x8,
  TRUNC: 0x20,
  DONTWAIT: 0x40,
  EOR: 0x80,
  WAITALL: 0x100,
  NOSIGNAL: 0x4000,
  MORE: 0x8000,
  CMSG_CLOEXEC: 0x4000_0000,
} as const;

/** SHUT_*: which direction shutdown(2) ends. */
export const SHUT = { RD: 0, WR: 1, RDWR: 2 } as const;

/** IORING_RECVSEND_*, IORING_RECV_* and IORING_SEND_*: sqe.ioprio of what sends and receives. */
export const RECVSEND = {
  /** Wait first, try then. */
  POLL_FIRST: 1,
  /** RECV and RECVMSG: one completion after the other. */
  MULTISHOT: 2,
  /** SEND_ZC: the data lies in the registered buffer sqe.buf_index. */
  FIXED_BUF: 4,
  /** SEND_ZC: the notification says whether the data was copied. */
  ZC_REPORT_USAGE: 8,
  /** As many provided buffers as there is data for, at once. */
  BUNDLE: 16,
} as const;

/** IORING_NOTIF_USAGE_ZC_COPIED as the int32 of a result: the data was copied after all. */
export const NOTIF_USAGE_ZC_COPIED = 0x8000_0000 | 0;

/** IORING_ACCEPT_*: sqe.ioprio of an ACCEPT. */
export const ACCEPT = { MULTISHOT: 1, DONTWAIT: 2, POLL_FIRST: 4 } as const;

/** GETSOCKNAME: op_flags, the address of the other end (getpeername). */
export const SOCKNAME_PEER = 1;

/** struct sockaddr: u16 family, then what the family says; at most a sockaddr_storage. */
export const SOCKADDR = { family: 0, data: 2 } as const;
export const SOCKADDR_BYTES_MAX = 128;

/** struct sockaddr_in: u16 family, u16 port and u32 address, both big-endian, 8 zero bytes. */
export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN = { family: 0, port: 2, address: 4 } as const;

/** struct sockaddr_in6: u16 family, u16 port (big-endian), u32 flow, address, u32 scope. */
export const SOCKADDR_IN6_BYTES = 28;
export const SOCKADDR_IN6 = { family: 0, port: 2, flow: 4, address: 8, scope: 24 } as const;
/** What is shorter (SIN6_LEN_RFC2133) has no address in it. */
export const SOCKADDR_IN6_BYTES_MIN = 24;
export const IN6_BYTES = 16;
/** Bytes before the IPv4 address of a mapped one (::ffff:a.b.c.d), the last two of them 0xff. */
export const IN6_MAPPED_BYTES = 12;

/** struct sockaddr_un: u16 family, path; a first byte of 0 makes it an abstract name. */
export const SOCKADDR_UN_BYTES_MAX = 110;
export const SOCKADDR_UN = { family: 0, path: 2 } as const;

/** struct msghdr: where address, segments and control data lie, and their sizes. */
export const MSGHDR_BYTES = 56;
export const MSGHDR = {
  name: 0,
  namelen: 8,
  iov: 16,
  iovlen: 24,
  control: 32,
  controllen: 40,
  flags: 48,
} as const;

/** struct io_uring_recvmsg_out: what a multishot RECVMSG puts before name, control and payload. */
export const RECVMSG_OUT_BYTES = 16;
export const RECVMSG_OUT = { namelen: 0, controllen: 4, payloadlen: 8, flags: 12 } as const;
