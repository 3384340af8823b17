/** Every bound of the system, named with its unit: beyond one is an error, no surprise. */

/** SQ entries of one ring: io_uring's IORING_MAX_ENTRIES. */
export const SQ_ENTRIES_MAX = 32_768;

/** CQ entries of one ring: io_uring's IORING_MAX_CQ_ENTRIES. */
export const CQ_ENTRIES_MAX = 65_536;

/**
 * Rings one executor serves: a doorbell has three levels of 32 bits. Slot 0 is the supervisor's
 * bell.
 */
export const RINGS_PER_EXECUTOR_MAX = 32 * 32 * 32;

/** Executor threads of one kernel. */
export const EXECUTORS_MAX = 64;

/** Request rows of one executor's ledger. Untouched rows cost address space only. */
export const LEDGER_ROWS_MAX = 1 << 18;

/**
 * Rows one ring may hold unless its creator says otherwise: the smallest quota, and the factor over
 * its CQ.
 */
export const IN_FLIGHT_MIN = 4096;
export const IN_FLIGHT_PER_CQ_ENTRY = 2;

/**
 * SQEs taken before their head is committed and they run: half of what is there, so that submitter
 * and executor overlap, within these bounds. A chain may exceed them, never be cut by them.
 */
export const TAKE_MIN = 32;
export const TAKE_MAX = 256;

/** The same while requests wait to go on, each by a slice: that leaves them half of the time. */
export const TAKE_BESIDE = 16;

/** SQEs whose cache lines a submitter claims side by side; a power of two. */
export const LINES_AHEAD = 16;

/** Of batches of operations that cost less than a look at the clock, one in so many is timed. */
export const SAMPLED_BATCHES = 32;

/** SQEs one ring may have served in one turn before the next ring is looked at. */
export const TURN_BUDGET = 4096;

/** Requests that may go on in one turn, each by a slice at most, before the rings have theirs. */
export const TURN_CONTINUATIONS = 16;

/** Turns that found work before an executor's event loop gets its turn. */
export const TURNS_PER_SLICE = 1024;
/** The same while the host's pool works for it: its answers arrive in the event loop. */
export const TURNS_PER_HOST_SLICE = 16;
/** Spins that found work before it does. */
export const ROUNDS_PER_EVENT_TURN = 64;

/** Rings that a spinning executor looks at without being rung for. */
export const HOT_RINGS_MAX = 4;
/** Looks at the hot rings in vain before a look at the doorbell and the clock. */
export const LOOKS_PER_BELL = 256;
/** Hot rings served, or entries of theirs, before the doorbell gets its turn all the same. */
export const SERVES_PER_BELL = 64;
export const ENTRIES_PER_BELL = 4096;

/** Numbers of descriptors of one process. */
export const DESCRIPTORS_MAX = 1 << 16;
/**
 * The highest of them, for rings: who makes a ring gives it its number, and files get theirs from
 * the executor, and neither asks the other.
 */
export const RING_DESCRIPTORS_MAX = 1 << 12;

/** Threads of libuv's pool unless UV_THREADPOOL_SIZE says otherwise. */
export const POOL_THREADS_DEFAULT = 4;

/** Open files of all processes of one executor; one more is ENFILE. */
export const FILE_ROWS_MAX = 1 << 17;

/** Bytes of process memory below the first mapped address, so that 0 is NULL. */
export const NULL_PAGE_BYTES = 4096;

/** Bytes of process memory unless its creator says otherwise; untouched pages cost nothing. */
export const MEMORY_DEFAULT_BYTES = 256 * 1024 * 1024;

/** Bytes of process memory at most: an address must fit an int32 index of bytes. */
export const MEMORY_MAX_BYTES = 0x7fff_ffff;

/** Nanoseconds an executor or a waiter looks for work before it parks, unless told otherwise. */
export const SPIN_DEFAULT_NS = 50_000;

/**
 * Milliseconds between two sweeps, and so the longest sleep. A sweep looks at rings whether they
 * rang or not: it bounds what somebody who clears the doorbell bits of others can cost them.
 */
export const PARK_SLICE_MS = 50;
/** Rings one sweep looks at, so that it stays short; where there are more, several sweeps do. */
export const SWEEP_RINGS_MAX = 1024;

/** Threads of one executor that may die in a row without a turn served; one more is the last. */
export const BOOT_FAILURES_MAX = 3;

/** Milliseconds one replacement executor may take from its start to its first turn. */
export const BOOT_TIMEOUT_MS = 10_000;

/** Opcodes that one PROBE can tell of. */
export const PROBE_OPS_MAX = 256;

/** Pieces of task work of one turn: requests that begin, go on or end, before rings are served. */
export const TURN_WORK = 1024;

/** Personalities of one ring: a u16 names them. */
export const PERSONALITIES_MAX = 0xffff;

/** Records of one list of restrictions: io_uring's IORING_MAX_RESTRICTIONS. */
export const RESTRICTIONS_MAX = 128;

/** Rings that one task can register to enter by index: io_uring's IO_RINGFD_REG_MAX. */
export const RING_FDS_MAX = 16;

// Operations

/** Bytes one call moves before other rings have their turn; longer transfers go on in slices. */
export const INLINE_BYTES_MAX = 256 * 1024;

/** Bytes of zeros that FALLOCATE writes at once. */
export const ZERO_BYTES = 64 * 1024;

/** Bytes one request moves at most: Linux's MAX_RW_COUNT, so that every count is a positive res. */
export const TRANSFER_BYTES_MAX = 0x7fff_f000;

