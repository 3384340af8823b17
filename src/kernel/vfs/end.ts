/** What a path ends at, and what the calls that need a name in a directory say of the rest. */
import { fail, type Res } from '../../abi/errno.ts';

/** What a path ends at. */
export const END = {
  /** A name in a directory. */
  NAME: 0,
  /** A directory itself: no name is left. */
  HERE: 1,
  /** `.`, and `..`. */
  DOT: 2,
  DOT_DOT: 3,
  /** The name of a directory that another mount covers. */
  MOUNT: 4,
} as const;

export type End = (typeof END)[keyof typeof END];

/** In place of a result: it came to another mount, and goes on there. No error, and not 0. */
export const CROSSED: Res = 1;

/** What is done with a last name that is `.` or `..`, or has a slash behind it. */
export const LAST = {
  /** It stays: the call is about the name. */
  STAYS: 0,
  /** It is entered: the call is about what is there. */
  IS_ENTERED: 1,
  /** The same, but a name with a slash behind it is EISDIR: such a file is not made (O_CREAT). */
  IS_MADE: 2,
} as const;

export type Last = (typeof LAST)[keyof typeof LAST];

/** Results by END: Linux's, where `.`, `..` and roots have no name to be made, moved or removed. */
type Refusals = readonly [name: 0, here: Res, dot: Res, dotDot: Res, mount: Res];

const all = (res: Res): Refusals => [0, res, res, res, res];

/** mkdir(2), symlink(2), link(2): it exists. */
export const CREATE = all(fail('EEXIST'));
/** rename(2). */
export const RENAME = all(fail('EBUSY'));
/** unlink(2). */
export const UNLINK = all(fail('EISDIR'));
/** rmdir(2). */
export const RMDIR: Refusals = [0, fail('EBUSY'), fail('EINVAL'), fail('ENOTEMPTY'), fail('EBUSY')];
/** link(2) of what exists: directories have one name. */
export const LINK = all(fail('EPERM'));
