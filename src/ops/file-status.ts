/** What a host told of a file, and what operations conclude from it. */
import { fail, type Res } from '../abi/errno.ts';
import { S_IF } from '../abi/files.ts';
import type { HostStat } from '../kernel/host.ts';

/** The status of one file, to be filled in by a call. */
export class FileStatus implements HostStat {
  mode = 0;
  dev = 0;
  ino = 0;
  nlink = 0;
  uid = 0;
  gid = 0;
  rdev = 0;
  size = 0;
  blksize = 0;
  blocks = 0;
  atimeMs = 0;
  mtimeMs = 0;
  ctimeMs = 0;
  birthtimeMs = 0;

  /** Whether both are one file. */
  isSameFile(other: FileStatus): boolean {
    return this.dev === other.dev && this.ino === other.ino;
  }

  /** 0 for a regular file, -EISDIR, or -ENXIO: what reads a whole file reads nothing else. */
  get refusal(): Res {
    const type = this.mode & S_IF.FMT;
    if (type === S_IF.REG) return 0;
    return type === S_IF.DIR ? fail('EISDIR') : fail('ENXIO');
  }
}