/** Segments of one vectored transfer: Linux's UIO_MAXIOV. */
export const IOVECS_MAX = 1024;

/** Words that one request sleeps on: Linux's FUTEX_WAITV_MAX. */
export const FUTEX_WAITV_MAX = 128;

/** Bytes of a page: what madvise(2) aligns to. */
export const PAGE_BYTES = 4096;

/** Bytes of a path with its NUL: Linux's PATH_MAX. */
export const PATH_BYTES_MAX = 4096;

/** Bytes of a struct open_how from a later Linux: one page, as openat2(2) has it. */
export const OPEN_HOW_EXTENDED_BYTES_MAX = 4096;

/** Bytes of the name of an extended attribute with its NUL, and of its value: Linux's limits. */
export const XATTR_NAME_BYTES_MAX = 256;
export const XATTR_VALUE_BYTES_MAX = 65_536;

/** Bytes of the name of a digest with its NUL. */
export const ALGORITHM_BYTES_MAX = 64;

/** Spellings of digests whose length is remembered: OpenSSL knows 50, with aliases and OIDs. */
export const DIGEST_NAMES_MAX = 256;

/** Buffers that hashing keeps for whole files, each of INLINE_BYTES_MAX; more are made and lost. */
export const HASH_BUFFERS_KEPT = 4;

/** Registered buffers of one ring, and bytes of one: io_uring's limits. */
export const BUFFERS_MAX = 16_384;
export const BUFFER_BYTES_MAX = 1024 ** 3;

/** Pages in a pipe at most, full or not: Linux's PIPE_DEF_BUFFERS. A power of two, for masks. */
export const PIPE_SLOTS = 16;
/** Bytes in a pipe at most: when all of its pages are full. */
export const PIPE_BYTES = PIPE_SLOTS * PAGE_BYTES;
/** Bytes that a pipe takes as a whole or not at all, since they fit a page: Linux's PIPE_BUF. */
export const PIPE_ATOMIC_BYTES = PAGE_BYTES;
/** Buffers of PIPE_BYTES that splicing keeps for the next ones; more are made and lost. */
export const SPLICE_BUFFERS_KEPT = 4;
/**
 * Completions that one multishot request posts before others have their turn: Linux's
 * MULTISHOT_MAX_RETRY, which it has for receives alone.
 */
export const MULTISHOT_PER_TURN = 32;

/** Registered files of one ring: io_uring's IORING_MAX_FIXED_FILES. */
export const REGISTERED_FILES_MAX = 1 << 20;

/** Ids of provided buffers in one group, and entries of a ring of them. */
export const BUFFER_IDS_MAX = 1 << 16;
export const BUFFER_RING_ENTRIES_MAX = 1 << 15;
/** Buffers a group without a ring holds at once; more are -EOVERFLOW. */
export const GROUP_BUFFERS_MAX = (1 << 16) - 1;
/** Buffers that one bundle covers: Linux's PEEK_MAX_IMPORT. */
export const BUNDLE_BUFFERS_MAX = 256;
/** Bytes of the address space that a process can name: Linux's TASK_SIZE_MAX. */
export const USER_SPACE_BYTES = 2 ** 47 - 4096;

// Files

/** Symlinks followed, and mounts entered, on the way of one path: Linux's MAXSYMLINKS. */
export const LINKS_MAX = 40;

/** Directories that one jail keeps open between requests, because walking to them is dear. */
export const PARENTS_MAX = 1024;

/** Byte index in a file at most: a double is exact up to here. */
export const FILE_POSITION_MAX = Number.MAX_SAFE_INTEGER;

/**
 * Of so many host calls one is timed. It shares no factor with the 2, 3 or 4 calls of an operation:
 * else it would always be the close.
 */
export const PACE_TIMED_CALLS = 5;
/** Nanoseconds of a host call, smoothed, above which a mount is slow: its calls go to the pool. */
export const PACE_SLOW_NS = 250_000;
/** Nanoseconds of one call that make it slow at once: longer than a thread is kept off its core. */
export const PACE_STALL_NS = 100_000_000;
/** Nanoseconds a probe of a slow mount takes at most to be quick; so many in a row end it. */
export const PACE_QUICK_NS = 60_000;
export const PACE_QUICK_PROBES = 8;
/** Calls from one probe of a slow mount to the next; each slow probe doubles them up to a limit. */
export const PACE_PROBE_CALLS = 16;
export const PACE_PROBE_CALLS_MAX = 1024;
/** Nanoseconds that a byte moved, or a name listed, takes on a quick mount, beside the call. */
export const PACE_BYTE_NS = 1;
export const PACE_NAME_NS = 2_000;

// Sockets

/** Bytes that a socket keeps of what it received, before its senders wait: Linux's rmem_default. */
export const SOCKET_BUFFER_BYTES = 212_992;

/** Bytes of one message of a unix socket (what is left of wmem_default), and of a UDP datagram. */
export const UNIX_MESSAGE_BYTES_MAX = SOCKET_BUFFER_BYTES - 32;
export const UDP_MESSAGE_BYTES_MAX = 65_507;

/** Messages that a socket keeps, however short: Linux's net.unix.max_dgram_qlen. */
export const SOCKET_MESSAGES_MAX = 512;

/** Connections that wait to be accepted, at most: Linux's net.core.somaxconn. */
export const BACKLOG_MAX = 4096;

/** Ports that the kernel chooses, first and last: Linux's net.ipv4.ip_local_port_range. */
export const EPHEMERAL_PORT_FIRST = 32_768;
export const EPHEMERAL_PORT_LAST = 60_999;
