/** How a file is to be opened: struct open_how and its path, with the checks of openat2(2). */
import { fail, type Res } from '../abi/errno.ts';
import { O, RESOLVE } from '../abi/files.ts';
import type { OpenHow } from '../kernel/file-system.ts';
import { Path } from './path.ts';

const KNOWN_FLAGS = Object.values<number>(O).reduce((all, flag) => all | flag, 0);
const KNOWN_RESOLVE = Object.values<number>(RESOLVE).reduce((all, flag) => all | flag, 0);
/** What O_PATH leaves of the other flags. */
const PATH_FLAGS = O.PATH | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
/** The bit of O_TMPFILE that O_DIRECTORY does not have. */
const TMPFILE_ALONE = O.TMPFILE & ~O.DIRECTORY;
/** S_IALLUGO: what a mode may hold. */
const MODE_BITS = 0o7777;

const willCreate = (flags: number): boolean => (flags & (O.CREAT | TMPFILE_ALONE)) !== 0;

/** A path, and how to open what it names. */
export class Opening extends Path implements OpenHow {
  flags = 0;
  mode = 0;
  resolve = 0;
  /** Some bit of open_how is set that no flag has. */
  hasUnknown = false;

  /** open(2): unknown flags are ignored, and a mode where nothing is created. */
  openat(flags: number, mode: number): void {
    const isPath = (flags & O.PATH) !== 0;
    this.flags = flags & (isPath ? PATH_FLAGS : KNOWN_FLAGS);
    this.mode = willCreate(this.flags) ? mode & MODE_BITS : 0;
  }

  /** What openat2(2) refuses, and openat(2) of what it does not ignore. */
  get refusal(): Res {
    const { flags, mode, resolve } = this;
    if (this.hasUnknown || (flags & ~KNOWN_FLAGS) !== 0 || (resolve & ~KNOWN_RESOLVE) !== 0)
      return fail('EINVAL');
    const scoped = RESOLVE.BENEATH | RESOLVE.IN_ROOT;
    if ((resolve & scoped) === scoped) return fail('EINVAL');
    if ((mode & ~(willCreate(flags) ? MODE_BITS : 0)) !== 0) return fail('EINVAL');
    const isPath = (flags & O.PATH) !== 0;
    if (isPath && (flags & ~PATH_FLAGS) !== 0) return fail('EINVAL');
    if ((flags & TMPFILE_ALONE) !== 0) return this.#temporaryRefusal;
    return (flags & O.CREAT) !== 0 && (flags & O.DIRECTORY) !== 0 ? fail('EINVAL') : 0;
  }

  /** O_TMPFILE takes O_DIRECTORY with it, creates by itself, and is for writing. */
  get #temporaryRefusal(): Res {
    const { flags } = this;
    const known = (flags & (O.TMPFILE | O.CREAT)) === O.TMPFILE;
    return known && (flags & O.ACCMODE) !== O.RDONLY ? 0 : fail('EINVAL');
  }
}
