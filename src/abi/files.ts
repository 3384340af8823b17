/** Numbers of the file calls as Linux has them on x86-64 (fcntl.h, stat.h, openat2.h, dirent.h). */

/** O_*: how open(2) opens. */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  /** Mask of the three above. */
  ACCMODE: 3,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  DSYNC: 0o10000,
  /** Signals when a file becomes ready; of no use to a kernel without them. */
  ASYNC: 0o20000,
  DIRECT: 0o40000,
  LARGEFILE: 0o100000,
  DIRECTORY: 0o200000,
  NOFOLLOW: 0o400000,
  NOATIME: 0o1000000,
  CLOEXEC: 0o2000000,
  /** Includes DSYNC. */
  SYNC: 0o4010000,
  PATH: 0o10000000,
  /** Includes DIRECTORY. */
  TMPFILE: 0o20200000,
} as const;

/** S_IF*: the type of a file (st_mode & FMT). */
export const S_IF = {
  FMT: 0o170000,
  SOCK: 0o140000,
  LNK: 0o120000,
  REG: 0o100000,
  BLK: 0o060000,
  DIR: 0o040000,
  CHR: 0o020000,
  FIFO: 0o010000,
} as const;

/** AT_*: where a path begins, and how its last name is taken. */
export const AT = {
  /** In place of a descriptor: the current directory. */
  FDCWD: -100,
  SYMLINK_NOFOLLOW: 0x100,
  /** unlinkat(2): rmdir. */
  REMOVEDIR: 0x200,
  /** linkat(2): follow the existing path. */
  SYMLINK_FOLLOW: 0x400,
  NO_AUTOMOUNT: 0x800,
  EMPTY_PATH: 0x1000,
  STATX_FORCE_SYNC: 0x2000,
  STATX_DONT_SYNC: 0x4000,
  /** Mask of the two above; both together are EINVAL. */
  STATX_SYNC_TYPE: 0x6000,
} as const;

/** RESOLVE_*: what openat2(2) refuses on its way (open_how.resolve). */
export const RESOLVE = {
  NO_XDEV: 0x01,
  NO_MAGICLINKS: 0x02,
  NO_SYMLINKS: 0x04,
  BENEATH: 0x08,
  IN_ROOT: 0x10,
  CACHED: 0x20,
} as const;

/** DT_*: the type in a directory entry; S_IF_* shifted right by 12. */
export const DT = {
  UNKNOWN: 0,
  FIFO: 1,
  CHR: 2,
  DIR: 4,
  BLK: 6,
  REG: 8,
  LNK: 10,
  SOCK: 12,
} as const;

/** SEEK_*: where lseek(2) counts from. */
export const SEEK = {
  SET: 0,
  CUR: 1,
  END: 2,
  DATA: 3,
  HOLE: 4,
} as const;

/** RENAME_*: how renameat2(2) treats what is there. */
export const RENAME = {
  NOREPLACE: 1,
  EXCHANGE: 2,
  WHITEOUT: 4,
} as const;

/** STATX_*: fields of struct statx (stx_mask). */
export const STATX = {
  TYPE: 0x001,
  MODE: 0x002,
  NLINK: 0x004,
  UID: 0x008,
  GID: 0x010,
  ATIME: 0x020,
  MTIME: 0x040,
  CTIME: 0x080,
  INO: 0x100,
  SIZE: 0x200,
  BLOCKS: 0x400,
  /** All of the above: what stat(2) tells. */
  BASIC_STATS: 0x7ff,
  BTIME: 0x800,
  /** Asking for it is EINVAL. */
  RESERVED: 0x8000_0000 | 0,
} as const;

/** RWF_*: how one transfer behaves (sqe.rw_flags). */
export const RWF = {
  HIPRI: 0x01,
  /** The bytes are durable when a write completes; SYNC: what is known of the file too. */
  DSYNC: 0x02,
  SYNC: 0x04,
  NOWAIT: 0x08,
  APPEND: 0x10,
  NOAPPEND: 0x20,
  ATOMIC: 0x40,
  DONTCACHE: 0x80,
} as const;

/** FALLOC_FL_*: what is made of a range of a file, besides room (fallocate(2)). */
export const FALLOC = {
  KEEP_SIZE: 0x01,
  PUNCH_HOLE: 0x02,
  ZERO_RANGE: 0x10,
} as const;

/** IORING_FSYNC_*: what FSYNC makes durable (sqe.fsync_flags). */
export const FSYNC = {
  /** fdatasync(2). */
  DATASYNC: 1,
} as const;

/** SYNC_FILE_RANGE_*: what sync_file_range(2) does, in this order. */
export const SYNC_RANGE = {
  WAIT_BEFORE: 1,
  WRITE: 2,
  WAIT_AFTER: 4,
} as const;

/** POSIX_FADV_*: what posix_fadvise(2) announces. */
export const FADV = {
  NORMAL: 0,
  RANDOM: 1,
  SEQUENTIAL: 2,
  WILLNEED: 3,
  DONTNEED: 4,
  NOREUSE: 5,
} as const;

/** MADV_*: what madvise(2) says of memory. */
export const MADV = {
  NORMAL: 0,
  RANDOM: 1,
  SEQUENTIAL: 2,
  WILLNEED: 3,
  DONTNEED: 4,
  FREE: 8,
  REMOVE: 9,
  DONTFORK: 10,
  DOFORK: 11,
  MERGEABLE: 12,
  UNMERGEABLE: 13,
  HUGEPAGE: 14,
  NOHUGEPAGE: 15,
  DONTDUMP: 16,
  DODUMP: 17,
  WIPEONFORK: 18,
  KEEPONFORK: 19,
  COLD: 20,
  PAGEOUT: 21,
  POPULATE_READ: 22,
  POPULATE_WRITE: 23,
  DONTNEED_LOCKED: 24,
  COLLAPSE: 25,
} as const;

/** COPYFILE_*: how COPY_FILE treats what is there, as Node's fs.constants has it. */
export const COPYFILE = {
  /** EEXIST when the new file exists. */
  EXCL: 1,
  /** The copy may share its blocks: a wish that need not come true. */
  FICLONE: 2,
} as const;
